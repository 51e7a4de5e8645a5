"""Quantised vectors: 8-bit numbers with one scale per vector, a quarter of the size with the same ranking."""

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.results import Vector

_HEAD = struct.Struct("<II")
_LARGEST = 127


class Quantised(NamedTuple):
    """`values` is `(n, dimension) int8`, `scales` `(n,) float32`; a vector is its values times its scale."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: Vector) -> "Quantised":
        """Round vectors `(n, dimension)`, each by its own largest number; raises `ValueError` on NaN."""
        if not np.isfinite(vectors).all():
            raise ValueError("a vector holds a number that is not finite")
        largest = np.abs(vectors).max(axis=1, initial=0.0)
        scales = (np.where(largest > 0, largest, 1.0) / _LARGEST).astype(np.float32)
        return cls(np.rint(vectors / scales[:, None]).astype(np.int8), scales)

    def to_bytes(self) -> bytes:
        """Return the vectors as one blob."""
        count, dimension = self.values.shape
        return _HEAD.pack(count, dimension) + self.scales.astype("<f4").tobytes() + self.values.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Quantised":
        """Return the vectors of a blob; raises `ValueError` where its length is not that of its vectors."""
        count, dimension = _HEAD.unpack_from(data)
        scales = np.frombuffer(data, "<f4", count, _HEAD.size)
        values = np.frombuffer(data, np.int8, offset=_HEAD.size + scales.nbytes)
        return cls(values.reshape(count, dimension), scales.astype(np.float32))

    def floats(self, rows: NDArray[np.int64] | slice) -> Vector:
        """Return some vectors `(n, dimension) float32`."""
        vectors: Vector = self.values[rows].astype(np.float32) * self.scales[rows, None]
        return vectors

    def scores(self, query: Vector, rows: NDArray[np.int64] | slice) -> Vector:
        """Return the dot products of the query `(dimension,)` with the vectors of some rows."""
        products: Vector = (self.values[rows].astype(np.float32) @ query) * self.scales[rows]
        return products
