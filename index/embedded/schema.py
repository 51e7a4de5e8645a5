"""The tables of the store, and which version of them and which encoder an index was made with."""

import sqlite3
import uuid
from pathlib import Path

from configs.errors import MismatchError, UnavailableError
from index.encoder import EncoderIdentity

SCHEMA_VERSION = 2
"""Raised with every change of the tables, of the text analysis or of the vector file."""

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- A row is one state of a document. It is never changed, only superseded: `born` and `died` are the sequence
-- numbers of the writes that brought it and took it away. Its number `doc` is never used again.
CREATE TABLE documents (
    doc INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, source TEXT NOT NULL, language TEXT,
    paper INTEGER NOT NULL,
    passages INTEGER NOT NULL, facts BLOB NOT NULL, versions TEXT NOT NULL, born INTEGER NOT NULL, died INTEGER
);
CREATE UNIQUE INDEX documents_id ON documents (id) WHERE died IS NULL;
CREATE INDEX documents_source ON documents (source);
CREATE INDEX documents_paper ON documents (paper);
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
-- Terms of words without their accents, and the terms with them where they differ (index.analysis).
CREATE TABLE spellings (
    language TEXT NOT NULL, plain TEXT NOT NULL, term TEXT NOT NULL, PRIMARY KEY (language, plain, term)
) WITHOUT ROWID;
"""


def create(connection: sqlite3.Connection, identity: EncoderIdentity) -> None:
    """Make the tables of a new index."""
    connection.executescript(f"BEGIN IMMEDIATE; {TABLES}")
    rows = {
        "schema": str(SCHEMA_VERSION),
        "index": uuid.uuid4().hex,
        "encoder": identity.model_dump_json(),
        "sequence": "0",
    }
    connection.executemany("INSERT INTO meta VALUES (?, ?)", rows.items())
    connection.execute("COMMIT")


def is_made(connection: sqlite3.Connection) -> bool:
    """Return whether a file has the tables of an index."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is not None


def check(connection: sqlite3.Connection, folder: Path, identity: EncoderIdentity | None) -> dict[str, str]:
    """Return what the index says of itself.

    Raises `MismatchError` where its version or encoder is another one; without an identity any encoder will do.
    """
    if not is_made(connection):
        raise no_index(folder)
    meta = dict(connection.execute("SELECT name, value FROM meta"))
    remedy = "ingest again into a new --home"
    if meta["schema"] != str(SCHEMA_VERSION):
        message = f"{folder}: the index has version {meta['schema']}, this program writes {SCHEMA_VERSION}"
        raise MismatchError(message, f"{remedy}, or use the version of the program that made it")
    made = EncoderIdentity.model_validate_json(meta["encoder"])
    if identity and not made.fits(identity):
        message = f"{folder}: the index was made with the encoder {_named(made)}, not with {_named(identity)}"
        raise MismatchError(message, f"{remedy}, or run with --encoder {made.name}")
    return meta


def no_index(folder: Path) -> UnavailableError:
    """Return the error for a home without an index."""
    return UnavailableError(f"{folder}: there is no index yet", "run customs-lens ingest first")


def _named(encoder: EncoderIdentity) -> str:
    return f"{encoder.name} (model {encoder.model_hash[:8]}, {encoder.dimension} dimensions)"
