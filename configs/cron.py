"""The next time of a cron schedule, computed without the orchestrator's library, whose import takes a second."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from configs.sources import Schedule

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SUNDAY = 7
"""Another number of Sunday, which is 0."""
_DAYS_AHEAD = 366 * 8
"""A 29 February comes within eight years."""


def next_time(schedule: Schedule, after: dt.datetime) -> dt.datetime | None:
    """Return the first time (UTC) after another at which a schedule is due, None where there is none for years.

    Where both the day of the month and that of the week are given, either suffices (POSIX). A time that a clock skips
    in spring counts an hour later. None too for a form that only the scheduler knows, such as `L`.
    """
    try:
        zone = ZoneInfo(schedule.timezone)
        minutes, hours, days, months, weekdays = _fields(schedule.cron)
    except (ValueError, OSError, KeyError):
        return None
    fields = schedule.cron.split()
    either = "*" not in (fields[2][0], fields[4][0])
    start = after.astimezone(zone)
    for ahead in range(_DAYS_AHEAD):
        day = start.date() + dt.timedelta(days=ahead)
        of_month, of_week = day.day in days, day.isoweekday() % _SUNDAY in weekdays
        if day.month not in months or not ((of_month or of_week) if either else (of_month and of_week)):
            continue
        for hour in sorted(hours):
            for minute in sorted(minutes):
                found = dt.datetime.combine(day, dt.time(hour, minute), zone).astimezone(dt.UTC)
                if found > after:
                    return found
    return None


def _fields(cron: str) -> Iterator[set[int]]:
    """Yield the allowed values of each field; raises `ValueError` for another form."""
    minute, hour, day, month, weekday = cron.lower().split()
    yield _allowed(minute, 0, 59)
    yield _allowed(hour, 0, 23)
    yield _allowed(day, 1, 31)
    yield _allowed(month, 1, 12, _MONTHS, first=1)
    yield {number % _SUNDAY for number in _allowed(weekday, 0, _SUNDAY, _DAYS)}


def _allowed(field: str, low: int, high: int, names: tuple[str, ...] = (), first: int = 0) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        begin, mark, end = span.partition("-")
        if span == "*":
            numbers = range(low, high + 1)
        else:
            least = names.index(begin) + first if begin in names else int(begin)
            last = names.index(end) + first if end in names else int(end) if mark else high if step else least
            numbers = range(least, last + 1)
        found.update(numbers[:: int(step or 1)])
    if not found or min(found) < low or max(found) > high:
        raise ValueError(field)
    return found
