"""Metadata of real committee papers against what people read on their covers."""

from collections import defaultdict

import pytest

from benchmarks.metadata import OFTEN, agrees, fits, judge


@pytest.mark.corpus
def test_fields_of_real_papers_are_right(shared):
    right: dict[str, list[bool]] = defaultdict(list)
    for value in judge(shared):
        right[value.field].append(value.right)
    assert sum(right["symbol"]) >= len(right["symbol"]) - 1
    often = {field: sum(marks) / len(marks) for field, marks in right.items() if len(marks) >= OFTEN}
    assert min(often.values()) >= 0.92, often
    rare = [mark for marks in right.values() if len(marks) < OFTEN for mark in marks]
    assert rare.count(False) <= 1


@pytest.mark.parametrize(
    ("field", "truth", "said", "right"),
    [
        ("symbol", "A/RES/73/3", "a / res/73/3", True),
        ("symbol", "A/RES/73/3", "A/RES/73/30", False),
        ("session", "Forty-Third Session", "42 43", True),
        ("session", "S-101PT3", "3", True),
        ("session", "Forty-Third Session", "143", False),
        ("title_starts", "Note on the meeting", "NOTE ON THE MEETING OF 4 JUNE 1999", True),
        ("title_starts", "Note on the meeting", "A note on the meeting", False),
    ],
)
def test_values_are_compared_as_the_benchmark_says(field, truth, said, right):
    assert agrees(field, truth, said) is right


@pytest.mark.parametrize(
    ("truth", "said", "right"),
    [("Guide|Handbook", "handbook", True), ("Guide|-", "", True), ("-", "Guide", False), ("Guide|Handbook", "", False)],
)
def test_a_table_may_allow_several_values_or_none(truth, said, right):
    assert fits("doc_type", truth, said) is right
