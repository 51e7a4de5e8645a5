"""Judgements on tags and themes and corrections of papers: append-only rows.

They are stored apart from the index, so they survive a rebuild, also for another encoder. Stored judgements and
corrections are never deleted; the only update of a row is a new id of its document.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, or_, select

from configs.system.sqlite.database import DamagedError
from extractors.corrections import Correction
from extractors.judgements import renamed, renamed_id
from index.judgements.store import AnyJudgement, Revision, judgement_of
from pipelines.storage.said import (
    correction_of_row,
    first_problem,
    judgement_of_row,
    row_of_correction,
    row_of_judgement,
)
from pipelines.storage.state import State
from pipelines.storage.statements import among, next_number, put
from pipelines.storage.tables import about, corrections, counters, judged, judgements

NUMBERS, MOVES = "judgements", "judgements moved"
"""Counters of judgements, and of the times that judgements were reassigned to new document ids."""
_CORRECTIONS = "corrections"
S = TypeVar("S", bound=AnyJudgement | Correction)


class Judgements:
    """The judgements of a home, or of the homes that share a database; see `index.judgements.store.Judgements`."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def name(self) -> str:
        """The id of the state."""
        with self._state.reading() as connection:
            return str(connection.execute(select(about.c.value).where(about.c.name == "id")).scalar_one())

    def revision(self) -> Revision:
        """Return the revision of the judgements."""
        question = select(counters.c.name, counters.c.number).where(counters.c.name.in_((NUMBERS, MOVES)))
        with self._state.reading() as connection:
            found = dict(connection.execute(question).all())
        return Revision(found.get(NUMBERS, 0), found.get(MOVES, 0))

    def since(self, number: int) -> list[AnyJudgement]:
        """Return the judgements after the one with this number, oldest first."""
        with self._reading() as connection:
            return [judgement_of_row(row) for row in _rows(connection, judgements, judgements.c.number > number)]

    def add(self, given: Sequence[AnyJudgement]) -> list[AnyJudgement]:
        """Store new judgements; see `JudgementStore.add`."""
        with self._state.changing() as connection:
            return add_judgements(connection, given)

    def corrections(self, number: int = 0) -> list[Correction]:
        """Return the corrections after the one with this number, oldest first."""
        with self._reading() as connection:
            return [correction_of_row(row) for row in _rows(connection, corrections, corrections.c.number > number)]

    def correct(self, given: Sequence[Correction]) -> list[Correction]:
        """Store new corrections; see `JudgementStore.correct`."""
        with self._state.changing() as connection:
            stored = [
                Correction(**{**one.model_dump(), "id": number})
                for number, one in _numbered(connection, _CORRECTIONS, given)
            ]
            put(connection, corrections, [row_of_correction(one) for one in stored])
        return stored

    def rename(self, documents: Mapping[str, str]) -> int:
        """Reassign judgements, with their records, and corrections to new document ids; see `JudgementStore.rename`."""
        changes = {old: new for old, new in documents.items() if old != new}
        if not changes or not self._state.is_there:
            return 0
        named = or_(among(corrections.c.document, changes), among(corrections.c.version_of, changes))
        with self._state.changing() as connection, self._damage_reported():
            said = _rows(connection, judgements, among(judgements.c.document, changes), locked=True)
            corrected = _rows(connection, corrections, named, locked=True)
            recorded = _rows(connection, judged, among(judged.c.document, changes), locked=True)
            if said or corrected:
                next_number(connection, MOVES)
            put(connection, judgements, [row_of_judgement(renamed(judgement_of_row(row), changes)) for row in said])
            put(connection, judged, [_moved_record(row, changes) for row in recorded])
            put(
                connection,
                corrections,
                [row_of_correction(correction_of_row(row).renamed(changes)) for row in corrected],
            )
        return len(said) + len(corrected)

    def close(self) -> None:
        """Close the state."""
        self._state.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._state.reading() as connection, self._damage_reported():
            yield connection

    @contextmanager
    def _damage_reported(self) -> Iterator[None]:
        """Report rows that cannot be read as damage of the state."""
        try:
            yield
        except ValueError as error:
            message = f"{self._state.path}: the state is damaged: {first_problem(error)}"
            raise DamagedError(message, "run customs-lens doctor --repair") from error


def add_judgements(connection: Connection, given: Sequence[AnyJudgement]) -> list[AnyJudgement]:
    """Store new judgements within a transaction of the caller, and return them with their ids."""
    stored = [judgement_of({**one.model_dump(), "id": number}) for number, one in _numbered(connection, NUMBERS, given)]
    put(connection, judgements, [row_of_judgement(one) for one in stored])
    return stored


def _moved_record(row: Mapping[str, Any], documents: Mapping[str, str]) -> dict[str, Any]:
    """Return the row of a review record with the new id of its document."""
    old, known, judgement = row["document"], json.loads(row["judged"]), row["judgement"]
    new = documents[old]
    if judgement:
        judgement = renamed(judgement_of(json.loads(judgement)), documents).model_dump_json()
    known["id"] = renamed_id(known["id"], old, new)
    moved = {"document": new, "item": renamed_id(row["item"], old, new)}
    return {**row, **moved, "judged": json.dumps(known), "judgement": judgement}


def _rows(
    connection: Connection, table: Table, wanted: ColumnElement[bool], *, locked: bool = False
) -> list[dict[str, Any]]:
    """Return rows, oldest first; `locked` until the transaction ends."""
    question = select(table).where(wanted).order_by(table.c.number)
    found = connection.execute(question.with_for_update() if locked else question).mappings()
    return [dict(row) for row in found]


def _numbered(connection: Connection, counter: str, said: Sequence[S]) -> Iterator[tuple[int, S]]:
    """Yield judgements or corrections with new numbers; if there are none, no number is used."""
    if said:
        last = next_number(connection, counter, len(said))
        yield from enumerate(said, last - len(said) + 1)
