"""Labels of themes in a query, which match the theme's other labels too."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from index.lexing import Lexeme
from index.nodes import Label, ThemeName, Word

_CORE = re.compile(r"\w(?:.*\w)?", re.DOTALL)
MOST_THEMES = 5
"""Themes of one query that stand for their other labels too: each costs an engine dozens of phrases."""


class NamedTheme(NamedTuple):
    """A label of a theme in a text, from `start` to `end`, and the theme's labels."""

    start: int
    end: int
    theme: str
    names: tuple[Label, ...]
    labels: tuple[Label, ...]
    negative: tuple[Label, ...]


ThemesIn: TypeAlias = Callable[[str], Iterable[NamedTheme]]
"""Finds the labels of themes in a query: the longest ones, in order, none in another."""


def with_themes(found: Sequence[Lexeme], text: str, themes_in: ThemesIn) -> list[Lexeme]:
    """Return the pieces of a query with the words that are a label of a theme made into one piece."""
    made = list(found)
    for named in list(themes_in(text))[:MOST_THEMES]:
        inside = [place for place, one in enumerate(made) if named.start < one.end and one.position < named.end]
        pieces = [made[place] for place in inside]
        words = tuple(one.leaf for one in pieces if isinstance(one.leaf, Word))
        if not words or len(words) < len(pieces) or any(one.occur != "any" for one in pieces):
            continue
        if _core(text, pieces[0]).start() != named.start or _core(text, pieces[-1]).end() != named.end:
            continue
        theme = ThemeName(words, named.theme, named.names, named.labels, named.negative)
        made[inside[0] : inside[-1] + 1] = [replace(pieces[0], end=pieces[-1].end, leaf=theme)]
    return made


def _core(text: str, piece: Lexeme) -> re.Match[str]:
    """Return where a word stands without the marks around it."""
    match = _CORE.search(text, piece.position, piece.end)
    assert match  # a label lies in it
    return match
