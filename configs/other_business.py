"""Statements on subjects of papers that are no evidence of maturity in any model."""

from functools import cache
from pathlib import Path

from configs.maturity import Words
from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("other_business.yaml")


class OtherBusiness(ConfigValue):
    """Statements of other business by its fields, each statement in one or more languages."""

    version: str
    fields: dict[str, tuple[Words, ...]]

    def in_language(self, language: str) -> tuple[str, ...]:
        """Return the statements in a language (ISO 639-1), none for a language without any."""
        every = (words for statements in self.fields.values() for words in statements)
        return tuple(words[language] for words in every if language in words)


@cache
def load_other_business(path: Path = SHIPPED) -> OtherBusiness:
    """Return the validated statements; raises `ConfigError` for a broken file."""
    return load_yaml(path, OtherBusiness)
