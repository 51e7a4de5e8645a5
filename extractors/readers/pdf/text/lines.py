"""Lines of a PDF page: cleaning of their text, and joining of the pieces of one row."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from extractors.document import Box
from extractors.text.superscripts import RAISED_DIGITS, SUPERSCRIPTS

_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_DROPPED = dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xFFFE, 0xFFFF, 0x200B, 0xFEFF])
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}  # codes taken for letters
_CLEAN = {**_WINDOWS, **_DROPPED, **_LIGATURES, 0xA0: " ", 0x2002: " ", 0x2003: " ", 0x2009: " ", 0x202F: " "}
_LONE_CODE = re.compile(r"(?<!\S)[\x80-\x9f](?!\S)")  # of a sign in a font of signs
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_ORDINAL_END = r"(?:st|nd|rd|th|er|re|e|ème|[ºª°])(?![\w'’])"
_BEFORE_ORDINAL = re.compile(rf" (?<=[0-9] )(?={_ORDINAL_END})")
_ORDINAL_APART = re.compile(rf"[0-9] {_ORDINAL_END}")
_ROW_TOLERANCE = 0.6  # em; a mark raised or lowered by less stands in the row
_ROW_GAP = 0.6  # em of the smaller type
_AFTER_MARK = 2.5  # em between the mark of a note and its text, at most
_FEW_LETTERS = 4  # of a word that are drawn together where others are drawn apart
_MAX_MARK = 4  # characters of a raised ordinal or footnote mark
_LEADERS = re.compile(r"(?:\.\s?|…){4,}\s*\S{1,7}$")  # the end of a line in a table of contents
_FEW_DOTS = 4  # of leaders
_PAGE = re.compile(r"[.…]\s?(?:\d{1,4}|[ivxlc]{1,6})$")
SPACE_WIDTH = 0.15
"""Em; a wider gap is a space."""

RAISED_SIZE = 0.81
"""A raised mark has at most this share of the adjacent type size."""

STARS = ("*", "**", "***")
"""Marks of notes that are no figures."""


class Line(NamedTuple):
    """A line of text on one page.

    `box` is the line on the page as shown. `start`, `end` (along the line) and `baseline` (across, growing from
    line to line) are in points of the text's own direction: for upright text x0, x1 and the baseline's distance
    from the top. `angle` is that direction in degrees clockwise, a multiple of 90. `size` is in points.
    `hyphen` says that the line's end parts a word, `backward` that the last character stands before the first,
    in a script that does not run from right to left: parts of a row were drawn in another order. `level` is the
    depth of a heading if the file declares it, from 1, and 0 for an entry of a table of contents; `foot` says that it
    stands under a rule at the end of its page.
    """

    text: str
    box: Box
    start: float
    end: float
    baseline: float
    size: float
    bold: bool
    angle: int
    hyphen: bool = False
    backward: bool = False
    level: int | None = None
    foot: bool = False


def clean(text: str, *, ordinals: bool = True) -> str:
    """Return text without control characters, ligatures and odd spaces, ordinals joined (`225 th` → `225th`).

    `ordinals` is false where the text is known to hold none to join as it is.
    """
    if not text.isprintable() or (not text.isascii() and _LIGATURE.search(text)):
        text = (
            _LONE_CODE.sub("•", text)
            .translate(_CLEAN)
            .encode("utf-16-le", "surrogatepass")
            .decode("utf-16-le", "replace")
        )
        text = " ".join(text.split())
    elif "  " in text:
        text = " ".join(text.split())
    elif not ordinals:
        return text.strip()
    return _BEFORE_ORDINAL.sub("", text.strip())


def holds_ordinals(text: str) -> bool:
    """Return whether a text holds ordinals to join."""
    return _ORDINAL_APART.search(text) is not None


def has_leaders(text: str) -> bool:
    """Return whether a text ends as a line in a table of contents does: in dots and the number of a page."""
    return (text.count(".") >= _FEW_DOTS or "…" in text) and _LEADERS.search(text) is not None


def leads_to_page(text: str) -> bool:
    """Return whether dots lead to the number of a page: a tariff has them before units and rates, too."""
    return has_leaders(text) and _PAGE.search(text) is not None


def joined_rows(lines: Sequence[Line]) -> list[Line]:
    """Join what PDFium parted on one row: a raised ordinal or footnote mark, and the text after it.

    A mark may have been drawn before the line that it ends. Stars that are no mark are ornaments, and left out.
    """
    joined: list[Line] = []
    for line in lines:
        before = joined[-1] if joined else None
        if before is None or abs(line.baseline - before.baseline) >= _ROW_TOLERANCE * max(line.size, before.size):
            joined.append(line)
        elif _is_mark_of(before, line):
            joined[-1] = appended(before._replace(text=before.text.translate(SUPERSCRIPTS)), line)
        elif _same_row(before, line):
            joined[-1] = appended(before, line)
        elif _is_raised(before, line) and _same_row(line, before):
            joined[-1] = appended(line, before)
        else:
            joined.append(line)
    return [line for line in joined if line.text not in STARS]


def _same_row(before: Line, line: Line) -> bool:
    size = max(before.size, line.size)
    gap = line.start - before.end
    smaller = min(before.size, line.size)
    return (
        before.angle == line.angle
        and not before.hyphen
        and abs(before.baseline - line.baseline) < _ROW_TOLERANCE * size
        and -0.3 * size < gap < _ROW_GAP * smaller
    )


def _is_mark_of(mark: Line, line: Line) -> bool:
    """Return whether a piece is the raised mark of the note that a line begins, which may stand away from its text."""
    near = 0 < line.start - mark.end < _AFTER_MARK * line.size and mark.angle == line.angle
    if not near or mark.text in STARS:
        return near
    return mark.text.isdigit() and _is_raised(mark, line) and mark.size <= RAISED_SIZE * line.size


def _is_raised(mark: Line, line: Line) -> bool:
    """Return whether a piece is a raised ordinal or footnote mark next to a line."""
    return len(mark.text) <= _MAX_MARK and mark.size < line.size and mark.baseline < line.baseline


def are_of_one_word(before: str, text: str) -> bool:
    """Return whether two texts that touch may be of one word, its letters drawn one by one or a few at a time."""
    few = min(len(before.rsplit(None, 1)[-1]), len(text)) <= _FEW_LETTERS
    return few and ((before[-1].isalpha() and text[0].isalpha()) or (before[-1].isdigit() and text[0].isdigit()))


def appended(before: Line, line: Line) -> Line:
    """Return two pieces of one row as one line."""
    text, gap = line.text, " "
    if len(text) <= _MAX_MARK and line.size < before.size:
        gap = " " if text[0].isdigit() else ""
        if text.isdigit() and _is_raised(line, before) and line.size <= RAISED_SIZE * before.size:
            text, gap = text.translate(SUPERSCRIPTS), ""
    elif line.start - before.end < SPACE_WIDTH * min(line.size, before.size):
        gap = "" if before.text[-1] in RAISED_DIGITS or are_of_one_word(before.text, text) else " "
    main = before if before.size >= line.size else line
    box = (
        min(before.box[0], line.box[0]),
        min(before.box[1], line.box[1]),
        max(before.box[2], line.box[2]),
        max(before.box[3], line.box[3]),
    )
    return main._replace(
        text=_BEFORE_ORDINAL.sub("", f"{before.text}{gap}{text}"),
        box=box,
        start=min(before.start, line.start),
        end=max(before.end, line.end),
        bold=main.bold if before.size != line.size else before.bold and line.bold,
        hyphen=line.hyphen,
    )
