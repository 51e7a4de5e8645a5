"""Checksums of data that the store holds only once, to detect changed bytes that SQLite still reads.

They are CRC-32, as those of the text index and the vector files: every change within 32 consecutive bits is found,
and of other changes all but one in four thousand million. They take less than a hundredth of the time of a write.
"""

import sqlite3
import zlib
from collections.abc import Iterable

_STATE = "doc, id, source, language, paper, passages, facts, versions, born"
_OF_DOCUMENT = (
    f"SELECT {_STATE} FROM documents WHERE doc = ?",  # noqa: S608 - own names
    "SELECT form FROM symbols WHERE doc = ? ORDER BY form",
    "SELECT header FROM headers WHERE doc = ?",
    "SELECT content FROM contents WHERE doc = ?",
    "SELECT named, tags FROM tags WHERE doc = ?",
    "SELECT vectors FROM vectors WHERE doc = ?",
)
"""Every row of a state of a document but its passages. When it died may change, and is looked at otherwise."""
_PASSAGES = "SELECT row, ordinal, language, text, detail FROM passages WHERE row BETWEEN ? AND ? ORDER BY row"
_META = "SELECT name, value FROM meta WHERE name != 'checksum' ORDER BY name"


def checksum_of(values: Iterable[object]) -> int:
    """Return the checksum of cells and of their lengths."""
    total = 0
    for value in values:
        data = value if isinstance(value, bytes) else repr(value).encode()
        total = zlib.crc32(data, zlib.crc32(b"%d" % len(data), total))
    return total


def document_checksum(connection: sqlite3.Connection, doc: int, passages: tuple[int, int]) -> int:
    """Return the checksum of the rows of a document's state; its passages have row numbers in this range."""
    rows = [row for question in _OF_DOCUMENT for row in connection.execute(question, (doc,))]
    return checksum_of(cell for row in (*rows, *connection.execute(_PASSAGES, passages)) for cell in row)


def seal_meta(connection: sqlite3.Connection) -> None:
    """Store the checksum of the table `meta`; the caller holds a transaction."""
    total = str(_of_meta(connection))
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('checksum', ?)", (total,))


def is_meta_sound(connection: sqlite3.Connection) -> bool:
    """Return whether the table `meta` is undamaged."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'checksum'").fetchone()
    return found is not None and found[0] == str(_of_meta(connection))


def are_spellings_sound(connection: sqlite3.Connection) -> bool:
    """Return whether all spellings are undamaged."""
    return all(checksum == checksum_of(row) for *row, checksum in connection.execute("SELECT * FROM spellings"))


def are_dictionaries_sound(connection: sqlite3.Connection) -> bool:
    """Return whether all dictionaries are undamaged: their names are checksums."""
    rows = connection.execute("SELECT checksum, content FROM dictionaries")
    return all(checksum == zlib.adler32(content) for checksum, content in rows)


def _of_meta(connection: sqlite3.Connection) -> int:
    return checksum_of(cell for row in connection.execute(_META) for cell in row)
