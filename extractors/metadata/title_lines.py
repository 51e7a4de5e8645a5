"""The lines of a header that may be its title: what is left of them, and which of them are one title."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache

from configs.bodies import Bodies
from configs.cover_phrases import load_cover_phrases
from configs.covers import load_covers
from configs.kinds import Kinds
from configs.labels import alternatives, fold
from extractors.metadata.act_numbers import act_number_in, reference_in
from extractors.metadata.body import is_masthead, named_on_cover
from extractors.metadata.cover import without_furniture
from extractors.metadata.days import date_in, range_in
from extractors.metadata.front import ACT_NUMBER, Front, Line
from extractors.metadata.sessions import sessions_in
from extractors.metadata.symbols import find_symbols

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

    text: str
    position: int
    line: Line


def title_candidates(front: Front, bodies: Bodies, kinds: Kinds) -> list[Candidate]:
    """Return what of the header may be the title, from the top down."""
    candidates: list[Candidate] = []
    names = {*_wrapped_names(front, bodies), *_places(front)}
    for position, line in enumerate(front.header[:_HEADER_LINES]):
        last = candidates[-1] if candidates else None
        text = None if position in names else _bare(line.text, bodies, kinds)
        more = _more(last, position, line, text, kinds) if last else None
        if last and more:
            candidates[-1] = replace(last, text=f"{last.text} {more}", position=position)
        elif text and _is_wordy(text):
            candidates.append(Candidate(text, position, line))
    return [one for one in candidates if kinds.begin(one.text) or not _is_masthead_line(one.text, bodies)]


def in_capitals(text: str) -> bool:
    """Return whether a text is in capitals, ordinals aside."""
    return _ORDINAL.sub("", text).isupper()


def _more(last: Candidate, position: int, line: Line, text: str | None, kinds: Kinds) -> str | None:
    """Return what a line adds to the title that the one above it may be, None where it begins something else.

    What is unfinished goes on whatever the next line is: "REPORT ON THE", "42nd SESSION".
    """
    printed = text or without_furniture(line.text)
    if last.line.page != line.page or last.position + 1 != position or line.prose or not printed:
        return None
    if len(last.text) + len(printed) > MOST_CHARACTERS or load_covers().label.match(fold(printed)):
        return None
    unfinished = bool(load_covers().titles.unfinished.search(fold(last.text)))
    capitals = in_capitals(last.text) and in_capitals(printed)
    begun = printed[:1].islower() or (capitals and bool(load_covers().titles.goes_on.match(fold(printed))))
    if unfinished or (begun and not last.text.endswith(_ENDED)):
        return printed
    if text is None or line.table or line.level != last.line.level:
        return None
    same = last.line.block == line.block
    apart = kinds.begin(text) or kinds.is_mere_form(last.text)
    return text if same or (capitals and not apart) else None


def _bare(text: str, bodies: Bodies, kinds: Kinds) -> str | None:
    """Return what of a cover line may belong to a title, or None where all of it is something else."""
    covers = load_covers()
    if covers.label.match(fold(text)) or covers.cited_label.match(fold(text)) or covers.is_salutation(text):
        return None
    if text.startswith("[") or (text.endswith("]") and "[" not in text) or reference_in(text):
        return None
    text = _without_act_number(without_furniture(text), kinds)
    for found in reversed(find_symbols(text, bodies)):
        if not found.cited:
            text = f"{text[: found.start]} {text[found.end :]}"
    text = " ".join(RESOLUTION_NUMBER.sub("", text).split())
    if _casual().fullmatch(fold(text)) or load_cover_phrases().address.search(fold(text)) or kinds.access(text):
        return None
    return text if kinds.begin(text) or not _is_masthead_line(text, bodies) else None


@cache
def _casual() -> re.Pattern[str]:
    """Return what lines look like that are no title, to be matched on a whole folded line."""
    phrases = "|".join(load_cover_phrases().casual)
    return re.compile(rf"{alternatives(load_covers().titles.casual)}|{phrases}|\W*|[\d .,/()-]*")


def _without_act_number(text: str, kinds: Kinds) -> str:
    """Return a line without the number that it begins with, unless both are one title ("Law No. 3 of 5 May on ...")."""
    number = act_number_in(text, kinds)
    rest = text[number.end :].strip() if number else text
    return rest.lstrip(" :-\u2013,") if not rest or rest[0] in ":-\u2013,(" else text


def _is_wordy(text: str) -> bool:
    """Return whether a text is made of letters more than of figures and marks, and has a few of them."""
    letters = sum(map(str.isalpha, text))
    return letters >= max(_FEWEST_LETTERS, len(text.replace(" ", "")) // 2)


def _is_masthead_line(text: str, bodies: Bodies) -> bool:
    """Return whether a line is that of a session, a date, a body, an organisation or a state."""
    session = sessions_in(text)
    if session and any(found.start == 0 and session[1] <= found.end + _ROOM for found in bodies.named_in(text)):
        return True
    if (session and session[1] == 0) or bodies.states.fullmatch(fold(text)):
        return True
    if any(
        dated and len(text) - (dated[2] - dated[1]) <= _STRAY_CHARACTERS for dated in (range_in(text), date_in(text))
    ):
        return True
    if any(is_masthead(found, text, bodies) for found in bodies.named_in(text)):
        return True
    left, emblems = bodies.emblems.subn("", fold(text))
    return emblems > 0 and len(left) <= _STRAY_LETTERS


def _places(front: Front) -> Iterator[int]:
    """Yield the positions of header lines that are a place ("Lima, Peru") next to the line of a session or of days."""
    header = front.header[:_HEADER_LINES]
    for position, line in enumerate(header):
        if _PLACE.fullmatch(line.text):
            beside = (*header[max(0, position - 1) : position], *header[position + 1 : position + 2])
            if any(sessions_in(one.text) or range_in(one.text) or date_in(one.text) for one in beside):
                yield position


def _wrapped_names(front: Front, bodies: Bodies) -> Collection[int]:
    """Return the positions of header lines that are nothing but a body's name broken over two lines."""
    header = list(front.header)
    positions: set[int] = set()
    for found, text, line, lines in named_on_cover(front, bodies):
        if lines > 1 and is_masthead(found, text, bodies):
            at = header.index(line)
            positions |= {at, at + 1}
    return positions
