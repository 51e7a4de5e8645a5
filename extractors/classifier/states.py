"""Token states: the outputs of an encoder for each token of a text."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.intp]
Span = tuple[int, int]


class TokenStates(NamedTuple):
    """The states of the tokens of a text, in a middle layer and in the last, before pooling.

    `states` is `(tokens, width) float32`, special tokens and those of the prompt included. `starts` and `ends`
    `(tokens,)` say where each token stands in the text; tokens that are not of the text have -1 for both.
    """

    states: Floats
    starts: Places
    ends: Places

    @classmethod
    def nowhere(cls, states: Floats) -> Self:
        """Return states of tokens without offsets in a text."""
        none = np.full(len(states), -1, np.intp)
        return cls(states, none, none)


def span_of_tokens(tokens: TokenStates, spans: Sequence[Span]) -> Places:
    """Return the number of the span that the middle of each token lies in, `(tokens,)`; -1 for none.

    The spans are in order and do not overlap.
    """
    if not spans:
        return np.full(len(tokens.starts), -1, np.intp)
    starts, ends = np.array(spans, np.float64).T
    middles = (tokens.starts + tokens.ends) / 2
    found = np.searchsorted(starts, middles, side="right") - 1
    outside = (tokens.ends < 0) | (found < 0) | (middles > ends[np.maximum(found, 0)])
    return np.where(outside, -1, found)


def mean_states(tokens: TokenStates, spans: Sequence[Span]) -> Floats:
    """Return the means of all tokens' states and of those of each span, `(1 + k, width)`; of all where it has none."""
    owners = span_of_tokens(tokens, spans)
    every = tokens.states.mean(axis=0, dtype=np.float32)
    own = [tokens.states[owners == number] for number in range(len(spans))]
    return np.stack([every, *(one.mean(axis=0, dtype=np.float32) if len(one) else every for one in own)])
