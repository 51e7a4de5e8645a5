import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from index.ranking.fusion import LEARNT, moved

NUMBERS = st.floats(-10, 10, width=32)
VECTOR = arrays.arrays(np.float32, 4, elements=NUMBERS)
QUERY, SEEN, CENTRE = np.eye(4, dtype=np.float32)[:3]


def test_a_query_moves_towards_what_is_particular_in_the_best_passages():
    found = moved(QUERY, np.array([CENTRE + SEEN]), CENTRE)
    assert found == pytest.approx(np.array([10, 1, 0, 0]) / np.sqrt(101))


def test_passages_like_all_others_move_nothing():
    assert moved(QUERY, np.array([CENTRE, CENTRE]), CENTRE) == pytest.approx(QUERY)


def test_the_first_passage_counts_most():
    first, second = moved(QUERY, np.array([SEEN, CENTRE]), np.zeros(4, np.float32))[1:3]
    assert first == pytest.approx(2 * second)


@given(VECTOR, arrays.arrays(np.float32, (LEARNT, 4), elements=NUMBERS), VECTOR)
def test_the_vector_stays_of_length_one(query, best, centre):
    found = moved(query, best, centre)
    length = np.linalg.norm(found)
    assert found.dtype == np.float32
    assert length == pytest.approx(1, abs=1e-4) or length == 0
