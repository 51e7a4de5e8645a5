"""The kind of a paper, by the words of its header and of its title."""

import re
from collections import defaultdict
from collections.abc import Iterator

from configs.bodies import Bodies
from configs.kinds import Kind, Kinds
from configs.labels import fold
from extractors.document import Reading
from extractors.metadata.cover import is_form_line, without_furniture, without_submitter
from extractors.metadata.front import Front
from extractors.metadata.symbols import find_symbols

_STARTS, _WHOLE, _ENDS, _WITHIN, _LATER = 2.0, 1.5, 1.2, 0.4, 0.03
_TITLE = 1.5
"""What a cue counts more in the title than elsewhere in the header."""
_FORM_LINE = 2.4
"""What a cue counts more in a line that says nothing but the form: "Resolution adopted by ...", "MEMORANDUM"."""
_FIRST_FORM_LINE = 3.0
"""What it counts where the cover begins with such a line."""
_ENOUGH = 1.3
_LONG_CUE = 0.02
"""What each letter of a cue adds: "provisional agenda" tells more than "agenda"."""
_SECTION = 0.15
"""Share of a cue in a sentence, or in what heads a section below the first sentences."""
_HEADER_LINES = 40
_MASTHEAD_LINES = 3
"""So many lines may be a masthead although they are set as a table."""
_SLIDE_SHAPES = (4 / 3, 16 / 9, 16 / 10)
_SHAPE_TOLERANCE = 0.01
_SLIDE_CHARACTERS = 900
"""Characters on an average slide: what has more is a paper printed in landscape."""
_SUBMITTED = re.compile(r" (?:submitted|proposed|presentee?s?|soumise?s?) (?:by|par) ")
"""What follows the form of a paper: "Draft resolution submitted by the Chair"."""
_ASKED_FOR = ("for ", "pour ")
"""What a paper is given for is not what it is: "For decision"."""
_ENDINGS = " .0123456789,()"
_SEPARATORS = re.compile(r"[\W_\d]+")
_PREPOSITION = re.compile(
    r" (?:\(|\d|of|on|to|by|from|for|no\b|n°|about|concerning|de|du|des|d'|sur|au|aux|a|par|pour|relatif|concernant"
    r"|portant)"
)


def kind_of(
    front: Front, title: str | None, bodies: Bodies, kinds: Kinds, *, reading: Reading, summary_box: bool
) -> Kind | None:
    """Return the kind that the form of the file tells (slides); else that of the cues in header, title and file name.

    A paper with a summary box (purpose, action required) and no other cue is a working document.
    """
    shown = kinds.of_media_type(reading.media_type) or (kinds.of_slides if has_slides(reading) else None)
    if shown:
        return shown
    scores: dict[str, float] = defaultdict(float)
    for position, line in enumerate(front.header[:_HEADER_LINES]):
        if line.table and position >= _MASTHEAD_LINES:
            continue
        text = _bare(line.text, bodies)
        form = (_FORM_LINE if position else _FIRST_FORM_LINE) if is_form_line(text, kinds) else 1.0
        for kind, weight in _cues(without_submitter(text), kinds):
            scores[kind.id] += weight * form * (_SECTION if line.late or line.is_sentence else 1.0) - _LATER * position
    for kind, weight in _cues(title or "", kinds):
        scores[kind.id] += weight * _TITLE
    if not scores:
        scores.update((kind.id, weight) for kind, weight in _cues(front.properties.get("subject", "")[:200], kinds))
    best = max(scores, key=lambda kind: scores[kind], default="")
    if best and scores[best] >= _ENOUGH:
        return kinds.get(best)
    return _named(front.stem, kinds) or (kinds.get("working-document") if summary_box else None)


def has_slides(reading: Reading) -> bool:
    """Tell whether the pages have the shape of a screen and little text each."""
    pages = reading.pages
    if not pages or any(page.height <= 0 for page in pages):
        return False
    shapes = [min(abs(page.width / page.height / shape - 1) for shape in _SLIDE_SHAPES) for page in pages]
    characters = sum(len(block.text) for block in reading.blocks)
    return max(shapes) <= _SHAPE_TOLERANCE and characters <= _SLIDE_CHARACTERS * len(pages)


def _cues(text: str, kinds: Kinds) -> Iterator[tuple[Kind, float]]:
    submitted = _SUBMITTED.search(fold(text))
    end_of_text = submitted.start() if submitted else len(text.rstrip(_ENDINGS))
    for kind, start, end in kinds.cues_in(text):
        if text[end : end + 1] == ":" or fold(text[:start]) in _ASKED_FOR:
            continue
        whole = end >= end_of_text
        weight = _WITHIN
        if start == 0 and (whole or " " in text[start:end] or _PREPOSITION.match(fold(text[end:]))):
            weight = _STARTS + (_WHOLE if whole else 0.0)
        elif whole:
            weight = _ENDS
        yield kind, weight + _LONG_CUE * (end - start)
        if start == 0:
            # The first words say what a paper is, the rest what it is about.
            return


def _named(stem: str, kinds: Kinds) -> Kind | None:
    """Return the kind that a file's name begins or ends with: `minutes-2`, `Item4_provisional_agenda`."""
    name = _SEPARATORS.sub(" ", stem).strip()
    return next((kind for kind, start, end in kinds.cues_in(name) if start == 0 or end == len(name)), None)


def _bare(text: str, bodies: Bodies) -> str:
    for found in reversed(find_symbols(text, bodies)):
        text = text[: found.start] + text[found.end :]
    return without_furniture(text)
