"""Linear classifiers over the vector, the n-grams and further features of a passage or a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from extractors.classifier.grams import hashed_pieces, numbers_of_phrases, weighted
from extractors.classifier.states import Floats

VECTOR, GRAMS, OTHER = "vector", "grams", "other"
"""The blocks of weights: for the centred vector, for n-grams, for the other numbers."""


@dataclass(frozen=True)
class LinearInput:
    """One text for a linear decision: unit vector `(d,)`, hashed n-grams with counts, other numbers `(o,)`."""

    vector: Floats
    grams: Mapping[int, int]
    other: Floats


class LinearHeads:
    """Decisions `(n, outputs)`: log-odds, or logits of classes.

    `arrays` hold `vector (d, outputs)`, `grams (SIZE, outputs)`, `other (o, outputs)` and `bias (outputs,)`, the
    `centre (d,)` of the vectors and the `rarity (SIZE,)` of the n-grams.
    """

    def __init__(self, arrays: Mapping[str, Floats]) -> None:
        """Take the weights. Raises `KeyError` where one is missing."""
        self._arrays = {name: arrays[name] for name in LINEAR_NAMES}

    def scores(self, texts: Sequence[LinearInput]) -> Floats:
        """Return the decisions for texts, `(n, outputs)`."""
        arrays = self._arrays
        found = np.empty((len(texts), len(arrays["bias"])), np.float32)
        for row, text in enumerate(texts):
            numbers, values = weighted(dict(text.grams), arrays["rarity"])
            found[row] = (
                centred(text.vector, arrays["centre"]) @ arrays[VECTOR]
                + values @ arrays[GRAMS][numbers]
                + text.other @ arrays[OTHER]
                + arrays["bias"]
            )
        return found


LINEAR_NAMES = (VECTOR, GRAMS, OTHER, "bias", "centre", "rarity")


def centred(vector: Floats, centre: Floats) -> Floats:
    """Return a vector minus a centre, of length one."""
    moved = vector - centre
    unit: Floats = moved / np.float32(max(float(np.linalg.norm(moved)), 1e-9))
    return unit


def passage_input(text: str, vector: Floats, mentioned: Floats, kind: Floats) -> LinearInput:
    """Return a passage for the decisions on themes, dimensions and subject field.

    `mentioned (T,)` is how often each theme is named in it, `kind (K,)` which kind of paper it is from.
    """
    return LinearInput(vector, hashed_pieces(text), np.concatenate([np.log1p(mentioned), kind]))


def sentence_input(sentence: str, vector: Floats, passage: Floats, others: Floats) -> LinearInput:
    """Return a sentence for the decisions on modality or level.

    `passage` is the vector of its passage, `others` what rules say of the sentence.
    """
    return LinearInput(vector, dict.fromkeys(numbers_of_phrases(sentence), 1), np.concatenate([others, passage]))
