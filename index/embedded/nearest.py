"""Nearest-neighbour search: candidates by Hamming distance of the bits, ranked by dot products of the 8-bit vectors.

Where the candidates are few, all are ranked. Else the first 64-bit word of each passage is compared with the
query's, then all bits of those that differ least, and the passages that differ least in all bits are ranked: three
in a thousand, and at least twice the number requested.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.embedded.text import Matches
from index.embedded.vectors import Rows, Signs, VectorPart
from index.results import Vector

_FAR = np.iinfo(np.uint8).max
"""The distance of what is not wanted: more than the bits of a word."""

_EXACT = 20_000
"""Up to so many passages are ranked without a look at their bits."""
_CANDIDATES = 2
"""So many times the requested passages are ranked …"""
_SHARE = 0.003
"""… or this share of those that are wanted."""
_SECOND = 8
"""The first words are compared of all passages, all others of so many times the passages to be ranked."""
_CHUNK = 32_768
"""Passages whose bits are compared at once: they stay in the processor's cache."""
_BLOCK = 512
"""Vectors that are multiplied at once: as above."""
_SAMPLED = 16
"""One in so many distances says how far to look."""


class PassageSelection(NamedTuple):
    """A selection of the passages of a part: those at some positions, or (`but_not`) all others."""

    part: VectorPart
    positions: Rows
    but_not: bool = False

    @property
    def passages(self) -> int:
        """The number of selected passages."""
        return len(self.part.vectors.scales) - len(self.positions) if self.but_not else len(self.positions)

    def every(self) -> Rows:
        """Return all selected positions, ascending."""
        if not self.but_not:
            return self.positions
        left = np.ones(len(self.part.vectors.scales), bool)
        left[self.positions] = False
        return np.flatnonzero(left)


def nearest(query: Vector, wanted: Sequence[PassageSelection], most: int) -> Matches:
    """Return at most `most` rows of the selected passages with high dot products, in no order.

    A vector of zeros marks a passage that is found by word alone.

    They are exact where all are ranked, and approximate otherwise (`benchmarks/index.py` measures the recall).
    """
    exact = sum(one.passages for one in wanted) <= _EXACT
    rows: list[Rows] = [np.empty(0, np.int64)]
    scores: list[Vector] = [np.empty(0, np.float32)]
    for one in wanted:
        positions = one.every() if exact else _candidates(query, one, most)
        found = np.empty(len(positions), np.float32)
        for block in _blocks(len(positions), _BLOCK):
            found[block] = one.part.vectors.scores(query, positions[block])
        there = one.part.vectors.values[positions].any(axis=1)
        positions, found = positions[there], found[there]
        best = _highest_places(found, most)
        rows.append(one.part.rows(positions[best]))
        scores.append(found[best])
    every, values = np.concatenate(rows), np.concatenate(scores)
    best = _highest_places(values, most)
    return Matches(every[best], values[best].astype(np.float64))


def _candidates(query: Vector, wanted: PassageSelection, most: int) -> Rows:
    """Return the positions of the passages whose bits differ least from the query's."""
    count = max(_CANDIDATES * most, int(_SHARE * wanted.passages))
    if wanted.passages <= count:
        return wanted.every()
    part, asked = wanted.part, wanted.part.axes.signs(query[None])[0]
    if wanted.but_not:
        distances = _hamming_distances(part.first, asked[0])
        distances[wanted.positions] = _FAR
    else:
        distances = _hamming_distances(part.first[wanted.positions], asked[0])
    near = _nearest_places(distances, min(_SECOND * count, wanted.passages))
    positions = near if wanted.but_not else wanted.positions[near]
    whole = np.zeros(len(positions), np.uint16)
    for bits in np.bitwise_count(part.others[positions] ^ asked[1:]).T:
        whole += bits
    return positions[_nearest_places(whole, count)]


def _hamming_distances(words: Signs, asked: np.uint64) -> NDArray[np.uint8]:
    """Return the Hamming distance of words from the query's."""
    found = np.empty(len(words), np.uint8)
    differing = np.empty(_CHUNK, np.uint64)
    for chunk in _blocks(len(words), _CHUNK):
        own = words[chunk]
        np.bitwise_count(np.bitwise_xor(own, asked, out=differing[: len(own)]), out=found[chunk])
    return found


def _nearest_places(distances: NDArray[np.unsignedinteger], count: int) -> Rows:
    """Return the places of the least distances, ascending: at least `count`, which have to be nearer than `_FAR`."""
    sample = np.cumsum(np.bincount(distances[::_SAMPLED]))
    limit = int(np.searchsorted(sample, count / _SAMPLED))
    while np.count_nonzero(distances <= limit) < count:
        limit += 1
    return np.flatnonzero(distances <= limit)


def _highest_places(scores: Vector, most: int) -> Rows:
    """Return the places of the highest scores; the first of equal ones."""
    if len(scores) <= most:
        return np.arange(len(scores))
    least = np.partition(scores, len(scores) - most)[len(scores) - most]
    above = np.flatnonzero(scores > least)
    return np.sort(np.concatenate([above, np.flatnonzero(scores == least)[: most - len(above)]]))


def _blocks(count: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, count)) for start in range(0, count, size))
