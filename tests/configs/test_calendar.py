from configs.calendar import load_calendar
from configs.labels import fold


def test_no_name_stands_for_two_months():
    names = [{fold(name) for name in month} for month in load_calendar().months]
    assert sum(map(len, names)) == len(set().union(*names))
