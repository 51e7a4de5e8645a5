from hypothesis import given
from hypothesis import strategies as st

from index.query.highlights import within_distance

WORDS = st.text(alphabet="abc", max_size=6)


def test_a_swap_of_neighbours_is_one_difference():
    assert within_distance("window", "widnow", 1)
    assert not within_distance("window", "wodniw", 1)


@given(left=WORDS, right=WORDS)
def test_the_distance_is_symmetric_and_grows(left, right):
    found = [within_distance(left, right, distance) for distance in range(8)]
    assert found == [within_distance(right, left, distance) for distance in range(8)]
    assert found == sorted(found)
    assert found[0] == (left == right)
    assert found[max(len(left), len(right))]


@given(word=WORDS, place=st.integers(0, 6), letter=st.sampled_from("abcd"))
def test_one_letter_more_is_one_difference(word, place, letter):
    assert within_distance(word, word[:place] + letter + word[place:], 1)
