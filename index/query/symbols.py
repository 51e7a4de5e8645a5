"""Symbols of papers in a query, in any spelling."""

import re
from collections.abc import Iterator

from extractors.metadata import LETTER_LANGUAGES
from index.query.tree import PaperName, Phrase, Prefix
from index.versions import named_symbol, plain_symbol

_MOST_PIECES = 6
"""Pieces between spaces that a symbol may have: `Doc. PC 0345 E 1 a`."""
_LONGEST = 120
_PIECE = re.compile(r"\s*([^\s\"“”„«»]+)")
_TRAILING = ".,;:!?"
_RUNS = re.compile(r"[^\W\d_]+|\d+")


def paper_at(text: str, place: int) -> tuple[PaperName, int] | None:
    """Return the symbol that begins at a place of a query and where it ends; None where none begins there.

    Spellings with spaces count (`PC 0345`, `Doc. pc0345e1a`), the longest first.
    """
    ends = list(_piece_ends(text, place))
    for end in reversed(ends):
        found = _symbol(text[place:end], whole=not text[:place].strip() and not text[end:].strip())
        if found:
            return found, end
    return None


def _piece_ends(text: str, place: int) -> Iterator[int]:
    """Yield where the pieces from a place on end, without the marks of a sentence behind them."""
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
