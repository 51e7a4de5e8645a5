"""Repairs spacing in a text layer: separated letters of wide-set words, and separate accents.

PDFium sets spaces inside such words; TeX sets an accent as a mark over the letter that follows: "Fr´ed´eric".
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

from extractors.readers.pdf.pdfium.characters import Rectangle

NO_SPACE = "\u200b"
"""What stands for a space that is none; cleaning drops it."""

_CUT = re.compile(r" (?=. )(?<=[^\W\d_] )[^\W\d_] ")  # a letter by itself after another one
_SPACE = re.compile(r"(?<=\S) (?=\S)")
_MANY = 0.2  # share of the spaces of a page; prose has fewer letters by themselves, in every language
_FEW = 10
_SLACK = 0.1  # em by which a gap may be wider than that between the letters before it
_COMBINING = {
    "´": "\u0301",
    "`": "\u0300",
    "¨": "\u0308",
    "ˆ": "\u0302",
    "˜": "\u0303",
    "ˇ": "\u030c",
    "˘": "\u0306",
    "˙": "\u0307",
    "¸": "\u0327",
    "˚": "\u030a",
    "˝": "\u030b",
    "¯": "\u0304",
}
_MARKED = re.compile(rf"([{''.join(_COMBINING)}]) ?([^\W\d_])")
_DOTLESS = {"ı": "i", "ȷ": "j"}  # what a mark stands over instead of the dot
_AROUND = 0.25  # of its width by which the middle of a mark may stand outside of its letter


def with_true_spaces(units: str, box_of: Callable[[int], Rectangle], is_generated: Callable[[int], bool]) -> str:
    """Return the text of a page with the spaces marked that only part the letters of words set wide.

    A space of the file stays; one that PDFium made up stays where it is wider than the gap between the letters
    before it. Only a page with many letters by themselves is looked at.
    """
    cuts = len(_CUT.findall(units))
    if cuts < _FEW or cuts < _MANY * units.count(" "):
        return units
    marked = list(units)
    usual = 0.0  # gap between letters
    for match in _SPACE.finditer(units):
        place = match.start()
        last = box_of(place - 1)
        if place > 1 and not units[place - 2].isspace():
            usual = last[0] - box_of(place - 2)[2]
        gap = box_of(place + 1)[0] - last[2]
        if is_generated(place) and gap < usual + _SLACK * (last[1] - last[3]):
            marked[place] = NO_SPACE
    return "".join(marked)


def with_accents(units: str, boxes_of: Callable[[Sequence[int]], list[Rectangle]]) -> str:
    """Return the text of a page, each unit a character, with marks put on the letters that they are drawn over.

    A mark that stands before its letter is an apostrophe or a quotation mark, and stays.
    """
    found = list(_MARKED.finditer(units))
    if not found:
        return units
    composed = list(units)
    marks, letters = boxes_of([match.start(1) for match in found]), boxes_of([match.start(2) for match in found])
    for match, mark, letter in zip(found, marks, letters, strict=True):
        middle, slack = (mark[0] + mark[2]) / 2, _AROUND * (letter[2] - letter[0])
        whole = unicodedata.normalize("NFC", _DOTLESS.get(match[2], match[2]) + _COMBINING[match[1]])
        if len(whole) == 1 and letter[0] - slack < middle < letter[2] + slack:
            composed[match.start() : match.end()] = [*[NO_SPACE] * (match.end() - match.start() - 1), whole]
    return "".join(composed)
