"""Cues of modality (achieved, planned, recommended, lacking) in sentences, as data."""

import re
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints, field_validator, model_validator

from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("modality.yaml")

Meaning: TypeAlias = Literal[
    "achieved", "planned", "pilot", "recommended", "lacking",
    "prospect", "not", "nothing", "void", "reporting", "actor", "act",
]  # fmt: skip
"""What a cue means; `modality.yaml` explains each."""

Phrase: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]

_WORD = r"(?:#|\*?[\w'’-]+\*?|\*)"
_ELEMENT = re.compile(rf"~|\*|\[{_WORD}(?:\|{_WORD})*\]|\({_WORD}(?:\|{_WORD})*\)|{_WORD}")


class CueGroup(ConfigValue):
    """Phrases with one meaning; `strength` (0–1) is how sure they are.

    A word of `not_after` just before a phrase, or of `not_before` just after it, forbids it.
    """

    means: Meaning
    strength: float = Field(default=0.9, gt=0, le=1)
    not_after: tuple[Phrase, ...] = ()
    not_before: tuple[Phrase, ...] = ()
    phrases: Annotated[tuple[Phrase, ...], Field(min_length=1)]

    @field_validator("phrases")
    @classmethod
    def _well_formed(cls, phrases: tuple[str, ...]) -> tuple[str, ...]:
        for phrase in phrases:
            for element in phrase.split():
                if not _ELEMENT.fullmatch(element):
                    raise ValueError(f"'{phrase}': '{element}' is no word, (a|b), [a|b], *, # or ~")
            if phrase[0] in "[~" or phrase.split()[0] == "*":
                raise ValueError(f"'{phrase}' begins with an optional element; write the first word")
        return phrases


class LanguageCues(ConfigValue):
    """The cues of one language.

    `fillers` are what `~` skips; `subordinators` open a clause that weighs less than the main clause,
    `leading_subordinators` only at the beginning of the sentence; `conditionals` open one there that does
    not count at all; `connectors` join main clauses; after `contrasts` stands what a sentence is about.
    """

    fillers: tuple[Phrase, ...] = ()
    subordinators: tuple[Phrase, ...] = ()
    leading_subordinators: tuple[Phrase, ...] = ()
    conditionals: tuple[Phrase, ...] = ()
    connectors: tuple[Phrase, ...] = ()
    contrasts: tuple[Phrase, ...] = ()
    groups: Annotated[tuple[CueGroup, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_meaning(self) -> "LanguageCues":
        meanings: dict[str, str] = {}
        for group in self.groups:
            for phrase in group.phrases:
                if phrase in meanings:
                    raise ValueError(f"'{phrase}' stands under {meanings[phrase]} and under {group.means}")
                meanings[phrase] = group.means
        return self


class ModalityConfig(ConfigValue):
    """The cues of all languages by code, and how far a negation reaches, in words."""

    version: str
    negation_reach: int = Field(default=4, ge=1, le=10)
    actor_reach: int = Field(default=3, ge=0, le=20)
    languages: Annotated[dict[str, LanguageCues], Field(min_length=1)]

    @field_validator("version", mode="before")
    @classmethod
    def _number_as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def load_modality(path: Path = SHIPPED) -> ModalityConfig:
    """Return the cues in a YAML file; raises `UnavailableError` and `ConfigError` as `load_yaml` does."""
    return load_yaml(path, ModalityConfig)
