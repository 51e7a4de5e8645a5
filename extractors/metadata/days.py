"""Days and ranges of days in text, in English, French, Spanish and Russian."""

import datetime as dt
import re
from typing import NamedTuple

from configs.labels import fold
from extractors.document import MeetingDates

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
_ISO = re.compile(rf"(?<![\w/-])(?P<y>{_YEAR})-(?P<m>\d{{2}})-(?P<d>\d{{2}})(?![\d-]|[^\W\dt])")
_FIGURES = re.compile(rf"(?<![\d./-])(?P<d>\d{{1,2}})(?P<sign>[./-])(?P<m>\d{{1,2}})(?P=sign)(?P<y>{_YEAR})(?!\d)")
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
_CLOCK = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b,?|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b,?"
    r"|\b(?:at|from|a|a partir de|starting at) (?:\d{1,2} ?h(?: ?\d{2})?"
    r"|\d{1,2}(?:[.:]\d{2})? ?(?:[ap]\.?m\.?|hours))(?!\w)"
)
_TIME = re.compile(
    rf"(?<!\w)(?:in|on|since|en|le|du|depuis|by|from) (?:(?:early|late|mid-?|the|\d{{1,2}}{_TH}) ?)?{_OF} ?"
    rf"(?:(?P<m>{_MONTH})(?:,? (?P<y>{_YEAR}))?|(?P<year>{_YEAR}))(?!\d)"
)
_SEATED = re.compile(
    rf"\b(?:brussels|bruxelles|bruselas|брюссель), {{0,2}}(?:le |el )?(?P<d>\d{{1,2}}){_TH}{_OF} (?P<m>{_MONTH})"
    rf"(?:(?:,| del?)? (?P<y>{_YEAR}))?"
)
_COPYRIGHT = re.compile(rf"(?:copyright|©|\(c\))[^\d]{{0,30}}(?P<y>{_YEAR})(?!\d)")
_MOST_DAYS = 92
"""A meeting that seems longer than this (document-based phases take seven weeks) was misread."""


class SeatedDay(NamedTuple):
    """The day after the name of the seat ("Brussels, 2 September"); a PDF may have lost its year."""

    day: str
    month: str
    year: str | None

    def in_year(self, year: str | None) -> dt.date | None:
        """Return the date with the printed year, else with this one."""
        found = self.year or year
        return _date(found, self.month, self.day) if found else None


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
    """Return the first range or list of days in a line (`30 April - 1 May 2018`) and its offsets.

    Weekdays and times of day may stand beside the days; then the offsets are those of the whole line. One day in two
    languages (`3 May 2018 / 3 mai 2018`) is no range.
    """
    folded = fold(text)
    found = _plain_range(folded)
    if found and found[0].start == found[0].end:
        return None
    if not found and _CLOCK.search(folded):
        found = _plain_range(" ".join(_CLOCK.sub(" ", folded).split()))
        found = (found[0], 0, len(text)) if found else None
    return found


def _plain_range(folded: str) -> tuple[MeetingDates, int, int] | None:
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


def seated_day_in(text: str) -> SeatedDay | None:
    """Return the day after the seat's name in a line."""
    match = _SEATED.search(fold(text))
    return SeatedDay(match["d"], match["m"], match["y"]) if match else None


def copyright_year_in(text: str) -> str | None:
    """Return the year of a line of copyright."""
    match = _COPYRIGHT.search(fold(text))
    return match["y"] if match else None


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
