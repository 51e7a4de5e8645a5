"""What people said of tags, themes and papers: rows to which more are only ever added.

They lie apart from the index, so they outlive one that is rebuilt, for another encoder too. Nothing here changes or
deletes what was said; documents that have other ids now are all that is written into a row again.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Table, or_, select

from configs.system.yamlfile import plain_sentence
from extractors.corrections import Correction
from extractors.judgements import renamed
from index.copies import damage_of_kept
from index.database import DamagedError, open_to_read
from index.judgements.store import AnyJudgement, Revision, judgement_of
from pipelines.storage.state import State, among, next_number, put
from pipelines.storage.tables import SCHEMA_VERSION, about, corrections, counters, judgements

NUMBERS, MOVES = "judgements", "judgements moved"
"""Counters: of what was said of tags and themes, and of the times that it followed documents to other ids."""
_CORRECTIONS = "corrections"
S = TypeVar("S", bound=AnyJudgement | Correction)


class Judgements:
    """What people said in a home, or in the homes that share a database; see `index.judgements.store.Judgements`."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def name(self) -> str:
        """The id of the state."""
        with self._state.reading() as connection:
            return str(connection.execute(select(about.c.value).where(about.c.name == "id")).scalar_one())

    def revision(self) -> Revision:
        """Return how far the judgements are."""
        question = select(counters.c.name, counters.c.number).where(counters.c.name.in_((NUMBERS, MOVES)))
        with self._state.reading() as connection:
            found = dict(connection.execute(question).all())
        return Revision(found.get(NUMBERS, 0), found.get(MOVES, 0))

    def since(self, number: int) -> list[AnyJudgement]:
        """Return the judgements after the one with this number, oldest first."""
        with self._reading() as connection:
            return [_judgement(row) for row in _rows(connection, judgements, judgements.c.number > number)]

    def add(self, given: Sequence[AnyJudgement]) -> list[AnyJudgement]:
        """Store new judgements; see `JudgementStore.add`."""
        with self._state.changing() as connection:
            stored = [
                judgement_of({**one.model_dump(), "id": number})
                for number, one in _numbered(connection, NUMBERS, given)
            ]
            put(connection, judgements, [_row(one) for one in stored])
        return stored

    def corrections(self, number: int = 0) -> list[Correction]:
        """Return the corrections after the one with this number, oldest first."""
        with self._reading() as connection:
            return [_correction(row) for row in _rows(connection, corrections, corrections.c.number > number)]

    def correct(self, given: Sequence[Correction]) -> list[Correction]:
        """Store new corrections; see `JudgementStore.correct`."""
        with self._state.changing() as connection:
            stored = [
                Correction(**{**one.model_dump(), "id": number})
                for number, one in _numbered(connection, _CORRECTIONS, given)
            ]
            put(connection, corrections, [_correction_row(one) for one in stored])
        return stored

    def rename(self, documents: Mapping[str, str]) -> int:
        """Let judgements and corrections follow documents that have other ids now; see `JudgementStore.rename`."""
        changes = {old: new for old, new in documents.items() if old != new}
        if not changes or not self._state.is_there:
            return 0
        named = or_(among(corrections.c.document, changes), among(corrections.c.version_of, changes))
        with self._state.changing() as connection, self._sound():
            said = _rows(connection, judgements, among(judgements.c.document, changes), locked=True)
            corrected = _rows(connection, corrections, named, locked=True)
            if said:
                next_number(connection, MOVES)
            put(connection, judgements, [_row(renamed(_judgement(row), changes)) for row in said])
            put(connection, corrections, [_correction_row(_correction(row).renamed(changes)) for row in corrected])
        return len(said) + len(corrected)

    def close(self) -> None:
        """Let go of the state."""
        self._state.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._state.reading() as connection, self._sound():
            yield connection

    @contextmanager
    def _sound(self) -> Iterator[None]:
        """Say of rows that cannot be read that the state is damaged."""
        try:
            yield
        except ValueError as error:
            message = f"{self._state.path}: the state is damaged: {_words(error)}"
            raise DamagedError(message, "run customs-lens doctor --repair") from error


def damage_of_state(path: Path) -> str | None:
    """Return what is wrong with the file of a state or a copy of it, None for a sound one; it is only read."""
    if found := damage_of_kept(path):
        return found
    try:
        with closing(open_to_read(path)) as connection:
            connection.row_factory = sqlite3.Row
            if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION:
                for table, of_row in ((judgements, _judgement), (corrections, _correction)):
                    for row in connection.execute(f"SELECT * FROM {table.name}"):  # noqa: S608 - own names
                        of_row(dict(row))
    except sqlite3.Error as error:
        return str(error)
    except ValueError as error:
        return _words(error)
    return None


def _rows(
    connection: Connection, table: Table, wanted: ColumnElement[bool], *, locked: bool = False
) -> list[dict[str, Any]]:
    """Return rows, oldest first; `locked` until the change is committed."""
    question = select(table).where(wanted).order_by(table.c.number)
    found = connection.execute(question.with_for_update() if locked else question).mappings()
    return [dict(row) for row in found]


def _numbered(connection: Connection, counter: str, said: Sequence[S]) -> Iterator[tuple[int, S]]:
    """Yield what was said with new numbers; nothing was said where there is none."""
    if said:
        last = next_number(connection, counter, len(said))
        yield from enumerate(said, last - len(said) + 1)


def _row(judgement: AnyJudgement) -> dict[str, Any]:
    return {
        "number": judgement.id,
        "document": judgement.document,
        "content": judgement.model_dump_json(exclude={"id"}),
    }


def _judgement(row: Mapping[str, Any]) -> AnyJudgement:
    return judgement_of({**json.loads(row["content"]), "id": row["number"]})


def _correction_row(one: Correction) -> dict[str, Any]:
    link = one.value if one.field == "version_of" else None
    content = one.model_dump_json(exclude={"id"})
    return {"number": one.id, "document": one.document, "version_of": link, "content": content}


def _correction(row: Mapping[str, Any]) -> Correction:
    return Correction(**{**json.loads(row["content"]), "id": row["number"]})


def _words(error: ValueError) -> str:
    return plain_sentence(error.errors()[0]) if isinstance(error, ValidationError) else str(error)
