"""When a paper was issued and when its meeting was held, as its cover declares."""

import datetime as dt
import re
from dataclasses import dataclass

from configs.calendar import load_calendar
from configs.covers import load_covers
from configs.kinds import Kinds
from configs.labels import fold
from extractors.document import MeetingDates
from extractors.metadata.days import copyright_year_in, date_in, range_in, seated_day_in
from extractors.metadata.front import Front
from extractors.metadata.sessions import sessions_in

_PLACE = re.compile(r"^[^\W\d][^\W\d_' .()-]{2,40}, ")
_NEAR_SESSION = 3
_NEAR_CHARACTERS = 150
_ENACTED = 3.5
"""Weight of the day in an act's title: more than that of the gazette it was published in."""
_SURE = 2.0
"""A day of the cover with less counts after the one that the source declares of the paper."""
_WHOLE_LINE, _WHOLE_CHARACTERS = 0.6, 2
"""Of a line that is a day and nothing else."""
_LEADING = 1.0
"""Of a day with which a line begins that goes on: "Oct 24, 2031 Report of the group"."""
_CITES = re.compile(r"\([A-Z]{1,5}/[A-Z\d]")
"""In a line on an act that has a symbol of its own: an item of an agenda."""
_LABELLED = 3.0
_PLACED = 2.0
"""Of a line that is a place and a day: "Dakar, le 12 mars 2031", "New Delhi, dated the 21st of April, 2031"."""
_ITEM_NUMBER = re.compile(r"(?:[A-Z]|\d{1,2})[.)] |\([a-z]{1,4}\) ")
"""Of an item of an agenda, which may be about an act."""
_LEADING_CHARACTERS = 30
_PREPOSITION_CHARACTERS = 6
"""What may stand before a day in a line that goes on from the one above: "held in Geneva / on 7 May"."""
_STRAY_CHARACTERS = 40


@dataclass(frozen=True)
class PaperDates:
    """The day on which a paper was issued, and when its meeting was held."""

    date: dt.date | None = None
    meeting: MeetingDates | None = None


def dates_of(front: Front, kinds: Kinds, sessions: tuple[int, ...] = ()) -> PaperDates:
    """Return the dates that the cover declares; else those that the text gives of the paper's own `sessions`.

    The day after the seat's name ("Brussels, 2 September") outranks all; where its year is lost, that of the
    copyright line is used, then that of the meeting. Without a day on the cover, one that the file declares is used.
    """
    meeting = _meeting(front, sessions) or _told_of(front, sessions)
    seated = _seated(front, meeting)
    if seated:
        return PaperDates(seated, meeting)
    covers, calendar = load_covers(), load_calendar()
    scores: dict[dt.date, float] = {}
    for position, line in enumerate(front.header):
        text = fold(line.text)
        found = date_in(line.text)
        if not found or range_in(line.text) or covers.cited_label.match(text):
            continue
        date, start, end = found
        if _meeting_context(front, position, text, start):
            continue
        beside = len(text) - (end - start)
        labelled = start <= _STRAY_CHARACTERS and covers.date_label.match(text[:start])
        placed = end == len(text.rstrip(" .")) and calendar.place_and_day.fullmatch(line.text[:start])
        weight = _LABELLED * bool(labelled) + _PLACED * bool(placed)
        weight += 2.0 if beside <= _STRAY_CHARACTERS else 0.0
        weight += _WHOLE_LINE if beside <= _WHOLE_CHARACTERS else 0.0
        if start and not labelled and text[:start].rstrip().endswith(":") and conflicting(date, meeting):
            continue
        weight += _ENACTED if _is_of_an_act(front, position, text[:start], kinds) else 0.0
        weight = weight or (_LEADING if start == 0 else 0.0)
        scores[date] = max(scores.get(date, 0.0), weight + 1.0 / (1 + position))
    best = max(scores, key=lambda date: scores[date], default=None)
    score = scores[best] if best else 0.0
    return PaperDates((None if score >= _SURE else _declared(front)) or (best if score >= 1.0 else None), meeting)


def conflicting(date: dt.date | None, meeting: MeetingDates | None) -> bool:
    """Return whether the record of a meeting is dated before the meeting ended."""
    return bool(date and meeting and meeting.end and date < meeting.end)


def _meeting(front: Front, sessions: tuple[int, ...]) -> MeetingDates | None:
    sources = [
        (line.text, position)
        for position, line in enumerate(front.header)
        if not (line.is_sentence and sessions and (sessions_in(line.text) or (sessions, 0))[0] != sessions)
    ]
    for text, _ in sources:
        found = range_in(text)
        if found:
            return found[0]
    for text, position in sources:
        one = None if seated_day_in(text) else date_in(text)
        if one and _meeting_context(front, position, fold(text), one[1]):
            return MeetingDates(start=one[0], end=one[0])
    for _, text in front.running[:10]:
        found = None if text.endswith(".") else range_in(text)
        if found:
            return found[0]
    return None


def _told_of(front: Front, sessions: tuple[int, ...]) -> MeetingDates | None:
    """Return the days in a sentence on the paper's own session: "held its 24th Session from 11 to 22 October"."""
    sentences = [line.text for line in front.lines if line.prose or line.text.endswith(".")]
    for text in (*sentences, *front.opening) if sessions else ():
        session = sessions_in(text)
        found = range_in(text) if session and session[0] == sessions else None
        if session and found and _are_near(fold(text), session[1], found[1]):
            return found[0]
    return None


def _are_near(text: str, session: int, days: int) -> bool:
    """Return whether the days at an offset are those of the session at another: no other session is named between."""
    between = text[min(session, days) : max(session, days)]
    return len(between) <= _NEAR_CHARACTERS and len(load_calendar().session.findall(between)) <= (days > session)


def _meeting_context(front: Front, position: int, text: str, start: int) -> bool:
    """Return whether the day at `start` is that of a meeting: by the words before it, or placed under a session."""
    before, calendar = text[:start], load_calendar()
    of_meeting = calendar.at_session.search(before) and not load_covers().agenda_word.search(before)
    if of_meeting or calendar.adopted_on.search(before):
        return True
    above = front.header[max(0, position - _NEAR_SESSION) : position]
    joined = fold(f"{above[-1].text} {text[:start]}") if above else before
    held = len(before) <= _PREPOSITION_CHARACTERS and calendar.held_word.search(joined)
    if held or calendar.adopted_on.search(joined):
        return True
    return bool(_PLACE.match(text)) and any(sessions_in(line.text) for line in above)


def _seated(front: Front, meeting: MeetingDates | None) -> dt.date | None:
    for line in front.lines:
        seated = seated_day_in(line.text)
        year = _copyright_year(front) or (str(meeting.end.year) if meeting and meeting.end else None)
        date = seated.in_year(year) if seated else None
        if date:
            return date
    return None


def _copyright_year(front: Front) -> str | None:
    texts = (*(line.text for line in front.lines), *(text for _, text in front.running))
    return next(filter(None, map(copyright_year_in, texts)), None)


def _is_of_an_act(front: Front, position: int, before: str, kinds: Kinds) -> bool:
    """Return whether the day behind `before` stands in an act's title, which may be broken in front of its "of"."""
    line, before = front.header[position].text, f" {before}"
    words = tuple(f" {fold(word)} " for word in load_calendar().of_act)
    if not before.endswith(words) or _ITEM_NUMBER.match(line) or _CITES.search(line):
        return False
    above = front.header[position - 1].text if position and before in words else None
    first = next(iter(kinds.cues_in(above or line)), None)
    return bool(first and first[0].enacted and first[1] <= _LEADING_CHARACTERS)


def _declared(front: Front) -> dt.date | None:
    # A day without a time is what the source says of the paper; with a time it is the clock of the author's machine.
    created = front.properties.get("created", "")
    found = date_in(created)
    return found[0] if found and (found[1], found[2]) == (0, len(created)) else None
