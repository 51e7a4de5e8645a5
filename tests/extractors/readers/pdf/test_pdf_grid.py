"""Cells between the rulings of a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdfplumber import table as finder

from extractors.readers.pdf.tables.ruled import cells_at, grids

PLACES = st.integers(0, 6)
RULES = st.lists(st.tuples(st.sampled_from("hv"), PLACES, PLACES, PLACES), min_size=4, max_size=24)


def test_a_grid_of_four_rules_and_one_between_has_two_cells():
    boxes = [(0, 0, 100, 0), (0, 40, 100, 40), (0, 0, 0, 40), (60, 0, 60, 40), (100, 0, 100, 40)]
    assert grids(boxes) == [[(0, 0, 60, 40), (60, 0, 100, 40)]]


def test_rules_that_nearly_meet_are_one_grid():
    boxes = [(0, 0, 49, 0), (51, 1, 100, 1), (0, 40, 100, 40), (0, 2, 0, 40), (60, 0, 60, 38), (100, 0, 100, 40)]
    assert [len(cells) for cells in grids(boxes)] == [2]


@pytest.mark.parametrize("boxes", [[], [(0, 0, 100, 0), (0, 0, 0, 40), (60, 0, 60, 40), (100, 0, 100, 40)]])
def test_fewer_than_two_rules_each_way_make_no_grid(boxes):
    assert grids(boxes) == []


@given(RULES)
def test_the_cells_are_those_of_pdfplumber(rules):
    crossings = finder.edges_to_intersections([ruling(*rule) for rule in rules])
    assert cells_at(crossings) == finder.intersections_to_cells(crossings)


def ruling(way, place, start, end):
    start, end = sorted((start, end))
    ends = {"x0": start, "x1": end, "top": place, "bottom": place}
    if way == "v":
        ends = {"x0": place, "x1": place, "top": start, "bottom": end}
    return {**ends, "orientation": way}
