"""Words of obligation, recommendation and permission in several languages, as data."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("obligation.yaml")

ModalMeaning: TypeAlias = Literal["obligation", "recommendation", "permission"]
Phrase: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]


class ModalWords(ConfigValue):
    """The words of one meaning in one language.

    `equivalents` count for words of other languages and are not marked. `shared` are those of them that have a
    counterpart of their own in every language: they count where the other text has fewer of its own.
    """

    words: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    equivalents: tuple[Phrase, ...] = ()
    shared: tuple[Phrase, ...] = ()


class PresentTense(ConfigValue):
    """How a language says by the present tense alone what the words `of` other languages say, and how the past is told.

    A sentence is in the past where one of the auxiliaries `past` comes before a participle, which has one of `endings`,
    or where it has one of `imperfect`, and none of `clauses`, which open another clause.
    """

    of: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    past: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    endings: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    imperfect: tuple[Phrase, ...] = ()
    clauses: tuple[Phrase, ...] = ()


class Limits(ConfigValue):
    """Words that make a verb a prohibition or a condition: `near` within a few words, `far` in the same clause."""

    near: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    far: tuple[Phrase, ...] = ()


class ObligationWords(ConfigValue):
    """Words by meaning and language (ISO 639-1); phrases `ignored` in a language hold words without their meaning."""

    version: int
    present: dict[str, PresentTense] = Field(default_factory=dict)
    ignored: dict[str, tuple[Phrase, ...]] = Field(default_factory=dict)
    limits: dict[str, Limits] = Field(default_factory=dict)
    meanings: dict[ModalMeaning, dict[str, ModalWords]]

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have words of every meaning."""
        return frozenset.intersection(*(frozenset(words) for words in self.meanings.values()))


@cache
def load_obligation_words(path: Path = SHIPPED) -> ObligationWords:
    """Return the validated words; raises `ConfigError` for a broken file."""
    return load_yaml(path, ObligationWords)
