"""What a suggester is given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Described:
    """A document: the words of its title and of its text, in order and analysed, and the vectors of its passages.

    `vectors` are `(passages, d)`, of length one; a document has one passage at least.
    """

    title: Sequence[str]
    words: Sequence[str]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Topic:
    """A concept of a vocabulary: its id, and its name's words, analysed as those of documents, and vector `(d,)`."""

    id: str
    words: Sequence[str]
    vector: NDArray[np.float32]


def unit(vectors: Floats) -> Floats:
    """Return vectors `(n, d)` at length one; a vector of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = vectors / np.where(lengths > 0, lengths, 1.0)
    return scaled
