"""Generates questions to an index from its own words, symbols and values: every operator, filters and facets.

The same seed and index give the same questions.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from extractors.document import Document, Passage
from index.analysis import open_analysis
from index.fields import FIELDS, RANGE_FIELDS, FieldName
from index.filters import EVERYTHING
from index.protocol import Engine
from index.results import SearchRequest

_WORD = re.compile(r"[^\W\d_]{3,}")
_SHORTEST = 5
"""Letters of a word that is cut or misspelt."""
_FILTERED = 0.5
"""Share of the questions that have filters."""


@dataclass(frozen=True)
class Question:
    """A query, its filters as `field=value`, and the operator that it is about."""

    operator: str
    query: str
    filters: tuple[str, ...] = ()


def questions(engine: Engine, count: int, *, seed: int = 0) -> list[Question]:
    """Return `count` questions, as many of each operator; half of them have one or two filters."""
    source = _Source(engine, random.Random(seed))
    made = []
    for number in range(count):
        operator, make = _OPERATORS[number % len(_OPERATORS)]
        filters = source.filters() if operator == "filters" or source.random.random() < _FILTERED else ()
        made.append(Question(operator, make(source), filters))
    return made


class _Source:
    """Draws words, phrases and values from an index."""

    def __init__(self, engine: Engine, drawn: random.Random) -> None:
        self.random = drawn
        self._analysis = open_analysis()
        every: list[tuple[Document, Sequence[Passage]]] = list(engine.passages(EVERYTHING))
        every.sort(key=lambda one: one[0].id)
        self._texts = [(one.text, one.language) for _, own in every for one in own]
        self._symbols = sorted({document.symbol.raw for document, _ in every if document.symbol})
        asked = SearchRequest(filters=EVERYTHING, mode="text", facets=FIELDS, k=1)
        counted = engine.search(asked, None).facets
        self._values: dict[FieldName, list[str]] = {
            field: sorted(str(one.value if one.value is not None else "null") for one in counted[field])
            for field in FIELDS
            if counted[field] and field != "access"
        }

    def run(self, length: int) -> list[str]:
        """Return words that follow one another in a passage, the first and last of them no stop words."""
        while True:
            text, language = self.random.choice(self._texts)
            words = list(_WORD.finditer(text))
            if len(words) < length:
                continue
            start = self.random.randrange(len(words) - length + 1)
            chosen = words[start : start + length]
            between = text[chosen[0].start() : chosen[-1].end()]
            ends = self._analysis.tokens(between, language)
            if len(ends) == length and all(one.term != "_" for one in (ends[0], ends[-1])):
                return [match.group() for match in chosen]

    def word(self, shortest: int = 3) -> str:
        """Return a word of some passage."""
        while True:
            (word,) = self.run(1)
            if len(word) >= shortest:
                return word

    def symbol(self) -> str:
        """Return the symbol of some paper, or a word where none has one."""
        return self.random.choice(self._symbols) if self._symbols else self.word()

    def filters(self) -> tuple[str, ...]:
        """Return one or two filters with values that the index has; ranges where there may be some."""
        fields = self.random.sample(sorted(self._values), self.random.randint(1, 2))
        return tuple(self.value(field) for field in fields)

    def value(self, field: FieldName, sign: str = "=") -> str:
        """Return a field and a value of it as text."""
        value = self.random.choice(self._values[field])
        if field in RANGE_FIELDS and self.random.random() < _FILTERED:
            ends = sorted((value, self.random.choice(self._values[field])), key=lambda one: one.zfill(4))
            value = "..".join(ends)
        if field == "agenda_item" or not value:
            value = value.strip() or "1"
        return f"{field}{sign}{value}"

    def condition(self) -> str:
        """Return a condition on one field as it stands in a query."""
        field = self.random.choice(sorted(self._values))
        quoted = self.value(field, ":")
        name, _, value = quoted.partition(":")
        return f'{name}:"{value}"' if " " in value else quoted

    def misspelt(self) -> str:
        """Return a word in which two neighbouring letters are swapped or one is missing."""
        word = self.word(_SHORTEST)
        at = self.random.randrange(1, len(word) - 1)
        if self.random.random() < _FILTERED:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return word[:at] + word[at + 1 :]


_OPERATORS: tuple[tuple[str, Callable[[_Source], str]], ...] = (
    ("word", lambda source: source.word()),
    ("words", lambda source: f"{source.word()} {source.word()}"),
    ("words of a passage", lambda source: " ".join(source.run(source.random.randint(3, 6)))),
    ("phrase", lambda source: '"{}"'.format(" ".join(source.run(source.random.randint(2, 4))))),
    ("phrase and word", lambda source: '"{}" {}'.format(" ".join(source.run(2)), source.word())),
    ("must", lambda source: f"+{source.word()} {source.word()} {source.word()}"),
    ("must and not", lambda source: f"+{source.word()} {source.word()} -{source.word()}"),
    ("not", lambda source: f"{' '.join(source.run(2))} NOT {source.word()}"),
    ("not alone", lambda source: f"-{source.word()}"),
    ("or", lambda source: f"{source.word()} {source.word()} OR {source.word()}"),
    ("brackets", lambda source: f"{source.word()} ({source.word()} OR {' '.join(source.run(2))})"),
    ("prefix", lambda source: f"{source.word(_SHORTEST)[:4]}* {source.word()}"),
    ("fuzzy", lambda source: f"{source.misspelt()}~"),
    ("fuzzy and word", lambda source: f"{source.misspelt()}~1 {source.word()}"),
    ("compound", lambda source: f"{'-'.join(source.run(2))} {source.word()}"),
    ("field", lambda source: f"{source.condition()} {source.word()}"),
    ("field negated", lambda source: f"-{source.value('language', ':')} {source.word()}"),
    ("symbol", lambda source: source.symbol()),
    ("sentence", lambda source: " ".join(source.run(8))),
    ("filters", lambda _: ""),
)
"""Every operator, and what makes a query of it."""
