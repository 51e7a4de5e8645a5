"""Words for numbers in several languages, as data."""

from functools import cache
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import Field, StringConstraints

from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("numerals.yaml")

Word: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]
Number: TypeAlias = Annotated[int, Field(ge=1)]


class NumeralWords(ConfigValue):
    """The words of one language; `numerals.yaml` explains each kind."""

    words: Annotated[dict[Word, Number], Field(min_length=1)]
    multipliers: dict[Word, Number] = Field(default_factory=dict)
    joints: tuple[Word, ...] = ()
    ordinals: dict[Word, Number] = Field(default_factory=dict)
    ignored: tuple[Word, ...] = ()


class Numerals(ConfigValue):
    """The words of all languages by code (ISO 639-1)."""

    version: int
    languages: dict[str, NumeralWords]


@cache
def load_numerals(path: Path = SHIPPED) -> Numerals:
    """Return the validated words; raises `ConfigError` for a broken file."""
    return load_yaml(path, Numerals)
