"""Serialisation of passages and vectors for the blob store."""

import io
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extractors.document import Passage


def dump_passages(passages: Sequence[Passage]) -> str:
    """Return passages as JSON, for the blob store."""
    return json.dumps([passage.model_dump(mode="json") for passage in passages], ensure_ascii=False)


def load_passages(text: str) -> tuple[Passage, ...]:
    """Return the passages that `dump_passages` wrote."""
    return tuple(Passage.model_validate(row) for row in json.loads(text))


def dump_vectors(vectors: NDArray[np.float32]) -> bytes:
    """Return vectors as the bytes of a float32 `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, vectors, allow_pickle=False)
    return buffer.getvalue()


def load_vectors(content: bytes) -> NDArray[np.float32]:
    """Return the vectors that `dump_vectors` wrote."""
    vectors: NDArray[np.float32] = np.load(io.BytesIO(content), allow_pickle=False)
    return vectors
