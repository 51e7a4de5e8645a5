import numpy as np
import pytest

from extractors.maturity.discriminant import Discriminant

# Statements of two nodes differ in the first direction; the second differs as much inside each node.
STATEMENTS = np.array([[1, 2, 0], [1, -2, 0], [-1, 2, 0], [-1, -2, 0]], np.float32)
OWNERS = np.array([0, 0, 1, 1])


def test_a_direction_in_which_statements_of_one_node_differ_counts_little():
    found = Discriminant(STATEMENTS, OWNERS, 2)
    near_the_first_by_what_counts = np.array([[0.5, -3, 0]], np.float32)
    scores, _ = found.scores(near_the_first_by_what_counts)
    assert scores[0, 0] > scores[0, 1]


def test_what_is_like_other_business_scores_highest_for_it():
    other = np.array([[0, 0, 3], [0, 1, 3]], np.float32)
    found = Discriminant(np.concatenate([STATEMENTS, other]), np.array([*OWNERS, 2, 2]), 2)
    scores, something_else = found.scores(np.array([[0, 0, 3], [1, 0, 0]], np.float32))
    assert something_else[0, 0] > scores[0].max()
    assert something_else[1, 0] < scores[1].max()


def test_what_is_like_one_field_of_other_business_is_not_measured_by_their_middle():
    fields = np.array([[0, 0, 3], [0, 1, 3], [0, 0, -3], [0, 1, -3]], np.float32)
    owners = np.array([*OWNERS, 2, 2, 3, 3])
    found = Discriminant(np.concatenate([STATEMENTS, fields]), owners, 2)
    scores, something_else = found.scores(np.array([[0, 0, 3], [0, 0, -3]], np.float32))
    assert (something_else[:, 0] > scores.max(axis=1)).all()


@pytest.mark.parametrize("owners", [[0, 1, 2, 3], [0, 0, 0, 0]])
def test_one_statement_a_node_or_one_node_has_scores_too(owners):
    nodes = max(owners) + 1
    scores, other = Discriminant(STATEMENTS, np.array(owners), nodes).scores(STATEMENTS)
    assert scores.shape == (4, nodes)
    assert np.isfinite(scores).all()
    assert (other <= scores).all()
