"""Cells between the rulings of a page."""

import pytest

from extractors.readers.pdf.grid import grids


def test_a_grid_of_four_rules_and_one_between_has_two_cells():
    boxes = [(0, 0, 100, 0), (0, 40, 100, 40), (0, 0, 0, 40), (60, 0, 60, 40), (100, 0, 100, 40)]
    assert grids(boxes) == [[(0, 0, 60, 40), (60, 0, 100, 40)]]


def test_rules_that_nearly_meet_are_one_grid():
    boxes = [(0, 0, 49, 0), (51, 1, 100, 1), (0, 40, 100, 40), (0, 2, 0, 40), (60, 0, 60, 38), (100, 0, 100, 40)]
    assert [len(cells) for cells in grids(boxes)] == [2]


@pytest.mark.parametrize("boxes", [[], [(0, 0, 100, 0), (0, 0, 0, 40), (60, 0, 60, 40), (100, 0, 100, 40)]])
def test_fewer_than_two_rules_each_way_make_no_grid(boxes):
    assert grids(boxes) == []
