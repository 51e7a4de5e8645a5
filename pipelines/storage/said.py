"""What people said, as rows: how each is written and read, what a copy of them holds, and what is wrong with one.

Of the rest of a state no copies are kept: it can be rebuilt.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from configs.system.yamlfile import plain_sentence
from extractors.corrections import Correction
from index.copies import damage_of_kept
from index.database import open_to_read
from index.judgements.store import AnyJudgement, judgement_of
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
"""What people said, and what was told to them."""


def write_said(path: Path, target: Path, schema: str) -> None:
    """Write what people said into a new file, made by `schema`, which can take the place of the other.

    Nobody opens it before it is whole, and `keep_copy` writes it to the disk then: so no journal is needed.
    """
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("ATTACH ? AS whole", (str(path),))
        connection.executescript(f"BEGIN; {schema}")
        for table in SAID:
            connection.execute(f"INSERT OR REPLACE INTO main.{table.name} SELECT * FROM whole.{table.name}")  # noqa: S608 - own names
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")


def damage_of_state(path: Path) -> str | None:
    """Return what is wrong with the file of a state or a copy of it, None for a sound one; it is only read."""
    if found := damage_of_kept(path):
        return found
    try:
        with closing(open_to_read(path)) as connection:
            connection.row_factory = sqlite3.Row
            if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION:
                for table, of_row in ((judgements, judgement_of_row), (corrections, correction_of_row)):
                    for row in connection.execute(f"SELECT * FROM {table.name}"):  # noqa: S608 - own names
                        of_row(dict(row))
    except sqlite3.Error as error:
        return str(error)
    except ValueError as error:
        return first_problem(error)
    return None


def row_of_judgement(judgement: AnyJudgement) -> dict[str, Any]:
    """Return the row of a judgement."""
    return {
        "number": judgement.id,
        "document": judgement.document,
        "content": judgement.model_dump_json(exclude={"id"}),
    }


def judgement_of_row(row: Mapping[str, Any]) -> AnyJudgement:
    """Return the judgement of a row. Raises `ValueError` for one that nobody can have said."""
    return judgement_of({**json.loads(row["content"]), "id": row["number"]})


def row_of_correction(one: Correction) -> dict[str, Any]:
    """Return the row of a correction."""
    link = one.value if one.field == "version_of" else None
    content = one.model_dump_json(exclude={"id"})
    return {"number": one.id, "document": one.document, "version_of": link, "content": content}


def correction_of_row(row: Mapping[str, Any]) -> Correction:
    """Return the correction of a row. Raises `ValueError` for one that nobody can have said."""
    return Correction(**{**json.loads(row["content"]), "id": row["number"]})


def first_problem(error: ValueError) -> str:
    """Return what is wrong with a row, in a sentence."""
    return plain_sentence(error.errors()[0]) if isinstance(error, ValidationError) else str(error)
