"""Rules for boilerplate (lists, addresses, forms, notices), read from `boilerplate.yaml`."""

import re
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from configs.labels import Labels, fold
from configs.patterns import Pattern
from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("boilerplate.yaml")

Boilerplate: TypeAlias = Literal["contents", "references", "participants", "addresses", "form", "empty", "notice"]

LISTS: frozenset[Boilerplate] = frozenset({"contents", "references", "participants", "addresses", "form", "empty"})
"""Kinds that state nothing: what stands elsewhere, works, people and where to reach them, blanks, "not applicable"."""
Share: TypeAlias = Annotated[float, Field(gt=0, le=1)]


class Alone(ConfigValue):
    """How many lines of a kind, and which share of a stretch of lines, make a part that no heading names."""

    lines: int = Field(ge=1)
    share: Share


class BoilerplateKind(ConfigValue):
    """How one kind is told: the headings over it and the patterns of its lines.

    `patterns` tell a line by itself, `headed` only under a heading of the kind; none tells a line of more than
    `longest` characters.
    """

    longest: int = Field(ge=1)
    headings: Labels
    patterns: tuple[Pattern, ...] = Field(min_length=1)
    headed: tuple[Pattern, ...] = ()
    under_heading: Share
    alone: Alone

    def is_heading(self, line: str) -> bool:
        """Tell whether a heading names this kind, whatever its number and marks."""
        return len(line) <= self.longest and _bare(line) in self._headings

    def fits(self, line: str, *, headed: bool) -> bool:
        """Tell whether a line looks like one of this kind."""
        if len(line) > self.longest:
            return False
        if self._alone.search(line):
            return True
        return headed and self._headed.search(line) is not None

    @cached_property
    def _headings(self) -> frozenset[str]:
        return frozenset(map(_bare, self.headings))

    @cached_property
    def _alone(self) -> re.Pattern[str]:
        return _any_of(self.patterns)

    @cached_property
    def _headed(self) -> re.Pattern[str]:
        return _any_of(self.headed)


class BoilerplateRules(ConfigValue):
    """Every kind with its rules; the first that fits a line has it."""

    version: str
    kinds: dict[Boilerplate, BoilerplateKind]


@cache
def load_boilerplate(path: Path = SHIPPED) -> BoilerplateRules:
    """Return the validated rules; raises `ConfigError` for a broken file."""
    return load_yaml(path, BoilerplateRules)


def _bare(line: str) -> str:
    return re.sub(r"[\W\d_]+", " ", fold(line)).strip()


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns) or r"(?!)", re.IGNORECASE)
