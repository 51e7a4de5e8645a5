"""Determines the kind of a paper by cues in its header and its title."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from configs.kinds import Kind
from extractors.document import Page, Reading
from extractors.metadata.act_numbers import act_number_in
from extractors.metadata.cover import is_form_line, is_mail, without_furniture, without_submitter
from extractors.metadata.front import Front
from extractors.metadata.printed import Printed

_STARTS, _WHOLE, _ENDS, _WITHIN, _LATER = 2.0, 1.5, 1.2, 0.4, 0.03
_TITLE = 1.5
"""What a cue counts more in the title than elsewhere in the header."""
_FORM_LINE = 2.4
"""What a cue counts more in a line that says nothing but the form: "Resolution adopted by ...", "MEMORANDUM"."""
_FIRST_FORM_LINE = 3.0
"""What it counts where the cover begins with such a line."""
_ENOUGH = 1.3
_LONG_CUE = 0.02
"""What each letter of a cue adds: "provisional agenda" is more specific than "agenda"."""
_SECTION = 0.15
"""Share of a cue in a sentence, or in what heads a section below the first sentences."""
_HEADER_LINES = 40
_MASTHEAD_LINES = 3
"""So many lines may be a masthead although they are set as a table."""
_SLIDE_SHAPES = (4 / 3, 16 / 9, 16 / 10)
_SHAPE_TOLERANCE = 0.01
_SLIDE_CHARACTERS = 900
"""Characters on an average slide: what has more is a paper printed in landscape."""
_SHEET_SHAPES = (2**0.5, 11 / 8.5)
_SHEET_CHARACTERS = 500
_FEWEST_SHEETS = 3
_NUMBERED = 7.0
"""What the number of a series counts: as much as the form of a paper in its first line."""
_PROPERTY_CHARACTERS = 200
_MOST_RUNNING = 5
_AHEAD_CHARACTERS = 60
_ENDINGS = " .0123456789,()"
_SEPARATORS = re.compile(r"[\W_\d]+")


def kind_of(front: Front, title: str | None, *, reading: Reading, summary_box: bool) -> Kind | None:
    """Return the kind inferred from the form of the file (slides, mail), else from the cues in header and title.

    Where the scores of these are too low, running heads, properties, what the paper calls itself ("in this Guide") and
    the name of the file are tried in turn.

    A paper with a summary box (purpose, action required) and no other cue is a working document.
    """
    kinds = front.words.kinds
    shown = kinds.of_media_type(reading.media_type) or (kinds.of_slides if has_slides(reading) else None)
    formed = (line.is_name_of_kind or is_form_line(line) for line in front.header)
    if shown is None and is_mail(front) and not any(formed):
        shown = kinds.of_mail
    if shown:
        return shown
    scores = _scores(front, title)
    # Each further place is tried only where the scores so far are too low.
    properties = (front.property_text(name, _PROPERTY_CHARACTERS) for name in ("subject", "title"))
    for text in (None, *_repeated(front), *properties):
        for kind, weight in _cues(text) if text else ():
            scores[kind.id] = max(scores[kind.id], weight)
        best = max(scores, key=lambda kind: scores[kind], default="")
        if best and scores[best] >= _ENOUGH:
            told = kinds.get(best)
            return (_of_whole(front) if told and told.part else None) or told
    return _of_itself(front) or _named(front.stem) or (kinds.get("working-document") if summary_box else None)


def has_slides(reading: Reading) -> bool:
    """Return whether the pages have the shape of a screen and little text each, or of a sheet on its side and less."""
    pages = reading.pages
    if not pages or any(page.height <= 0 for page in pages):
        return False
    characters = sum(len(block.text) for block in reading.blocks) / len(pages)
    if characters <= _SLIDE_CHARACTERS and _have_shape(pages, _SLIDE_SHAPES):
        return True
    return len(pages) >= _FEWEST_SHEETS and characters <= _SHEET_CHARACTERS and _have_shape(pages, _SHEET_SHAPES)


def _have_shape(pages: Sequence[Page], shapes: Sequence[float]) -> bool:
    off = [min(abs(page.width / page.height / shape - 1) for shape in shapes) for page in pages]
    return max(off) <= _SHAPE_TOLERANCE


def _scores(front: Front, title: str | None) -> dict[str, float]:
    """Return the scores of the kinds by cues in header lines and title."""
    scores: dict[str, float] = defaultdict(float)
    for position, line in enumerate(front.header[:_HEADER_LINES]):
        if line.table and position >= _MASTHEAD_LINES:
            continue
        text = _bare(line)
        number = act_number_in(text)
        if number and number.kind:
            scores[number.kind.id] += _NUMBERED - _LATER * position
            continue
        form = (_FORM_LINE if position else _FIRST_FORM_LINE) if is_form_line(text) else 1.0
        for kind, weight in _cues(without_submitter(text)):
            scores[kind.id] += weight * form * (_SECTION if line.late or line.is_sentence else 1.0) - _LATER * position
    for kind, weight in _cues(Printed(title or "", front.words)):
        scores[kind.id] += weight * _TITLE
    return scores


def _repeated(front: Front) -> list[Printed]:
    """Return what stands at the edge of more than one page, the most repeated first."""
    counts = Counter(head.text for _, head in front.running)
    texts = (text for text, count in counts.most_common(_MOST_RUNNING) if count > 1)
    return [Printed(text, front.words) for text in texts]


def _cues(printed: Printed) -> Iterator[tuple[Kind, float]]:
    text, kinds = printed.text, printed.words.kinds
    submitted = kinds.handed_in.search(printed.folded)
    end_of_text = submitted.start() if submitted else len(text.rstrip(_ENDINGS))
    for kind, start, end in printed.cues:
        if text[end : end + 1] == ":" or kinds.is_purpose(printed.folded[:start]):
            continue
        whole = end >= end_of_text
        weight = _WITHIN
        if start == 0 and (whole or " " in text[start:end] or _begins_matter(printed, end)):
            weight = _STARTS + (_WHOLE if whole else 0.0)
        elif whole:
            weight = _ENDS
        yield kind, weight + _LONG_CUE * (end - start)
        if start == 0:
            # The first words say what a paper is, the rest what it is about.
            return


def _of_whole(front: Front) -> Kind | None:
    """Return the kind that the running heads name, of a paper whose cover calls it a part of another."""
    told = [(weight, kind.id) for text in _repeated(front) for kind, weight in _cues(text) if not kind.part]
    weight, best = max(told, default=(0.0, ""))
    return front.words.kinds.get(best) if weight >= _ENDS else None


def _of_itself(front: Front) -> Kind | None:
    """Return the kind that a paper calls itself by most often in its first paragraphs."""
    kinds, counts = front.words.kinds, Counter[str]()
    for text in front.opening:
        for match in kinds.this.finditer(text.folded):
            ahead = text.of(text.text[match.end() : match.end() + _AHEAD_CHARACTERS])
            counts.update(kind.id for kind, start, _ in ahead.cues if start == 0)
    return kinds.get(counts.most_common(1)[0][0]) if counts else None


def _begins_matter(text: Printed, end: int) -> bool:
    """Return whether behind a kind of one word comes what the paper is about, or another kind: "Decisions and ..."."""
    kinds = text.words.kinds
    if kinds.matter.match(text.folded, end):
        return True
    joint = kinds.joint.match(text.folded, end)
    return joint is not None and text.of(text.text[joint.end() :]).begins_with_kind


def _named(stem: Printed) -> Kind | None:
    """Return the kind that a file's name begins or ends with: `minutes-2`, `Item4_provisional_agenda`."""
    name = stem.of(_SEPARATORS.sub(" ", stem.text).strip())
    return next((kind for kind, start, end in name.cues if start == 0 or end == len(name.text)), None)


def _bare(line: Printed) -> Printed:
    text = line.text
    for found in reversed(line.symbols):
        text = text[: found.start] + text[found.end :]
    return without_furniture(line.of(text))
