"""Accents drawn as marks of their own over the letter that follows, as TeX sets them: "Fr´ed´eric"."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from extractors.readers.pdf.pdfium.characters import Rectangle
from extractors.readers.pdf.text.spacing import NO_SPACE

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
