"""Whether a text speaks of what a model is about at all: by words, before it is asked which of its nodes that is.

A naive Bayes classifier of two classes (Maron 1961), the statements of the model and those of anything else, with the
odds of both taken for even. Nearness among the nodes cannot tell this: something is the nearest node to any text.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extractors.maturity.words import Terms

_SMOOTHING = 0.005
"""Added to the share of statements that use a word: about one statement in two hundred."""
_LEAST, _MOST = -8.0, 10.0
"""Where log-odds stop to count: a long text is not surer to be about the model's matter for being long."""
_SCALE = 4.0
"""Brings the log-odds to the size of the other numbers."""
ENOUGH = 1.0
"""From here on the words of a sentence are those of the model; taken for those in a language that is not its own."""


class Matter:
    """Words that statements of a model have and others have not, and the other way round."""

    def __init__(self, own: Sequence[str], other: Sequence[str], terms: Terms | None) -> None:
        """Take the statements of all nodes and those of something else, and the terms of their language.

        Without statements of something else every text says `ENOUGH`; so it does without terms, where the texts are in
        another language than the statements.
        """
        self._terms = terms
        if terms is None or not own or not other:
            self._odds: dict[str, float] | None = None
            return
        used, elsewhere = (Counter(term for text in texts for term in set(terms(text))) for texts in (own, other))
        self._odds = {
            term: math.log(used[term] / len(own) + _SMOOTHING) - math.log(elsewhere[term] / len(other) + _SMOOTHING)
            for term in used | elsewhere
        }

    def scores(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return for each text `(n,)` how much speaks for its being about the model's matter, 0 where nothing does."""
        if self._odds is None or self._terms is None:
            return np.full(len(texts), ENOUGH, np.float32)
        odds = [sum(self._odds.get(term, 0.0) for term in set(self._terms(text))) for text in texts]
        return (np.clip(odds, _LEAST, _MOST) / _SCALE).astype(np.float32)
