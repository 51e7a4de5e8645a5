"""Damage to the primary store: found by reading all of it, with the documents that can be saved.

SQLite compares tables with their indexes, and checks each page (`PRAGMA integrity_check`): this covers terms, papers
and symbols, which are stored in a table and in an index. Data that is stored once has checksums
(`index.embedded.checksums`).
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from configs.system.errors import MismatchError
from configs.system.sqlite.failures import storage_errors
from index.embedded import schema
from index.embedded.checksums import are_dictionaries_sound, are_spellings_sound, document_checksum, is_meta_sound
from index.embedded.store import FILE, Store, StoredDocument, rows_of

Progress = Callable[[int, int], None]
"""Called with the steps done, and all of them."""

_ERRORS = (sqlite3.Error, ValueError, TypeError, LookupError, OverflowError)
"""What damaged rows raise where they are read."""
_UNAVAILABLE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY)
"""Codes of SQLite that say nothing of what a file holds; of longer ones the bits of `_PRIMARY`."""
_PRIMARY = 0xFF
_FIXED = (slice(0, 18), slice(20, 24), slice(44, 48), slice(52, 60), slice(64, 68))
"""Bytes of a file's head that SQLite never changes (https://sqlite.org/fileformat.html, 1.3); those that say how it
writes to the file are `_JOURNAL`, which it may set to one of two values."""
_JOURNAL, _JOURNALS = slice(18, 20), {1, 2}
_HEAD_BYTES, _SIZE_VALID_FOR = 100, slice(92, 96)
_DESCRIBED = "SELECT type, name, tbl_name, sql FROM sqlite_master"


class StoreDamage(NamedTuple):
    """The damage to a store: to its `file`, and to `documents` (number and id, "" where that cannot be read)."""

    file: str | None = None
    documents: tuple[tuple[int, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.file or self.documents)

    def __str__(self) -> str:
        """Describe the damage in words."""
        name = next((name for _, name in self.documents if name), "one whose id cannot be read")
        count = len(self.documents)
        damaged = [f"1 document is damaged: {name}" if count == 1 else f"{count} documents are damaged, such as {name}"]
        damaged *= bool(count)
        return "; ".join([*([self.file] if self.file else []), *damaged])


def store_damage(folder: Path, progress: Progress = lambda *_: None) -> StoreDamage:
    """Return the damage to the store in a folder: each row is read and unpacked, each page checked.

    Raises `UnavailableError` where there is no store, or where it cannot be opened for another reason than damage.
    """
    with storage_errors(folder), closing(Store(folder, write=False)) as store:
        try:
            with store.transaction():  # a writer may be at work
                return _find(store, progress)
        except _ERRORS as error:
            if getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _UNAVAILABLE:
                raise
            return StoreDamage(str(error) or "it cannot be read")


def _find(store: Store, progress: Progress) -> StoreDamage:
    ask = store.connection.execute
    if schema.is_of_other_version(store.connection):
        return StoreDamage(_finding_of(store, "quick_check"))
    tables = [name for (name,) in ask("SELECT name FROM sqlite_master WHERE type = 'table'")]
    docs = [doc for (doc,) in ask("SELECT doc FROM documents ORDER BY doc")]
    checks = (*(f"integrity_check('{name}')" for name in tables), "quick_check")  # the latter looks at free pages
    steps, found = len(checks) + len(docs), [_file_damage(store)]
    for done, check in enumerate(checks, 1):
        found.append(_finding_of(store, check))
        progress(done, steps)
    damaged = []
    for done, doc in enumerate(docs, len(checks) + 1):
        if not _is_sound(store, doc):
            damaged.append((doc, _id_of(store, doc)))
        progress(done, steps)
    return StoreDamage(next(filter(None, found), None), tuple(damaged))


def saved(folder: Path) -> Iterator[StoredDocument]:
    """Yield the documents of a damaged store that are sound, each once, as they were put.

    The first page of the file tells where the tables begin. Where it is unreadable, the first page of a new store
    replaces it.
    """
    seen: set[str] = set()
    with tempfile.TemporaryDirectory(dir=folder) as workspace:
        copy = Path(shutil.copyfile(folder / FILE, Path(workspace) / FILE))
        for first in (None, *_first_pages()):
            if seen:
                return
            if first:
                with copy.open("rb+") as file:
                    file.write(first)
            with suppress(*_ERRORS), closing(Store(copy.parent if first else folder, write=False)) as store:
                for doc in _numbers(store):
                    with suppress(*_ERRORS):
                        if _id_of(store, doc) not in seen and _is_sound(store, doc):
                            found = store.stored(doc)
                            seen.add(found.document.id)
                            yield found


@contextmanager
def reading_errors(folder: Path) -> Iterator[None]:
    """Convert errors as `storage_errors` does; errors of a damaged store become `DamagedError`."""
    with storage_errors(folder):
        try:
            yield
        except (*_ERRORS, MismatchError) as error:
            is_told = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
            if not is_told and (folder / FILE).exists() and (found := store_damage(folder)):
                raise sqlite3.DatabaseError(str(found)) from error
            raise


def _is_sound(store: Store, doc: int) -> bool:
    """Return whether all rows of a document's state match their checksum, and can be unpacked."""
    ask, unpack = store.connection.execute, store.packing.unpack
    try:
        question = "SELECT checksum, passages, born, died FROM documents WHERE doc = ?"
        checksum, passages, born, died = ask(question, (doc,)).fetchone()
        if checksum != document_checksum(store.connection, doc, rows_of(doc)) or (died is not None and died <= born):
            return False
        for question in ("SELECT header FROM headers WHERE doc = ?", "SELECT content FROM contents WHERE doc = ?"):
            unpack(ask(question, (doc,)).fetchone()[0])
        packed = ask("SELECT text, detail FROM passages WHERE row BETWEEN ? AND ?", rows_of(doc))
        unpacked = sum(bool(unpack(detail)) for text, detail in packed if unpack(text) is not None)
        _, vectors = next(store.vectors([doc]))
    except _ERRORS:
        return False
    return bool(unpacked == len(vectors.scales) == passages)


def _id_of(store: Store, doc: int) -> str:
    """Return the id of a state of a document, "" where it cannot be read."""
    with suppress(*_ERRORS):
        return str(store.connection.execute("SELECT id FROM documents WHERE doc = ?", (doc,)).fetchone()[0])
    return ""


def _numbers(store: Store) -> list[int]:
    """Return the numbers of the newest document states that can be read from either end of the table."""
    found: set[int] = set()
    for order in ("ASC", "DESC"):
        question = f"SELECT doc FROM documents WHERE died IS NULL ORDER BY doc {order}"  # noqa: S608 - own words
        with suppress(*_ERRORS):
            for (doc,) in store.connection.execute(question):
                found.add(doc)
    return sorted(found)


def _finding_of(store: Store, check: str) -> str | None:
    """Return the finding of an SQLite check, None where it finds nothing."""
    found = str(store.connection.execute(f"PRAGMA {check}").fetchone()[0])
    return None if found == "ok" else found


def _file_damage(store: Store) -> str | None:
    """Return the damage that SQLite does not detect: to its header, and to tables that have checksums of ours."""
    with (store.folder / FILE).open("rb") as file:
        head = file.read(_HEAD_BYTES)
    with closing(schema.empty()) as empty:
        wanted = empty.serialize()[:_HEAD_BYTES]
        if set(empty.execute(_DESCRIBED)) != set(store.connection.execute(_DESCRIBED)):
            return "the description of its tables is damaged"
    log = store.folder / f"{FILE}-wal"
    is_whole = not log.exists() or not log.stat().st_size  # else the head may be there
    if is_whole and (any(head[one] != wanted[one] for one in _FIXED) or not set(head[_JOURNAL]) <= _JOURNALS):
        return "the head of its file is damaged"
    if not is_meta_sound(store.connection):
        return "what it says of itself is damaged"
    if not are_dictionaries_sound(store.connection):
        return "a dictionary of its texts is damaged"
    return None if are_spellings_sound(store.connection) else "its spellings are damaged"


def _first_pages() -> Iterator[bytes]:
    """Yield the first page of a new store, and that of a store copied for a backup."""
    with closing(schema.empty()) as empty:
        for change in ("SELECT 1", "VACUUM"):
            empty.execute(change)
            page = bytearray(empty.serialize()[: schema.PAGE_BYTES])
            page[_SIZE_VALID_FOR] = b"\xff" * 4  # no change counters: SQLite counts pages by file size
            yield bytes(page)
