"""The cues of modality as a data file."""

import pytest
import yaml

from configs.modality import SHIPPED, load_modality
from configs.system.errors import ConfigError

GROUP = {"means": "planned", "phrases": ["(plans|plan) to", "will [soon] *"]}


@pytest.fixture
def load(tmp_path):
    """Load a configuration of one English language with the given groups."""

    def from_groups(*groups, **fields):
        path = tmp_path / "modality.yaml"
        path.write_text(yaml.safe_dump({"version": 1, "languages": {"en": {"groups": list(groups)}}, **fields}))
        return load_modality(path)

    return from_groups


def test_the_shipped_cues_cover_every_modality_in_english_and_french():
    config = load_modality()
    for language in ("en", "fr"):
        means = {group.means for group in config.languages[language].groups}
        assert {"achieved", "planned", "pilot", "recommended", "lacking", "void", "reporting"} <= means


def test_the_shipped_file_explains_every_meaning_that_it_uses():
    head = SHIPPED.read_text(encoding="utf-8").partition("version:")[0]
    for cues in load_modality().languages.values():
        assert all(group.means in head for group in cues.groups)


def test_a_version_without_quotes_is_text(load):
    assert load(GROUP).version == "1"


@pytest.mark.parametrize("phrase", ["(plans to", "will.*", "[soon] will", "~ will", "* will", "a|b"])
def test_a_malformed_phrase_is_named(load, phrase):
    with pytest.raises(ConfigError) as caught:
        load({"means": "planned", "phrases": [phrase]})
    assert phrase in str(caught.value)


def test_a_phrase_with_two_meanings_is_refused(load):
    with pytest.raises(ConfigError, match="'will' stands under planned and under lacking"):
        load({"means": "planned", "phrases": ["will"]}, {"means": "lacking", "phrases": ["will"]})


def test_an_unknown_meaning_is_refused_with_its_field(load):
    with pytest.raises(ConfigError) as caught:
        load({"means": "hoped", "phrases": ["will"]})
    assert caught.value.field == "languages.en.groups.0.means"


def test_a_strength_above_one_is_refused(load):
    with pytest.raises(ConfigError, match="less than or equal to 1"):
        load({**GROUP, "strength": 1.5})
