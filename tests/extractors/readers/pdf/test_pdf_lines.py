"""Tests of the text of a PDF's lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.readers.pdf.text.lines import Line, clean, holds_ordinals, joined_rows


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("the 225 th session", "the 225th session"),
        ("le 1 er mars", "le 1er mars"),
        ("225\u00a0th", "225th"),
        ("12 the Committee", "12 the Committee"),
        ("e\ufb00ort", "effort"),
        ("wide   spaces", "wide spaces"),
    ],
)
def test_cleans_text(text, cleaned):
    assert clean(text) == cleaned


@given(st.text("a1 thsterdn\u00ba\u00a0\u200b\ufb01", max_size=15))
def test_a_text_known_to_hold_no_ordinals_is_cleaned_the_same(text):
    if not holds_ordinals(text):
        assert clean(text, ordinals=False) == clean(text)


def test_tells_where_ordinals_stand_apart():
    assert holds_ordinals("the 225 th session")
    assert not holds_ordinals("12 the Committee, 3rd")


@pytest.mark.parametrize(
    ("gap", "after", "text"),
    [(0.0, "ance", "Finance"), (1.0, "ance", "Finance"), (3.0, "Report", "Fin Report"), (0.0, "(item)", "Fin (item)")],
)
def test_letters_that_touch_are_one_word(gap, after, text):
    pieces = [piece("Fin", 100, 115), piece(after, 115 + gap, 140 + gap)]
    assert [line.text for line in joined_rows(pieces)] == [text]


def piece(text, start, end):
    return Line(text, (start, 91, end, 103), start, end, 100, 11, bold=False, angle=0)
