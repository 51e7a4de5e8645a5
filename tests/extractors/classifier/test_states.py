"""Which sentence each token belongs to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.classifier.states import TokenStates, span_of_tokens

OUTSIDE = (-1, -1)
"""The place of a token that is not of the text."""


def tokens(*places):
    starts, ends = np.array(places, np.intp).reshape(-1, 2).T
    return TokenStates(np.zeros((len(starts), 4), np.float32), starts, ends)


def owners(places, spans):
    return span_of_tokens(tokens(*places), spans).tolist()


@st.composite
def texts(draw):
    """Spans of a text, in order and apart, and tokens that each stand wholly within one or outside of it."""
    cuts = sorted(draw(st.sets(st.integers(0, 60), min_size=0, max_size=10)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    wanted = draw(st.lists(st.integers(-1, len(spans) - 1), max_size=12))
    places = []
    for owner in wanted:
        if owner < 0:
            places.append(OUTSIDE)
            continue
        first, last = spans[owner]
        start = draw(st.integers(first, last - 1))
        places.append((start, draw(st.integers(start + 1, last))))
    return places, spans, wanted


@given(texts())
def test_a_token_within_a_span_belongs_to_it(text):
    places, spans, wanted = text
    assert owners(places, spans) == wanted


@pytest.mark.parametrize(
    ("place", "owner"),
    [
        ((0, 4), 0),
        ((8, 11), 0),  # most of it in the first
        ((10, 13), 1),  # most of it in the second
        ((10, 11), -1),  # the space between the two
        ((19, 40), -1),  # most of it behind the last
        ((0, 0), 0),
        (OUTSIDE, -1),
    ],
)
def test_the_middle_of_a_token_decides(place, owner):
    assert owners([place], [(0, 10), (11, 20)]) == [owner]


def test_what_stands_before_the_first_span_belongs_to_none():
    assert owners([(0, 3), (5, 8)], [(4, 10)]) == [-1, 0]


def test_without_spans_no_token_belongs_to_any():
    assert owners([(0, 3), OUTSIDE], []) == [-1, -1]


def test_without_tokens_there_is_nothing_to_say():
    assert owners([], [(0, 3)]) == []
