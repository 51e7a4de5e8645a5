"""The vector file: every passage's vector, mapped into memory and scanned whole.

The file is made from the truth, written beside the old one and renamed over it. It may lag behind: documents that
it does not hold are read from the truth, rows of documents that are gone are passed over.
"""

import logging
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.embedded.quantised import Quantised
from index.embedded.store import PASSAGE_BITS
from index.embedded.text import Matches
from index.protocol import Vector

FILE = "vectors.bin"
_HEAD = struct.Struct("<8sIQ32s12x")
"""Magic word, dimension, rows, name of the index: 64 bytes, so that what follows is aligned."""
_MAGIC = b"CLVECT01"
_BLOCK = 16_384
"""Rows that are scored at once: 25 MB as float32 of 384 dimensions."""

_log = logging.getLogger(__name__)
Rows = NDArray[np.int64]


class VectorPart(NamedTuple):
    """Vectors with the row number of each, ascending."""

    rows: Rows
    vectors: Quantised

    @property
    def docs(self) -> Rows:
        """The number of each row's document."""
        return self.rows >> PASSAGE_BITS


def empty_part(dimension: int) -> VectorPart:
    """Return a part without vectors."""
    nothing = Quantised(np.empty((0, dimension), np.int8), np.empty(0, np.float32))
    return VectorPart(np.empty(0, np.int64), nothing)


def open_file(path: Path, name: str, dimension: int) -> VectorPart:
    """Return the file's vectors, mapped; an empty part where there is no file of this index."""
    try:
        with path.open("rb") as file:
            magic, written, count, owner = _HEAD.unpack(file.read(_HEAD.size).ljust(_HEAD.size))
            whole = os.fstat(file.fileno()).st_size == _size(count, dimension)
            if whole and (magic, written, owner) == (_MAGIC, dimension, name.encode()):
                return _map(file, count, dimension)
    except FileNotFoundError:
        return empty_part(dimension)
    _log.warning("%s: is another index's or cut off; vectors come from the store", path)
    return empty_part(dimension)


def write_file(path: Path, name: str, dimension: int, documents: Iterable[tuple[int, Quantised]]) -> None:
    """Write the vectors of documents (ascending by number); the old file stays whole until the new one is."""
    temporary = path.with_suffix(".new")
    rows: list[Rows] = []
    scales: list[NDArray[np.float32]] = []
    with temporary.open("wb") as file:
        file.write(bytes(_HEAD.size))
        for doc, vectors in documents:
            rows.append((doc << PASSAGE_BITS) + np.arange(len(vectors.scales)))
            scales.append(vectors.scales)
            file.write(np.ascontiguousarray(vectors.values).tobytes())
        count = sum(map(len, rows))
        file.write(np.concatenate([*scales, np.empty(0, np.float32)]).astype("<f4").tobytes())
        file.write(bytes(_padding(count)))
        file.write(np.concatenate([*rows, np.empty(0, np.int64)]).astype("<i8").tobytes())
        file.seek(0)
        file.write(_HEAD.pack(_MAGIC, dimension, count, name.encode()))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def nearest(query: Vector, parts: Iterable[tuple[VectorPart, NDArray[np.bool_]]], most: int) -> Matches:
    """Return at most `most` rows with the highest dot products, best first, of the rows that are wanted."""
    rows: list[Rows] = [np.empty(0, np.int64)]
    scores: list[NDArray[np.float64]] = [np.empty(0)]
    for part, wanted in parts:
        for places in _blocks(np.flatnonzero(wanted)):
            found = part.vectors.scores(query, places).astype(np.float64)
            best = np.argpartition(-found, most)[:most] if len(found) > most else np.arange(len(found))
            rows.append(part.rows[places[best]])
            scores.append(found[best])
    every, values = np.concatenate(rows), np.concatenate(scores)
    order = np.lexsort((every, -values))[:most]
    return Matches(every[order], values[order])


def _blocks(places: Rows) -> Iterator[Rows]:
    for start in range(0, len(places), _BLOCK):
        yield places[start : start + _BLOCK]


def _padding(count: int) -> int:
    """Bytes after the scales that align the row numbers."""
    return count % 2 * 4


def _size(count: int, dimension: int) -> int:
    return _HEAD.size + count * (dimension + 4) + _padding(count) + count * 8


def _map(file: BinaryIO, count: int, dimension: int) -> VectorPart:
    if not count:
        return empty_part(dimension)
    data = np.asarray(np.memmap(file, np.uint8, "r"))
    end = _HEAD.size + count * dimension
    values = data[_HEAD.size : end].view(np.int8).reshape(count, dimension)
    scales = data[end : end + count * 4].view("<f4")
    rows = data[end + count * 4 + _padding(count) :].view("<i8")
    return VectorPart(rows, Quantised(values, scales))
