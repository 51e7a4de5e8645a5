import datetime as dt

import pytest
from pydantic import ValidationError

from extractors.document import Document
from extractors.paper_date import days_of


def document(date):
    return Document(id="a", key="a", sha256="0" * 64, source="file:///a", media_type="text/plain", date=date)


@pytest.mark.parametrize(
    ("given", "date", "precision"),
    [
        (dt.date(2017, 5, 31), "2017-05-31", "day"),
        ("2017-05", "2017-05", "month"),
        (2017, "2017", "year"),
        (None, None, None),
    ],
)
def test_a_date_says_how_precise_it_is(given, date, precision):
    one = document(given)
    assert (one.date, one.date_precision) == (date, precision)
    header = one.header()
    assert (header["date"], header["date_precision"]) == (date, precision)
    assert Document(**header) == one


@pytest.mark.parametrize("given", ["2017-13", "2017-02-30", "17", "2017-5", "May 2017", "2017-05-31T10:00"])
def test_what_is_no_date_is_refused(given):
    with pytest.raises(ValidationError):
        document(given)


def test_the_days_that_a_date_may_be():
    assert days_of("2016-02") == (dt.date(2016, 2, 1), dt.date(2016, 2, 29))
    assert days_of("2017") == (dt.date(2017, 1, 1), dt.date(2017, 12, 31))
    assert days_of("2017-05-31") == (dt.date(2017, 5, 31), dt.date(2017, 5, 31))
