"""Trends as bars: how wide they are, what they count, and when a change is told."""

import pytest

from pipelines.questions.trends import Series, Trends, point_of
from portal.web.charts import charts_of


def chart(counts, by="year"):
    """The chart of one series: (papers, of) by time."""
    points = tuple(point_of(time, *counts.get(time, (0, 0))) for time in range(min(counts), max(counts) + 1))
    papers, of = (sum(one[place] for one in counts.values()) for place in (0, 1))
    series = Series(kind="theme", id="x", body=None, points=points, papers=papers, of=of, undated=0)
    (found,) = charts_of(Trends(by=by, times=tuple(one.time for one in points), series=(series,)))
    return found


@pytest.mark.parametrize(
    ("papers", "labels"),
    [
        (12, ["2017", "2018", "2019", "2020"]),
        (5, ["2017–18", "2019–20"]),
        (2, ["2016–20"]),
    ],
)
def test_bars_are_as_narrow_as_they_hold_enough_papers(papers, labels):
    found = chart(dict.fromkeys(range(2017, 2021), (1, papers)))
    assert [one.label for one in found.bars] == labels
    assert sum(one.point.of for one in found.bars) == 4 * papers
    assert sum(one.point.papers for one in found.bars) == 4


def test_the_first_bar_has_all_that_is_earlier():
    found = chart(dict.fromkeys(range(2010, 2021), (1, 12)))
    assert [one.times for one in found.bars] == ["..2015", "2016", "2017", "2018", "2019", "2020"]
    assert found.bars[0].point.of == 6 * 12


def test_a_paper_of_two_sessions_is_not_counted_twice_in_a_bar():
    found = chart(dict.fromkeys(range(203, 213), (1, 2)), by="session")
    assert [(one.times, one.point.of) for one in found.bars] == [(str(session), 2) for session in range(207, 213)]


def test_a_bar_of_few_papers_is_hatched():
    found = chart({2019: (1, 40), 2020: (1, 4)}, by="session")
    assert [one.is_few for one in found.bars] == [False, True]


@pytest.mark.parametrize(
    ("first", "last", "change"),
    [
        ((1, 30), (20, 30), "more"),
        ((20, 30), (1, 30), "less"),
        ((10, 30), (14, 30), "none"),
        ((0, 9), (9, 10), "few"),
    ],
)
def test_a_change_is_told_where_intervals_do_not_overlap(first, last, change):
    assert chart({2019: first, 2020: last}).change == change
