"""What a revision changes, paragraph by paragraph."""

import pytest

from index.versions import natural_order
from pipelines.questions.since import _aligned, _Paragraph, changes
from tests.index.conftest import paper


def found(before, after):
    return [(one.kind, one.before, one.after) for one in changes(paper("a", *before), paper("b", *after))]


def test_paragraphs_that_stay_are_not_told():
    text = ("The Committee met in June.", "It took note of the report.")
    assert found(text, text) == []


def test_a_changed_paragraph_stands_with_what_it_was():
    before = ("The Committee met in June.", "Members should share their data by 2020.")
    after = ("The Committee met in June.", "Members should share their data by 2024.")
    assert found(before, after) == [("changed", before[1], after[1])]


def test_added_and_removed_paragraphs():
    kept = "The Committee met in June."
    assert found((kept,), (kept, "A working group was set up.")) == [("added", None, "A working group was set up.")]
    assert found(("A plan was tabled.", kept), (kept,)) == [("removed", "A plan was tabled.", None)]


def test_one_is_changed_and_one_before_it_removed():
    before = ("Tea was served at noon.", "Members should share their data by 2020.")
    assert found(before, ("Members should share their data by 2024.",)) == [
        ("removed", before[0], None),
        ("changed", before[1], "Members should share their data by 2024."),
    ]


def test_a_paragraph_is_found_again_though_its_number_has_become_that_of_another():
    first = "Members should share their data by 2020."
    before = [_Paragraph(str(n), text, "p", "c") for n, text in enumerate(("Tea was served at noon.", first), 1)]
    after = [_Paragraph("1", "Members must share their data by 2020.", "p", "c")]
    assert [(one.kind, one.before) for one in _aligned(before, after)] == [
        ("removed", "Tea was served at noon."),
        ("changed", first),
    ]


def test_texts_too_long_to_compare_are_told_as_removed_and_added():
    before, after = ([f"Line {n} {word}." for n in range(501)] for word in ("tea", "coffee"))
    kinds = [kind for kind, _, _ in found(before, after)]
    assert (kinds.count("removed"), kinds.count("added")) == (501, 501)


@pytest.mark.parametrize(("earlier", "later"), [("PC9006E1a", "PC9006E1b"), ("TD/9/Rev.9", "TD/9/Rev.10")])
def test_editions_are_in_the_order_of_their_numbers(earlier, later):
    assert natural_order(earlier) < natural_order(later)
