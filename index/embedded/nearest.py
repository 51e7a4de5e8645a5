"""The passages nearest to a vector: found by their bits, ranked by their numbers.

Where few passages are wanted, all are ranked. Else a part of the bits of all of them is compared with the query's, all
bits of those that differ least there, and those that differ least in all are ranked: four in a thousand, and no fewer
than twice what is asked for.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.embedded.text import Matches
from index.embedded.vectors import Rows, Signs, VectorPart, signs_of
from index.protocol import Vector

Distances = NDArray[np.uint16]
_FAR = np.iinfo(np.uint16).max
"""The distance of what is not wanted."""

_EXACT = 20_000
"""Up to so many passages are ranked without a look at their bits."""
_CANDIDATES = 2
"""So many times the passages that are asked for are ranked …"""
_SHARE = 0.004
"""… or this share of those that are wanted."""
_FIRST_WORDS = 2
"""Words of 64 bits that are compared of every passage …"""
_SECOND = 8
"""… and of how many times the passages to be ranked the others are."""
_CHUNK = 32_768
"""Passages whose bits are compared at once: they stay in the processor's cache."""
_BLOCK = 512
"""Vectors that are multiplied at once: as above."""
_SAMPLED = 16
"""One in so many distances says how far to look."""


class Wanted(NamedTuple):
    """The passages of a part that are wanted: those at some positions, or (`but_not`) all others."""

    part: VectorPart
    positions: Rows
    but_not: bool = False

    @property
    def passages(self) -> int:
        """How many these are."""
        return len(self.part.vectors.scales) - len(self.positions) if self.but_not else len(self.positions)

    def every(self) -> Rows:
        """Return the positions of all of them, ascending."""
        if not self.but_not:
            return self.positions
        left = np.ones(len(self.part.vectors.scales), bool)
        left[self.positions] = False
        return np.flatnonzero(left)


def nearest(query: Vector, wanted: Sequence[Wanted], most: int) -> Matches:
    """Return at most `most` rows with high dot products, in no order, of the passages that are wanted.

    They are the highest where all are ranked; else nearly so (`benchmarks/index.py` measures how nearly).
    """
    exact = sum(one.passages for one in wanted) <= _EXACT
    rows: list[Rows] = [np.empty(0, np.int64)]
    scores: list[Vector] = [np.empty(0, np.float32)]
    for one in wanted:
        positions = one.every() if exact else _candidates(query, one, most)
        found = np.empty(len(positions), np.float32)
        for block in _blocks(len(positions), _BLOCK):
            found[block] = one.part.vectors.scores(query, positions[block])
        best = _best(found, most)
        rows.append(one.part.rows(positions[best]))
        scores.append(found[best])
    every, values = np.concatenate(rows), np.concatenate(scores)
    best = _best(values, most)
    return Matches(every[best], values[best].astype(np.float64))


def _candidates(query: Vector, wanted: Wanted, most: int) -> Rows:
    """Return the positions of the passages whose bits differ least from the query's."""
    count = max(_CANDIDATES * most, int(_SHARE * wanted.passages))
    if wanted.passages <= count:
        return wanted.every()
    signs, asked = wanted.part.signs, signs_of(query[None], wanted.part.centre)[:, 0]
    distances = _distances(signs[:_FIRST_WORDS], asked[:_FIRST_WORDS], None if wanted.but_not else wanted.positions)
    if wanted.but_not:
        distances[wanted.positions] = _FAR
    near = _least(distances, min(_SECOND * count, wanted.passages))
    positions = near if wanted.but_not else wanted.positions[near]
    distances = distances[near] + _distances(signs[_FIRST_WORDS:], asked[_FIRST_WORDS:], positions)
    return positions[_least(distances, count)]


def _distances(signs: Signs, asked: NDArray[np.uint64], positions: Rows | None) -> Distances:
    """Return in how many bits passages differ from what is asked."""
    count = signs.shape[1] if positions is None else len(positions)
    found: Distances = np.empty(count, np.uint16)
    differing, bits = np.empty(_CHUNK, np.uint64), np.empty(_CHUNK, np.uint8)
    for chunk in _blocks(count, _CHUNK):
        own = found[chunk]
        size = len(own)
        own[:] = 0
        for word, wanted in zip(signs, asked, strict=True):
            chosen = word[chunk] if positions is None else word[positions[chunk]]
            np.bitwise_xor(chosen, wanted, out=differing[:size])
            np.add(own, np.bitwise_count(differing[:size], out=bits[:size]), out=own)
    return found


def _least(distances: Distances, count: int) -> Rows:
    """Return the places of the least distances, ascending: at least `count`; so many have to be nearer than `_FAR`."""
    sample = np.cumsum(np.bincount(distances[::_SAMPLED]))
    limit = int(np.searchsorted(sample, count / _SAMPLED))
    while np.count_nonzero(distances <= limit) < count:
        limit += 1
    return np.flatnonzero(distances <= limit)


def _best(scores: Vector, most: int) -> Rows:
    """Return the places of the highest scores; of equal ones the first."""
    if len(scores) <= most:
        return np.arange(len(scores))
    least = np.partition(scores, len(scores) - most)[len(scores) - most]
    above = np.flatnonzero(scores > least)
    return np.sort(np.concatenate([above, np.flatnonzero(scores == least)[: most - len(above)]]))


def _blocks(count: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, count)) for start in range(0, count, size))
