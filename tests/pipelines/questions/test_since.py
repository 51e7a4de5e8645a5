"""What a revision changes, paragraph by paragraph."""

import pytest

from index.versions import natural_order
from pipelines.questions.since import _aligned, _Paragraph, changes
from tests.index.conftest import paper


def found(before, after):
    return [(one.kind, one.before, one.after) for one in changes(paper("a", *before), paper("b", *after))]


MET, TEA = "The Committee met in June.", "Tea was served at noon."
BY_2020, BY_2024 = (f"Members should share their data by {year}." for year in (2020, 2024))


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ((MET, BY_2020), (MET, BY_2020), []),
        ((MET, BY_2020), (MET, BY_2024), [("changed", BY_2020, BY_2024)]),
        ((MET,), (MET, TEA), [("added", None, TEA)]),
        ((TEA, MET), (MET,), [("removed", TEA, None)]),
        ((TEA, BY_2020), (BY_2024,), [("removed", TEA, None), ("changed", BY_2020, BY_2024)]),
    ],
)
def test_paragraphs_are_told_that_did_not_stay(before, after, changed):
    assert found(before, after) == changed


def test_a_paragraph_is_found_again_though_its_number_has_become_that_of_another():
    before = [_Paragraph(str(n), text, "p", "c") for n, text in enumerate((TEA, BY_2020), 1)]
    after = [_Paragraph("1", "Members must share their data by 2020.", "p", "c")]
    told = [(one.kind, one.before) for one in _aligned(before, after)]
    assert told == [("removed", TEA), ("changed", BY_2020)]


def test_texts_too_long_to_compare_are_told_as_removed_and_added():
    before, after = ([f"Line {n} {word}." for n in range(501)] for word in ("tea", "coffee"))
    kinds = [kind for kind, _, _ in found(before, after)]
    assert (kinds.count("removed"), kinds.count("added")) == (501, 501)


@pytest.mark.parametrize(("earlier", "later"), [("PC9006E1a", "PC9006E1b"), ("TD/9/Rev.9", "TD/9/Rev.10")])
def test_editions_are_in_the_order_of_their_numbers(earlier, later):
    assert natural_order(earlier) < natural_order(later)
