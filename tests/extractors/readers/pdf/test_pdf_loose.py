"""Lines in the place of a table: which of them are in none of its cells."""

import pytest

from extractors.document import Cell
from extractors.readers.pdf.layout.style import TableArea
from extractors.readers.pdf.tables.unassigned_lines import with_unassigned_lines
from extractors.readers.pdf.text.lines import Line


def line(text: str, row: int) -> Line:
    return Line(text, (10, 12 * row, 200, 12 * row + 10), 10, 200, 12 * row + 8, 10, bold=False, angle=0)


def loose(cells: list[str], lines: list[str]) -> list[str]:
    """The loose ones of the lines of a table of one column."""
    made = [Cell(row=row, column=0, text=text) for row, text in enumerate(cells)]
    area = TableArea((0, 0, 300, 600), tuple(made))
    placed = [line(text, row) for row, text in enumerate(lines, start=1)]
    (settled,) = with_unassigned_lines([area], placed)
    return sorted(found.text for found in settled.unassigned)


def test_a_line_that_is_in_no_cell_is_loose():
    assert loose(["Kenya", "Malawi"], ["Kenya", "Source: reports of Members", "Malawi"]) == [
        "Source: reports of Members"
    ]


def test_a_line_whose_words_stand_in_other_cells_is_loose_all_the_same():
    cells = ["Rackets, strung", "Rackets, not strung", "Parts"]
    lines = ["Similar rackets, whether or not strung", "Rackets, strung", "Rackets, not strung", "Parts"]
    assert loose(cells, lines) == ["Similar rackets, whether or not strung"]


def test_a_word_joined_to_one_of_another_line_loosens_no_line():
    cells = ["Increased opportunity to report tradeimpeding measures", "2018"]
    lines = ["Increased opportunity to report trade-", "impeding measures", "2018", "A note beside the table"]
    assert loose(cells, lines) == ["A note beside the table"]


@pytest.mark.parametrize("times", [2, 3])
def test_what_the_lines_say_more_often_than_the_cells_is_loose(times):
    said = "microspheres of one millimetre"
    assert loose(["glass", f"Glass {said}"], ["glass", f"Glass {said}", *[said] * (times - 1)]) == [said] * (times - 1)
