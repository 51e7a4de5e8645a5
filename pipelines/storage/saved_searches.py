"""Saved searches, and which documents were there when somebody last looked.

A *look* is numbered. It gives its number to every document that no look before it came upon; a saved search notes the
look up to which it was seen. So a document is new for a search where its number is higher, or where it has none yet:
whatever happens to a document later (read, tagged, indexed again, taken out and brought back), its number stays.

*Arrivals* are numbered apart, for what is sent and for feeds: these note every document, and a look of theirs would use
up restricted papers for those who may see them. A *mark* is the arrival up to which a target of alerts was sent what is
new for a search.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

from pydantic import Field

from configs.errors import UsageError
from extractors.document import RedactedText, Value
from index.copies import CopiedFile
from index.results import Mode
from pipelines.access.actors import shown_name
from pipelines.workspace import SEARCHES

SCHEMA_VERSION = 3
LONGEST_NAME = 100
LONGEST_STORED = 480
"""Bytes of a name with its owner's: the id of a row in a cluster has no more than 512."""

_ARRIVALS = """
CREATE TABLE IF NOT EXISTS arrivals (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    at TEXT
) STRICT;
"""
_MARKS = """
CREATE TABLE IF NOT EXISTS sent (
    target TEXT NOT NULL,
    search TEXT NOT NULL,
    saved TEXT NOT NULL,
    arrival INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (target, search)
) STRICT;
"""
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS searches (
    name TEXT PRIMARY KEY,
    search TEXT NOT NULL,
    look INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY,
    look INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS looks (
    number INTEGER PRIMARY KEY AUTOINCREMENT
) STRICT;
{_ARRIVALS}
{_MARKS}
"""


class ShownSearch(Value):
    """What a reader is told of a search with a name, which says nothing of papers.

    `filters` are as typed, `field=value`; `saved` and `seen` are times in UTC (ISO 8601).

    `owner` is the access key or the person that made it (`key:ana`); then `name` begins with it (`key:ana/windows`, see
    `stored_name`), so that two people may give the same name. None for a search of the home, which is shared. `look` is
    the number of the look up to which it was seen. Query and filters hold no credentials, whatever an earlier version
    stored.
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
        return self.name.removeprefix(stored_name(self.owner, "")).removeprefix(f"{self.owner}/")

    @property
    def title(self) -> str:
        """The name for people to read, after that of its owner."""
        return f"{shown_name(self.owner)}/{self.short_name}" if self.owner else self.name


class SavedSearch(ShownSearch):
    """A search as it is stored, with the number of the last document that had come when it was saved.

    Its feed has those that came since. Papers of every access class are numbered: nobody is shown the number.
    """

    arrival: int = 0


class Arrival(Value):
    """When a document came: a number, and the time at which it was noted (UTC); None where nobody noted it then."""

    number: int
    at: dt.datetime | None = None


class SentMark(Value):
    """The arrival up to which a target was sent what is new for a search, and when (UTC).

    `saved` is when the search was saved: one that is saved again under its name is another one.
    """

    target: str
    search: str
    saved: dt.datetime
    arrival: int
    at: dt.datetime


class SavedSearches(Protocol):
    """A store of saved searches; several processes may use it at once.

    Every method raises `UnavailableError` where it cannot be used and `MismatchError` where another version of the
    program made it.
    """

    def all(self) -> list[SavedSearch]:
        """Return every search, by name."""

    def save(self, search: SavedSearch, *, replace: bool) -> None:
        """Store a search; raises `UsageError` where there is one of its name that it may not replace."""

    def delete(self, name: str) -> bool:
        """Delete a search; return whether it was there."""

    def looked_at(self) -> Mapping[str, int]:
        """Return the number of the look that first came upon each document."""

    def arrivals(self) -> Mapping[str, Arrival]:
        """Return when each document came that was noted."""

    def arrive(self, documents: Collection[str]) -> None:
        """Give a new number, higher than all before, and the time to the documents that have none."""

    def look(self, documents: Collection[str]) -> int:
        """Return a new number, higher than all before, and give it to the documents that have none."""

    def note_seen(self, name: str, look: int, at: dt.datetime) -> None:
        """Note up to which look a search was seen; a later one that was noted meanwhile stays."""

    def sent(self) -> list[SentMark]:
        """Return the marks of all targets and searches."""

    def note_sent(self, mark: SentMark) -> None:
        """Store a mark in place of the one of its target and search, unless that is of the same search and later."""

    def close(self) -> None:
        """Let go of it."""


def stored_name(owner: str | None, name: str) -> str:
    """Return the one name by which a search is known: that of no other owner and name.

    A slash in the owner is written `%2F`, so the first one ends it. No search of the home begins as owners do.
    """
    return f"{owner.replace('%', '%25').replace('/', '%2F')}/{name}" if owner else name


def name_is_taken(name: str) -> UsageError:
    """Return the error for a name that another search has."""
    return UsageError(f"'{name}': there is a saved search of this name", "take another name, or add --replace")


class LocalSearches:
    """The saved searches of one home: a SQLite file, made by the first look."""

    def __init__(self, home: Path) -> None:
        self._file = CopiedFile(home / SEARCHES, _SCHEMA, SCHEMA_VERSION, "file of saved searches")

    def all(self) -> list[SavedSearch]:
        """Return every search, by name."""
        rows = self._file.read("SELECT search, look FROM searches ORDER BY name")
        return [SavedSearch.model_validate_json(row["search"]).model_copy(update={"look": row["look"]}) for row in rows]

    def save(self, search: SavedSearch, *, replace: bool) -> None:
        """Store a search; see `SavedSearches.save`."""
        how = "REPLACE" if replace else "IGNORE"
        statement = f"INSERT OR {how} INTO searches (name, search, look) VALUES (?, ?, ?)"  # noqa: S608 - own words
        with self._file.changing() as connection:
            done = connection.execute(statement, (search.name, search.model_dump_json(), search.look))
        if not done.rowcount:
            raise name_is_taken(search.name)

    def delete(self, name: str) -> bool:
        """Delete a search; return whether it was there."""
        if not self._file.is_there:
            return False
        with self._file.changing() as connection:
            return bool(connection.execute("DELETE FROM searches WHERE name = ?", (name,)).rowcount)

    def looked_at(self) -> Mapping[str, int]:
        """Return the number of the look that first came upon each document."""
        return {row["id"]: row["look"] for row in self._file.read("SELECT id, look FROM documents")}

    def arrivals(self) -> Mapping[str, Arrival]:
        """Return when each document came that was noted."""
        rows = self._file.read("SELECT id, number, at FROM arrivals")
        return {row["id"]: Arrival(number=row["number"], at=row["at"]) for row in rows}

    def arrive(self, documents: Collection[str]) -> None:
        """Note documents that have come, and when."""
        if not (new := set(documents) - self.arrivals().keys()):
            return
        at = dt.datetime.now(dt.UTC).isoformat()
        with self._file.changing() as connection:
            number = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM arrivals").fetchone()[0]
            rows = [(document, number, at) for document in new]
            connection.executemany("INSERT OR IGNORE INTO arrivals (id, number, at) VALUES (?, ?, ?)", rows)

    def look(self, documents: Collection[str]) -> int:
        """Return a new number, and give it to the documents that have none."""
        with self._file.changing() as connection:
            number = connection.execute("INSERT INTO looks DEFAULT VALUES").lastrowid or 0
            rows = [(document, number) for document in documents]
            connection.executemany("INSERT OR IGNORE INTO documents (id, look) VALUES (?, ?)", rows)
        return number

    def note_seen(self, name: str, look: int, at: dt.datetime) -> None:
        """Note up to which look a search was seen; see `SavedSearches.note_seen`."""
        statement = (
            "UPDATE searches SET look = :look, search = json_set(search, '$.seen', :at)"
            " WHERE name = :name AND look < :look"
        )
        with self._file.changing() as connection:
            connection.execute(statement, {"name": name, "look": look, "at": at.isoformat()})

    def sent(self) -> list[SentMark]:
        """Return the marks of all targets and searches."""
        rows = self._file.read("SELECT target, search, saved, arrival, at FROM sent ORDER BY target, search")
        return [SentMark.model_validate(dict(row)) for row in rows]

    def note_sent(self, mark: SentMark) -> None:
        """Store a mark; see `SavedSearches.note_sent`."""
        statement = (
            "INSERT INTO sent (target, search, saved, arrival, at) VALUES (:target, :search, :saved, :arrival, :at)"
            " ON CONFLICT (target, search)"
            " DO UPDATE SET saved = excluded.saved, arrival = excluded.arrival, at = excluded.at"
            " WHERE saved <> excluded.saved OR arrival < excluded.arrival"
        )
        with self._file.changing() as connection:
            connection.execute(statement, mark.model_dump(mode="json"))

    def close(self) -> None:
        """Close the file, and keep a copy of it where it was changed."""
        self._file.close()
