"""Statements of what papers talk about and what is no evidence of maturity, whichever model is in use."""

from functools import cache
from pathlib import Path

from configs.maturity import Words
from configs.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("other_business.yaml")


class OtherBusiness(ConfigValue):
    """Statements of other business by its fields, each statement in one or more languages."""

    version: str
    fields: dict[str, tuple[Words, ...]]

    def in_language(self, language: str) -> tuple[tuple[str, ...], ...]:
        """Return the statements of each field in a language (ISO 639-1); no field for a language without any."""
        spoken = (
            tuple(words[language] for words in statements if language in words) for statements in self.fields.values()
        )
        return tuple(statements for statements in spoken if statements)


@cache
def load_other_business(path: Path = SHIPPED) -> OtherBusiness:
    """Return the validated statements; raises `ConfigError` for a broken file."""
    return load_yaml(path, OtherBusiness)
