"""Where tokens stand in a text that follows a prompt."""

import pytest

from index.encoder.tokens import places_in_text

PROMPT = len("passage: ")


@pytest.mark.parametrize(
    ("places", "wanted"),
    [
        ([(9, 12), (12, 14)], [(0, 3), (3, 5)]),
        ([(0, 0), (0, 7), (7, 8)], [(-1, -1)] * 3),  # special, and of the prompt
        ([(8, 12)], [(0, 3)]),  # the space before the text belongs to its first word
        ([(8, 9)], [(-1, -1)]),
    ],
)
def test_places_count_from_the_start_of_the_text(places, wanted):
    starts, ends = places_in_text(places, PROMPT, len(places))
    assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == wanted


def test_without_a_prompt_special_tokens_alone_stand_nowhere():
    starts, ends = places_in_text([(0, 0), (0, 3), (4, 7), (0, 0)], 0, 4)
    assert (starts.tolist(), ends.tolist()) == ([-1, 0, 4, -1], [-1, 3, 7, -1])


def test_places_beyond_the_tokens_are_left_out():
    starts, ends = places_in_text([(9, 12), (12, 14), (0, 0)], PROMPT, 2)
    assert (starts.tolist(), ends.tolist()) == ([0, 3], [3, 5])


def test_no_tokens_have_no_places():
    starts, ends = places_in_text([], PROMPT, 0)
    assert (starts.shape, ends.shape) == ((0,), (0,))
