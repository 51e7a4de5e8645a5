"""Rulings down: the rows that their pieces tell, and those that part columns together."""

from itertools import pairwise

import pytest

from extractors.readers.pdf.tables.vertical_rules import Uprights, rungs, uprights
from extractors.readers.pdf.text.lines import Line

ENDS = (100, 120, 150, 170, 190)


def pieces(*columns, ends=ENDS):
    return [(x, top, x + 0.4, bottom) for x in columns for top, bottom in pairwise(ends)]


def line(start, end, middle):
    box = (start, middle - 5, end, middle + 5)
    return Line("Lettuce", box, start, end, middle + 3, 10, bold=False, angle=0)


ROWS = [line(start, end, middle) for middle in (110, 130, 140, 160, 180) for start, end in ((90, 130), (210, 400))]


def test_rows_end_where_the_pieces_of_two_rulings_do():
    assert rungs(pieces(140, 200), ROWS) == [(88, y, 402, y) for y in ENDS]


def test_rows_reach_as_far_as_the_rulings_that_close_the_table():
    head = [(70, 97, 420, 97), (70, 80, 430, 80)]
    assert rungs([*pieces(140, 200), *head], ROWS) == [(70, y, 420, y) for y in ENDS]


def test_rows_end_at_the_sides_of_a_closed_table():
    assert rungs(pieces(80, 200, 410), ROWS) == [(pytest.approx(80.2), y, pytest.approx(410.2), y) for y in ENDS]


@pytest.mark.parametrize(
    "rulings",
    [
        pieces(140),
        pieces(140, 200, ends=(100, 190)),
        pieces(140) + pieces(200, ends=(108, 128, 158, 178, 198)),
        pieces(140, 200, ends=(100, 110, 130, 140, 160, 180)),
        pieces(140, 200) + [(90, y, 400, y) for y in ENDS],
    ],
    ids=["one ruling", "whole rulings", "other ends", "through the lines", "rules across"],
)
def test_other_rulings_tell_no_rows(rulings):
    assert rungs(rulings, ROWS) == []


def test_rulings_without_text_tell_no_rows():
    assert rungs(pieces(140, 200), []) == []


def test_a_ruling_drawn_twice_counts_once():
    assert rungs(pieces(140, 200, 140, 200), ROWS) == rungs(pieces(140, 200), ROWS)


def test_rulings_that_begin_and_end_together_part_columns():
    (found,) = uprights([*pieces(60, 100), (200, 104, 200.4, 188), (300, 100, 300.4, 400), (60, 50, 400, 50.4)])
    assert found == Uprights((60.2, 100.2, 200.2), 100, 190)


def test_more_rulings_than_a_table_has_are_a_drawing():
    assert uprights([(x, 100, x + 0.4, 300) for x in range(0, 500, 4)]) == []
    assert rungs(pieces(*range(0, 500, 4)), ROWS) == []
    assert (
        rungs(pieces(140, 200, ends=range(100, 5000, 12)), [line(90, 130, 106 + 12 * row) for row in range(400)]) == []
    )
