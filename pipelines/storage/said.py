"""Rows of people's judgements, corrections and other input: conversion, copies of them, and detection of damage.

The remaining tables of a state are not copied: they can be rebuilt.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from configs.system.sqlite.copies import damage_of_kept
from configs.system.sqlite.database import DamagedError, add_functions, any_text, open_to_read
from configs.system.yamlfile import plain_sentence
from extractors.corrections import Correction
from index.judgements.store import AnyJudgement, judgement_of
from pipelines.storage.checksums import damaged_rows, file_schema, wrong_tables
from pipelines.storage.tables import (
    SCHEMA_VERSION,
    about,
    arrivals,
    briefings,
    corrections,
    counters,
    judged,
    judgements,
    looked_at,
    searches,
    sent,
    tombstones,
)

SAID = (about, counters, searches, looked_at, arrivals, sent, judgements, corrections, judged, briefings, tombstones)
"""The tables of people's input, and of what they were notified about."""
_MAX_LISTED_ROWS = 10
"""Number of damaged rows that a message lists."""


def write_said(path: Path, target: Path) -> None:
    """Copy the tables of people's input into a new file, which can replace a damaged state.

    No process opens the file before it is complete, and `keep_copy` then syncs it to disk, so no journal is needed.
    Raises `DamagedError` for a file with a damaged row: in the copy the row would get a new, valid checksum.
    """
    with closing(open_to_read(path)) as connection:
        connection.text_factory = any_text
        if found := next(damaged_rows(connection, SAID), None):
            raise DamagedError(f"{path}: is damaged: the row {found}", "run customs-lens doctor --repair")
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        add_functions(connection)
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("ATTACH ? AS whole", (str(path),))
        connection.executescript(f"BEGIN; {file_schema()}")
        for table in SAID:
            names = ", ".join(table.columns.keys())
            rows = f"SELECT {names} FROM whole.{table.name}"  # noqa: S608 - own names
            connection.execute(f"INSERT OR REPLACE INTO main.{table.name} ({names}) {rows}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")


def damage_of_state(path: Path) -> str | None:
    """Return what is damaged in the file of a state or in a copy of it, None for an intact file; opens it read-only."""
    if found := damage_of_kept(path):
        return found
    try:
        with closing(open_to_read(path)) as connection:
            if not _is_of_this_version(connection):
                return None  # opening the state reports the version
            connection.text_factory = any_text
            if wrong := [*wrong_tables(connection), *damaged_rows(connection)]:
                more = f" and {len(wrong) - _MAX_LISTED_ROWS} more" if wrong[_MAX_LISTED_ROWS:] else ""
                return f"not what was stored: {', '.join(wrong[:_MAX_LISTED_ROWS])}{more}"
    except sqlite3.Error as error:
        return str(error)
    return None


def _is_of_this_version(connection: sqlite3.Connection) -> bool:
    """Return whether a file has the tables of this version, which the file records in two places."""
    if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION:
        return True
    stated = connection.execute(f"SELECT value FROM {about.name} WHERE name = 'version'").fetchone()  # noqa: S608
    if stated and stated[0] == str(SCHEMA_VERSION):
        raise sqlite3.DatabaseError("its version is not the one that was stored")
    return False


def row_of_judgement(judgement: AnyJudgement) -> dict[str, Any]:
    """Return the row of a judgement."""
    return {
        "number": judgement.id,
        "document": judgement.document,
        "content": judgement.model_dump_json(exclude={"id"}),
    }


def judgement_of_row(row: Mapping[str, Any]) -> AnyJudgement:
    """Return the judgement in a row. Raises `ValueError` for an invalid one."""
    return judgement_of({**json.loads(row["content"]), "id": row["number"]})


def row_of_correction(one: Correction) -> dict[str, Any]:
    """Return the row of a correction."""
    link = one.value if one.field == "version_of" else None
    content = one.model_dump_json(exclude={"id"})
    return {"number": one.id, "document": one.document, "version_of": link, "content": content}


def correction_of_row(row: Mapping[str, Any]) -> Correction:
    """Return the correction in a row. Raises `ValueError` for an invalid one."""
    return Correction(**{**json.loads(row["content"]), "id": row["number"]})


def first_problem(error: ValueError) -> str:
    """Return the first problem of an invalid row as a sentence."""
    return plain_sentence(error.errors()[0]) if isinstance(error, ValidationError) else str(error)
