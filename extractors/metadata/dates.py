"""Dates of a paper and of its meeting, as English, French, Spanish and Russian covers print them."""

import datetime as dt
import re
from dataclasses import dataclass

from configs.kinds import Kinds
from configs.labels import fold
from extractors.document import MeetingDates
from extractors.metadata.front import Front
from extractors.metadata.sessions import SESSION_WORD, sessions_in

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv enero ene января январь",
            "february feb fevrier fevr fev febrero февраля февраль",
            "march mar mars marzo марта март",
            "april apr avril avr abril abr апреля апрель",
            "may mai mayo мая маи",
            "june jun juin junio июня июнь",
            "july jul juillet juil julio июля июль",
            "august aug aout agosto ago августа август",
            "september sept sep septembre septiembre setiembre сентября сентябрь",
            "october oct octobre octubre октября октябрь",
            "november nov novembre noviembre ноября ноябрь",
            "december dec decembre diciembre dic декабря декабрь",
        ),
        start=1,
    )
    for name in names.split()
}
"""The months, folded."""
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_TH = r"(?: ?(?:st|nd|rd|th|er|[ºª°])(?!\w))?"
_OF = r"(?: of| de)?"
_YEAR = r"(?:19|20)\d{2}"
_DAY_FIRST = re.compile(
    rf"(?<![\d./-])(?P<d>\d{{1,2}}){_TH}{_OF}[ -]?(?P<m>{_MONTH})(?:,| del?)?[ -]?(?P<y>{_YEAR})(?!\d)"
)
_MONTH_FIRST = re.compile(rf"\b(?P<m>{_MONTH}) ?(?P<d>\d{{1,2}}){_TH},? (?P<y>{_YEAR})(?!\d)")
_ISO = re.compile(rf"(?<![\d/-])(?P<y>{_YEAR})-(?P<m>\d{{2}})-(?P<d>\d{{2}})(?![\d-])")
_FIGURES = re.compile(rf"(?<![\d./-])(?P<d>\d{{1,2}})[./](?P<m>\d{{1,2}})[./](?P<y>{_YEAR})(?!\d)")
_FORMS = (_DAY_FIRST, _MONTH_FIRST, _ISO, _FIGURES)
_ASIDE = r"(?: \([^()\d]{1,16}\))?"
"""Part of a day: `13-15 (morning) September 2021`."""
_PART = rf"\d{{1,2}}{_TH}{_ASIDE}(?:{_OF} {_MONTH})?(?:(?:,| del?)? {_YEAR}(?: года?| г\.)?)?"
_JOINT = r"(?: ?(?:,|-|/|&) ?(?:and |et |y |и )?| (?:to|and|au|et|a|al|y|until|по|и) (?:le |el )?)"
_RANGE = re.compile(rf"(?<![\d./-])(?P<parts>{_PART}(?:{_JOINT}{_PART}){{1,8}})(?![\d/])")
_RANGE_PART = re.compile(rf"(?P<d>\d{{1,2}}){_TH}{_ASIDE}(?:{_OF} (?P<m>{_MONTH}))?(?:(?:,| del?)? (?P<y>{_YEAR}))?")
_RANGE_MONTH_FIRST = re.compile(
    rf"\b(?P<m1>{_MONTH}) ?(?P<d1>\d{{1,2}}){_TH}(?: ?- ?| ?, ?| (?:to|and|&) )"
    rf"(?:(?P<m2>{_MONTH}) ?)?(?P<d2>\d{{1,2}}){_TH},? (?P<y>{_YEAR})(?!\d)"
)
_RANGE_FIGURES = re.compile(
    rf"(?<![\d./-])(?P<d1>\d{{1,2}}) ?- ?(?P<d2>\d{{1,2}})[./](?P<m>\d{{1,2}})[./](?P<y>{_YEAR})(?!\d)"
)
_TIME = re.compile(
    rf"(?<!\w)(?:in|on|since|en|le|du|depuis|by|from) (?:(?:early|late|mid-?|the|\d{{1,2}}{_TH}) ?)?{_OF} ?"
    rf"(?:(?P<m>{_MONTH})(?:,? (?P<y>{_YEAR}))?|(?P<year>{_YEAR}))(?!\d)"
)
_PLACED = re.compile(
    rf"\b(?:brussels|bruxelles|bruselas|брюссель), {{0,2}}(?:le |el )?(?P<d>\d{{1,2}}){_TH}{_OF} (?P<m>{_MONTH})"
    rf"(?:(?:,| del?)? (?P<y>{_YEAR}))?"
)
_COPYRIGHT = re.compile(rf"(?:copyright|©|\(c\))[^\d]{{0,30}}(?P<y>{_YEAR})(?!\d)")
_LABEL = re.compile(r"^(?:date|date of issue|date submitted|issued(?: on)?|dated?|le|du|fecha|дата)\b ?:? ?")
_MEETING = re.compile(rf"\b(?:{SESSION_WORD}|held|tenue?s?|celebrad[ao]s?)\b")
_ADOPTED = re.compile(r"\b(?:adopted|adoptee?|approved|approuvee?)\b.{0,80}\b(?:on|le) $")
_AGENDA = re.compile(r"\b(?:agenda|ordre du jour|orden del dia|повестк[аи])\b")
_PLACE = re.compile(r"^[^\W\d][^\W\d_' .()-]{2,40}, ")
_MOST_DAYS = 92
"""A meeting that seems longer than this (document-based phases take seven weeks) was misread."""
_NEAR_SESSION = 3
_ENACTED = 3.5
"""Weight of the day in an act's title: more than that of the gazette it was published in."""
_LEADING_CHARACTERS = 30
_STRAY_CHARACTERS = 40


@dataclass(frozen=True)
class PaperDates:
    """When a paper was issued, when its meeting was held."""

    date: dt.date | None = None
    meeting: MeetingDates | None = None


def date_in(text: str) -> tuple[dt.date, int, int] | None:
    """Return the first whole date in a line and its offsets; days come before months in `03/04/2020`."""
    folded = fold(text)
    found = [
        (date, match.start(), match.end())
        for form in _FORMS
        for match in form.finditer(folded)
        if (date := _date(match["y"], match["m"], match["d"]))
    ]
    return min(found, key=lambda entry: entry[1]) if found else None


def range_in(text: str) -> tuple[MeetingDates, int, int] | None:
    """Return the first range or list of days in a line (`30 April - 1 May 2018`) and its offsets."""
    folded = fold(text)
    for match in _RANGE_FIGURES.finditer(folded):
        span = _span(_date(match["y"], match["m"], match["d1"]), _date(match["y"], match["m"], match["d2"]))
        if span:
            return span, match.start(), match.end()
    for match in _RANGE_MONTH_FIRST.finditer(folded):
        start = _date(match["y"], match["m1"], match["d1"])
        span = _span(start, _date(match["y"], match["m2"] or match["m1"], match["d2"]))
        if span:
            return span, match.start(), match.end()
    for match in _RANGE.finditer(folded):
        span = _listed(match["parts"])
        if span:
            return span, match.start(), match.end()
    return None


def month_and_year_in(text: str) -> tuple[int | None, int | None] | None:
    """Return the first time that a phrase gives after a preposition: "In June 2012", "le 3 mai", "in 2010"."""
    match = _TIME.search(fold(text))
    if not match:
        return None
    month, year = match["m"], match["y"] or match["year"]
    return _MONTHS[month.rstrip(".")] if month else None, int(year) if year else None


def dates_of(front: Front, kinds: Kinds, sessions: tuple[int, ...] = ()) -> PaperDates:
    """Return the dates that the cover declares; else those that the text gives of the paper's own `sessions`.

    The day after the seat's name ("Brussels, 2 September") outranks all; where its year is lost the
    copyright line tells it, then the meeting. Where the cover has none, a day that the file declares serves.
    """
    meeting = _meeting(front, sessions) or _told_of(front, sessions)
    placed = _placed(front, meeting)
    if placed:
        return PaperDates(placed, meeting)
    scores: dict[dt.date, float] = {}
    for position, line in enumerate(front.header):
        text = fold(line.text)
        found = date_in(line.text)
        if not found or range_in(line.text):
            continue
        date, start, end = found
        if _meeting_context(front, position, text, start):
            continue
        beside = len(text) - (end - start)
        weight = 3.0 if _LABEL.match(text[:start]) and len(text[:start]) <= _STRAY_CHARACTERS else 0.0
        weight += 2.0 if beside <= _STRAY_CHARACTERS else 0.0
        weight += _ENACTED if _names_an_act(line.text, text[:start], kinds) else 0.0
        scores[date] = max(scores.get(date, 0.0), weight + 1.0 / (1 + position))
    best = max(scores, key=lambda date: scores[date], default=None)
    return PaperDates(best if best and scores[best] >= 1.0 else _declared(front), meeting)


def conflicting(date: dt.date | None, meeting: MeetingDates | None) -> bool:
    """Tell whether the record of a meeting is dated before the meeting ended."""
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
        one = None if _PLACED.search(fold(text)) else date_in(text)
        if one and _meeting_context(front, position, fold(text), one[1]):
            return MeetingDates(start=one[0], end=one[0])
    for _, text in front.running[:10]:
        found = None if text.endswith(".") else range_in(text)
        if found:
            return found[0]
    return None


def _told_of(front: Front, sessions: tuple[int, ...]) -> MeetingDates | None:
    """Return the days in a sentence on the paper's own session: "held its 24th Session from 11 to 22 October"."""
    for line in front.lines if sessions else ():
        session = sessions_in(line.text) if line.prose or line.text.endswith(".") else None
        found = range_in(line.text) if session and session[0] == sessions else None
        if found:
            return found[0]
    return None


def _meeting_context(front: Front, position: int, text: str, start: int) -> bool:
    """Tell whether the day at `start` is that of a meeting: by the words before it, or placed under a session."""
    before = text[:start]
    if _ADOPTED.search(before) or (_MEETING.search(before) and not _AGENDA.search(before)):
        return True
    above = front.header[max(0, position - _NEAR_SESSION) : position]
    joined = f"{above[-1].text} {text[:start]}" if above else before
    if _ADOPTED.search(fold(joined)):
        return True
    return bool(_PLACE.match(text)) and any(sessions_in(line.text) for line in above)


def _placed(front: Front, meeting: MeetingDates | None) -> dt.date | None:
    for line in front.lines:
        match = _PLACED.search(fold(line.text))
        if match:
            year = match["y"] or _copyright_year(front) or (str(meeting.end.year) if meeting and meeting.end else None)
            date = _date(year, match["m"], match["d"]) if year else None
            if date:
                return date
    return None


def _copyright_year(front: Front) -> str | None:
    for text in (*(line.text for line in front.lines), *(text for _, text in front.running)):
        match = _COPYRIGHT.search(fold(text))
        if match:
            return match["y"]
    return None


def _names_an_act(line: str, before: str, kinds: Kinds) -> bool:
    first = next(iter(kinds.cues_in(line)), None)
    return bool(first and first[0].enacted and first[1] <= _LEADING_CHARACTERS and before.endswith((" of ", " du ")))


def _declared(front: Front) -> dt.date | None:
    # A day without a time is what the source says of the paper; with a time it is the clock of the author's machine.
    match = _ISO.fullmatch(front.properties.get("created", ""))
    return _date(match["y"], match["m"], match["d"]) if match else None


def _listed(parts: str) -> MeetingDates | None:
    days: list[dt.date] = []
    month = year = None
    for match in reversed(list(_RANGE_PART.finditer(parts))):
        year, month = match["y"] or year, match["m"] or month
        date = _date(year, month, match["d"]) if year and month else None
        if not date:
            return None
        days.append(date)
    days.reverse()
    return _span(days[0], days[-1]) if len(days) > 1 and days == sorted(days) else None


def _span(start: dt.date | None, end: dt.date | None) -> MeetingDates | None:
    if start and end and start <= end and (end - start).days <= _MOST_DAYS:
        return MeetingDates(start=start, end=end)
    return None


def _date(year: str, month: str, day: str) -> dt.date | None:
    number = int(month) if month.isdigit() else _MONTHS[month.rstrip(".")]
    try:
        return dt.date(int(year), number, int(day))
    except ValueError:
        return None
