"""Dates of less than a day, and papers without one, in filters, facets, order and counts."""

import pytest

from index.filters import EVERY_CLASS, EVERYTHING, parse_filters
from index.results import MatrixModel, SearchRequest
from index.search import search

DATES = ("2016-12-31", "2017", "2017-05", "2017-05-31", "2018-01-01", None)
MODEL = MatrixModel(id="m", provenance="derived", dimensions=("systems",), levels=("L1",))


@pytest.fixture(autouse=True)
def dated(hold, make):
    more = {"themes": [["single-window"]], "tags": [[make.tag(level="L1")]]}
    return hold(*(make.paper(str(date), "customs", date=date, **more) for date in DATES))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["date=2017-05-01..2017-05-10"], {"2017", "2017-05"}),
        (["date=2017-05"], {"2017", "2017-05", "2017-05-31"}),
        (["date=2017-06-01.."], {"2017", "2018-01-01"}),
        (["date=..2016-12-31"], {"2016-12-31"}),
        (["date=2017-12"], {"2017"}),
        (["year=2017"], {"2017", "2017-05", "2017-05-31"}),
        (["year=none"], {"None"}),
        (["year=none", "year=2018.."], {"None", "2018-01-01"}),
        (["year=..2017"], {"2016-12-31", "2017", "2017-05", "2017-05-31"}),
    ],
)
def test_a_date_meets_a_range_if_any_of_its_days_does(names, filters, found):
    assert set(names("customs", *filters)) == found


def test_the_query_takes_papers_without_a_date_and_leaves_them_out(names):
    assert names("customs year:none") == ["None"]
    assert set(names("customs -year:none")) == set(map(str, DATES)) - {"None"}


def test_papers_without_a_date_are_a_value_of_the_year(ask, dated):
    facets = ask("customs", facets=("year", "date")).facets
    assert {one.value: one.count for one in facets["year"]} == {2017: 3, 2016: 1, 2018: 1, "none": 1}
    assert {one.value for one in facets["date"]} == set(DATES) - {None}
    (theme,) = dated.themes(EVERYTHING).themes
    assert theme.by_year == {"2016": 1, "2017": 3, "2018": 1, "none": 1}
    assert {cell.value for cell in dated.matrix(EVERYTHING, MODEL, "year").cells} == {2016, 2017, 2018, "none"}


def test_a_date_sorts_as_its_first_day(names):
    assert names("customs", sort="date") == ["2018-01-01", "2017-05-31", "2017-05", "2017", "2016-12-31", "None"]
    assert names("", sort="date")[:2] == ["2018-01-01", "2017-05-31"]


@pytest.mark.parametrize(
    ("query", "filters", "undated"),
    [
        ("customs", ["year=2017.."], 1),
        ("customs year:2017..", [], 1),
        ("customs", ["date=2017-05", "year=2017"], 1),
        ("", ["year=2017"], 1),
        ("window", ["year=2017"], 0),
        ("customs", ["year=2017", "year=none"], None),
        ("customs -year:2017", [], None),
        ("customs", [], None),
    ],
)
def test_a_filter_of_time_says_how_many_papers_without_a_date_it_leaves_out(dated, query, filters, undated):
    request = SearchRequest(filters=parse_filters(filters, access_classes=EVERY_CLASS), query=query, mode="text")
    assert search(dated, request, lambda _: pytest.fail("nothing is encoded")).undated == undated
