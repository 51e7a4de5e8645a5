import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.evaluation.measures import (
    area_under_curve,
    expected_calibration_error,
    f1_score,
    ndcg,
    recall,
    reciprocal_rank,
)

NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True)
GAINS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([-1.0, 0.0, 0.5, 1.0, 3.0]))


def test_gains_are_linear_and_discounted_by_the_logarithm_of_the_rank():
    # (1 / log2 2 + 3 / log2 4) / (3 / log2 2 + 1 / log2 3)
    assert ndcg(["y", "z", "x"], {"x": 3, "y": 1}, 10) == pytest.approx(2.5 / (3 + 1 / math.log2(3)))


def test_the_ideal_ranking_is_cut_at_the_same_depth():
    assert ndcg(["a", "b"], {"a": 1, "b": 1, "c": 1}, 2) == 1.0
    assert ndcg(["a", "b"], {"a": 1, "b": 1, "c": 1}, 3) < 1.0


def test_what_is_not_judged_or_judged_below_zero_gains_nothing():
    assert ndcg(["z", "bad", "a"], {"a": 1, "bad": -2}, 10) == pytest.approx(1 / 2)
    assert ndcg(["a"], {"a": 0}, 10) == ndcg([], {"a": 1}, 10) == 0.0


@given(ranking=NAMES, gains=GAINS, depth=st.integers(1, 9))
def test_the_best_order_is_never_beaten(ranking, gains, depth):
    best = sorted(gains, key=lambda name: -gains[name])
    assert 0.0 <= ndcg(ranking, gains, depth) <= ndcg(best, gains, depth) + 1e-9
    assert ndcg(best, gains, depth) == pytest.approx(1.0 if max(gains.values(), default=0) > 0 else 0.0)


def test_recall_counts_the_relevant_among_the_first():
    assert recall(["a", "x", "b"], frozenset("ab"), 2) == 0.5
    assert recall(["a", "x", "b"], frozenset("ab"), 3) == 1.0


def test_the_reciprocal_rank_is_that_of_the_first_relevant_document():
    assert reciprocal_rank(["x", "y", "a", "b"], frozenset("ab"), 10) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "y", "a"], frozenset("a"), 2) == 0.0


def test_the_calibration_error_weighs_bins_by_their_rows():
    chances = np.array([0.95, 0.95, 0.95, 0.95, 0.15])
    labels = np.array([True, True, True, False, False])
    # |3.8 - 3| in one bin and |.15 - 0| in another, of five rows
    assert expected_calibration_error(chances, labels) == pytest.approx((0.8 + 0.15) / 5)


def test_the_calibration_error_is_of_the_probability_of_the_label_not_of_the_likelier_answer():
    assert expected_calibration_error(np.array([0.05]), np.array([False])) == pytest.approx(0.05)
    assert expected_calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0.0


def test_the_area_counts_pairs_in_the_right_order_and_equals_half():
    chances, labels = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    assert area_under_curve(chances, labels) == pytest.approx(3.5 / 4)
    assert area_under_curve(chances, np.ones(4, bool)) is None


def test_f1_is_the_harmonic_mean():
    assert f1_score(2, 1, 3) == pytest.approx(2 * (2 / 3) * (2 / 5) / (2 / 3 + 2 / 5))
    assert f1_score(0, 0, 0) == 0.0
