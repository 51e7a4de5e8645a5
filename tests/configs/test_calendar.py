import pytest

from configs.calendar import load_calendar
from configs.labels import fold


@pytest.mark.parametrize(
    ("name", "number"), [("January", 1), ("févr", 2), ("mayo", 5), ("août", 8), ("сентября", 9), ("Décembre", 12)]
)
def test_a_month_is_known_by_its_names_in_any_language(name, number):
    assert load_calendar().month_numbers[fold(name)] == number


def test_no_name_stands_for_two_months():
    names = [{fold(name) for name in month} for month in load_calendar().months]
    assert sum(map(len, names)) == len(set().union(*names))


@pytest.mark.parametrize("words", ["(Special) ", "ordinary ", "Management Committee ", "WCO "])
def test_what_stands_between_a_number_and_its_session(words):
    assert load_calendar().qualifiers.sub("", fold(f"3rd {words}")) == "3rd "


def test_words_that_end_a_name_are_kept():
    assert load_calendar().qualifiers.sub("", "the 3rd report to the committee ") == "the 3rd report to the "
