"""The date of a paper, as precise as the paper says it: a day, a month or a year."""

import calendar
import datetime as dt
import re
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator

DatePrecision: TypeAlias = Literal["day", "month", "year"]

_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_PRECISIONS: dict[int, DatePrecision] = {len("2017"): "year", len("2017-05"): "month", len("2017-05-31"): "day"}


def paper_date(value: object) -> str:
    """Return a date as `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; raises `ValueError` for what is none.

    YAML and programs give days as dates and years as numbers.
    """
    text = value.isoformat() if type(value) is dt.date else str(value)
    days_of(text)
    return text


PaperDate: TypeAlias = Annotated[str, BeforeValidator(paper_date)]
"""`YYYY-MM-DD`, `YYYY-MM` or `YYYY`."""


def days_of(date: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that a date may be; raises `ValueError` for what is none."""
    match = _FORM.fullmatch(date)
    if match is None:
        raise ValueError("write YYYY-MM-DD, YYYY-MM or YYYY")
    year, month, day = (int(part) if part else None for part in match.groups())
    first = dt.date(year or 0, month or 1, day or 1)
    last = first.replace(month=month or 12)
    return first, last.replace(day=day or calendar.monthrange(last.year, last.month)[1])


def precision_of(date: str) -> DatePrecision:
    """Return how precise a date is, by its form."""
    return _PRECISIONS[len(date)]
