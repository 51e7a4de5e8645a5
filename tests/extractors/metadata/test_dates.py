import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.labels import fold
from extractors.document import MeetingDates
from extractors.metadata.dates import conflicting
from extractors.metadata.days import date_in, range_in


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
        ("3 févr. 2031", "2031-02-03"),
        ("8-Dec-2021", "2021-12-08"),
        ("Bruselas, 18 de octubre de 2012.", "2012-10-18"),
        ("1º de marzo de 2021", "2021-03-01"),
        ("9 de junio del 2008", "2008-06-09"),
        ("17 декабря 2013 года", "2013-12-17"),
        ("9 мая 2008 г.", "2008-05-09"),
        ("Jakarta, 1 January 2024", "2024-01-01"),
        ("Jeudi 31 mars 2011", "2011-03-31"),
    ],
)
def test_dates_as_covers_print_them(text, date):
    assert date_in(fold(text))[0].isoformat() == date


@pytest.mark.parametrize("text", ["31 February 2020", "45 May 2019", "March 2025", "No. 12 of 2019", "1/2/3"])
def test_what_is_no_date(text):
    assert date_in(fold(text)) is None


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
        ("November 6 and 8 2018", "2018-11-06", "2018-11-08"),
        ("du 28 octobre au 1er novembre 2019", "2019-10-28", "2019-11-01"),
        ("du 30 d\u00e9cembre 2019 au 3 janvier 2020", "2019-12-30", "2020-01-03"),
        ("from 11 October to 22 October 1999", "1999-10-11", "1999-10-22"),
        ("28 February 2020 \u2013 2 March 2020", "2020-02-28", "2020-03-02"),
        ("13-15 (matin) septembre 2021", "2021-09-13", "2021-09-15"),
        ("Monday 15 October 2012 at 10 a.m. to Friday 19 October 2012", "2012-10-15", "2012-10-19"),
        ("du lundi 15 octobre à 9 h 30 au vendredi 19 octobre 2012", "2012-10-15", "2012-10-19"),
        ("del 15 al 19 de octubre de 2012", "2012-10-15", "2012-10-19"),
        ("30 de abril a 1 de mayo de 2018", "2018-04-30", "2018-05-01"),
        ("28 de diciembre de 2019 al 3 de enero de 2020", "2019-12-28", "2020-01-03"),
        ("28\u201331 октября 2019 года", "2019-10-28", "2019-10-31"),
        ("с 30 апреля по 1 мая 2018 года", "2018-04-30", "2018-05-01"),
        ("28 декабря 2019 года \u2013 3 января 2020 года", "2019-12-28", "2020-01-03"),
    ],
)
def test_ranges_of_days(text, start, end):
    span = range_in(fold(text))[0]
    assert (span.start.isoformat(), span.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        *("10 May 2020", "paragraphs 1 - 20", "8 - 4 May 2020", "2019-2020", "23-24 February"),
        *("3 May 2020 / 3 mai 2020", "21 January 2013 / 21 janvier 2013"),
    ],
)
def test_what_is_no_range(text):
    assert range_in(fold(text)) is None


MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
FORMS = {
    "en": ("{d} {m} {y}", "{a} - {b}", "{a} to {b}"),
    "fr": ("{d} {m} {y}", "du {a} au {b}", "{a} - {b}"),
    "es": ("{d} de {m} de {y}", "del {a} al {b}", "{a} - {b}"),
    "ru": ("{d} {m} {y} года", "с {a} по {b}", "{a} \u2013 {b}"),
}
DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2049, 12, 31))


def spelled(date, language):
    return FORMS[language][0].format(d=date.day, m=MONTHS[language].split()[date.month - 1], y=date.year)


@given(DAYS, st.sampled_from(sorted(FORMS)))
def test_a_date_in_words_comes_back(date, language):
    assert date_in(fold(spelled(date, language)))[0] == date


@given(DAYS, st.integers(1, 90), st.sampled_from(sorted(FORMS)), st.sampled_from([1, 2]))
def test_a_range_over_months_and_years_comes_back(first, days, language, way):
    last = first + dt.timedelta(days=days)
    text = FORMS[language][way].format(a=spelled(first, language), b=spelled(last, language))
    assert range_in(fold(text))[0] == MeetingDates(start=first, end=last)


@given(st.text(max_size=300))
def test_any_text_is_searched_for_dates_without_an_error(text):
    date_in(fold(text))
    range_in(fold(text))


def test_a_record_dated_before_the_end_of_its_meeting_conflicts():
    meeting = MeetingDates(start=dt.date(2019, 10, 28), end=dt.date(2019, 10, 31))
    assert conflicting(dt.date(2019, 1, 22), meeting)
    assert not conflicting(dt.date(2019, 11, 22), meeting)
    assert not conflicting(None, meeting)
