"""Parses days and ranges of days in folded English, French, Spanish and Russian text."""

import datetime as dt
import re
from functools import cache
from typing import NamedTuple

from configs.calendar import Calendar, load_calendar
from configs.labels import alternatives
from extractors.document import MeetingDates

_TH = r"(?: ?(?:st|nd|rd|th|er|[ºª°])(?!\w))?"
YEAR = r"(?:19|20)\d{2}"
_YEAR = YEAR
_ISO = re.compile(rf"(?<![\w/-])(?P<y>{_YEAR})-(?P<m>\d{{2}})-(?P<d>\d{{2}})(?![\d-]|[^\W\dt])")
_FIGURES = re.compile(rf"(?<![\d./-])(?P<d>\d{{1,2}})(?P<sign>[./-])(?P<m>\d{{1,2}})(?P=sign)(?P<y>{_YEAR})(?!\d)")
_ASIDE = r"(?: \([^()\d]{1,16}\))?"
"""Part of a day: `13-15 (morning) September 2021`."""
_RANGE_FIGURES = re.compile(
    rf"(?<![\d./-])(?P<d1>\d{{1,2}}) ?- ?(?P<d2>\d{{1,2}})[./](?P<m>\d{{1,2}})[./](?P<y>{_YEAR})(?!\d)"
)
_HOUR = r"(?:\d{1,2} ?h(?: ?\d{2})?|\d{1,2}(?:[.:]\d{2})? ?(?:[ap]\.?m\.?|hours))"
_COPYRIGHT = re.compile(rf"(?:copyright|©|\(c\))[^\d]{{0,60}}(?:{_YEAR} ?[-,] ?)?(?P<y>{_YEAR})(?!\d)")
_MOST_DAYS = 92
"""A meeting that seems longer than this (document-based phases take seven weeks) was misread."""


class _DayPatterns:
    """The forms of days and ranges in folded text, made once from the words of the calendar."""

    def __init__(self, words: Calendar) -> None:
        self.months = words.month_numbers
        month = rf"{alternatives(self.months)}\b\.?"
        of, of_year = rf"(?: {alternatives(words.of_month)})?", rf"(?:,| {alternatives(words.of_year)})?"
        article = rf"(?:{alternatives(words.articles)} )?"
        self.forms = (
            re.compile(rf"(?<![\d./-])(?P<d>\d{{1,2}}){_TH}{of}[ -]?(?P<m>{month}){of_year}[ -]?(?P<y>{_YEAR})(?!\d)"),
            re.compile(rf"\b(?P<m>{month}) ?(?P<d>\d{{1,2}}){_TH},? (?P<y>{_YEAR})(?!\d)"),
            _ISO,
            _FIGURES,
        )
        self.month_and_year = re.compile(rf"(?<![^\W_])(?P<m>{month}){of_year} ?-? ?(?P<y>{_YEAR})(?!\d)")
        part = rf"\d{{1,2}}{_TH}{_ASIDE}(?:{of} {month})?(?:{of_year} {_YEAR}(?: {alternatives(words.year)})?)?"
        joints, until = alternatives(words.joints), alternatives((*words.joints, *words.until))
        joint = rf"(?: ?(?:,|-|/|&) ?(?:{joints} )?| {until} {article})"
        self.range = re.compile(rf"(?<![\d./-])(?P<parts>{part}(?:{joint}{part}){{1,8}})(?![\d/])")
        self.range_part = re.compile(
            rf"(?P<d>\d{{1,2}}){_TH}{_ASIDE}(?:{of} (?P<m>{month}))?(?:{of_year} (?P<y>{_YEAR}))?"
        )
        to = alternatives((*words.joints.en, *words.until.en, "&"))
        self.range_month_first = re.compile(
            rf"\b(?P<m1>{month}) ?(?P<d1>\d{{1,2}}){_TH}(?: ?- ?| ?, ?| {to} )"
            rf"(?:(?P<m2>{month}) ?)?(?P<d2>\d{{1,2}}){_TH},? (?P<y>{_YEAR})(?!\d)"
        )
        self.clock = re.compile(rf"\b{alternatives(words.weekdays)}\b,?|\b{alternatives(words.hours)} {_HOUR}(?!\w)")
        self.time = re.compile(
            rf"(?<!\w){alternatives(words.since)} (?:(?:{alternatives(words.parts)}|\d{{1,2}}{_TH}) ?)?{of} ?"
            rf"(?:(?P<m>{month})(?:,? (?P<y>{_YEAR}))?|(?P<year>{_YEAR}))(?!\d)"
        )
        self.seated = re.compile(
            rf"\b{alternatives(words.seats)}, {{0,2}}{article}(?P<d>\d{{1,2}}){_TH}{of} (?P<m>{month})"
            rf"(?:{of_year} (?P<y>{_YEAR}))?"
        )


@cache
def _patterns() -> _DayPatterns:
    return _DayPatterns(load_calendar())


class SeatedDay(NamedTuple):
    """The day after the name of the seat ("Brussels, 2 September"); a PDF may have lost its year."""

    day: str
    month: str
    year: str | None

    def in_year(self, year: str | None) -> dt.date | None:
        """Return the date with the printed year, else with this one."""
        found = self.year or year
        return _date(found, self.month, self.day) if found else None


def date_in(folded: str) -> tuple[dt.date, int, int] | None:
    """Return the first whole date in a line and its offsets; days come before months in `03/04/2020`."""
    found = [
        (date, match.start(), match.end())
        for form in _patterns().forms
        for match in form.finditer(folded)
        if (date := _date(match["y"], match["m"], match["d"]))
    ]
    return min(found, key=lambda entry: entry[1]) if found else None


def range_in(folded: str) -> tuple[MeetingDates, int, int] | None:
    """Return the first range or list of days in a line (`30 April - 1 May 2018`) and its offsets.

    Weekdays and times of day may accompany the days; then the offsets are those of the whole line. One day in two
    languages (`3 May 2018 / 3 mai 2018`) is no range.
    """
    found = _plain_range(folded)
    if found and found[0].start == found[0].end:
        return None
    if not found and _patterns().clock.search(folded):
        found = _plain_range(" ".join(_patterns().clock.sub(" ", folded).split()))
        found = (found[0], 0, len(folded)) if found else None
    return found


def _plain_range(folded: str) -> tuple[MeetingDates, int, int] | None:
    for match in _RANGE_FIGURES.finditer(folded):
        span = _span(_date(match["y"], match["m"], match["d1"]), _date(match["y"], match["m"], match["d2"]))
        if span:
            return span, match.start(), match.end()
    for match in _patterns().range_month_first.finditer(folded):
        start = _date(match["y"], match["m1"], match["d1"])
        span = _span(start, _date(match["y"], match["m2"] or match["m1"], match["d2"]))
        if span:
            return span, match.start(), match.end()
    for match in _patterns().range.finditer(folded):
        span = _listed(match["parts"])
        if span:
            return span, match.start(), match.end()
    return None


def month_and_year_in(folded: str) -> tuple[int | None, int | None] | None:
    """Return the first time that a phrase gives after a preposition: "In June 2012", "le 3 mai", "in 2010"."""
    match = _patterns().time.search(folded)
    if not match:
        return None
    month, year = match["m"], match["y"] or match["year"]
    return _patterns().months[month.rstrip(".")] if month else None, int(year) if year else None


def month_in(folded: str) -> tuple[str, int, int] | None:
    """Return the first month with its year in a line, as `YYYY-MM`, and its offsets; it may be that of a day."""
    match = _patterns().month_and_year.search(folded)
    if not match:
        return None
    return f"{match['y']}-{_patterns().months[match['m'].rstrip('.')]:02}", match.start(), match.end()


def seated_day_in(folded: str) -> SeatedDay | None:
    """Return the day after the seat's name in a line."""
    match = _patterns().seated.search(folded)
    return SeatedDay(match["d"], match["m"], match["y"]) if match else None


def copyright_year_in(folded: str) -> str | None:
    """Return the year of a line of copyright, the last one where it has several."""
    match = _COPYRIGHT.search(folded)
    return match["y"] if match else None


def _listed(parts: str) -> MeetingDates | None:
    days: list[dt.date] = []
    month = year = None
    for match in reversed(list(_patterns().range_part.finditer(parts))):
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
    number = int(month) if month.isdigit() else _patterns().months[month.rstrip(".")]
    try:
        return dt.date(int(year), number, int(day))
    except ValueError:
        return None
