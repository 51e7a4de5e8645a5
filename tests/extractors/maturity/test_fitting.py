"""Logistic regression with a prior: the same as another library's, at rest where it ends, without overflow."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from extractors.maturity.fitting import HALFWAY, fit_logistic, log_loss, share, sigmoid

WIDTH = 16


def examples(count, seed=0):
    """Vectors `(n, WIDTH)`, and labels that they tell."""
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((count, WIDTH)) / np.sqrt(WIDTH)
    return vectors, vectors[:, 0] + random.standard_normal(count) / 8 > 0


def test_without_labels_nothing_is_learnt():
    found = fit_logistic(np.zeros((0, 3)), np.zeros(0, bool), penalties=np.ones(3), offset=np.zeros(0))
    assert found.tolist() == [0.0, 0.0, 0.0]


def test_the_fit_is_that_of_another_library():
    vectors, labels = examples(200)
    features = np.concatenate([vectors, np.ones((200, 1))], axis=1)
    found = fit_logistic(features, labels, penalties=np.full(WIDTH + 1, 0.5), offset=np.zeros(200))
    other = LogisticRegression(C=2.0, fit_intercept=False, tol=1e-10, max_iter=1000).fit(features, labels)
    np.testing.assert_allclose(found, other.coef_[0], atol=1e-4)


@given(st.integers(1, 40), st.integers(0, 1000), st.floats(-30, 30), st.floats(0.01, 10))
def test_any_fit_ends_where_nothing_pulls(count, seed, offset, penalty):
    vectors, labels = examples(count, seed)
    penalties, known = np.full(WIDTH, penalty), np.full(count, offset)
    found = fit_logistic(vectors, labels, penalties=penalties, offset=known)
    pull = vectors.T @ (sigmoid(vectors @ found + known) - labels) + penalties * found
    assert np.abs(pull).max() < 1e-3


@given(st.lists(st.floats(-800, 800), min_size=1))
def test_probabilities_and_losses_never_overflow(values):
    numbers = np.array(values)
    chances = sigmoid(numbers)
    assert ((chances >= 0) & (chances <= 1)).all()
    assert np.isfinite(log_loss(numbers, numbers > 0))


def test_what_was_learnt_from_so_many_labels_has_half_the_weight():
    assert share(0) == 0 < share(4) < share(HALFWAY) == 0.5 < share(400) < 1
