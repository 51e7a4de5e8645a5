"""Detects headings of a PDF and their levels, as declared in the file, else by their look."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from extractors.readers.pdf.layout.paragraphs import BIG
from extractors.readers.pdf.layout.parts import Part, in_capitals
from extractors.readers.pdf.layout.style import NOTE_SIZE, Style
from extractors.readers.pdf.pdfium.structure_tags import CONTENTS
from extractors.readers.pdf.text.lines import has_leaders
from extractors.text.numbering import is_item

MAX_HEADING_LINES = 5
MAX_HEADING = 220  # characters
_MAX_TITLE = 60  # characters of a title that ends in a full stop or a colon
_MAX_SENTENCE = 100  # characters; a longer bold text that ends in a full stop is a sentence
_CLOSING = "])\"'”’» "
_MAX_LEVEL = 6
_TELLING = 0.3  # share of the headings that declare a level; fewer come from misused styles
_WORD = re.compile(r"(?:[\W\d_]*+[^\W\d_]){3}")  # three letters
_ENTRY = re.compile(r"[\d.…]$|\b[ivxl]+$")  # the end of an entry of a table of contents: its page, or the dots to it

_Look = tuple[float, bool, bool]


def is_heading(part: Part, number: str | None, style: Style) -> bool:
    """Return whether a part whose text begins with a printed number, or with none, is a heading."""
    text, line = part.text, part.lines[0]
    if len(text) > MAX_HEADING or len(part.lines) > MAX_HEADING_LINES or part.carried or line.angle != 0:
        return False
    if (
        text.rstrip(_CLOSING).endswith((",", ";", "،", "؛"))
        or not _WORD.match(text)
        or (number and is_item(number))
        or has_leaders(text)
    ):
        return False
    if part.declared:
        return not (text.endswith(".") and len(text) > _MAX_TITLE)
    if line.size >= BIG * style.size and (not text.endswith((".", ":")) or len(text) <= _MAX_TITLE):
        return True
    bold = not style.bold and all(line.bold for line in part.lines)
    if bold and (len(text) <= _MAX_SENTENCE or not text.endswith(".")):
        return True
    return line.size > NOTE_SIZE * style.size and in_capitals(text) and not text.endswith(".")


def is_entry(part: Part) -> bool:
    """Return whether a part is an entry of a table of contents by what the file declares, and not the title of one."""
    return part.declared == CONTENTS and _ENTRY.search(part.text) is not None


def set_levels(parts: Sequence[Part]) -> None:
    """Give headings their levels: those that the file declares, else by rank of their looks.

    Larger type comes first, then capitals, then bold type. A heading that looks like one with a declared level has
    that level, too.
    """
    headings = [part for part in parts if part.kind == "heading"]
    declared = _declared(headings)
    looks = {part.look for part in headings if part.level is None} | declared.keys()
    levels: dict[_Look, int] = {}
    deepest = 0
    for look in sorted(looks, reverse=True):
        levels[look] = declared.get(look) or min(deepest + 1, _MAX_LEVEL)
        deepest = max(deepest, levels[look])
    for part in headings:
        if part.declared and declared:
            part.level = part.declared
        elif part.level is None:
            part.level = levels[part.look]


def _declared(headings: Sequence[Part]) -> dict[_Look, int]:
    """Return the level that most headings of a look declare; few levels, or one for all the looks, are no evidence."""
    found: dict[_Look, Counter[int]] = defaultdict(Counter)
    for part in headings:
        if part.declared:
            found[part.look][part.declared] += 1
    levels = [part.declared for part in headings if part.declared]
    if len(levels) < _TELLING * len(headings) or (len(found) > 1 and len(set(levels)) == 1):
        return {}
    return {look: counts.most_common(1)[0][0] for look, counts in found.items()}
