"""A vector file: the vectors of many passages with one bit and with eight bits per number, memory-mapped.

A file is built from the primary store, written next to the old one, renamed over it, and never changed. Its documents
are in ascending order, the passages of one document are contiguous.

The bits are the signs of a vector minus the file's centre: embeddings of texts share a common offset, and signs
about zero would distinguish them less. A first word of 64 bits has the signs along the principal axes of the file's
vectors, rotated at random so that all bits carry the same information (Gong and Lazebnik 2011); the other words have
the signs of the numbers themselves.
"""

import itertools
import logging
import math
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.embedded.store import MOST_PASSAGES, PASSAGE_BITS
from index.quantised import Quantised
from index.results import Vector

Rows = NDArray[np.int64]
Signs = NDArray[np.uint64]
Number = TypeVar("Number", bound=np.generic)

_MAGIC = b"CLVECT04"
"""The form of the file; raised with every change of it."""
_HEAD = struct.Struct("<8sIQQ32sI")
"""Magic word, dimension, documents, passages, name of the index; CRC-32 of these and of all that follows."""
_SUM_SIZE = 4
_PIECE = 1 << 20
"""Bytes that are summed up at once."""
_READ_BYTES = 64 << 20
"""Of a file, what is read whole when it is opened, to know whether it is sound: a tenth of a second."""
_ALIGNMENT = 64
_WORD_BITS = 64
_BLOCK = 8192
"""Vectors that are worked on at once: 12 MB as float32 of 384 dimensions."""
_SAMPLE = 20_000
"""Vectors that the centre is the mean of, and that the axes are found by."""
_TURNED_FROM = 4096
"""With fewer vectors than this the axes are those of the numbers: all will be ranked."""

_log = logging.getLogger(__name__)


class Axes(NamedTuple):
    """The `centre` `(dimension,)` of some vectors, and the axes of their first bits, `(dimension, 64)` at most."""

    centre: Vector
    first: Vector

    @classmethod
    def of(cls, vectors: Quantised) -> "Axes":
        """Return the axes of vectors."""
        count, dimension = vectors.values.shape
        numbers = np.eye(dimension, min(dimension, _WORD_BITS), dtype=np.float32)
        if not count:
            return cls(np.zeros(dimension, np.float32), numbers)
        sample = vectors.floats(np.linspace(0, count - 1, min(count, _SAMPLE)).astype(np.int64))
        centre: Vector = sample.mean(axis=0)
        if count < _TURNED_FROM:
            return cls(centre, numbers)
        sample -= centre
        _, principal = np.linalg.eigh(sample.T @ sample)  # ascending
        largest = principal[:, -numbers.shape[1] :]
        random = np.random.default_rng(dimension).standard_normal(largest.shape[1:] * 2)
        return cls(centre, (largest @ np.linalg.qr(random)[0]).astype(np.float32))

    def signs(self, vectors: Vector) -> Signs:
        """Return the sign bits of vectors `(n, dimension)` as words `(n, 1 + words)`."""
        centred = vectors - self.centre
        return np.concatenate([_packed(centred @ self.first > 0), _packed(centred > 0)], axis=1)


def _packed(bits: NDArray[np.bool_]) -> Signs:
    """Return bits `(n, bits)` as words `(n, words)`."""
    packed = np.packbits(bits, axis=1)
    padding = (0, -packed.shape[1] % (_WORD_BITS // 8))
    words: Signs = np.ascontiguousarray(np.pad(packed, ((0, 0), padding))).view(np.uint64)
    return words


class VectorPart(NamedTuple):
    """The vectors of some documents, passage by passage, each at its position.

    `docs` are the documents' numbers, `(documents,)`, ascending; the passages of the n-th stand at the positions from
    `starts[n]` to `starts[n + 1]`. `first` `(passages,)` are the bits of the first axes, `others` those of the
    numbers, `(passages, words)`.
    """

    docs: Rows
    starts: Rows
    axes: Axes
    vectors: Quantised
    first: Signs
    others: Signs

    @property
    def counts(self) -> Rows:
        """How many passages each document has."""
        return np.diff(self.starts)

    def rows(self, positions: Rows) -> Rows:
        """Return the row numbers of the passages at some positions."""
        owners = np.searchsorted(self.starts, positions, side="right") - 1
        rows: Rows = (self.docs[owners] << PASSAGE_BITS) + positions - self.starts[owners]
        return rows

    def located(self, rows: Rows, documents: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Rows]:
        """Return a mask of passages whose documents are in this part and in a mask of `docs`, and their positions."""
        if not len(self.docs):
            return np.zeros(len(rows), bool), np.empty(0, np.int64)
        wanted = rows >> PASSAGE_BITS
        owners = np.minimum(np.searchsorted(self.docs, wanted), len(self.docs) - 1)
        kept: NDArray[np.bool_] = documents[owners] & (self.docs[owners] == wanted)
        positions: Rows = (self.starts[owners] + rows % MOST_PASSAGES)[kept]
        return kept, positions

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
    """Return the vectors of the file of an index; an empty part where there is no file, or that of another index.

    The part is empty too where the file is damaged and small enough to be read whole.
    """
    try:
        with path.open("rb") as file:
            layout = _layout_in(file, name, dimension)
            if layout and (layout.size > _READ_BYTES or is_sound(path, name, dimension)):
                return layout.mapped(file)
    except FileNotFoundError:
        return empty_part(dimension)
    _log.warning("%s: of another index or form, or damaged; vectors come from the store until ingest writes it", path)
    return empty_part(dimension)


def is_sound(path: Path, name: str, dimension: int, *, whole: bool = True) -> bool:
    """Return whether a file belongs to the index and is undamaged; True where there is no file.

    Unless `whole`, only its header and its size are checked.
    """
    try:
        with path.open("rb") as file:
            if _layout_in(file, name, dimension) is None:
                return False
            return not whole or _sum(file) == _HEAD.unpack(_head(file))[-1]
    except FileNotFoundError:
        return True


def write_file(path: Path, name: str, dimension: int, counts: dict[int, int], vectors: Iterable[Quantised]) -> None:
    """Write the vectors of documents; the old file stays until the new one is complete.

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
        axes = Axes.of(written)
        layout.write(file, layout.centre, axes.centre, "<f4")
        layout.write(file, layout.axes, axes.first, "<f4")
        for start, signs in _signs(written, axes):
            layout.write(file, layout.first + start * 8, signs[:, 0], "<u8")
            layout.write(file, layout.others + start * _words(dimension) * 8, signs[:, 1:], "<u8")
        file.seek(0)
        file.write(_HEAD.pack(_MAGIC, dimension, layout.documents, layout.passages, name.encode(), 0))
        total = _sum(file)
        file.seek(_HEAD.size - _SUM_SIZE)
        file.write(struct.pack("<I", total))
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
    axes = Axes.of(vectors)
    signs = np.concatenate([_no_signs(dimension), *(signs for _, signs in _signs(vectors, axes))])
    return VectorPart(np.array(docs, np.int64), np.cumsum(counts), axes, vectors, signs[:, 0], signs[:, 1:])


def empty_part(dimension: int) -> VectorPart:
    """Return a part without vectors."""
    nothing = Quantised(np.empty((0, dimension), np.int8), np.empty(0, np.float32))
    signs = _no_signs(dimension)
    return VectorPart(
        np.empty(0, np.int64), np.zeros(1, np.int64), Axes.of(nothing), nothing, signs[:, 0], signs[:, 1:]
    )


def _layout_in(file: BinaryIO, name: str, dimension: int) -> "_Layout | None":
    """Return the offsets of the arrays of a file; None where its header or size is not that of a file of the index."""
    magic, written, documents, passages, owner, _ = _HEAD.unpack(_head(file))
    if (magic, written, owner) != (_MAGIC, dimension, name.encode()):
        return None
    layout = _Layout.of(documents, passages, dimension)
    return layout if os.fstat(file.fileno()).st_size == layout.size else None


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(_HEAD.size).ljust(_HEAD.size)


def _sum(file: BinaryIO) -> int:
    """Return the CRC-32 of a file without its checksum field."""
    found = zlib.crc32(_head(file)[:-_SUM_SIZE])
    while piece := file.read(_PIECE):
        found = zlib.crc32(piece, found)
    return found


class _Layout(NamedTuple):
    """Offsets of the arrays of a file, in bytes."""

    documents: int
    passages: int
    dimension: int
    docs: int
    starts: int
    centre: int
    axes: int
    scales: int
    first: int
    others: int
    values: int
    size: int

    @classmethod
    def of(cls, documents: int, passages: int, dimension: int) -> "_Layout":
        sizes = (
            _HEAD.size,
            documents * 8,
            (documents + 1) * 8,
            dimension * 4,
            dimension * min(dimension, _WORD_BITS) * 4,
            passages * 4,
            passages * 8,
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
            axes=Axes(
                array(self.centre, np.float32, self.dimension),
                array(self.axes, np.float32, self.dimension, min(self.dimension, _WORD_BITS)),
            ),
            vectors=Quantised(values, scales),
            first=array(self.first, np.uint64, self.passages),
            others=array(self.others, np.uint64, self.passages, _words(self.dimension)),
        )

    def write(self, file: BinaryIO, start: int, numbers: object, kind: str) -> None:
        file.seek(start)
        file.write(np.asarray(numbers).astype(kind).tobytes())


def _signs(vectors: Quantised, axes: Axes) -> Iterator[tuple[int, Signs]]:
    for start in range(0, len(vectors.scales), _BLOCK):
        yield start, axes.signs(vectors.floats(slice(start, start + _BLOCK)))


def _no_signs(dimension: int) -> Signs:
    return np.empty((0, 1 + _words(dimension)), np.uint64)


def _words(dimension: int) -> int:
    return -(-dimension // _WORD_BITS)
