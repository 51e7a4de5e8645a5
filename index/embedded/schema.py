"""The tables of the store, and the versions of schema and encoder that an index was built with."""

import logging
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from configs.system.errors import BEFORE_0_1_0, MismatchError, UnavailableError
from configs.system.sqlite.database import open_to_read
from index.embedded.checksums import is_meta_sound, seal_meta
from index.encoder import EncoderIdentity

SCHEMA_VERSION = 7
"""Raised with every change of the tables; `STEPS` gets what makes them of the version before.

Text index and vector file have versions of their own, and are rebuilt from the tables.
"""
PAGE_BYTES = 16_384
"""Pages of a new file: of SQLite's own 4096 bytes, passages of 700 leave a twelfth empty."""
_DICTIONARIES = """
-- What texts and details of passages are packed with (index.embedded.packing); none is ever changed or taken away.
CREATE TABLE dictionaries (
    checksum INTEGER PRIMARY KEY, kind TEXT NOT NULL, passages INTEGER NOT NULL, content BLOB NOT NULL
);
"""
_SPELLINGS = """
-- Terms of words without their accents, and the terms with them where they differ (index.analysis), for each access
-- class of the papers that have them; '' is none.
CREATE TABLE spellings (
    language TEXT NOT NULL, plain TEXT NOT NULL, term TEXT NOT NULL, access TEXT NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (language, plain, term, access)
) WITHOUT ROWID;
"""
STEPS: dict[int, str] = {}
"""The statements that make the tables of the next version of those of an older one, within a transaction."""

_log = logging.getLogger(__name__)

TABLES = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- A row is one state of a document. It is never changed, only superseded: `born` and `died` are the sequence
-- numbers of the writes that brought it and took it away. Its number `doc` is that of the write that brought it.
-- The checksum is of all its rows, in every table.
CREATE TABLE documents (
    doc INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL, language TEXT,
    paper INTEGER NOT NULL,
    passages INTEGER NOT NULL, facts BLOB NOT NULL, versions TEXT NOT NULL, born INTEGER NOT NULL, died INTEGER,
    checksum INTEGER NOT NULL
);
CREATE UNIQUE INDEX documents_id ON documents (id) WHERE died IS NULL;
CREATE INDEX documents_source ON documents (source);
CREATE INDEX documents_paper ON documents (paper);
CREATE INDEX documents_counted ON documents (paper, passages) WHERE died IS NULL;
CREATE INDEX documents_born ON documents (born);
CREATE INDEX documents_died ON documents (died) WHERE died IS NOT NULL;
CREATE TABLE papers (paper INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
-- The distinct values of every field; `facts`, `named` and `tags` hold their numbers (int32).
CREATE TABLE terms (term INTEGER PRIMARY KEY, field TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (field, value));
CREATE TABLE symbols (form TEXT NOT NULL, doc INTEGER NOT NULL, PRIMARY KEY (form, doc)) WITHOUT ROWID;
CREATE INDEX symbols_doc ON symbols (doc);
CREATE TABLE headers (doc INTEGER PRIMARY KEY, header BLOB NOT NULL);
CREATE TABLE contents (doc INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, ordinal INTEGER NOT NULL, language TEXT, text BLOB NOT NULL, detail BLOB NOT NULL
);
CREATE TABLE tags (doc INTEGER PRIMARY KEY, named BLOB NOT NULL, tags BLOB NOT NULL);
CREATE TABLE vectors (doc INTEGER PRIMARY KEY, vectors BLOB NOT NULL);
{_SPELLINGS}
{_DICTIONARIES}
"""


def create(connection: sqlite3.Connection, identity: EncoderIdentity) -> None:
    """Create the tables of a new index."""
    connection.executescript(f"BEGIN IMMEDIATE; {TABLES}")
    rows = {
        "schema": str(SCHEMA_VERSION),
        "index": uuid.uuid4().hex,
        "encoder": identity.model_dump_json(),
        "sequence": "0",
    }
    connection.executemany("INSERT INTO meta VALUES (?, ?)", rows.items())
    seal_meta(connection)
    connection.execute("COMMIT")


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate older tables to this version where the steps are known, all of them or none."""
    while (found := _version(connection)) in STEPS:
        step = STEPS[found]
        name = f"UPDATE meta SET value = '{found + 1}' WHERE name = 'schema'"  # noqa: S608 - a number of ours
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {step}")
            connection.execute(name)
            seal_meta(connection)
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        _log.warning("the index is of version %d, and is brought up to version %d", found, found + 1)


def empty() -> sqlite3.Connection:
    """Return an in-memory store without rows."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.executescript(TABLES)
    return connection


def is_of_other_version(connection: sqlite3.Connection) -> bool:
    """Return whether another version of the program created the tables, as far as can be determined."""
    names = {name for (name,) in connection.execute("SELECT name FROM meta")}
    return _version(connection) != SCHEMA_VERSION and ("checksum" not in names or is_meta_sound(connection))


def is_made(connection: sqlite3.Connection) -> bool:
    """Return whether a file has the tables of an index."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is not None


def check(connection: sqlite3.Connection, folder: Path, identity: EncoderIdentity | None) -> dict[str, str]:
    """Return the metadata of the index.

    Raises `MismatchError` where its version or encoder is another one; without an identity any encoder will do.
    """
    meta = stated(connection, folder)
    if (version := _version(connection)) != SCHEMA_VERSION:
        message = f"{folder}: the index has version {version}, this program has {SCHEMA_VERSION}"
        raise MismatchError(message, _remedy(version))
    made = EncoderIdentity.model_validate_json(meta["encoder"])
    if identity and not made.fits(identity):
        message = (
            f"{folder}: the index was made with the encoder {_description(made)}, not with {_description(identity)}"
        )
        raise MismatchError(message, f"ingest again into a new --home, or run with --encoder {made.name}")
    return meta


def stated(connection: sqlite3.Connection, folder: Path) -> dict[str, str]:
    """Return the metadata of the index, whatever its version."""
    if not is_made(connection):
        raise no_index(folder)
    return dict(connection.execute("SELECT name, value FROM meta"))


def no_index(folder: Path) -> UnavailableError:
    """Return the error for a folder without a primary store; a text index in it proves that the store was lost."""
    if (folder / "text").is_dir():
        return UnavailableError(f"{folder}: the primary store is empty or missing", "run customs-lens doctor --repair")
    return UnavailableError(f"{folder}: there is no index yet", "run customs-lens ingest first")


def version_of_file(path: Path) -> int | None:
    """Return the schema version of a store without changing it; None where it cannot be read."""
    try:
        with closing(open_to_read(path)) as connection:
            return _version(connection)
    except sqlite3.Error:
        return None


def _version(connection: sqlite3.Connection) -> int:
    found = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    return int(found[0]) if found and found[0].isdecimal() else 0


def _remedy(version: int) -> str:
    """Return the remedy for an index of another version."""
    if version > SCHEMA_VERSION:
        return "use the version of the program that made it, or a newer one; or restore an older backup"
    if version in STEPS:
        return "run customs-lens rebuild: it brings the index up to date"
    return BEFORE_0_1_0


def _description(encoder: EncoderIdentity) -> str:
    return f"{encoder.name} (model {encoder.model_hash[:8]}, {encoder.dimension} dimensions)"
