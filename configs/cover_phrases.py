"""Patterns for phrases on covers, read from `cover_phrases.yaml`."""

import re
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from configs.patterns import Pattern
from configs.system.yamlfile import ConfigValue, load_yaml

COVER_PHRASES_FILE = Path(__file__).with_name("cover_phrases.yaml")


def _containing(part: str) -> Callable[[str], str]:
    def check(pattern: str) -> str:
        if part not in pattern:
            raise ValueError(f"holds no {part}")
        return pattern

    return check


Patterns: TypeAlias = Annotated[tuple[Pattern, ...], Field(min_length=1)]
ItemPattern: TypeAlias = Annotated[Pattern, AfterValidator(_containing("{item}"))]
WhoPattern: TypeAlias = Annotated[Pattern, AfterValidator(_containing("(?P<who>"))]
BodyPattern: TypeAlias = Annotated[Pattern, AfterValidator(_containing("(?P<body>"))]


class CoverPhrases(ConfigValue):
    """Patterns for folded lines of covers.

    `{item}`, `{more}` and `{no}` stand for the patterns of numbers of items and of signs of a number. The group `who`
    or `body` of a pattern is what it extracts. `submitters` are groups of patterns, each tried on all lines before the
    next.
    """

    version: str
    agenda_items: Annotated[tuple[ItemPattern, ...], Field(min_length=1)]
    bare_items: tuple[ItemPattern, ...] = ()
    item_lines: Patterns
    item_mentions: Patterns
    submitters: tuple[Annotated[tuple[WhoPattern, ...], Field(min_length=1)], ...]
    furniture: Patterns
    casual: Patterns
    file_label: Pattern
    addresses: Patterns
    for_whom: Pattern
    asked_body: BodyPattern
    body_behind_session: BodyPattern

    @cached_property
    def item_line(self) -> re.Pattern[str]:
        """The beginning of an agenda item, to be matched at the start of a line."""
        return _any_of(self.item_lines)

    @cached_property
    def item_mention(self) -> re.Pattern[str]:
        """The mention of an agenda item inside a line."""
        return _any_of(self.item_mentions)

    @cached_property
    def submitter_groups(self) -> tuple[tuple[re.Pattern[str], ...], ...]:
        """The compiled `submitters`."""
        return tuple(tuple(map(re.compile, group)) for group in self.submitters)

    @cached_property
    def furniture_patterns(self) -> tuple[re.Pattern[str], ...]:
        """The compiled `furniture`, in order."""
        return tuple(map(re.compile, self.furniture))

    @cached_property
    def address(self) -> re.Pattern[str]:
        """Text that only a line with a postal address contains."""
        return _any_of(self.addresses)

    @cached_property
    def before_addressee(self) -> re.Pattern[str]:
        """The words right before the body that a paper is addressed to, at the end of a text."""
        return re.compile(self.for_whom)

    @cached_property
    def addressee(self) -> re.Pattern[str]:
        """The body that a paper is addressed to, in the group `body`."""
        return re.compile(self.asked_body)

    @cached_property
    def body_after_session(self) -> re.Pattern[str]:
        """A body that follows the word for its session, in the group `body`."""
        return re.compile(self.body_behind_session)


@cache
def load_cover_phrases() -> CoverPhrases:
    """Return the phrases that ship with the product; raises `ConfigError` where the file does not validate."""
    return load_yaml(COVER_PHRASES_FILE, CoverPhrases)


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
