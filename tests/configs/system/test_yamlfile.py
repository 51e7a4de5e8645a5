"""Values that YAML can write and nothing can use: each is one error with file and line, never a fault."""

import re
from pathlib import Path

import pytest

from configs.maturity import MaturityModel
from configs.system.errors import ConfigError
from configs.system.yamlfile import ConfigValue, load_yaml, parse_yaml

FILE = Path("/some/file.yaml")


@pytest.mark.parametrize(
    "value",
    ["!!int ''", "!!timestamp soon", "!!float x", "!!binary ä", "2019-02-30", "9" * 5000, "!!bool maybe", "!!int 0x"],
)
def test_a_value_that_is_none_of_its_kind(value):
    with pytest.raises(ConfigError, match=r"/some/file\.yaml"):
        parse_yaml(f"name: {value}".encode(), FILE)


class Numbers(ConfigValue):
    """Any data file's numbers."""

    weight: float = 1.0


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan", "1e400", "1.0e+400"])
def test_numbers_without_end_are_refused(tmp_path, number):
    (tmp_path / "a.yaml").write_text(f"weight: {number}\n")
    with pytest.raises(ConfigError, match=r"a\.yaml:1: weight: "):
        load_yaml(tmp_path / "a.yaml", Numbers)


def test_a_weight_of_a_maturity_model_has_a_bound(tmp_path):
    source = next(Path("configs/maturity").glob("*.yaml")).read_text(encoding="utf-8")
    heavy = re.sub(r"weight: \S+", "weight: 1.0e+300", source, count=1)
    (tmp_path / "m.yaml").write_text(heavy, encoding="utf-8")
    with pytest.raises(ConfigError, match="weight: Input should be less than"):
        load_yaml(tmp_path / "m.yaml", MaturityModel)
