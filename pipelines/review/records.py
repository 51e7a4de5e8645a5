"""What the review page remembers: the order of the queue, and who judged what of it when.

A SQLite file of the home, with either engine. What a judgement says of a tag or theme is an annotation and lies with
the others (`index.annotations`); here stands that it was made, why something was rejected, what nobody could tell, and
the second judgements, which never change a tag. The order of the queue can be made again, the rest cannot.
"""

import datetime as dt
import json
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Self, TypeAlias, get_args

from configs.errors import UsageError
from extractors.document import MaturityTag, Modality, PassageTheme, Value
from extractors.maturity.labels import Label
from extractors.themes.annotated import ThemeLabel
from index.annotations.store import label_of
from index.copies import keep_copy
from index.database import SharedFile
from index.filters import AccessClasses
from pipelines.workspace import REVIEW

SCHEMA_VERSION = 3
"""Raised with every change of the tables."""
Slice: TypeAlias = Literal["threshold", "disagreement", "audit"]
"""Why an item is in the queue: near a threshold, signals that disagree, or drawn at random to measure quality."""
Verdict: TypeAlias = Literal["accept", "reject", "set", "unsure"]
Reason: TypeAlias = Literal["dimension", "level", "modality", "other"]
"""Why a tag was rejected: not about its dimension or theme, wrong level, wrong modality, no claim or anything else."""
Turn: TypeAlias = Literal["first", "second"]

_TABLES: dict[Turn, str] = {"first": "judgements", "second": "second_judgements"}
_COLUMNS = """(
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL, author TEXT NOT NULL, item TEXT NOT NULL, document TEXT NOT NULL,
    verdict TEXT NOT NULL, reason TEXT, slice TEXT, label TEXT,
    judged TEXT NOT NULL, dimension TEXT, level TEXT, modality TEXT, subject TEXT,
    twice INTEGER NOT NULL DEFAULT 0, undone INTEGER NOT NULL DEFAULT 0, act TEXT
) STRICT;"""
# One order of the queue for each set of access classes: it names what its readers may see. `waiting` counts the rows
# that are not done.
_QUEUE = (
    """CREATE TABLE IF NOT EXISTS queues (
        scope TEXT PRIMARY KEY, revision TEXT NOT NULL, made TEXT NOT NULL, seconds REAL NOT NULL,
        waiting INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS queue (
        scope TEXT NOT NULL, place INTEGER NOT NULL, item TEXT NOT NULL, slice TEXT NOT NULL,
        done INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (scope, place)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS queue_item ON queue (item)",
    "CREATE INDEX IF NOT EXISTS queue_waiting ON queue (scope, place) WHERE done = 0",
    """CREATE TRIGGER IF NOT EXISTS queue_done AFTER UPDATE OF done ON queue WHEN old.done <> new.done
        BEGIN UPDATE queues SET waiting = waiting + old.done - new.done WHERE scope = new.scope; END""",
)
_BY_AUTHOR = "CREATE INDEX IF NOT EXISTS judgements_author ON judgements (author, undone, at)"
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS judgements {_COLUMNS}
CREATE INDEX IF NOT EXISTS judgements_item ON judgements (item, author);
CREATE INDEX IF NOT EXISTS judgements_twice ON judgements (twice) WHERE twice = 1;
{_BY_AUTHOR};
CREATE TABLE IF NOT EXISTS second_judgements {_COLUMNS}
CREATE INDEX IF NOT EXISTS second_judgements_item ON second_judgements (item, author);
{";".join(_QUEUE)};
"""
_AUTHORS = "(SELECT value FROM json_each(:authors))"
_WAITING = f"""scope = :scope AND done = 0 AND NOT EXISTS (
    SELECT 1 FROM judgements WHERE judgements.item = queue.item AND author IN {_AUTHORS} AND undone = 0)"""  # noqa: S608 - own words


class QueueRow(NamedTuple):
    """An item of the queue and why it is there; the rows of a queue stand in its order."""

    item: str
    slice: Slice


class QueueState(Value):
    """When the order of a queue was made, of which revision of the index, and how many seconds that took."""

    revision: str
    made: dt.datetime
    seconds: float


class Judgement(Value):
    """What one person said of one item at one time.

    `at` is a time in UTC (ISO 8601, milliseconds), `judged` the tag or theme as it was shown, `label` what was stored
    as an annotation, None where nothing was. `dimension`, `level`, `modality` and `subject` hold from then on for a tag
    that was accepted or corrected. `twice` says that another person is to judge it too. `number` counts the judgements
    of a turn; 0 before one is stored. `act` is the id of the lines of the audit log that tell of it.
    """

    number: int = 0
    turn: Turn = "first"
    at: str
    author: str
    item: str
    document: str
    verdict: Verdict
    reason: Reason | None = None
    slice: Slice | None = None
    judged: MaturityTag | PassageTheme
    label: Label | ThemeLabel | None = None
    dimension: str | None = None
    level: str | None = None
    modality: Modality | None = None
    subject: str | None = None
    twice: bool = False
    undone: bool = False
    act: str | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the words are evidence for something, as this person says; None where they could not tell.

        They are where only the level or the modality is wrong.
        """
        if self.verdict == "unsure":
            return None
        return self.verdict != "reject" or self.dimension is not None


class ReviewRecords:
    """The file of one home; several processes may use it at once.

    `authors` are the forms in which one person may be stored (`Reader.actors`). Every method raises `UnavailableError`
    where it cannot be used and `MismatchError` where another version of the program made it.
    """

    def __init__(self, home: Path) -> None:
        self._file = SharedFile(home / REVIEW, _SCHEMA, SCHEMA_VERSION, "file of the review")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def is_there(self) -> bool:
        """Whether anything was ever reviewed here; to look makes no file."""
        return self._file.is_there

    def seed(self) -> str:
        """Return what random slices are drawn by, made once for a home: who knows it knows the slices."""
        with self._file.changing() as connection:
            made = ("seed", secrets.token_hex(16))
            connection.execute("INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)", made)
            found = connection.execute("SELECT value FROM meta WHERE name = 'seed'").fetchone()
        return str(found["value"])

    def state(self, scope: str) -> QueueState | None:
        """Return what is known of the queue of a scope; None where it was never made."""
        found = self._rows("SELECT revision, made, seconds FROM queues WHERE scope = :scope", scope=scope)
        return QueueState(**dict(found[0])) if found else None

    def replace_queue(self, scope: str, rows: Iterable[QueueRow], state: QueueState) -> None:
        """Store the order of a queue in place of the one before, all of it or nothing, and keep a copy of the file."""
        numbered = ((scope, place, row.item, row.slice) for place, row in enumerate(rows))
        with self._file.changing() as connection:
            connection.execute("DELETE FROM queue WHERE scope = ?", (scope,))
            insert = "INSERT INTO queue (scope, place, item, slice) VALUES (?, ?, ?, ?)"
            count = connection.executemany(insert, numbered).rowcount
            values = (scope, state.revision, state.made.isoformat(), state.seconds, max(count, 0))
            connection.execute("REPLACE INTO queues VALUES (?, ?, ?, ?, ?)", values)
        keep_copy(self._file.path)

    def waiting(self, scope: str, authors: Sequence[str], limit: int) -> tuple[QueueRow, ...]:
        """Return the first items that nobody judged and of which this person did not say that they cannot tell."""
        question = f"SELECT item, slice FROM queue WHERE {_WAITING} ORDER BY place LIMIT :limit"  # noqa: S608 - own words
        return tuple(
            QueueRow(**dict(row)) for row in self._rows(question, scope=scope, authors=json.dumps(authors), limit=limit)
        )

    def count_waiting(self, scope: str, authors: Sequence[str]) -> int:
        """Return how many items there are of those: all that wait, but for what this person could not tell."""
        question = f"""SELECT coalesce((SELECT waiting FROM queues WHERE scope = :scope), 0) - (
            SELECT count(DISTINCT queue.item) FROM judgements JOIN queue ON queue.item = judgements.item
            WHERE author IN {_AUTHORS} AND verdict = 'unsure' AND undone = 0 AND scope = :scope AND done = 0
            ) AS n"""  # noqa: S608 - own words
        return int(self._rows(question, scope=scope, authors=json.dumps(authors))[0]["n"])

    def slice_of(self, scope: str, item: str) -> Slice | None:
        """Return why an item is in a queue; None where it is not."""
        found = self._rows("SELECT slice FROM queue WHERE scope = :scope AND item = :item", scope=scope, item=item)
        return next((one for one in get_args(Slice) if found and found[0]["slice"] == one), None)

    def drop(self, scope: str, item: str) -> None:
        """Take an item that was judged elsewhere, or that is gone, out of one queue."""
        with self._file.changing() as connection:
            connection.execute("UPDATE queue SET done = 1 WHERE scope = ? AND item = ?", (scope, item))

    def add(self, judgement: Judgement) -> Judgement:
        """Store a judgement and return it with its number; a first one takes its item out of the queues."""
        values = judgement.model_dump(mode="json", exclude={"number", "turn", "undone", "judged", "label"})
        values["judged"] = judgement.judged.model_dump_json()
        values["label"] = judgement.label.model_dump_json() if judgement.label else None
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        table = _TABLES[judgement.turn]
        with self._file.changing() as connection:
            done = connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", values)  # noqa: S608 - own names
            if judgement.turn == "first" and judgement.verdict != "unsure":
                connection.execute("UPDATE queue SET done = 1 WHERE item = ?", (judgement.item,))
        return judgement.model_copy(update={"number": done.lastrowid or 0})

    def undo(self, judgement: Judgement, scope: str) -> None:
        """Note that a judgement was taken back; its item waits again, at the head of the queue if it was out of it.

        Raises `UsageError` where it was taken back before.
        """
        statement = f"UPDATE {_TABLES[judgement.turn]} SET undone = 1 WHERE number = ? AND undone = 0"  # noqa: S608
        with self._file.changing() as connection:
            if not connection.execute(statement, (judgement.number,)).rowcount:
                raise UsageError("this judgement was taken back already", "go on with the queue")
            if judgement.turn == "second" or judgement.verdict == "unsure":
                return
            connection.execute("UPDATE queue SET done = 0 WHERE item = ?", (judgement.item,))
            if judgement.slice:
                first = "SELECT coalesce(min(place), 1) - 1 FROM queue WHERE scope = :scope"
                back = f"""INSERT INTO queue (scope, place, item, slice) SELECT :scope, ({first}), :item, :slice
                    WHERE NOT EXISTS (SELECT 1 FROM queue WHERE scope = :scope AND item = :item)"""  # noqa: S608
                values = {"scope": scope, "item": judgement.item, "slice": judgement.slice}
                if connection.execute(back, values).rowcount == 1:
                    connection.execute("UPDATE queues SET waiting = waiting + 1 WHERE scope = ?", (scope,))

    def judgements(self, turn: Turn, *, item: str | None = None) -> tuple[Judgement, ...]:
        """Return the judgements of a turn that were not taken back, oldest first; of one item, or all."""
        question = f"SELECT * FROM {_TABLES[turn]} WHERE undone = 0 AND item = coalesce(:item, item) ORDER BY number"  # noqa: S608
        return tuple(_judgement(row, turn) for row in self._rows(question, item=item))

    def acts(self) -> dict[str, Judgement]:
        """Return the judgements that the audit log has to tell of, by the ids of its lines; those taken back, too."""
        found = (
            _judgement(row, turn)
            for turn, table in _TABLES.items()
            for row in self._rows(f"SELECT * FROM {table} WHERE act IS NOT NULL")  # noqa: S608 - own names
        )
        return {one.act: one for one in found if one.act}

    def last_of(self, authors: Sequence[str]) -> Judgement | None:
        """Return the newest judgement of a person, of either turn, that was not taken back."""
        newest = f"WHERE undone = 0 AND author IN {_AUTHORS} ORDER BY number DESC LIMIT 1"
        found = [
            _judgement(row, turn)
            for turn, table in _TABLES.items()
            for row in self._rows(f"SELECT * FROM {table} {newest}", authors=json.dumps(authors))  # noqa: S608 - own words
        ]
        return max(found, key=lambda one: one.at, default=None)

    def count_since(self, authors: Sequence[str], since: dt.datetime) -> int:
        """Return how many judgements of a person, of both turns, were made since a time and not taken back."""
        wanted = f"undone = 0 AND author IN {_AUTHORS} AND at >= :since"
        tables = " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE {wanted}" for table in _TABLES.values())  # noqa: S608
        question = f"SELECT count(*) AS n FROM ({tables})"  # noqa: S608 - own words
        return int(self._rows(question, authors=json.dumps(authors), since=as_text(since))[0]["n"])

    def for_second(
        self,
        authors: Sequence[str],
        *,
        item: str | None = None,
        documents: Collection[str] | None = None,
        limit: int | None = 1,
    ) -> tuple[Judgement, ...]:
        """Return first judgements of others that nobody judged a second time yet; who said "cannot tell" has.

        Those that are to be judged twice, of some documents or all; or, by its name, that of any item. Without a limit
        all of them.
        """
        which = "item = :item" if item else "twice = 1"
        question = f"""SELECT * FROM judgements AS one
            WHERE {which} AND undone = 0 AND verdict <> 'unsure' AND author NOT IN {_AUTHORS}
            AND (:documents IS NULL OR document IN (SELECT value FROM json_each(:documents)))
            AND NOT EXISTS (SELECT 1 FROM second_judgements AS other WHERE other.item = one.item AND other.undone = 0
                AND (other.verdict <> 'unsure' OR other.author IN {_AUTHORS}))
            AND NOT EXISTS (SELECT 1 FROM judgements AS own
                WHERE own.item = one.item AND own.undone = 0 AND own.author IN {_AUTHORS})
            ORDER BY number LIMIT :limit"""  # noqa: S608 - own words
        values = {"item": item, "documents": None if documents is None else json.dumps(list(documents))}
        rows = self._rows(question, authors=json.dumps(authors), limit=-1 if limit is None else limit, **values)
        return tuple(_judgement(row, "first") for row in rows)

    def _rows(self, question: str, **values: str | int | None) -> list[sqlite3.Row]:
        with self._file.reading() as connection:
            return connection.execute(question, values).fetchall()


def scope_of(access_classes: AccessClasses) -> str:
    """Return the name of the queue of those who hold these access classes."""
    return json.dumps(access_classes if isinstance(access_classes, str) else sorted(access_classes))


def _judgement(row: sqlite3.Row, turn: Turn) -> Judgement:
    values = dict(row)
    values["judged"] = json.loads(values["judged"])
    values["label"] = label_of(json.loads(values["label"])) if values["label"] else None
    return Judgement(turn=turn, **values)


def as_text(time: dt.datetime) -> str:
    """Return a time as stored ones are written, so that texts compare as times do."""
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds")
