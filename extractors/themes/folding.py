"""Folding of text for comparison, character by character, so that offsets map back to the original."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

from extractors.text.superscripts import RAISED_DIGITS

_HYPHENS = "-\u2010\u2011\u2012\u2013\u2212"
_APOSTROPHES = "'\u2018\u2019\u02bc\u00b4`"
_KEPT_SYMBOLS = "&"
_BASIC_PLANE = 0x10000

# Characters that readers leave inside words and lines: soft hyphens, zero-width
# characters, accents that stand alone, hyphens at line ends (PDFium gives some as U+0002 or U+FFFE), repeated
# spaces. An empty line stays: it separates paragraphs.
_LEFT_OUT = re.compile(
    r"[\u00ad\u200b-\u200d\u2060\ufeff\u0300-\u036f\r]+"
    r"|(?<=[^\W\d_])[-\u2010\u0002\ufffe] ?\r?\n *(?=[^\W\d_])"
    r"|[ \u00a0]+(?=[ \u00a0\r\n])"
    r"|(?<=\n)[ \u00a0]+"
)
# A cheap check whether a text has any of these.
_SIGNS = ("  ", " \n", "\n ", "-\n", "\r", "\x02\n")
_SIGNS_BEYOND_ASCII = ("\u00a0 ", " \u00a0", "\u00a0\u00a0", "\u00a0\n", "\n\u00a0", "\u2010\n", "\ufffe\n")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_MARKS = re.compile(r"[\u00ad\u200b-\u200d\u2060\ufeff\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text in the form in which it is compared.

    `plain` is the text without soft hyphens, line-end hyphens and repeated spaces. `folded` has the length of
    `plain`: lower case, no accents; a space for each hyphen, apostrophe and line feed; a tab for every other
    mark, the raised number of a note among them. `cuts` are positions in `plain`, `left_out` the number of
    characters left out before each.
    """

    plain: str
    folded: str
    cuts: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the original text of `plain[start:end]`, which is not empty."""
        if not self.cuts:
            return start, end
        return self._original(start), self._original(end - 1) + 1

    def _original(self, position: int) -> int:
        cut = bisect_right(self.cuts, position)
        return position + (self.left_out[cut - 1] if cut else 0)


def fold_text(text: str) -> FoldedText:
    """Return a text folded for comparison."""
    if not _needs_cleaning(text):
        return FoldedText(text, _folded(text))
    pieces: list[str] = []
    cuts: list[int] = []
    left_out: list[int] = []
    kept = done = 0
    for match in _LEFT_OUT.finditer(text):
        pieces.append(text[done : match.start()])
        kept += match.start() - done
        done = match.end()
        cuts.append(kept)
        left_out.append(done - kept)
    plain = "".join((*pieces, text[done:]))
    return FoldedText(plain, _folded(plain), tuple(cuts), tuple(left_out))


def fold(text: str) -> str:
    """Return the folded form of a label."""
    return fold_text(text).folded


def _folded(plain: str) -> str:
    """Return a text with every character folded; others than ASCII first, as `translate` is fast only for ASCII."""
    if not plain.isascii():
        plain = _BEYOND_ASCII.sub(lambda run: run[0].translate(_FOLDING_TABLE), plain)
    return plain.translate(_FOLDING_TABLE)


def _needs_cleaning(text: str) -> bool:
    if any(map(text.__contains__, _SIGNS)):
        return True
    if text.isascii():
        return False
    return any(map(text.__contains__, _SIGNS_BEYOND_ASCII)) or _MARKS.search(text) is not None


class _FoldingTable(dict[int, str]):
    """Maps characters of the basic plane one to one, each on first use; characters beyond it stay as they are."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code < _BASIC_PLANE:
            character = self[code] = _fold_character(character)
        return character


_FOLDING_TABLE = _FoldingTable()


def _fold_character(character: str) -> str:
    if character in _HYPHENS or character in _APOSTROPHES or character in "\n\r":
        return " "
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category[0] in "PSCZ" or character in RAISED_DIGITS:
        return character if character in _KEPT_SYMBOLS else "\t"
    base = unicodedata.normalize("NFD", character)[0]
    lower = (base if base.isalpha() else character).lower()
    return lower if len(lower) == 1 else character
