"""The lexer of queries: splits a query into words, phrases, symbols, filters and operators; it raises no errors."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from extractors.metadata import LETTER_LANGUAGES
from index.fields import FIELDS
from index.query.tree import Fuzzy, Leaf, Occur, PaperName, Phrase, Prefix, Word
from index.versions import named_symbol, plain_symbol

_SHORT_WORD = 5
"""Letters up to which `word~` allows one difference; longer words may differ in two."""
_OPENING, _CLOSING = '"“„«', '"”“»'
_WORD_END = rf"\s()\"{_OPENING[1:]}{_CLOSING[1:]}"
_WORD = re.compile(rf"[^{_WORD_END}]+")
_FUZZY = re.compile(r"(?=[^~]*\w)(?P<text>[^~]*+)~(?P<distance>[12])?")
_PREFIX = re.compile(r"(?P<text>.*\w)\*+")
_SLOP = re.compile(r"~(\d++)(?![\w*~])")
_SLOP_DIGITS = 9
"""Digits that say how loose a phrase is: with so many it is too loose, and thousands are no number for Python."""
_FIELD = re.compile(rf"(?P<name>{'|'.join(map(re.escape, FIELDS))}):(?P<value>.*)", re.IGNORECASE | re.DOTALL)
_UNKNOWN_FIELD = re.compile(
    r"(?P<name>(?=(?:[._]*[^\W\d_]){3})[^\W\d_]+(?:[._][^\W\d_]+)*):(?P<value>(?!//).*\w.*|)", re.DOTALL
)
"""Three or more letters before a colon: whoever types them in lower case means a field."""
_SCHEMES = frozenset({"data", "doi", "geo", "info", "isbn", "magnet", "mailto", "news", "sip", "tel", "urn"})
"""Schemes of URLs (IANA) without two slashes: those with them are recognised by these."""
_MOST_PIECES = 6
"""Pieces between spaces that a symbol may have: `Doc. PC 0345 E 1 a`."""
_LONGEST = 120
_PIECE = re.compile(r"\s*([^\s\"“”„«»]+)")
_TRAILING = ".,;:!?"
_RUNS = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class Lexeme:
    """A part of a query from `position` to `end`, in characters from 0."""

    kind: Literal["open", "close", "or", "leaf", "field"]
    position: int
    end: int
    occur: Occur = "any"
    leaf: Leaf | None = None
    name: str = ""
    value: str = ""


def lexemes(text: str) -> Iterator[Lexeme]:
    """Yield the lexemes of a query in order."""
    place = 0
    occur: Occur = "any"
    while place < len(text):
        letter = text[place]
        lexeme: Lexeme | None = None
        end = place + 1
        if letter in "+-" and _starts_operand(text, place):
            occur = "must" if letter == "+" else "not"
        elif letter in _OPENING:
            lexeme = _phrase(text, place, occur)
        elif letter in "()":
            lexeme = Lexeme("open" if letter == "(" else "close", place, end, occur)
        elif match := _WORD.match(text, place):
            raw, end = match.group(), match.end()
            if raw in ("AND", "OR", "NOT"):
                occur = "not" if raw == "NOT" else occur
                lexeme = Lexeme("or", place, end) if raw == "OR" else None
            else:
                lexeme = _operand(text, place, raw, occur)
        if lexeme:
            yield lexeme
            occur = "any"
        place = lexeme.end if lexeme else end


def _starts_operand(text: str, place: int) -> bool:
    """Return whether an operator is at the start of a word: `e-mail` and `a - b` have none."""
    before = text[place - 1] if place else " "
    after = text[place + 1] if place + 1 < len(text) else " "
    return (before.isspace() or before == "(") and not after.isspace()


def _phrase(text: str, place: int, occur: Occur) -> Lexeme:
    quoted, end = _quoted(text, place)
    slop = _SLOP.match(text, end)
    if not slop:
        return Lexeme("leaf", place, end, occur, Phrase(quoted))
    others = int(slop[1].lstrip("0")[:_SLOP_DIGITS] or 0)
    return Lexeme("leaf", place, slop.end(), occur, Phrase(quoted, others))


def _quoted(text: str, place: int) -> tuple[str, int]:
    """Return the text in quotes and its end; a quote that is not closed extends to the end of the query."""
    for end in range(place + 1, len(text)):
        if text[end] in _CLOSING:
            return text[place + 1 : end], end + 1
    return text[place + 1 :], len(text)


def _operand(text: str, place: int, raw: str, occur: Occur) -> Lexeme:
    end = place + len(raw)
    if match := _FIELD.fullmatch(raw) or _unknown_field(raw):
        value = match["value"]
        if not value and end < len(text) and text[end] in _OPENING:
            value, end = _quoted(text, end)
        if value:
            return Lexeme("field", place, end, occur, name=match["name"], value=value)
    if named := _paper_at(text, place):
        paper, end = named
        return Lexeme("leaf", place, end, occur, paper)
    if match := _PREFIX.fullmatch(raw):
        return Lexeme("leaf", place, end, occur, Prefix(match["text"]))
    if match := _FUZZY.fullmatch(raw):
        default = 1 if len(match["text"]) <= _SHORT_WORD else 2
        return Lexeme("leaf", place, end, occur, Fuzzy(match["text"], int(match["distance"] or default)))
    return Lexeme("leaf", place, end, occur, Word(raw))


def _unknown_field(raw: str) -> re.Match[str] | None:
    """Return the name and value of a condition on an unknown field; None for any other text."""
    match = _UNKNOWN_FIELD.fullmatch(raw)
    return match if match and match["name"].islower() and match["name"] not in _SCHEMES else None


def _paper_at(text: str, place: int) -> tuple[PaperName, int] | None:
    """Return the symbol that begins at a place of a query and its end; None where none begins there.

    Spellings with spaces count (`PC 0345`, `Doc. pc0345e1a`), the longest first.
    """
    ends = list(_piece_ends(text, place))
    for end in reversed(ends):
        found = _symbol(text[place:end], whole=not text[:place].strip() and not text[end:].strip())
        if found:
            return found, end
    return None


def _piece_ends(text: str, place: int) -> Iterator[int]:
    """Yield the ends of the words from a place on, without the punctuation after them."""
    at = place
    for _ in range(_MOST_PIECES):
        match = _PIECE.match(text, at)
        if not match or match.end() - place > _LONGEST:
            return
        at = match.end()
        piece = text[place:at].rstrip(_TRAILING)
        while piece.endswith(")") and piece.count(")") > piece.count("("):
            piece = piece[:-1].rstrip(_TRAILING)
        yield place + len(piece)


def _symbol(text: str, *, whole: bool) -> PaperName | None:
    if not any(letter.isdigit() for letter in text):
        return None
    named = named_symbol(text, whole=whole)
    if named is None:
        return None
    symbol, key = named
    runs = _RUNS.findall(key)
    apart, joined = " ".join(runs), "".join(runs)
    spellings: list[Phrase | Prefix] = [Phrase(apart), Phrase(key), Phrase(joined)]
    if symbol.prefix:  # an edition may be in the same word: PC0345E1a, PC-0345E1a
        spellings += [Prefix(f"{paper}{letter}") for paper in (apart, joined) for letter in LETTER_LANGUAGES]
    return PaperName(text, plain_symbol(symbol.raw), plain_symbol(key), tuple(dict.fromkeys(spellings)))
