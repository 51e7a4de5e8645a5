"""Rules for candidates for new themes, read from `terms.yaml`."""

from functools import cache
from pathlib import Path

from configs.stopwords import Words
from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("terms.yaml")


class TermRules(ConfigValue):
    """One language: words that may stand inside a term, and words besides the stop words that are no part of one.

    All are folded: lower case, no accents.
    """

    inside: frozenset[str]
    edges: Words


class Terms(ConfigValue):
    """The rules by ISO 639-1 code; terms are discovered in these languages."""

    version: str
    languages: dict[str, TermRules]


@cache
def load_terms(path: Path = SHIPPED) -> Terms:
    """Return the validated rules; raises `ConfigError` for a broken file."""
    return load_yaml(path, Terms)
