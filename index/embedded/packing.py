"""Compression of the texts and details of passages by zlib with dictionaries of similar passages.

Each passage is compressed separately, so that it can be read without the others; a single passage is short, and zlib
finds few repetitions in it. A dictionary of other passages (RFC 1950, "preset dictionary") makes details and texts
smaller (decision 23 in `docs/decisions` has the figures). It is built from the index's own passages, and again each
time their number has grown tenfold; data that was packed before is unchanged: it names its dictionary by a checksum.
"""

import sqlite3
import zlib
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["text", "detail"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_SIZE = 16_384
"""Bytes of a dictionary: with more, every reading takes longer than the space is worth."""
_FEWEST, _GROWN = 2000, 10
"""A dictionary is learnt when there are so many passages, and when there are so many times those of the last one."""
_HAS_DICTIONARY = 0x20
"""The bit of the second byte that says so (RFC 1950)."""
_CHECKSUM = slice(2, 6)


class Packing:
    """Compresses and decompresses with the dictionaries that a store holds."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._dictionaries: dict[int, bytes] = {}
        self._packers: dict[Kind, Any] = {}

    def pack(self, data: bytes, kind: Kind | None = None) -> bytes:
        """Return compressed data; the newest dictionary of its kind is used if there is one."""
        if kind is None:
            return zlib.compress(data)
        if kind not in self._packers:
            question = "SELECT content FROM dictionaries WHERE kind = ? ORDER BY passages DESC LIMIT 1"
            found = self._connection.execute(question, (kind,)).fetchone()
            self._packers[kind] = zlib.compressobj(zdict=found[0]) if found else zlib.compressobj()
        packer = self._packers[kind].copy()  # cheaper than a new compressor, which would read the dictionary first
        packed: bytes = packer.compress(data) + packer.flush()
        return packed

    def unpack(self, data: bytes) -> bytes:
        """Return decompressed data; raises `sqlite3.DatabaseError` where it is damaged."""
        if len(data) < _CHECKSUM.stop or not data[1] & _HAS_DICTIONARY:
            unpacker = zlib.decompressobj()
        else:
            unpacker = zlib.decompressobj(zdict=self._dictionary(data[_CHECKSUM]))
        try:
            found = unpacker.decompress(data)
        except zlib.error as error:
            raise sqlite3.DatabaseError(f"a packed text: {error}") from error
        if not unpacker.eof:
            raise sqlite3.DatabaseError("a packed text is cut off")
        return found

    def is_due(self, passages: int) -> bool:
        """Return whether a dictionary, or a newer one, is worth its cost with so many passages."""
        last = self._connection.execute("SELECT MAX(passages) FROM dictionaries").fetchone()[0]
        return passages >= (_GROWN * last if last else _FEWEST)

    def learn(self, kind: Kind, samples: Iterable[bytes], passages: int) -> None:
        """Store a dictionary built from samples for all later data; the caller holds a transaction."""
        content = b"".join(samples)[:_SIZE]
        # a dictionary with the same checksum is not replaced, and the older one of the kind stays in use: its data
        # names it
        self._connection.execute(
            "INSERT OR IGNORE INTO dictionaries VALUES (?, ?, ?, ?)", (zlib.adler32(content), kind, passages, content)
        )
        self._packers.clear()

    def _dictionary(self, checksum: bytes) -> bytes:
        name = int.from_bytes(checksum, "big")
        if name not in self._dictionaries:
            question = "SELECT content FROM dictionaries WHERE checksum = ?"
            found = self._connection.execute(question, (name,)).fetchone()
            if found is None:
                raise sqlite3.DatabaseError("the dictionary of a packed text is missing")
            self._dictionaries[name] = found[0]
        return self._dictionaries[name]
