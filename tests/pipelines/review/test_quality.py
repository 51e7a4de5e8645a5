"""Krippendorff's alpha against published and computed values, and Wilson's interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.review.quality import Share, ordinal_alpha, wilson

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: four observers, missing values.
PUBLISHED = [
    [1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [5, 5, 5], [1, 1], [3],
]  # fmt: skip


def test_alpha_of_known_judgements_and_a_far_difference_costs_more_than_a_near_one():
    assert ordinal_alpha(PUBLISHED) == pytest.approx(0.815, abs=0.0005)
    assert ordinal_alpha([[1, 1], [2, 2], [4, 4]]) == 1
    assert ordinal_alpha([[1, 4], [4, 1]]) < 0
    same = [[1, 1], [2, 2], [3, 3], [4, 4]]
    assert ordinal_alpha([*same, [1, 2]]) > ordinal_alpha([*same, [1, 4]])


@pytest.mark.parametrize("units", [[], [[1]], [[2, 2], [2, 2]]])
def test_without_a_chance_to_disagree_there_is_no_alpha(units):
    assert ordinal_alpha(units) is None


@given(st.lists(st.lists(st.integers(1, 5), min_size=2, max_size=3), min_size=2, max_size=12))
def test_alpha_is_at_most_one_and_knows_no_order_of_people(units):
    alpha = ordinal_alpha(units)
    assert alpha is None or alpha <= 1
    assert alpha == pytest.approx(ordinal_alpha([list(reversed(unit)) for unit in units]))


def test_wilson_agrees_with_published_bounds():
    # Newcombe (1998), table I: 81 of 263, and 0 of 20.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=0.0001)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=0.0001)


@given(st.integers(1, 500), st.data())
def test_a_share_lies_in_its_interval(n, data):
    found = Share.of(data.draw(st.integers(0, n)), n)
    assert 0 <= found.low <= found.share <= found.high <= 1


def test_how_many_more_judgements_an_interval_needs():
    assert (Share.of(0, 0).share, Share.of(0, 0).more) == (None, 43)
    assert 30 < Share.of(5, 10).more + 10 <= 43
    assert Share.of(20, 40).more == 0
    assert 0 < Share.of(9, 12).more < Share.of(6, 12).more


@given(st.integers(1, 300), st.data())
def test_no_more_are_needed_once_the_interval_is_narrow(n, data):
    found = Share.of(data.draw(st.integers(0, n)), n)
    assert (found.more == 0) == (found.high - found.low <= 0.3)
    assert found.more <= 43
