"""A vector file: the vectors of many passages as one bit and as eight bits a number, mapped into memory.

A file is made from the truth, written beside the old one and renamed over it, and never changed. Its documents stand in
ascending order, the passages of one beside each other. The bits say on which side of the file's centre a number
lies: vectors of texts all lean the same way, and signs about zero would tell them apart less.
"""

import itertools
import logging
import math
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.embedded.quantised import Quantised
from index.embedded.store import MOST_PASSAGES, PASSAGE_BITS
from index.protocol import Vector

Rows = NDArray[np.int64]
Signs = NDArray[np.uint64]
Number = TypeVar("Number", bound=np.generic)

_MAGIC = b"CLVECT02"
"""The form of the file; raised with every change of it."""
_HEAD = struct.Struct("<8sIQQ32s4x")
"""Magic word, dimension, documents, passages, name of the index."""
_ALIGNMENT = 64
_WORD_BITS = 64
_BLOCK = 8192
"""Vectors that are worked on at once: 12 MB as float32 of 384 dimensions."""
_SAMPLE = 20_000
"""Vectors that the centre is the mean of."""

_log = logging.getLogger(__name__)


class VectorPart(NamedTuple):
    """The vectors of some documents, passage by passage, each at its position.

    `docs` are the documents' numbers, `(documents,)`, ascending; the passages of the n-th stand at the positions from
    `starts[n]` to `starts[n + 1]`. `signs` are `(words, passages)`: the bits of 64 numbers of each vector a row.
    """

    docs: Rows
    starts: Rows
    centre: Vector
    vectors: Quantised
    signs: Signs

    @property
    def counts(self) -> Rows:
        """How many passages each document has."""
        return np.diff(self.starts)

    def rows(self, positions: Rows) -> Rows:
        """Return the row numbers of the passages at some positions."""
        owners = np.searchsorted(self.starts, positions, side="right") - 1
        rows: Rows = (self.docs[owners] << PASSAGE_BITS) + positions - self.starts[owners]
        return rows

    def positions(self, rows: Rows, documents: NDArray[np.bool_]) -> Rows:
        """Return the positions of those of some passages whose documents are here and in a mask of `docs`."""
        if not len(self.docs):
            return np.empty(0, np.int64)
        wanted = rows >> PASSAGE_BITS
        owners = np.minimum(np.searchsorted(self.docs, wanted), len(self.docs) - 1)
        kept = documents[owners] & (self.docs[owners] == wanted)
        positions: Rows = (self.starts[owners] + rows % MOST_PASSAGES)[kept]
        return positions

    def of_documents(self, places: Rows) -> Rows:
        """Return the positions of the passages of the documents at some places in `docs`, place by place."""
        counts = self.counts[places]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        positions: Rows = np.repeat(self.starts[places], counts) + within
        return positions

    def document(self, place: int) -> Quantised:
        """Return the vectors of the document at a place in `docs`."""
        own = slice(int(self.starts[place]), int(self.starts[place + 1]))
        return Quantised(self.vectors.values[own], self.vectors.scales[own])


def open_file(path: Path, name: str, dimension: int) -> VectorPart:
    """Return the vectors of the file of an index; an empty part where there is none, or not one of this index."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD.size).ljust(_HEAD.size)
            magic, written, documents, passages, owner = _HEAD.unpack(head)
            if (magic, written, owner) == (_MAGIC, dimension, name.encode()):
                layout = _Layout.of(documents, passages, dimension)
                if os.fstat(file.fileno()).st_size == layout.size:
                    return layout.mapped(file)
    except FileNotFoundError:
        return empty_part(dimension)
    _log.warning("%s: of another index or form, or cut off; vectors come from the store until ingest writes it", path)
    return empty_part(dimension)


def write_file(path: Path, name: str, dimension: int, counts: dict[int, int], vectors: Iterable[Quantised]) -> None:
    """Write the vectors of documents; the old file stays whole until the new one is.

    `counts` are their passages by number, ascending; `vectors` come in the same order.
    """
    temporary = path.with_name(f"{path.name}.new")
    layout = _Layout.of(len(counts), sum(counts.values()), dimension)
    with temporary.open("wb+") as file:
        scales = []
        file.seek(layout.values)
        for one in vectors:
            scales.append(one.scales)
            file.write(np.ascontiguousarray(one.values).tobytes())
        if sum(map(len, scales)) != layout.passages:
            raise ValueError(f"{path}: not as many vectors as the documents have passages")
        layout.write(file, layout.docs, list(counts), "<i8")
        layout.write(file, layout.starts, [0, *itertools.accumulate(counts.values())], "<i8")
        layout.write(file, layout.scales, np.concatenate([np.empty(0), *scales]), "<f4")
        file.truncate(layout.size)
        file.flush()
        written = layout.mapped(file).vectors
        centre = _centre(written)
        layout.write(file, layout.centre, centre, "<f4")
        for start, signs in _signs(written, centre):
            for word, bits in enumerate(signs):
                layout.write(file, layout.signs + (word * layout.passages + start) * 8, bits, "<u8")
        file.seek(0)
        file.write(_HEAD.pack(_MAGIC, dimension, layout.documents, layout.passages, name.encode()))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def part_of(documents: Iterable[tuple[int, Quantised]], dimension: int) -> VectorPart:
    """Return the vectors of documents (ascending by number) as a part in memory."""
    docs, found = [], [empty_part(dimension).vectors]
    for doc, quantised in documents:
        docs.append(doc)
        found.append(quantised)
    counts = [len(one.scales) for one in found]
    vectors = Quantised(np.concatenate([one.values for one in found]), np.concatenate([one.scales for one in found]))
    centre = _centre(vectors)
    signs = np.concatenate([_no_signs(dimension), *(signs for _, signs in _signs(vectors, centre))], axis=1)
    return VectorPart(np.array(docs, np.int64), np.cumsum(counts), centre, vectors, signs)


def empty_part(dimension: int) -> VectorPart:
    """Return a part without vectors."""
    nothing = Quantised(np.empty((0, dimension), np.int8), np.empty(0, np.float32))
    centre = np.zeros(dimension, np.float32)
    return VectorPart(np.empty(0, np.int64), np.zeros(1, np.int64), centre, nothing, _no_signs(dimension))


def signs_of(vectors: Vector, centre: Vector) -> Signs:
    """Return for vectors `(n, dimension)` the bits that say which numbers are above the centre's, `(words, n)`."""
    bits = np.packbits(vectors > centre, axis=1)
    missing = _words(len(centre)) * 8 - bits.shape[1]
    padded = np.ascontiguousarray(np.pad(bits, ((0, 0), (0, missing))))
    signs: Signs = padded.view(np.uint64).T
    return signs


class _Layout(NamedTuple):
    """Where in a file its arrays begin, in bytes."""

    documents: int
    passages: int
    dimension: int
    docs: int
    starts: int
    centre: int
    scales: int
    signs: int
    values: int
    size: int

    @classmethod
    def of(cls, documents: int, passages: int, dimension: int) -> "_Layout":
        sizes = (
            _HEAD.size,
            documents * 8,
            (documents + 1) * 8,
            dimension * 4,
            passages * 4,
            passages * _words(dimension) * 8,
            passages * dimension,
        )
        _, *places = itertools.accumulate((-(-size // _ALIGNMENT) * _ALIGNMENT for size in sizes), initial=0)
        return cls(documents, passages, dimension, *places)

    def mapped(self, file: BinaryIO) -> VectorPart:
        data = np.asarray(np.memmap(file, np.uint8, "r", shape=(self.size,)))

        def array(start: int, kind: type[Number], *shape: int) -> NDArray[Number]:
            stored = np.dtype(kind).newbyteorder("<")
            size = math.prod(shape) * stored.itemsize
            return data[start : start + size].view(stored).reshape(shape)

        values = array(self.values, np.int8, self.passages, self.dimension)
        scales = array(self.scales, np.float32, self.passages)
        return VectorPart(
            docs=array(self.docs, np.int64, self.documents),
            starts=array(self.starts, np.int64, self.documents + 1),
            centre=array(self.centre, np.float32, self.dimension),
            vectors=Quantised(values, scales),
            signs=array(self.signs, np.uint64, _words(self.dimension), self.passages),
        )

    def write(self, file: BinaryIO, start: int, numbers: object, kind: str) -> None:
        file.seek(start)
        file.write(np.asarray(numbers).astype(kind).tobytes())


def _centre(vectors: Quantised) -> Vector:
    count = len(vectors.scales)
    if not count:
        return np.zeros(vectors.values.shape[1], np.float32)
    sample = np.linspace(0, count - 1, min(count, _SAMPLE)).astype(np.int64)
    centre: Vector = vectors.floats(sample).mean(axis=0)
    return centre


def _signs(vectors: Quantised, centre: Vector) -> Iterator[tuple[int, Signs]]:
    for start in range(0, len(vectors.scales), _BLOCK):
        yield start, signs_of(vectors.floats(slice(start, start + _BLOCK)), centre)


def _no_signs(dimension: int) -> Signs:
    return np.empty((_words(dimension), 0), np.uint64)


def _words(dimension: int) -> int:
    return -(-dimension // _WORD_BITS)
