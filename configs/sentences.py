"""Abbreviations that end with a full stop inside a sentence."""

from functools import cache
from pathlib import Path

from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("sentences.yaml")


class SentenceRules(ConfigValue):
    """Abbreviations by language (ISO 639-1), lower case, without their last full stop.

    All languages apply at once: committee papers quote one in the other. Those in `before_numbers` count
    only where a number follows.
    """

    version: str
    abbreviations: dict[str, frozenset[str]]
    before_numbers: dict[str, frozenset[str]]

    def is_abbreviation(self, word: str, *, number_follows: bool) -> bool:
        """Return whether a full stop after the word belongs to it."""
        form = word.lower()
        if any(form in forms for forms in self.abbreviations.values()):
            return True
        return number_follows and any(form in forms for forms in self.before_numbers.values())


@cache
def load_sentence_rules(path: Path = SHIPPED) -> SentenceRules:
    """Return the validated rules; raises `ConfigError` for a broken file."""
    return load_yaml(path, SentenceRules)
