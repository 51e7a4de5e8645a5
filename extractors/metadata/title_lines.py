"""The lines of a header that may be its title: what is left of them, and which of them are one title."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache

from configs.cover_phrases import load_cover_phrases
from configs.covers import load_covers
from configs.labels import alternatives
from extractors.metadata.act_numbers import act_number_in, reference_in
from extractors.metadata.body import is_masthead, named_on_cover
from extractors.metadata.cover import without_furniture
from extractors.metadata.front import ACT_NUMBER, Front, Line
from extractors.metadata.printed import Printed

MOST_CHARACTERS = 300
RESOLUTION_NUMBER = re.compile(rf"^{ACT_NUMBER}\.? ")
_HEADER_LINES = 45
_FEWEST_LETTERS = 4
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


def title_candidates(front: Front) -> list[Candidate]:
    """Return what of the header may be the title, from the top down."""
    candidates: list[Candidate] = []
    names = {*_wrapped_names(front), *_places(front)}
    for position, line in enumerate(front.header[:_HEADER_LINES]):
        last = candidates[-1] if candidates else None
        text = None if position in names else _bare(line)
        more = _more(last, position, line, text) if last else None
        if last and more:
            candidates[-1] = replace(last, printed=line.of(f"{last.text} {more.text}"), position=position)
        elif text and _is_wordy(text.text):
            candidates.append(Candidate(text, position, line))
    return [one for one in candidates if one.printed.begins_with_kind or not _is_masthead_line(one.printed)]


def in_capitals(text: str) -> bool:
    """Return whether a text is in capitals, ordinals aside."""
    return _ORDINAL.sub("", text).isupper()


def _more(last: Candidate, position: int, line: Line, text: Printed | None) -> Printed | None:
    """Return what a line adds to the title that the one above it may be, None where it begins something else.

    What is unfinished goes on whatever the next line is: "REPORT ON THE", "42nd SESSION".
    """
    printed = text or without_furniture(line)
    if last.line.page != line.page or last.position + 1 != position or line.prose or not printed.text:
        return None
    if len(last.text) + len(printed.text) > MOST_CHARACTERS or load_covers().label.match(printed.folded):
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
    """Return what of a cover line may belong to a title, or None where all of it is something else."""
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
    left = line.of(" ".join(RESOLUTION_NUMBER.sub("", text).split()))
    if _casual().fullmatch(left.folded) or load_cover_phrases().address.search(left.folded):
        return None
    if line.words.kinds.access(left.text):
        return None
    return left if left.begins_with_kind or not _is_masthead_line(left) else None


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
