"""Maturity models as data: dimensions, the levels of their scales, and the statements that show a level.

Any model of the shape fits: one ordinal scale for all dimensions, a scale of its own for a dimension, states
of single indicators, or no levels at all (`scale: null`).
"""

import itertools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from configs.system.errors import UsageError
from configs.system.files import expanded
from configs.system.yamlfile import ConfigValue, Location, load_yaml

SHIPPED = Path(__file__).with_name("maturity")

Line: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Language: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Identifier: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Words: TypeAlias = Annotated[dict[Language, Line], Field(min_length=1)]
"""The same words by language code (ISO 639-1); at least one language."""

_NOTICE: dict[str, Words] = {
    "derived": {
        "en": "The maturity model {id} is derived: its levels and dimensions are not an official table.",
        "fr": "Le modèle de maturité {id} est dérivé : ses niveaux et dimensions ne sont pas officiels.",
    },
    "provisional": {
        "en": "The maturity model {id} is provisional: its levels and dimensions may still change.",
        "fr": "Le modèle de maturité {id} est provisoire : ses niveaux et dimensions peuvent encore changer.",
    },
}


class Level(ConfigValue):
    """A step of a scale or a state of an indicator; `cues` are words by language that point to it."""

    id: Identifier
    ordinal: int = Field(ge=-10_000, le=10_000)
    label: Words
    definition: dict[Language, Line] = Field(default_factory=dict)
    cues: dict[Language, tuple[Line, ...]] = Field(default_factory=dict)


class Scale(ConfigValue):
    """Levels from the lowest to the highest."""

    kind: Literal["ordinal"] = "ordinal"
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rising(self) -> "Scale":
        _raise(_level_problems(self.levels, ("levels",)), "Scale")
        return self


class Criterion(ConfigValue):
    """One statement, in one or more languages, and the level that it shows."""

    level: Identifier | None = None
    text: Words


class Indicator(ConfigValue):
    """A part of a dimension assessed by itself; without `states` the dimension's levels hold for it."""

    id: Identifier
    label: Words
    states: tuple[Level, ...] = ()
    criteria: tuple[Criterion, ...] = ()

    @model_validator(mode="after")
    def _rising(self) -> "Indicator":
        _raise(_level_problems(self.states, ("states",)), "Indicator")
        return self


class Dimension(ConfigValue):
    """A side of maturity; a `scale` here replaces the model's, `themes` are ids of the vocabulary."""

    id: Identifier
    label: Words
    definition: dict[Language, Line] = Field(default_factory=dict)
    weight: float = Field(default=1.0, gt=0, le=1_000_000)
    themes: tuple[Identifier, ...] = ()
    scale: Scale | None = None
    indicators: tuple[Indicator, ...] = ()
    criteria: tuple[Criterion, ...] = ()


class Statement(NamedTuple):
    """One text of one criterion: ids of its dimension and level, its language, the words."""

    dimension: str
    level: str | None
    language: str
    text: str


class MaturityModel(ConfigValue):
    """A maturity model; `provenance` says whether it is its publisher's own, and is shown wherever it is.

    `outside` are statements of what is near to its dimensions and about none of them.
    """

    id: Identifier
    version: Line
    provenance: Literal["official", "derived", "provisional"]
    source: Line
    title: dict[Language, Line] = Field(default_factory=dict)
    notice: dict[Language, Line] = Field(default_factory=dict)
    scale: Scale | None
    dimensions: Annotated[tuple[Dimension, ...], Field(min_length=1)]
    outside: tuple[Words, ...] = ()
    unit_of_assessment: Literal["country", "administration", "measure", "indicator"]

    @field_validator("version", mode="before")
    @classmethod
    def _number_as_text(cls, value: object) -> object:
        """Take `0.1` without quotes; a version such as 1.10 needs them, YAML reads it as 1.1."""
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _consistent(self) -> "MaturityModel":
        problems = list(_twice((d.id for d in self.dimensions), ("dimensions",), "dimension"))
        for number, dimension in enumerate(self.dimensions):
            problems += _dimension_problems(self.scale, dimension, ("dimensions", number))
        _raise(problems, "MaturityModel")
        return self

    def dimension(self, name: str) -> Dimension:
        """Return the dimension with this id; raises `UsageError` naming the model's dimensions."""
        for dimension in self.dimensions:
            if dimension.id == name:
                return dimension
        known = ", ".join(d.id for d in self.dimensions)
        raise UsageError(f"the model {self.id} has no dimension {name}", f"its dimensions are {known}")

    def levels_of(self, dimension: Dimension | str) -> tuple[Level, ...]:
        """Return the levels of a dimension, lowest first; empty where the dimension has none.

        Those are the levels of its own scale or else of the model's, and the states of its indicators.
        """
        chosen = self.dimension(dimension) if isinstance(dimension, str) else dimension
        return _levels_of(self.scale, chosen)

    def statements(
        self, *, dimension: str | None = None, level: str | None = None, language: str | None = None
    ) -> Iterator[Statement]:
        """Yield every text of every criterion in the file's order, narrowed to what is given."""
        for item in self.dimensions if dimension is None else (self.dimension(dimension),):
            own = (item.criteria, *(indicator.criteria for indicator in item.indicators))
            for criterion in (criterion for criteria in own for criterion in criteria):
                if level is not None and criterion.level != level:
                    continue
                for code, text in criterion.text.items():
                    if language is None or code == language:
                        yield Statement(item.id, criterion.level, code, text)

    def banner(self, language: str = "en") -> str | None:
        """Return the sentence to show with every output of the model; None for an official model."""
        if self.provenance == "official":
            return None
        if self.notice:
            return in_language(self.notice, language)
        return in_language(_NOTICE[self.provenance], language).format(id=self.id)


def load_model(name_or_path: str | Path) -> MaturityModel:
    """Return the maturity model shipped under an id, or the one in a YAML file.

    Raises `UsageError` for an unknown id, `UnavailableError` for a file that cannot be read, and
    `ConfigError` with file, line and field for one that is no maturity model.
    """
    name = str(name_or_path)
    if name in shipped_models():
        return load_yaml(SHIPPED / f"{name}.yaml", MaturityModel)
    path = expanded(name)
    is_path = path.suffix in (".yaml", ".yml", ".json") or len(path.parts) > 1
    if is_path or os.path.isfile(path):  # noqa: PTH113 - that of Path raises for a name that is too long
        return load_yaml(path, MaturityModel)
    known = ", ".join(shipped_models())
    raise UsageError(f"unknown maturity model {name}", f"shipped: {known}; or give the path of a .yaml file")


def shipped_models() -> tuple[str, ...]:
    """Return the ids of the models that come with the product, in order."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def in_language(words: dict[str, str], language: str) -> str:
    """Return words in a language, else in English, else in any language."""
    return words.get(language) or words.get("en") or next(iter(words.values()))


def _levels_of(scale: Scale | None, dimension: Dimension) -> tuple[Level, ...]:
    chosen = dimension.scale or scale
    levels = {level.id: level for level in chosen.levels} if chosen else {}
    indicators = dimension.indicators
    if indicators and not dimension.criteria and all(indicator.states for indicator in indicators):
        levels = {}
    for indicator in indicators:
        for state in indicator.states:
            levels.setdefault(state.id, state)
    return tuple(sorted(levels.values(), key=lambda level: level.ordinal))


def _dimension_problems(scale: Scale | None, dimension: Dimension, at: Location) -> Iterator[InitErrorDetails]:
    levels = dimension.scale or scale
    known = [level.id for level in levels.levels] if levels else []
    if not dimension.criteria and not any(indicator.criteria for indicator in dimension.indicators):
        yield _problem(at, f"the dimension {dimension.id} has no criteria; write one statement at least")
    yield from _twice((i.id for i in dimension.indicators), (*at, "indicators"), "indicator")
    yield from _criteria_problems(dimension.criteria, known, (*at, "criteria"))
    for number, indicator in enumerate(dimension.indicators):
        states = [state.id for state in indicator.states] or known
        yield from _criteria_problems(indicator.criteria, states, (*at, "indicators", number, "criteria"))


def _criteria_problems(criteria: Iterable[Criterion], known: list[str], at: Location) -> Iterator[InitErrorDetails]:
    for number, criterion in enumerate(criteria):
        if criterion.level is None and known:
            yield _problem((*at, number), f"the level is missing; the levels are {', '.join(known)}")
        elif criterion.level is not None and criterion.level not in known:
            levels = f"the levels are {', '.join(known)}" if known else "there is no scale here"
            yield _problem((*at, number, "level"), f"unknown level {criterion.level}; {levels}")


def _level_problems(levels: tuple[Level, ...], at: Location) -> Iterator[InitErrorDetails]:
    yield from _twice((level.id for level in levels), at, "level")
    for number, (low, high) in enumerate(itertools.pairwise(levels), start=1):
        if high.ordinal <= low.ordinal:
            message = f"the ordinal {high.ordinal} of {high.id} does not rise above {low.ordinal} of {low.id}"
            yield _problem((*at, number, "ordinal"), message)


def _twice(ids: Iterable[str], at: Location, what: str) -> Iterator[InitErrorDetails]:
    seen: set[str] = set()
    for number, name in enumerate(ids):
        if name in seen:
            yield _problem((*at, number, "id"), f"the {what} {name} stands twice")
        seen.add(name)


def _problem(at: Location, message: str) -> InitErrorDetails:
    # Braces would be read as a template by pydantic.
    kind = PydanticCustomError("maturity_model", "{message}", {"message": message})
    return InitErrorDetails(type=kind, loc=at, input=None)


def _raise(problems: Iterable[InitErrorDetails], title: str) -> None:
    found = list(problems)
    if found:  # a nested ValidationError keeps the place of each problem, a ValueError would lose it
        raise ValidationError.from_exception_data(title, found)
