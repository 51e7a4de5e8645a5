import pytest

from configs.obligation import load_obligation_words
from configs.system.errors import ConfigError


def test_every_meaning_has_words_in_english_and_french():
    assert {"en", "fr"} <= load_obligation_words().languages


def test_no_word_of_one_language_obliges_and_permits():
    words = load_obligation_words()
    for language in words.languages:
        marked = [word for meaning in words.meanings.values() for word in meaning[language].words]
        assert len(marked) == len(set(marked))


def test_an_unknown_meaning_is_named_with_its_line(tmp_path):
    path = tmp_path / "words.yaml"
    path.write_text("version: 1\nmeanings:\n  doubt:\n    en: {words: [perhaps]}\n")
    with pytest.raises(ConfigError, match=r"words\.yaml:\d"):
        load_obligation_words(path)
