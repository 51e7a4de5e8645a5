import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.document import MeetingDates
from extractors.metadata.dates import conflicting, date_in, range_in

ENGLISH = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
FRENCH = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Brussels, 17 December 2013.", "2013-12-17"),
        ("Bruxelles, le 1er février 2012", "2012-02-01"),
        ("07 JULY 2022", "2022-07-07"),
        ("October 8, 2020", "2020-10-08"),
        ("the 2nd of March 2019", "2019-03-02"),
        ("2020-03-01", "2020-03-01"),
        ("24/10/2022", "2022-10-24"),
        ("22 Oct. 1999", "1999-10-22"),
        ("8-Dec-2021", "2021-12-08"),
    ],
)
def test_dates_as_covers_print_them(text, date):
    assert date_in(text)[0].isoformat() == date


@pytest.mark.parametrize("text", ["31 February 2020", "45 May 2019", "March 2025", "No. 12 of 2019", "1/2/3"])
def test_what_is_no_date(text):
    assert date_in(text) is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("4-8 November 2013", "2013-11-04", "2013-11-08"),
        ("28 - 31 October 2019", "2019-10-28", "2019-10-31"),
        ("Geneva, 30 April \u2013 1 May 2018", "2018-04-30", "2018-05-01"),
        ("22 September to 3 October 2008", "2008-09-22", "2008-10-03"),
        ("28 December 2019 - 3 January 2020", "2019-12-28", "2020-01-03"),
        ("du 14 au 15 mai 2012", "2012-05-14", "2012-05-15"),
        ("14-15 mai 2012", "2012-05-14", "2012-05-15"),
        ("NOTE ON THE MEETING OF 11, 18, 19 AND 22 NOVEMBER 2002", "2002-11-11", "2002-11-22"),
        ("MEETING OF 22 MAY AND 12 JUNE 2003", "2003-05-22", "2003-06-12"),
        ("May 4-5, 2020", "2020-05-04", "2020-05-05"),
        ("11-12/10/2021", "2021-10-11", "2021-10-12"),
    ],
)
def test_ranges_of_days(text, start, end):
    span = range_in(text)[0]
    assert (span.start.isoformat(), span.end.isoformat()) == (start, end)


@pytest.mark.parametrize("text", ["10 May 2020", "paragraphs 1 - 20", "8 - 4 May 2020", "2019-2020", "23-24 February"])
def test_what_is_no_range(text):
    assert range_in(text) is None


@given(st.dates(dt.date(1950, 1, 1), dt.date(2049, 12, 31)), st.sampled_from([ENGLISH, FRENCH]))
def test_a_date_in_words_comes_back(date, months):
    assert date_in(f"{date.day} {months[date.month - 1]} {date.year}")[0] == date


@given(st.text(max_size=300))
def test_any_text_is_searched_for_dates_without_an_error(text):
    date_in(text)
    range_in(text)


def test_a_record_dated_before_the_end_of_its_meeting_conflicts():
    meeting = MeetingDates(start=dt.date(2019, 10, 28), end=dt.date(2019, 10, 31))
    assert conflicting(dt.date(2019, 1, 22), meeting)
    assert not conflicting(dt.date(2019, 11, 22), meeting)
    assert not conflicting(None, meeting)
