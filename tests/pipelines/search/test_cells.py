"""Cells of spreadsheets: whatever a text begins with, no program that opens the file takes it for a formula."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from pipelines.search.cells import csv_text, write_xlsx

BARE = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"]
BEHIND = ["\tx", "\r=1", "\nx", " =1", "\u00a0=1", "\ufeff=1", "\x1b=1", "\u202e=1"]
FORMULAS = [*BARE, *BEHIND]
BROKEN = "a\x1b]0;x\x07b\ufffe\ud800"
ANY = st.text(st.characters(exclude_categories=()))


def cells(text):
    return next(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("formula", FORMULAS, ids=ascii)
def test_a_text_that_would_be_a_formula_is_quoted_in_csv(formula):
    (cell,) = cells(csv_text([[formula]]))
    assert cell.startswith("'")


def test_other_texts_and_numbers_stand_as_they_are():
    assert cells(csv_text([["a=1", "1", -5, 2.5, None, "", 'l\'été, "x"\ny']])) == [
        *("a=1", "1", "-5", "2.5", "", "", 'l\'été, "x"\ny')
    ]


@pytest.mark.parametrize("text", [*FORMULAS, BROKEN, "a" * 40_000], ids=lambda text: ascii(text[:9]))
def test_xlsx_holds_texts_as_texts(text, tmp_path):
    with (tmp_path / "b.xlsx").open("wb") as file:
        write_xlsx(file, "a", [["text", "number"], [text, 3]])
    cell, number = load_workbook(tmp_path / "b.xlsx").active[2]
    assert cell.data_type == "s"
    assert not cell.value.startswith(("\x1b", "\u202e"))
    assert bool(cell.quotePrefix) == (text in FORMULAS)
    assert (number.value, number.data_type) == (3, "n")


@given(ANY)
def test_no_text_is_read_as_a_formula_or_breaks_the_file(text):
    (cell,) = cells(csv_text([[text, ""]]))[:1]
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    target = io.BytesIO()
    write_xlsx(target, "a", [["text"], [text]])
    assert load_workbook(target).active.cell(2, 1).data_type != "f"
