"""Determines the title of a paper: the best candidate among the header lines that are no other field.

Lines of which something is left, and those that go on from them, are candidates; the best one is the title.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from configs.cover_phrases import load_cover_phrases
from configs.covers import load_covers
from configs.labels import alternatives
from extractors.metadata.act_numbers import act_number_in, reference_in
from extractors.metadata.body import is_masthead, named_on_cover
from extractors.metadata.cover import is_form_line, without_furniture
from extractors.metadata.front import ACT_NUMBER, Front, Line
from extractors.metadata.printed import Printed
from extractors.text.numbering import split_division

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
_MOST_CHARACTERS = 300
_RESOLUTION_NUMBER = re.compile(rf"^{ACT_NUMBER}\.? ")
_HEADER_LINES = 45
_FEWEST_LETTERS = 4
_PAGE_DIGITS = 3
_STRAY_CHARACTERS = 32
"""A line with at most this many characters besides a date (a place) is the line of that date."""
_STRAY_LETTERS = 14
"""A line with at most this many letters besides the names of organisations is a masthead."""
_ROOM = 4
"""Between the name of a body and its session in one line; what begins so is a masthead that layout ran together."""
_ORDINAL = re.compile(r"\d{1,3} ?(?:(?:st|nd|rd|th|[eè](?:me|re)?|er)\b|[ªº])", re.IGNORECASE)
_ENDED = (".", ":", ";", "!", "?")
_PLACE = re.compile(
    r"[A-ZÀ-Ý][^\W\d_]+(?:[ -][A-ZÀ-Ýa-z'][^\W\d_]*){0,3}, ?[A-ZÀ-Ý][^\W\d_.]+(?:[ -][A-ZÀ-Ýa-z'][^\W\d_]*){0,4}"
)
"""A place and its country; a title of two nouns looks the same, so the adjacent lines decide."""


@dataclass(frozen=True)
class Candidate:
    """Text that may be the title: of one header line, or of several that go on with each other.

    `position` is that of its last line in the header, `line` its first one.
    """

    printed: Printed
    position: int
    line: Line

    @property
    def text(self) -> str:
        """The text itself."""
        return self.printed.text


def title_of(front: Front) -> str | None:
    """Return the title as the cover prints it; else the one that the file declares, if it reads like one."""
    labelled = _labelled(front)
    if labelled:
        return labelled
    candidates = title_candidates(front)
    declared = _declared(front)
    if front.is_authored and declared and declared.text:
        return declared.text
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
    if largest < smallest and levels.count(largest) == 1 and candidates[0].line.level == largest:
        alone = [0]
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
    title = candidates[best].text
    if weak and (title[:1].islower() or title.endswith(_ENDED)):
        return None
    if len(title) > _MOST_CHARACTERS:
        begun = title[:_MOST_CHARACTERS]
        title = f"{begun.rpartition(' ')[0] or begun}…"
    return title.strip(" -\u2013:")


def _is_marked(candidate: Candidate) -> bool:
    return candidate.line.heading or in_capitals(candidate.text) or candidate.printed.begins_with_kind


def _may_be_body(text: Printed) -> bool:
    return text.words.bodies.may_name_body(text.folded) and not text.begins_with_kind


def _score(candidate: Candidate) -> float:
    """Return the score of a text as a title by itself."""
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
    weight += _NUMBERED_ACT * (_RESOLUTION_NUMBER.match(line.text) is not None)
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
                if not (goes_on or begun) or len(text) + len(more.text) > _MOST_CHARACTERS:
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
    declared = front.property_text("title", _MOST_CHARACTERS)
    declared = declared.of(" ".join(declared.text.split()))
    if declared.symbols and declared.symbols[0].start == 0:
        declared = declared.of(declared.text[declared.symbols[0].end :])
    declared = declared.of(declared.text.strip(" :-\u2013"))
    none = _FILE_NAME.search(declared.folded) or load_covers().titles.no_title.fullmatch(declared.folded)
    return None if none else declared


def _agree(text: Printed, declared: Printed | None) -> bool:
    # The declared title is often that of an older paper used as a template: it only supports what the cover says.
    one, other = text.folded, declared.folded if declared else ""
    common = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= max(_AGREEING_CHARACTERS, _AGREEING_SHARE * min(len(one), len(other)))


def title_candidates(front: Front) -> list[Candidate]:
    """Return the candidates for the title in the header, from the top down."""
    candidates: list[Candidate] = []
    names = {*_wrapped_names(front), *_places(front)}
    for position, line in enumerate(front.header[:_HEADER_LINES]):
        last = candidates[-1] if candidates else None
        text = None if position in names else _bare(line)
        more = _continuation(last, position, line, text) if last else None
        if last and more:
            candidates[-1] = replace(last, printed=line.of(f"{last.text} {more.text}"), position=position)
        elif text and _is_wordy(text.text):
            candidates.append(Candidate(text, position, line))
    told = (one for one in candidates if not _has_no_subject(one))
    return [one for one in told if one.printed.begins_with_kind or not _is_masthead_line(one.printed)]


def _has_no_subject(candidate: Candidate) -> bool:
    """Return whether a text is but a place in a larger work ("ATTACHMENT I"), a day or the head of a letter."""
    printed = candidate.printed
    division = split_division(printed.text)
    rest = printed.of(division[1]) if division else printed
    if not rest.text or (division and rest.text.casefold() == division[0].casefold()):
        return True
    dated = rest.day or rest.month
    alone = dated and not any(map(str.isalnum, rest.folded[: dated[1]] + rest.folded[dated[2] :]))
    dated_first = rest.day and rest.day[1] == 0 and not candidate.line.heading
    return bool(alone or dated_first or _greeting().search(printed.folded))


def in_capitals(text: str) -> bool:
    """Return whether a text is in capitals, ordinals aside."""
    return _ORDINAL.sub("", text).isupper()


def _continuation(last: Candidate, position: int, line: Line, text: Printed | None) -> Printed | None:
    """Return the text that a line adds to the candidate above it, None where it begins another one.

    What is unfinished goes on whatever the next line is: "REPORT ON THE", "42nd SESSION".
    """
    printed = text or without_furniture(line)
    if last.line.page != line.page or last.position + 1 != position or line.prose or not printed.text:
        return None
    if len(last.text) + len(printed.text) > _MOST_CHARACTERS or load_covers().label.match(printed.folded):
        return None
    unfinished = bool(load_covers().titles.unfinished.search(last.printed.folded))
    capitals = in_capitals(last.text) and in_capitals(printed.text)
    begun = printed.text[:1].islower() or (capitals and bool(load_covers().titles.goes_on.match(printed.folded)))
    if unfinished or (begun and not last.text.endswith(_ENDED)):
        return printed
    if text is None or line.table or line.level != last.line.level:
        return None
    same = last.line.block == line.block
    apart = text.begins_with_kind or last.printed.is_mere_form
    return text if same or (capitals and not apart) else None


def _bare(line: Printed) -> Printed | None:
    """Return the part of a cover line that may belong to a title, None where there is none."""
    covers, text = load_covers(), line.text
    if any(label.match(line.folded) for label in (covers.label, covers.cited_label, covers.salutation)):
        return None
    if text.startswith("[") or (text.endswith("]") and "[" not in text) or reference_in(line):
        return None
    line = _without_act_number(without_furniture(line))
    text = line.text
    for found in reversed(line.symbols):
        if not found.cited:
            text = f"{text[: found.start]} {text[found.end :]}"
    left = line.of(" ".join(_RESOLUTION_NUMBER.sub("", text).split()))
    page, _, behind = left.text.partition(" ")
    if page.isdecimal() and len(page) <= _PAGE_DIGITS and split_division(behind):
        left = line.of(behind)
    if _casual().fullmatch(left.folded) or load_cover_phrases().address.search(left.folded):
        return None
    if line.words.kinds.access(left.text):
        return None
    return left if left.begins_with_kind or not _is_masthead_line(left) else None


@cache
def _greeting() -> re.Pattern[str]:
    """Return what a salutation looks like in folded text: "Dear Mr. Huber:"."""
    return re.compile(rf"{load_covers().salutation.pattern} [^:,]{{1,40}}[:,]")


@cache
def _casual() -> re.Pattern[str]:
    """Return what lines look like that are no title, to be matched on a whole folded line."""
    phrases = "|".join(load_cover_phrases().casual)
    return re.compile(rf"{alternatives(load_covers().titles.casual)}|{phrases}|\W*|[\d .,/()-]*")


def _without_act_number(line: Printed) -> Printed:
    """Return a line without the number that it begins with, unless both are one title ("Law No. 3 of 5 May on ...")."""
    number = act_number_in(line)
    rest = line.text[number.end :].strip() if number else line.text
    return line.of(rest.lstrip(" :-\u2013,")) if not rest or rest[0] in ":-\u2013,(" else line


def _is_wordy(text: str) -> bool:
    """Return whether a text is made of letters more than of figures and marks, and has a few of them."""
    letters = sum(map(str.isalpha, text))
    return letters >= max(_FEWEST_LETTERS, len(text.replace(" ", "")) // 2)


def _is_masthead_line(line: Printed) -> bool:
    """Return whether a line is that of a session, a date, a body, an organisation or a state."""
    session, bodies = line.session, line.words.bodies
    if session and any(found.start == 0 and session[1] <= found.end + _ROOM for found in line.bodies):
        return True
    if (session and session[1] == 0) or bodies.states.fullmatch(line.folded):
        return True
    if any(dated and len(line.text) - (dated[2] - dated[1]) <= _STRAY_CHARACTERS for dated in (line.days, line.day)):
        return True
    if any(is_masthead(found, line) for found in line.bodies):
        return True
    named = sum(end - start for _, start, end in line.organisations)
    return bool(line.organisations) and len(line.text) - named <= _STRAY_LETTERS


def _places(front: Front) -> Iterator[int]:
    """Yield the positions of header lines that are a place ("Lima, Peru") next to the line of a session or of days."""
    header = front.header[:_HEADER_LINES]
    for position, line in enumerate(header):
        if _PLACE.fullmatch(line.text):
            beside = (*header[max(0, position - 1) : position], *header[position + 1 : position + 2])
            if any(one.session or one.days or one.day for one in beside):
                yield position


def _wrapped_names(front: Front) -> Collection[int]:
    """Return the positions of header lines that are nothing but a body's name broken over two lines."""
    header = list(front.header)
    positions: set[int] = set()
    for found, text, line, lines in named_on_cover(front):
        if lines > 1 and is_masthead(found, text):
            at = header.index(line)
            positions |= {at, at + 1}
    return positions
