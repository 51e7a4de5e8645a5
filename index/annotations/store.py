"""What people said of tags, themes and papers: a store to which labels and corrections are only ever added.

It is separate from the index, so it outlives an index that is rebuilt for another encoder. With the embedded
engine it is a file of the home; with Elasticsearch it lies in the cluster (`index.elastic.annotations`).
"""

import socket
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias, TypeVar

from pydantic import ValidationError

from configs.system.yamlfile import plain_sentence
from extractors.corrections import Correction
from extractors.document import Value
from extractors.maturity.labels import Label
from extractors.themes.annotated import ThemeLabel
from index.copies import damage_of_kept, keep_copy, was_emptied
from index.database import DamagedError, SharedFile, open_to_read

LABELS = "labels.db"
SCHEMA_VERSION = 5
"""Raised with every change of the table."""
AnyLabel: TypeAlias = Label | ThemeLabel

_FIELDS = tuple(dict.fromkeys(name for kind in (Label, ThemeLabel) for name in kind.model_fields if name != "id"))
_STAY = """CREATE TRIGGER IF NOT EXISTS labels_stay BEFORE UPDATE ON labels
    BEGIN SELECT RAISE(ABORT, 'labels are never changed'); END;"""
_REMAIN = """CREATE TRIGGER IF NOT EXISTS labels_remain BEFORE DELETE ON labels
    BEGIN SELECT RAISE(ABORT, 'labels are never deleted'); END;"""
_TABLE = """CREATE TABLE IF NOT EXISTS labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('accept', 'reject', 'set', 'withdraw')),
    tag TEXT NOT NULL,
    document TEXT NOT NULL,
    quote TEXT NOT NULL,
    offset INTEGER NOT NULL,
    kind TEXT NOT NULL DEFAULT 'tag' CHECK (kind IN ('tag', 'theme')),
    -- of a tag
    model TEXT,
    model_version TEXT,
    provenance TEXT,
    judged TEXT,
    dimension TEXT,
    level TEXT,
    modality TEXT,
    subject TEXT,
    statement TEXT,
    -- of a theme
    theme TEXT,
    label TEXT,
    why TEXT,
    act TEXT,
    CHECK (kind <> 'tag' OR (model || model_version || provenance || judged || dimension || statement) IS NOT NULL),
    CHECK (kind <> 'theme' OR (theme || label) IS NOT NULL)
) STRICT;"""
_CORRECTIONS = """CREATE TABLE IF NOT EXISTS corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('set', 'withdraw')),
    document TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT,
    act TEXT
) STRICT;"""
_CORRECTIONS_STAY = """CREATE TRIGGER IF NOT EXISTS corrections_stay BEFORE UPDATE ON corrections
    BEGIN SELECT RAISE(ABORT, 'corrections are never changed'); END;"""
_CORRECTIONS_REMAIN = """CREATE TRIGGER IF NOT EXISTS corrections_remain BEFORE DELETE ON corrections
    BEGIN SELECT RAISE(ABORT, 'corrections are never deleted'); END;"""
_OF_CORRECTIONS = (_CORRECTIONS, _CORRECTIONS_STAY, _CORRECTIONS_REMAIN)
_SCHEMA = " ".join((_TABLE, _STAY, _REMAIN, *_OF_CORRECTIONS))
_RENAMED_CORRECTIONS = (
    "UPDATE corrections SET document = ? WHERE document = ?",
    "UPDATE corrections SET value = ? WHERE field = 'version_of' AND value = ?",
)
_REMEDY = "run customs-lens doctor --repair"
V = TypeVar("V", bound=Value)


def damage_of_labels(path: Path) -> str | None:
    """Return what is wrong with a file of labels or a copy of it, None for a sound one; it is only read."""
    if found := damage_of_kept(path):
        return found
    try:
        with closing(open_to_read(path)) as connection:
            connection.row_factory = sqlite3.Row
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == SCHEMA_VERSION:
                _read(connection, 0)
                _read_corrections(connection, 0)
    except sqlite3.Error as error:
        return str(error)
    except ValidationError as error:
        return plain_sentence(error.errors()[0])
    return None


def label_of(row: Mapping[str, Any]) -> AnyLabel:
    """Return the label of a row, which may say nothing of its kind: then it is of a tag.

    Raises `ValidationError` where it is none.
    """
    kind = ThemeLabel if row.get("kind") == "theme" else Label
    return kind(**{name: value for name, value in row.items() if name in kind.model_fields})


def _read(connection: sqlite3.Connection, number: int) -> list[AnyLabel]:
    rows = connection.execute("SELECT * FROM labels WHERE id > ? ORDER BY id", (number,))
    return [label_of(dict(row)) for row in rows]


def _read_corrections(connection: sqlite3.Connection, number: int) -> list[Correction]:
    rows = connection.execute("SELECT * FROM corrections WHERE id > ? ORDER BY id", (number,))
    return [Correction(**dict(row)) for row in rows]


class Labels(Protocol):
    """A store of labels, and of corrections; several processes may add to it at once.

    Every method raises `UnavailableError` where it cannot be used and `MismatchError` where another version of the
    program made it.
    """

    @property
    def name(self) -> str:
        """Which store it is, among all whose labels an index may know."""
        ...

    def since(self, number: int) -> list[AnyLabel]:
        """Return the labels after the one with this id, oldest first."""

    def add(self, labels: Sequence[AnyLabel]) -> list[AnyLabel]:
        """Store new labels, all or none, and return them with their ids; they are safe when this returns."""

    def corrections(self, number: int = 0) -> list[Correction]:
        """Return the corrections after the one with this id, oldest first."""

    def correct(self, corrections: Sequence[Correction]) -> list[Correction]:
        """Store new corrections, all or none, and return them with their ids; they are safe when this returns."""

    def rename(self, documents: Mapping[str, str]) -> int:
        """Let labels and corrections follow documents that have other ids now, by the old ids; return how many did.

        Who has read labels before has to read them again.
        """

    def close(self) -> None:
        """Let go of it."""


class LabelStore:
    """The labels of one home; several processes may add to it at once.

    The file is created with the first label, and backed up after each change (`index.copies`). Every method raises
    `UnavailableError` where it cannot be used (`DamagedError` where it is damaged) and `MismatchError` where another
    version of the program made it.
    """

    def __init__(self, home: Path) -> None:
        self._file = SharedFile(home / LABELS, _SCHEMA, SCHEMA_VERSION, "file of labels")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._file.path

    @property
    def name(self) -> str:
        """Which file it is, on which machine."""
        return f"{socket.gethostname()}:{self.path}"

    def since(self, number: int) -> list[AnyLabel]:
        """Return the labels after the one with this id, oldest first."""
        return self._read(_read, number)

    def corrections(self, number: int = 0) -> list[Correction]:
        """Return the corrections after the one with this id, oldest first."""
        return self._read(_read_corrections, number)

    def add(self, labels: Sequence[AnyLabel]) -> list[AnyLabel]:
        """Store new labels, all or none, and return them with their ids; they are safe when this returns."""
        places = ", ".join(f":{name}" for name in _FIELDS)
        statement = f"INSERT INTO labels ({', '.join(_FIELDS)}) VALUES ({places})"  # noqa: S608 - own names
        self._refuse_emptied()
        with self._file.changing() as connection:
            ids = [
                connection.execute(statement, dict.fromkeys(_FIELDS) | label.model_dump(exclude={"id"})).lastrowid
                for label in labels
            ]
        keep_copy(self.path)
        return [label.model_copy(update={"id": number}) for label, number in zip(labels, ids, strict=True)]

    def correct(self, corrections: Sequence[Correction]) -> list[Correction]:
        """Store new corrections; see `Labels.correct`."""
        statement = (
            "INSERT INTO corrections (at, author, action, document, field, value, act)"
            " VALUES (:at, :author, :action, :document, :field, :value, :act)"
        )
        self._refuse_emptied()
        with self._file.changing() as connection:
            ids = [connection.execute(statement, one.model_dump(exclude={"id"})).lastrowid for one in corrections]
        keep_copy(self.path)
        return [one.model_copy(update={"id": number}) for one, number in zip(corrections, ids, strict=True)]

    def rename(self, documents: Mapping[str, str]) -> int:
        """Let labels and corrections follow documents that have other ids now; see `Labels.rename`."""
        if not self._file.is_there:
            return 0
        self._refuse_emptied()
        rows = [(new, old, new, old) for old, new in documents.items() if old != new]
        change = "UPDATE labels SET document = ?, tag = replace(tag, ?, ?) WHERE document = ?"
        with self._file.changing() as connection:
            connection.execute("DROP TRIGGER IF EXISTS labels_stay")  # what they say stays as it is
            count = sum(connection.execute(change, row).rowcount for row in rows)
            connection.execute(_STAY)
            connection.execute("DROP TRIGGER IF EXISTS corrections_stay")
            pairs = [(new, old) for new, old, *_ in rows]
            for change in _RENAMED_CORRECTIONS:
                count += sum(connection.execute(change, pair).rowcount for pair in pairs)
            connection.execute(_CORRECTIONS_STAY)
        if count:
            keep_copy(self.path)
        return count

    def _read(self, read: Callable[[sqlite3.Connection, int], list[V]], number: int) -> list[V]:
        if not self._file.is_there:
            return []
        self._refuse_emptied()
        try:
            with self._file.reading() as connection:
                return read(connection, number)
        except ValidationError as error:
            message = f"{self.path}: the file of labels is damaged: {plain_sentence(error.errors()[0])}"
            raise DamagedError(message, _REMEDY) from error

    def _refuse_emptied(self) -> None:
        """Raise `DamagedError` where SQLite would begin a new file in place of one that held labels."""
        if was_emptied(self.path):
            raise DamagedError(f"{self.path}: the file of labels is empty", _REMEDY)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
