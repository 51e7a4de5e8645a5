import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.evaluate.ranking import ndcg, recall, reciprocal_rank

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
