"""The query language, parsed by us and never handed raw to an engine.

    customs declaration      both words (either of them, where too few documents have both)
    "single window"          the words next to each other; a quote that is not closed runs to the end
    +must -not               has to be there, may not be there (NOT is the same as -)
    a b OR c                 (a and b) or c; brackets group
    digit*  windwo~          words that begin so; words spelt nearly so (~1: at most one letter differs)
    year:2010..2015          a filter; the fields are those of `index.filters`

Everything else is text: punctuation, apostrophes and colons behind other words are never errors.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from configs.errors import UsageError
from index.filters import FIELDS, Condition, Descendants, condition

Occur: TypeAlias = Literal["any", "must", "not"]
"""`any` has to match too, unless an engine falls back to either word."""

_SHORT_WORD = 5
"""Letters up to which `word~` allows one difference; longer words may differ in two."""
_DEEPEST = 20
"""Brackets in brackets that count; deeper ones are read as text without brackets."""
_OPENING, _CLOSING = '"“„«', '"”“»'
_JOINTS = re.compile("[-\u2010-\u2013/]")
_WORD_END = rf"\s()\"{_OPENING[1:]}{_CLOSING[1:]}"
_FUZZY = re.compile(r"(?P<text>.*\w.*)~(?P<distance>[12])?")
_PREFIX = re.compile(r"(?P<text>.*\w)\*+")
_FIELD = re.compile(rf"(?P<name>{'|'.join(FIELDS)}):(?P<value>.*)", re.IGNORECASE | re.DOTALL)


class QueryError(UsageError):
    """A query that cannot be read; `position` counts its characters from 0."""

    def __init__(self, message: str, position: int, remedy: str | None = None) -> None:
        super().__init__(f"query, character {position + 1}: {message}", remedy)
        self.position = position


@dataclass(frozen=True)
class Word:
    """A word as typed; it may hold several words of the index (`G/VAL/W/136`), which then stand in a row."""

    text: str

    @property
    def parts(self) -> list[str]:
        """The words that hyphens and slashes join."""
        return [part for part in _JOINTS.split(self.text) if part]


@dataclass(frozen=True)
class Phrase:
    """Words that stand next to each other."""

    text: str


@dataclass(frozen=True)
class Prefix:
    """Words that begin so."""

    text: str


@dataclass(frozen=True)
class Fuzzy:
    """Words that differ in at most `distance` letters (a swap of neighbours is one)."""

    text: str
    distance: int


@dataclass(frozen=True)
class Clause:
    """A part of a group and whether it has to be there."""

    node: "Node"
    occur: Occur = "any"


@dataclass(frozen=True)
class Group:
    """Clauses that hold together."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class Either:
    """Groups of which one has to match."""

    groups: tuple["Node", ...]


Leaf: TypeAlias = Word | Phrase | Prefix | Fuzzy
Node: TypeAlias = Leaf | Group | Either


@dataclass(frozen=True)
class Query:
    """A parsed query: what the text has to match (None: every passage) and the conditions named in it.

    `plain` is what the query says, without operators and what it excludes: the text to encode.
    """

    text: str
    root: Node | None = None
    conditions: tuple[Condition, ...] = ()
    plain: str = ""
    leaves: tuple[Leaf, ...] = field(default=(), compare=False)
    """The words and phrases that are not excluded, for highlights."""

    def constraints(self) -> Group | None:
        """Return the part that holds in every mode: what has to be there and what may not."""
        if not isinstance(self.root, Group):
            return None
        hard = tuple(clause for clause in self.root.clauses if clause.occur != "any")
        return Group(hard) if hard else None

    def by_word(self) -> list[tuple[str, Group]]:
        """Return each word and phrase that is not excluded, as typed, with a query for it alone.

        Where any of the words will do, one that has to be there is still read as it stands, parts and all.
        """
        found = {leaf: Clause(leaf, "must" if needed else "any") for leaf, needed in _asked(self.root)}
        return [(_typed(leaf), Group((clause,))) for leaf, clause in found.items()]


def parse_query(text: str, descendants: Descendants | None = None) -> Query:
    """Return a query as typed; an empty one and `*` match every passage.

    Raises `QueryError`, and nothing else, for a filter with an impossible value or in a place where it
    cannot hold (behind OR, in brackets).
    """
    if text.strip() in ("", "*"):
        return Query(text)
    parser = _Parser(_lexemes(text), descendants)
    root = parser.parse()
    leaves = tuple(_positive(root)) if root else ()
    operators = parser.operators or any(not isinstance(leaf, Word) for leaf in leaves)
    plain = " ".join(leaf.text.strip() for leaf in leaves) if operators else text.strip()
    return Query(text, root, tuple(parser.conditions), plain, leaves)


@dataclass(frozen=True)
class _Lexeme:
    kind: Literal["open", "close", "or", "leaf", "field"]
    position: int
    occur: Occur = "any"
    leaf: Leaf | None = None
    name: str = ""
    value: str = ""


def _lexemes(text: str) -> list[_Lexeme]:
    found: list[_Lexeme] = []
    place = 0
    occur: Occur = "any"
    word = re.compile(rf"[^{_WORD_END}]+")
    while place < len(text):
        letter = text[place]
        lexeme: _Lexeme | None = None
        end = place + 1
        if letter in "+-" and _starts_operand(text, place):
            occur = "must" if letter == "+" else "not"
        elif letter in _OPENING:
            quoted, end = _quoted(text, place)
            lexeme = _Lexeme("leaf", place, occur, Phrase(quoted))
        elif letter in "()":
            lexeme = _Lexeme("open" if letter == "(" else "close", place, occur)
        elif match := word.match(text, place):
            raw, end = match.group(), match.end()
            if raw in ("AND", "OR", "NOT"):
                occur = "not" if raw == "NOT" else occur
                lexeme = _Lexeme("or", place) if raw == "OR" else None
            else:
                lexeme, end = _operand(text, place, raw, occur)
        if lexeme:
            found.append(lexeme)
            occur = "any"
        place = end
    return found


def _starts_operand(text: str, place: int) -> bool:
    """Return whether a sign stands at the start of a word: `e-mail` and `a - b` hold none."""
    before = text[place - 1] if place else " "
    after = text[place + 1] if place + 1 < len(text) else " "
    return (before.isspace() or before == "(") and not after.isspace()


def _quoted(text: str, place: int) -> tuple[str, int]:
    for end in range(place + 1, len(text)):
        if text[end] in _CLOSING:
            return text[place + 1 : end], end + 1
    return text[place + 1 :], len(text)


def _operand(text: str, place: int, raw: str, occur: Occur) -> tuple[_Lexeme, int]:
    end = place + len(raw)
    if match := _FIELD.fullmatch(raw):
        value = match["value"]
        if not value and end < len(text) and text[end] in _OPENING:
            value, end = _quoted(text, end)
        if value:
            return _Lexeme("field", place, occur, name=match["name"], value=value), end
    if match := _PREFIX.fullmatch(raw):
        return _Lexeme("leaf", place, occur, Prefix(match["text"])), end
    if match := _FUZZY.fullmatch(raw):
        default = 1 if len(match["text"]) <= _SHORT_WORD else 2
        return _Lexeme("leaf", place, occur, Fuzzy(match["text"], int(match["distance"] or default))), end
    return _Lexeme("leaf", place, occur, Word(raw)), end


class _Parser:
    def __init__(self, lexemes: list[_Lexeme], descendants: Descendants | None) -> None:
        self._lexemes = lexemes
        self._descendants = descendants
        self._next = 0
        self._has_or = any(lexeme.kind == "or" for lexeme in lexemes)
        self.conditions: list[Condition] = []
        self.operators = self._has_or or any(
            lexeme.kind in ("open", "field") or lexeme.occur != "any" for lexeme in lexemes
        )

    def parse(self) -> Node | None:
        return self._either(0)

    def _either(self, depth: int) -> Node | None:
        groups = [self._group(depth)]
        while self._peek() == "or":
            self._next += 1
            groups.append(self._group(depth))
        kept = [group for group in groups if group]
        return Either(tuple(kept)) if len(kept) > 1 else kept[0] if kept else None

    def _group(self, depth: int) -> Node | None:
        clauses: dict[Clause, None] = {}
        while self._next < len(self._lexemes):
            lexeme = self._lexemes[self._next]
            if lexeme.kind == "or" or (lexeme.kind == "close" and depth > 0):
                break
            self._next += 1
            if lexeme.kind == "field":
                self._condition(lexeme, depth)
            elif lexeme.leaf:
                clauses[Clause(lexeme.leaf, lexeme.occur)] = None
            elif lexeme.kind == "open" and depth < _DEEPEST:
                inner = self._either(depth + 1)
                self._next += self._peek() == "close"
                if inner:
                    clauses[Clause(inner, lexeme.occur)] = None
        return Group(tuple(clauses)) if clauses else None

    def _peek(self) -> str | None:
        return self._lexemes[self._next].kind if self._next < len(self._lexemes) else None

    def _condition(self, lexeme: _Lexeme, depth: int) -> None:
        place = lexeme.position
        if depth or self._has_or or (lexeme.occur == "not" and lexeme.name == "status"):
            remedy = f"put it before or after the words, or use --filter {lexeme.name}={lexeme.value}"
            raise QueryError(f"{lexeme.name}:{lexeme.value} holds for the whole query only", place, remedy)
        try:
            found = condition(lexeme.name, [lexeme.value], self._descendants, negated=lexeme.occur == "not")
        except UsageError as error:
            raise QueryError(error.message, place + len(lexeme.name) + 1, error.remedy) from error
        self.conditions.append(found)


def _typed(leaf: Leaf) -> str:
    match leaf:
        case Phrase():
            return f'"{leaf.text}"'
        case Prefix():
            return f"{leaf.text}*"
        case Fuzzy():
            return f"{leaf.text}~{leaf.distance}"
        case Word():
            return leaf.text


def _positive(node: Node) -> Iterator[Leaf]:
    yield from (leaf for leaf, _ in _asked(node))


def _asked(node: Node | None, *, needed: bool = False) -> Iterator[tuple[Leaf, bool]]:
    """Yield the leaves that are not excluded, and whether each stands where something has to be there."""
    if isinstance(node, Group):
        for clause in node.clauses:
            if clause.occur != "not":
                yield from _asked(clause.node, needed=needed or clause.occur == "must")
    elif isinstance(node, Either):
        for group in node.groups:
            yield from _asked(group, needed=needed)
    elif node:
        yield node, needed
