"""The phrases of covers that take more than a word to tell, read from `cover_phrases.yaml`."""

import re
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from configs.patterns import Pattern
from configs.system.yamlfile import ConfigValue, load_yaml

COVER_PHRASES_FILE = Path(__file__).with_name("cover_phrases.yaml")


def _holding(part: str) -> Callable[[str], str]:
    def check(pattern: str) -> str:
        if part not in pattern:
            raise ValueError(f"holds no {part}")
        return pattern

    return check


Patterns: TypeAlias = Annotated[tuple[Pattern, ...], Field(min_length=1)]
ItemPattern: TypeAlias = Annotated[Pattern, AfterValidator(_holding("{item}"))]
WhoPattern: TypeAlias = Annotated[Pattern, AfterValidator(_holding("(?P<who>"))]
BodyPattern: TypeAlias = Annotated[Pattern, AfterValidator(_holding("(?P<body>"))]


class CoverPhrases(ConfigValue):
    """Patterns for folded lines of covers.

    `{item}`, `{more}` and `{no}` stand for the patterns of numbers of items and of signs of a number. What a pattern
    is to find is its group `who` or `body`. `submitters` are groups of patterns, each tried on all lines before the
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
        """How an item of an agenda begins, to be matched at the start of a line."""
        return _any_of(self.item_lines)

    @cached_property
    def item_mention(self) -> re.Pattern[str]:
        """What names an item of an agenda inside a line."""
        return _any_of(self.item_mentions)

    @cached_property
    def submitter_groups(self) -> tuple[tuple[re.Pattern[str], ...], ...]:
        """The compiled `submitters`."""
        return tuple(tuple(map(re.compile, group)) for group in self.submitters)

    @cached_property
    def removed(self) -> tuple[re.Pattern[str], ...]:
        """The compiled `furniture`, in order."""
        return tuple(map(re.compile, self.furniture))

    @cached_property
    def address(self) -> re.Pattern[str]:
        """What only a line with an address holds."""
        return _any_of(self.addresses)

    @cached_property
    def names_reader(self) -> re.Pattern[str]:
        """What stands right before the body that a paper is for, at the end of a text."""
        return re.compile(self.for_whom)

    @cached_property
    def asked(self) -> re.Pattern[str]:
        """What names the body that a paper is for, in the group `body`."""
        return re.compile(self.asked_body)

    @cached_property
    def behind_session(self) -> re.Pattern[str]:
        """What names a body behind the word for its session, in the group `body`."""
        return re.compile(self.body_behind_session)


@cache
def load_cover_phrases() -> CoverPhrases:
    """Return the phrases that ship with the product; raises `ConfigError` where the file does not validate."""
    return load_yaml(COVER_PHRASES_FILE, CoverPhrases)


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
