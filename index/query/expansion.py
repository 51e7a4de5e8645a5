"""Query expansion: other labels of the themes in a query, and translations of its words."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from index.query.lexer import Lexeme
from index.query.tree import ThemeName, Word, Wording

_CORE = re.compile(r"\w(?:.*\w)?", re.DOTALL)
MOST_THEMES = 5
"""Themes of one query that stand for their other labels too: each costs an engine dozens of phrases."""

MOST_COUNTERPARTS = 50
"""Words of one query that are looked for in other languages, too: each is about five more words."""


class NamedTheme(NamedTuple):
    """A label of a theme in a text, from `start` to `end`, and the theme's labels."""

    start: int
    end: int
    theme: str
    names: tuple[Wording, ...]
    labels: tuple[Wording, ...]
    negative: tuple[Wording, ...]


ThemesIn: TypeAlias = Callable[[str], Iterable[NamedTheme]]
"""Finds the labels of themes in a query: the longest ones, in order, none in another."""

CounterpartsOf: TypeAlias = Callable[[Sequence[str], str], Sequence[Word]]
"""Gives words of a query with its language and with what each is in others; the second argument is what it says."""


def with_themes(found: Sequence[Lexeme], text: str, themes_in: ThemesIn) -> list[Lexeme]:
    """Return the lexemes of a query; words that are a label of a theme become one lexeme."""
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


def with_counterparts(found: Sequence[Lexeme], said: str, counterparts_of: CounterpartsOf) -> list[Lexeme]:
    """Return the lexemes of a query with the translations of its words.

    `said` is the text of the query with stop words and without filters, for the detection of its language. In a
    query with operators words are not translated.
    """
    made = list(found)
    if any(one.kind == "or" or (one.leaf and one.occur != "any") for one in made):
        return made
    words = [(place, one.leaf.text) for place, one in enumerate(made) if isinstance(one.leaf, Word)][:MOST_COUNTERPARTS]
    for (place, _), leaf in zip(words, counterparts_of([word for _, word in words], said), strict=True):
        made[place] = replace(made[place], leaf=leaf)
    return made


def _core(text: str, piece: Lexeme) -> re.Match[str]:
    """Return the span of a word without the punctuation around it."""
    match = _CORE.search(text, piece.position, piece.end)
    assert match  # a label is part of this lexeme
    return match
