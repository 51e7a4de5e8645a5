"""Determines the session of a paper, its date and the days of its meeting from the cover."""

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass

from configs.calendar import load_calendar
from configs.covers import load_covers
from configs.labels import fold
from extractors.document import MeetingDates
from extractors.metadata.front import Front
from extractors.metadata.printed import Printed
from extractors.metadata.sessions import roman

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
_SHORT_LINE = 90
_DEEP = 150  # characters into a line; what stands there is in a name: "... and the First Meeting of the Conference"


@dataclass(frozen=True)
class PaperDates:
    """The day on which a paper was issued, and when its meeting was held."""

    date: dt.date | None = None
    meeting: MeetingDates | None = None


def session_of(front: Front, body: str | None = None, told: str | None = None) -> tuple[int, ...]:
    """Return the session numbers of a paper: a pair for dual sessions, empty if none is declared.

    `body` is the paper's own: a session of another one is only what the paper is about. `told` is the session
    that its symbol names, in figures or Roman numerals.
    """
    scores: dict[tuple[int, ...], float] = defaultdict(float)
    for line in front.lines:
        if line.session:
            numbers, start = line.session
            other = body is not None and _is_of_another(line.of(line.text[start:]), body)
            if line.prose or other or start > _DEEP:
                scores[numbers] += 0.2
            elif load_calendar().of_its.search(line.folded[:start]):
                scores[numbers] += 1.0
            else:
                alone = start == 0 and _ends_with_session(line.folded)
                scores[numbers] += 2.0 + (start == 0) + (len(line.text) <= _SHORT_LINE) + 1.5 * alone
    for _, head in front.running[:20]:
        if head.session:
            scores[head.session[0]] += 0.5
    if told:
        number = int(told) if told.isdigit() else roman(told.lower())
        if number:
            scores[(number,)] += 2.0
    best = max(scores, key=lambda numbers: scores[numbers], default=())
    return best if best and scores[best] >= 1.0 else ()


def _ends_with_session(folded: str) -> bool:
    return any(match.end() == len(folded) for match in load_calendar().session.finditer(folded))


def _is_of_another(line: Printed, body: str) -> bool:
    named = [found.body.id for found in line.bodies if found.full]
    return bool(named) and not any(line.words.bodies.are_related(body, other) for other in named)


def dates_of(front: Front, sessions: tuple[int, ...] = ()) -> PaperDates:
    """Return the dates that the cover declares; else those that the text gives of the paper's own `sessions`.

    The day after the seat's name ("Brussels, 2 September") outranks all; where its year is lost, that of the
    copyright line is used, then that of the meeting. Without a day on the cover, one that the file declares is used.
    """
    meeting = _meeting(front, sessions) or _days_of_session(front, sessions)
    seated = _seated(front, meeting)
    if seated:
        return PaperDates(seated, meeting)
    covers, calendar = load_covers(), load_calendar()
    scores: dict[dt.date, float] = {}
    for position, line in enumerate(front.header):
        text = line.folded
        if not line.day or line.days or covers.cited_label.match(text):
            continue
        date, start, end = line.day
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
        weight += _ENACTED if _is_of_an_act(front, position, text[:start]) else 0.0
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
        (line, position)
        for position, line in enumerate(front.header)
        if not (line.is_sentence and sessions and (line.session or (sessions, 0))[0] != sessions)
    ]
    for line, _ in sources:
        if line.days:
            return line.days[0]
    for line, position in sources:
        one = None if line.seated_day else line.day
        if one and _meeting_context(front, position, line.folded, one[1]):
            return MeetingDates(start=one[0], end=one[0])
    heads = (head for _, head in front.running[:10] if not head.text.endswith("."))
    return next((head.days[0] for head in heads if head.days), None)


def _days_of_session(front: Front, sessions: tuple[int, ...]) -> MeetingDates | None:
    """Return the days in a sentence on the paper's own session: "held its 24th Session from 11 to 22 October"."""
    sentences = [line for line in front.lines if line.prose or line.text.endswith(".")]
    for text in (*sentences, *front.opening) if sessions else ():
        found = text.days if text.session and text.session[0] == sessions else None
        if text.session and found and _are_near(text.folded, text.session[1], found[1]):
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
    joined = f"{above[-1].folded} {before}" if above else before
    held = len(before) <= _PREPOSITION_CHARACTERS and calendar.held_word.search(joined)
    if held or calendar.adopted_on.search(joined):
        return True
    return bool(_PLACE.match(text)) and any(line.session for line in above)


def _seated(front: Front, meeting: MeetingDates | None) -> dt.date | None:
    for line in front.lines:
        if line.seated_day:
            year = _copyright_year(front) or (str(meeting.end.year) if meeting and meeting.end else None)
            date = line.seated_day.in_year(year)
            if date:
                return date
    return None


def _copyright_year(front: Front) -> str | None:
    texts = (*front.lines, *(head for _, head in front.running))
    return next((text.copyright_year for text in texts if text.copyright_year), None)


def _is_of_an_act(front: Front, position: int, before: str) -> bool:
    """Return whether the day behind `before` stands in an act's title, which may be broken in front of its "of"."""
    line, before = front.header[position], f" {before}"
    words = tuple(f" {fold(word)} " for word in load_calendar().of_act)
    if not before.endswith(words) or _ITEM_NUMBER.match(line.text) or _CITES.search(line.text):
        return False
    first = next(iter((front.header[position - 1] if position and before in words else line).cues), None)
    return bool(first and first[0].enacted and first[1] <= _LEADING_CHARACTERS)


def _declared(front: Front) -> dt.date | None:
    # A day without a time is what the source says of the paper; with a time it is the clock of the author's machine.
    created = Printed(front.properties.get("created", ""), front.words)
    return created.day[0] if created.day and created.day[1:] == (0, len(created.text)) else None
