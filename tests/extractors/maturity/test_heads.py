"""Heads: what few labels teach, and that little changes where they teach nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from extractors.maturity.fitting import HALFWAY, fit_logistic, log_loss, share, sigmoid
from extractors.maturity.heads import Examples, Heads, calibrated, fit_calibration, fit_heads, logits

WIDTH = 16


def examples(count, *, seed=0, dimensions=("a",), teaches=True, flip=False):
    """Sentences whose vectors tell what they are (or nothing), and a shared score that knows a little."""
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((count, WIDTH)) / np.sqrt(WIDTH)
    truth = vectors[:, 0] * 8 if teaches else random.standard_normal(count)
    labels = (truth > 0) != flip
    shared = np.where(labels, 0.5, -0.5) + random.standard_normal(count)
    names = np.array([dimensions[n % len(dimensions)] for n in range(count)])
    return Examples(names, np.array(["e"] * count), labels, shared, vectors)


def test_without_labels_nothing_is_learnt():
    found = fit_logistic(np.zeros((0, 3)), np.zeros(0, bool), penalties=np.ones(3), offset=np.zeros(0))
    assert found.tolist() == [0.0, 0.0, 0.0]


def test_the_fit_is_that_of_another_library():
    one = examples(200)
    features = np.concatenate([one.vectors, np.ones((200, 1))], axis=1)
    found = fit_logistic(features, one.labels, penalties=np.full(WIDTH + 1, 0.5), offset=np.zeros(200))
    other = LogisticRegression(C=2.0, fit_intercept=False, tol=1e-10, max_iter=1000).fit(features, one.labels)
    np.testing.assert_allclose(found, other.coef_[0], atol=1e-4)


@given(st.integers(1, 40), st.integers(0, 1000), st.floats(-30, 30), st.floats(0.01, 10))
def test_any_fit_ends_where_nothing_pulls(count, seed, offset, penalty):
    one = examples(count, seed=seed)
    penalties, known = np.full(WIDTH, penalty), np.full(count, offset)
    found = fit_logistic(one.vectors, one.labels, penalties=penalties, offset=known)
    pull = one.vectors.T @ (sigmoid(one.vectors @ found + known) - one.labels) + penalties * found
    assert np.abs(pull).max() < 1e-3


@given(st.lists(st.floats(-800, 800), min_size=1))
def test_probabilities_and_losses_never_overflow(values):
    numbers = np.array(values)
    chances = sigmoid(numbers)
    assert ((chances >= 0) & (chances <= 1)).all()
    assert np.isfinite(log_loss(numbers, numbers > 0))


def test_a_head_learns_what_the_shared_score_does_not_know():
    taught, unseen = examples(120), examples(400, seed=1)
    heads = fit_heads(taught)
    before, after = log_loss(unseen.shared, unseen.labels), log_loss(logits(heads, unseen), unseen.labels)
    assert after < before * 0.8


def test_few_labels_change_little_and_many_more():
    unseen = examples(100, seed=1)
    moved = [np.abs(logits(fit_heads(examples(n)), unseen) - unseen.shared).mean() for n in (4, 40, 400)]
    assert moved[0] < 0.3 < moved[1] < moved[2]
    assert share(HALFWAY) == 0.5


def test_the_same_fit_comes_from_fewer_and_more_labels_than_numbers_in_a_vector():
    """Few labels are fitted in the span of their vectors; the whole space gives the same head."""
    few = examples(WIDTH // 2)
    wide = Examples(few.dimensions, few.encoders, few.labels, few.shared, np.pad(few.vectors, ((0, 0), (0, 5))))
    (one,), (other,) = fit_heads(few), fit_heads(wide)
    np.testing.assert_allclose([*one.weights, 0, 0, 0, 0, 0], other.weights, atol=1e-8)
    assert one.slope == pytest.approx(other.slope)


def test_a_dimension_judged_one_way_only_gets_no_head():
    one = examples(20)
    assert fit_heads(one.where(one.labels)) == ()


def test_each_dimension_and_encoder_has_a_head_of_its_own():
    one = examples(40, dimensions=("a", "b"))
    two = Examples(one.dimensions, np.array(["e", "e", "f", "f"] * 10), one.labels, one.shared, one.vectors)
    found = [(head.dimension, head.encoder, head.labels) for head in fit_heads(two)]
    assert found == [("a", "e", 10), ("a", "f", 10), ("b", "e", 10), ("b", "f", 10)]


def test_heads_adjust_their_own_dimension_and_encoder_alone():
    one = examples(60)
    values = {"version": "v", "model": "m", "at": "now", "tagger": "t", "labels": 60, "last_label": 60}
    heads = Heads(heads=fit_heads(one), **values)
    shared = np.stack([one.shared, one.shared], axis=1).astype(np.float32)
    vectors = one.vectors.astype(np.float32)
    adjusted = heads.adjust("e", ["a", "b"], shared, vectors)
    np.testing.assert_array_equal(adjusted[:, 1], shared[:, 1])
    np.testing.assert_allclose(adjusted[:, 0], logits(heads.heads, one), atol=1e-4)
    np.testing.assert_array_equal(heads.adjust("f", ["a", "b"], shared, vectors), shared)
    assert Heads.model_validate_json(heads.model_dump_json()) == heads


def test_calibration_mends_too_much_confidence():
    random = np.random.default_rng(0)
    true = random.standard_normal(2000)
    labels = random.random(2000) < sigmoid(true)
    slope, intercept = fit_calibration(3 * true + 1, labels)
    assert slope == pytest.approx(1 / 3, abs=0.06)
    assert intercept == pytest.approx(-1 / 3, abs=0.1)
    assert fit_calibration(np.zeros(0), np.zeros(0, bool)) == (1.0, 0.0)
    one = examples(60)
    plain = fit_heads(one)
    np.testing.assert_allclose(logits(calibrated(plain, 2.0, 0.5), one), 2 * logits(plain, one) + 0.5)
