"""Where tokens stand in a text that follows a prompt."""

import pytest

from index.encoder.tokens import places_in_text

PROMPT = len("passage: ")


@pytest.mark.parametrize(
    ("places", "prompt", "count", "wanted"),
    [
        ([(9, 12), (12, 14)], PROMPT, 2, [(0, 3), (3, 5)]),
        ([(0, 0), (0, 7), (7, 8)], PROMPT, 3, [(-1, -1)] * 3),  # special, and of the prompt
        ([(8, 12)], PROMPT, 1, [(0, 3)]),  # the space before the text belongs to its first word
        ([(8, 9)], PROMPT, 1, [(-1, -1)]),
        ([(0, 0), (0, 3), (4, 7), (0, 0)], 0, 4, [(-1, -1), (0, 3), (4, 7), (-1, -1)]),  # no prompt
        ([(9, 12), (12, 14), (0, 0)], PROMPT, 2, [(0, 3), (3, 5)]),  # beyond the tokens
        ([], PROMPT, 0, []),
    ],
)
def test_places_count_from_the_start_of_the_text(places, prompt, count, wanted):
    starts, ends = places_in_text(places, prompt, count)
    assert starts.shape == ends.shape == (count,)
    assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == wanted
