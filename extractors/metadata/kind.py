"""The kind of a paper, by the words of its header and of its title."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from configs.bodies import Bodies
from configs.kinds import Kind, Kinds
from configs.labels import fold
from extractors.document import Page, Reading
from extractors.metadata.act_numbers import act_number_in
from extractors.metadata.cover import is_form_line, is_mail, without_furniture, without_submitter
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


def kind_of(
    front: Front, title: str | None, bodies: Bodies, kinds: Kinds, *, reading: Reading, summary_box: bool
) -> Kind | None:
    """Return the kind inferred from the form of the file (slides, mail), else from the cues in header and title.

    Where the scores of these are too low, running heads, properties, what the paper calls itself ("in this Guide") and
    the name of the file are tried in turn.

    A paper with a summary box (purpose, action required) and no other cue is a working document.
    """
    shown = kinds.of_media_type(reading.media_type) or (kinds.of_slides if has_slides(reading) else None)
    if shown is None and is_mail(front) and not any(_says_form(line.text, kinds) for line in front.header):
        shown = kinds.of_mail
    if shown:
        return shown
    scores = _scores(front, title, bodies, kinds)
    # Each further place is tried only where the scores so far are too low.
    for text in ("", *_repeated(front), *(front.properties.get(name, "") for name in ("subject", "title"))):
        for kind, weight in _cues(text[:_PROPERTY_CHARACTERS], kinds):
            scores[kind.id] = max(scores[kind.id], weight)
        best = max(scores, key=lambda kind: scores[kind], default="")
        if best and scores[best] >= _ENOUGH:
            told = kinds.get(best)
            return (_of_whole(front, kinds) if told and told.part else None) or told
    return (
        _of_itself(front, kinds)
        or _named(front.stem, kinds)
        or (kinds.get("working-document") if summary_box else None)
    )


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


def _says_form(text: str, kinds: Kinds) -> bool:
    return kinds.is_name(text) or is_form_line(text, kinds)


def _scores(front: Front, title: str | None, bodies: Bodies, kinds: Kinds) -> dict[str, float]:
    """Return what the lines of the header and the title say for each kind."""
    scores: dict[str, float] = defaultdict(float)
    for position, line in enumerate(front.header[:_HEADER_LINES]):
        if line.table and position >= _MASTHEAD_LINES:
            continue
        text = _bare(line.text, bodies)
        number = act_number_in(text, kinds)
        if number and number.kind:
            scores[number.kind.id] += _NUMBERED - _LATER * position
            continue
        form = (_FORM_LINE if position else _FIRST_FORM_LINE) if is_form_line(text, kinds) else 1.0
        for kind, weight in _cues(without_submitter(text), kinds):
            scores[kind.id] += weight * form * (_SECTION if line.late or line.is_sentence else 1.0) - _LATER * position
    for kind, weight in _cues(title or "", kinds):
        scores[kind.id] += weight * _TITLE
    return scores


def _repeated(front: Front) -> list[str]:
    """Return what stands at the edge of more than one page, the most repeated first."""
    counts = Counter(text for _, text in front.running)
    return [text for text, count in counts.most_common(_MOST_RUNNING) if count > 1]


def _cues(text: str, kinds: Kinds) -> Iterator[tuple[Kind, float]]:
    submitted = kinds.handed_in.search(fold(text))
    end_of_text = submitted.start() if submitted else len(text.rstrip(_ENDINGS))
    for kind, start, end in kinds.cues_in(text):
        if text[end : end + 1] == ":" or kinds.is_purpose(text[:start]):
            continue
        whole = end >= end_of_text
        weight = _WITHIN
        if start == 0 and (whole or " " in text[start:end] or _begins_matter(text, end, kinds)):
            weight = _STARTS + (_WHOLE if whole else 0.0)
        elif whole:
            weight = _ENDS
        yield kind, weight + _LONG_CUE * (end - start)
        if start == 0:
            # The first words say what a paper is, the rest what it is about.
            return


def _of_whole(front: Front, kinds: Kinds) -> Kind | None:
    """Return the kind that the running heads name, of a paper whose cover calls it a part of another."""
    told = [(weight, kind.id) for text in _repeated(front) for kind, weight in _cues(text, kinds) if not kind.part]
    weight, best = max(told, default=(0.0, ""))
    return kinds.get(best) if weight >= _ENDS else None


def _of_itself(front: Front, kinds: Kinds) -> Kind | None:
    """Return the kind that a paper calls itself by most often in its first paragraphs."""
    counts: Counter[str] = Counter()
    for text in front.opening:
        for match in kinds.this.finditer(fold(text)):
            ahead = text[match.end() : match.end() + _AHEAD_CHARACTERS]
            counts.update(kind.id for kind, start, _ in kinds.cues_in(ahead) if start == 0)
    return kinds.get(counts.most_common(1)[0][0]) if counts else None


def _begins_matter(text: str, end: int, kinds: Kinds) -> bool:
    """Return whether behind a kind of one word comes what the paper is about, or another kind: "Decisions and ..."."""
    if kinds.matter.match(fold(text[end:])):
        return True
    joint = kinds.joint.match(fold(text), end)
    return joint is not None and kinds.begin(text[joint.end() :])


def _named(stem: str, kinds: Kinds) -> Kind | None:
    """Return the kind that a file's name begins or ends with: `minutes-2`, `Item4_provisional_agenda`."""
    name = _SEPARATORS.sub(" ", stem).strip()
    return next((kind for kind, start, end in kinds.cues_in(name) if start == 0 or end == len(name)), None)


def _bare(text: str, bodies: Bodies) -> str:
    for found in reversed(find_symbols(text, bodies)):
        text = text[: found.start] + text[found.end :]
    return without_furniture(text)
