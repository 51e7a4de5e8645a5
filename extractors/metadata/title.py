"""The title of a paper: what is left of its header when everything that has another name is taken off."""

import re
from collections.abc import Sequence
from itertools import pairwise

from configs.covers import load_covers
from extractors.metadata.cover import is_form_line
from extractors.metadata.front import Front
from extractors.metadata.printed import Printed
from extractors.metadata.title_lines import MOST_CHARACTERS, RESOLUTION_NUMBER, Candidate, in_capitals, title_candidates

_NUMBERED_HEADING = re.compile(
    r"^(?:(?:[IVX]{1,5}|[A-Z]|\d{1,2})(?:[.)](?:-| )| (?=[A-Z]{3}))|\([a-z]{1,4}\) )", re.IGNORECASE
)
_BRACKETED = re.compile(r"^\([^()]*\)$")
_FILE_NAME = re.compile(r"\.(?:docx?|pdf|pptx?|xlsx?|rtf|od[tp]|indd|xml|key|pages|tex)$")
_LONG_CHARACTERS, _LONG_LINE = 220, 100
_KIND, _KIND_START, _HEADING, _CAPITALS, _TWICE, _DECLARED = 0.4, 1.8, 1.0, 0.6, 0.6, 2.0
_BODY = 2.0
"""Of a line that may be nothing but the name of a body that is not listed."""
_NUMBERED_ACT = 2.5
"""Of a line that begins with the number of a resolution: "79/10. Cooperation between ..."."""
_LATER, _FORM, _NUMBERED, _SENTENCE, _TABLE, _NEXT_PAGE, _ASIDE, _LOGO = 0.12, 4.0, 3.0, 1.5, 1.3, 2.5, 1.5, 1.3
_BELOW = 1.5
"""Of a line that only names a kind, below one that is more specific: "Agenda" in a "Summary report of the ..."."""
_SUBJECT = 1.5
"""Of what stands right below those whom a letter is to."""
_AUTHOR = 2.5
"""Of a name with an address below it, or behind "By"."""
_LARGEST = 0.8
"""Of a heading that is larger than others on the cover."""
_WEAK = -1.0
"""Below this a heading further down was all there was to choose from."""
_AGREEING_CHARACTERS, _AGREEING_SHARE = 12, 0.6


def title_of(front: Front) -> str | None:
    """Return the title as the cover prints it; else the one that the file declares, if it reads like one."""
    labelled = _labelled(front)
    if labelled:
        return labelled
    candidates = title_candidates(front)
    declared = _declared(front)
    if all(candidate.line.late or candidate.line.is_sentence for candidate in candidates):
        # Nothing but sections and sentences: a paper may be named by the meeting alone that it is of.
        meeting = _meeting_heading(front)
        if meeting or not candidates:
            return meeting or (declared.text if declared else None)
    words = load_covers().titles
    texts = [candidate.printed.folded for candidate in candidates]
    told = next((at for at, candidate in enumerate(candidates) if candidate.printed.begins_with_kind), len(texts))
    levels = [one.line.level for one in candidates if one.line.heading and one.line.level]
    largest, smallest = min(levels, default=0), max(levels, default=0)
    marked = [at for at, one in enumerate(candidates) if _is_marked(one)]
    # What nothing else on the cover outdoes is its title, even if it is a name.
    alone = marked if len(marked) == 1 and candidates[marked[0]].line.heading else []
    subject = _below_salutation(front, candidates)
    scores = [
        _score(candidate)
        - _BODY * (position not in alone and _may_be_body(candidate.printed))
        + _SUBJECT * (position == subject)
        - _AUTHOR * _is_author(candidate, front)
        + _LARGEST * (candidate.line.heading and candidate.line.level == largest < smallest)
        + _DECLARED * _agree(candidate.printed, declared)
        + _TWICE * (texts.count(text) > 1)
        - _NEXT_PAGE * (candidate.line.page != candidates[0].line.page)
        - _NUMBERED * bool(position and words.chapter.match(text))
        - _BELOW * (position > told and candidate.printed.is_name_of_kind)
        for position, (candidate, text) in enumerate(zip(candidates, texts, strict=True))
    ]
    best = max(range(len(candidates)), key=scores.__getitem__)
    weak = scores[best] < _WEAK or _is_running_text(candidates[best])
    if declared and declared.text and weak and not _agree(candidates[best].printed, declared):
        return declared.text
    return candidates[best].text[:MOST_CHARACTERS].strip(" -\u2013")


def _is_marked(candidate: Candidate) -> bool:
    return candidate.line.heading or in_capitals(candidate.text) or candidate.printed.begins_with_kind


def _may_be_body(text: Printed) -> bool:
    return text.words.bodies.may_name_body(text.folded) and not text.begins_with_kind


def _score(candidate: Candidate) -> float:
    """Return how much by itself a text looks like a title."""
    printed, text, line = candidate.printed, candidate.text, candidate.line
    told = printed.begins_with_kind
    weight = _KIND * bool(printed.cues) + _KIND_START * told
    if printed.is_mere_form:
        weight = -_ASIDE
    numbered = _NUMBERED_HEADING.match(text) or load_covers().titles.article.match(printed.folded)
    weight -= _NUMBERED * bool(numbered) + _FORM * is_form_line(printed)
    weight -= _SENTENCE * (text.endswith((".", ":", ";")) or (len(text) > _LONG_CHARACTERS and not told))
    weight -= _TABLE * line.table + _ASIDE * (line.late + bool(_BRACKETED.match(text)))
    weight -= _LOGO * (in_capitals(text) and text.isalpha())
    weight += _NUMBERED_ACT * (RESOLUTION_NUMBER.match(line.text) is not None)
    weight += _HEADING * line.heading + _CAPITALS * in_capitals(text)
    return weight - _LATER * candidate.position


def _meeting_heading(front: Front) -> str | None:
    """Return the heading that names a session or a day of meeting: "Board meeting on 24 October 2022"."""
    return next((line.text for line in front.header if line.heading and (line.session or line.day)), None)


def _labelled(front: Front) -> str | None:
    """Return what stands behind a label such as "Subject:", with the lines that go on from it."""
    covers, header = load_covers(), front.header
    for position, line in enumerate(header):
        label = covers.subject_label.match(line.folded)
        if label and len(line.text) > label.end():
            text = line.text[label.end() :].strip()
            for last, more in pairwise(header[position:]):
                goes_on = more.block == line.block and not more.table and not covers.label.match(more.folded)
                begun = more.text[:1].islower() and not more.is_sentence and more.page == last.page
                if not (goes_on or begun) or len(text) + len(more.text) > MOST_CHARACTERS:
                    break
                text = f"{text} {more.text}"
            return text
    return None


def _below_salutation(front: Front, candidates: Sequence[Candidate]) -> int | None:
    """Return the place of the first candidate below a line such as "Dear Sir" that is no sentence."""
    salutation = load_covers().salutation
    to = next((at for at, line in enumerate(front.header) if salutation.match(line.folded)), None)
    for place, candidate in enumerate(candidates if to is not None else ()):
        if candidate.position > (to or 0):
            return None if candidate.line.is_sentence or candidate.text.endswith((".", ",")) else place
    return None


def _is_author(candidate: Candidate, front: Front) -> bool:
    """Return whether a text is the name of a person: behind "By", or above an address of mail."""
    if load_covers().titles.byline.match(candidate.text):
        return True
    below = front.header[candidate.position + 1 : candidate.position + 2]
    return bool(below) and "@" in below[0].text and not candidate.line.heading


def _is_running_text(candidate: Candidate) -> bool:
    """Return whether a text has no mark of a title and reads like the middle or the whole of a sentence."""
    text = candidate.text
    if _is_marked(candidate):
        return False
    return len(text) > _LONG_LINE or text[:1] in "\"'\u201c\u00ab" or text[:1].islower()


def _declared(front: Front) -> Printed | None:
    """Return the title in the file's own properties, without the symbol that may lead it."""
    declared = front.property_text("title", MOST_CHARACTERS)
    declared = declared.of(" ".join(declared.text.split()))
    if declared.symbols and declared.symbols[0].start == 0:
        declared = declared.of(declared.text[declared.symbols[0].end :].strip(" :-\u2013"))
    none = _FILE_NAME.search(declared.folded) or load_covers().titles.no_title.fullmatch(declared.folded)
    return None if none else declared


def _agree(text: Printed, declared: Printed | None) -> bool:
    # The declared title is often that of an older paper used as a template: it only supports what the cover says.
    one, other = text.folded, declared.folded if declared else ""
    common = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= max(_AGREEING_CHARACTERS, _AGREEING_SHARE * min(len(one), len(other)))
