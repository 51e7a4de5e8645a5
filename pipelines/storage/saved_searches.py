"""Saved searches, with the checkpoints and arrival numbers that tell new documents from seen ones.

A *look* is a numbered checkpoint. It assigns its number to every document that no earlier look found; a saved search
records the look up to which its results were seen. So a document is new for a search if its number is higher, or if it
has none yet. A document keeps its number when it is read, tagged or indexed again, or removed and ingested again.

*Arrivals* have separate numbers, for alerts and feeds: they cover every document, and a look for them would mark
restricted papers as seen for readers who may see them. A *mark* is the arrival up to which a target of alerts has
received the new documents of a search.
"""

import datetime as dt
from collections.abc import Collection, Mapping

from pydantic import Field
from sqlalchemy import Connection, Table, delete, select, update

from configs.system.errors import UsageError
from extractors.document import RedactedText, Value
from index.results import Mode
from pipelines.access.actors import shown_name
from pipelines.storage.state import State
from pipelines.storage.statements import next_number, put
from pipelines.storage.tables import arrivals, counters, looked_at, searches, sent

_ARRIVALS = "arrivals"
"""The counter of arrivals."""
LONGEST_NAME = 100
LONGEST_STORED = 480
"""Bytes of a name with its owner's."""


class ShownSearch(Value):
    """What a reader is told of a search with a name, which says nothing of papers.

    `filters` are as typed, `field=value`; `saved` and `seen` are times in UTC (ISO 8601).

    `owner` is the access key or the person that made it (`key:ana`); then `name` begins with it (`key:ana/windows`, see
    `stored_name`), so that two people may give the same name. None for a search of the home, which is shared. `look` is
    the number of the look up to which it was seen.
    """

    name: str = Field(min_length=1, max_length=LONGEST_STORED)
    owner: str | None = None
    query: RedactedText
    mode: Mode
    filters: tuple[RedactedText, ...] = ()
    saved: dt.datetime
    seen: dt.datetime
    look: int

    @property
    def short_name(self) -> str:
        """The name that its owner gave it."""
        if self.owner is None:
            return self.name
        return self.name.removeprefix(stored_name(self.owner, ""))

    @property
    def title(self) -> str:
        """The name for people to read, after that of its owner."""
        return f"{shown_name(self.owner)}/{self.short_name}" if self.owner else self.name


class SavedSearch(ShownSearch):
    """A search as it is stored, with the number of the last document that had come when it was saved.

    Its feed has the documents that arrived later. The numbers cover papers of every access class and are never shown.
    """

    arrival: int = 0


class Arrival(Value):
    """The arrival of a document: its number and the time when it was recorded (UTC)."""

    number: int
    at: dt.datetime


class SentMark(Value):
    """The last arrival that a target was notified of for a search, and the time (UTC).

    `saved` is when the search was saved: a search that is saved again under its name counts as another one.
    """

    target: str
    search: str
    saved: dt.datetime
    arrival: int
    at: dt.datetime


def stored_name(owner: str | None, name: str) -> str:
    """Return the unique stored name of a search, made of its owner and its name.

    A slash in the owner is written `%2F`, so the first slash ends the owner. No name of a search of the home begins
    like an owner.
    """
    return f"{owner.replace('%', '%25').replace('/', '%2F')}/{name}" if owner else name


def _without_row(connection: Connection, table: Table, documents: Collection[str]) -> list[str]:
    """Return the documents without a row in a table, sorted."""
    return sorted(set(documents).difference(connection.scalars(select(table.c.document)))) if documents else []


class SavedSearches:
    """The saved searches of a home, or of the homes that share a database; several processes may use them at once.

    Every method raises as `State` does.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def all(self) -> list[SavedSearch]:
        """Return every search, by name."""
        question = select(searches.c.content, searches.c.look).order_by(searches.c.name)
        with self._state.reading() as connection:
            rows = connection.execute(question).all()
        return [SavedSearch.model_validate_json(content).model_copy(update={"look": look}) for content, look in rows]

    def save(self, search: SavedSearch, *, replace: bool) -> None:
        """Store a search; raises `UsageError` if it may not replace an existing one of its name."""
        row = {"name": search.name, "content": search.model_dump_json(), "look": search.look}
        with self._state.changing() as connection:
            is_stored = put(connection, searches, [row], replace=replace)
        if not is_stored:
            raise UsageError(
                f"'{search.name}': there is a saved search of this name", "take another name, or add --replace"
            )

    def delete(self, name: str) -> bool:
        """Delete a search; return whether it existed."""
        if not self._state.is_there:
            return False
        with self._state.changing() as connection:
            return bool(connection.execute(delete(searches).where(searches.c.name == name)).rowcount)

    def looked_at(self) -> Mapping[str, int]:
        """Return the number of the look that first found each document."""
        with self._state.reading() as connection:
            return dict(connection.execute(select(looked_at)).all())

    def arrivals(self, *, after: int = 0) -> Mapping[str, Arrival]:
        """Return the arrivals of documents after a given arrival."""
        with self._state.reading() as connection:
            rows = connection.execute(select(arrivals).where(arrivals.c.number > after)).all()
        return {document: Arrival(number=number, at=at) for document, number, at in rows}

    def arrive(self, documents: Collection[str]) -> None:
        """Assign a new number, higher than all before, and the time to the documents that have none."""
        with self._state.reading() as connection:
            new = _without_row(connection, arrivals, documents)
        if not new:
            return
        at = dt.datetime.now(dt.UTC).isoformat()
        with self._state.changing() as connection:
            number = next_number(connection, _ARRIVALS)
            rows = [{"document": document, "number": number, "at": at} for document in new]
            put(connection, arrivals, rows, replace=False)

    def last_arrival(self) -> int:
        """Return the number of the last arrival; 0 without any."""
        question = select(counters.c.number).where(counters.c.name == _ARRIVALS)
        with self._state.reading() as connection:
            return connection.scalar(question) or 0

    def look(self, documents: Collection[str]) -> int:
        """Create a new look, assign its number to the documents that have none, and return it."""
        with self._state.changing() as connection:
            number = next_number(connection, "looks")
            new = _without_row(connection, looked_at, documents)
            rows = [{"document": document, "look": number} for document in new]
            put(connection, looked_at, rows, replace=False)
        return number

    def note_seen(self, name: str, look: int, at: dt.datetime) -> None:
        """Record the look up to which a search was seen, unless a later one is recorded."""
        one = searches.c.name == name
        with self._state.changing() as connection:
            question = select(searches.c.content).where(one, searches.c.look < look).with_for_update()
            content = connection.scalar(question)
            if content is not None:
                seen = SavedSearch.model_validate_json(content).model_copy(update={"seen": at})
                connection.execute(update(searches).where(one).values(look=look, content=seen.model_dump_json()))

    def sent(self) -> list[SentMark]:
        """Return the marks of all targets and searches."""
        with self._state.reading() as connection:
            rows = connection.execute(select(sent).order_by(sent.c.target, sent.c.search)).mappings().all()
        return [SentMark.model_validate(dict(row)) for row in rows]

    def note_sent(self, mark: SentMark) -> None:
        """Store a mark for its target and search, unless the existing one is for the same search and later."""
        row = mark.model_dump(mode="json")
        is_of_it = (sent.c.target == mark.target) & (sent.c.search == mark.search)
        is_earlier = (sent.c.saved != row["saved"]) | (sent.c.arrival < mark.arrival)
        with self._state.changing() as connection:
            put(connection, sent, [row], replace=False)
            connection.execute(update(sent).where(is_of_it, is_earlier).values(row))

    def close(self) -> None:
        """Close the state."""
        self._state.close()
