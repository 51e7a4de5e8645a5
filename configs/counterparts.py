"""Rules that translate words of queries between two languages."""

from pathlib import Path

from configs.stopwords import Words
from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("counterparts.yaml")


class CounterpartRules(ConfigValue):
    """The endings and words of the first of two languages (ISO 639-1), each with those of the second."""

    version: str
    languages: tuple[str, str]
    endings: dict[str, Words]
    words: dict[str, Words]


def load_counterparts(path: Path = SHIPPED) -> CounterpartRules:
    """Return the rules of a file; raises as `load_yaml` does."""
    return load_yaml(path, CounterpartRules)
