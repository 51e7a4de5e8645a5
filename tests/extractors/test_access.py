"""Who may read a paper: names that close all hold together, and only what nothing closes is open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.access import class_names, closing_names, combined, opens

CLASSES = st.none() | st.lists(
    st.sampled_from(["public", "members", "restricted", "unknown"]), min_size=1, max_size=3
).map("+".join)


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ((), None),
        ((None, None), None),
        ((None, "public"), "public"),
        (("public", "members"), "members"),
        (("restricted", None, "members"), "members+restricted"),
        (("members+restricted", "members"), "members+restricted"),
        ((" restricted + public", ""), "restricted"),
        (("unknown", "public"), "unknown"),
    ],
)
def test_classes_are_combined(classes, expected):
    assert combined(*classes) == expected


@pytest.mark.parametrize(
    ("access", "held", "expected"),
    [
        (None, (), True),
        ("public", (), True),
        ("members", (), False),
        ("members", ("members",), True),
        ("members+restricted", ("members",), False),
        ("members+restricted", ("members", "restricted", "more"), True),
        ("members+restricted", ("members+restricted",), False),
        ("unknown", ("unknown", "public"), False),
        ("members+unknown", ("members", "unknown"), False),
    ],
)
def test_a_reader_needs_every_name_that_closes(access, held, expected):
    assert opens(access, frozenset(held)) is expected


@given(CLASSES, CLASSES, st.frozensets(st.sampled_from(["public", "members", "restricted", "unknown"])))
def test_what_is_added_only_closes(one, other, held):
    both = combined(one, other)
    assert opens(both, held) == (opens(one, held) and opens(other, held))
    assert both == combined(other, one) == combined(both, one)


@given(CLASSES)
def test_the_names_of_a_class_are_those_that_close_it_or_that_it_is_open(access):
    assert set(class_names(access)) == (closing_names(access) or ({"public"} if access else set()))
