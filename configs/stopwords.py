"""Stop words, elisions and stemmers by language, for the text analysis of the index."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("stopwords.yaml")


def _split(value: object) -> object:
    return value.split() if isinstance(value, str) else value


Words = Annotated[frozenset[str], BeforeValidator(_split)]
"""Words written in one string, white space between them."""


class LanguageRules(ConfigValue):
    """One language: its Snowball stemmer, its stop words, and the parts that an apostrophe joins to a word."""

    stemmer: str
    words: Words
    elisions: Words = frozenset()
    possessives: Words = frozenset()


class StopWords(ConfigValue):
    """The rules by ISO 639-1 code; a language without any is folded and not stemmed."""

    version: str
    languages: dict[Annotated[str, Field(pattern=r"^[a-z]{2}$")], LanguageRules]


def load_stopwords(path: Path = SHIPPED) -> StopWords:
    """Return the rules of a file; raises as `load_yaml` does."""
    return load_yaml(path, StopWords)
