"""Spaces that PDFium sets inside words: a text layer may draw the last letters of its wide-set words apart."""

import re
from collections.abc import Callable

from extractors.readers.pdf.pdfium.characters import Rectangle

NO_SPACE = "\u200b"
"""What stands for a space that is none; cleaning drops it."""

_CUT = re.compile(r" (?=. )(?<=[^\W\d_] )[^\W\d_] ")  # a letter by itself after another one
_SPACE = re.compile(r"(?<=\S) (?=\S)")
_MANY = 0.2  # share of the spaces of a page; prose has fewer letters by themselves, in every language
_FEW = 10
_SLACK = 0.1  # em by which a gap may be wider than that between the letters before it


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
