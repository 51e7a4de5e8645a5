import pytest

from configs.numerals import load_numerals
from configs.obligation import load_obligation_words
from configs.system.errors import ConfigError


def test_every_language_with_modal_verbs_has_numbers():
    assert load_obligation_words().languages <= load_numerals().languages.keys()


def test_a_word_has_one_value():
    for words in load_numerals().languages.values():
        every = [*words.words, *words.multipliers, *words.ordinals]
        assert len(every) == len(set(every))


def test_a_number_of_nothing_is_named_with_its_line(tmp_path):
    path = tmp_path / "words.yaml"
    path.write_text("version: 1\nlanguages:\n  en:\n    words: {none: 0}\n")
    with pytest.raises(ConfigError, match=r"words\.yaml:4"):
        load_numerals(path)
