"""The tables of the state of a home, the same in SQLite and in PostgreSQL.

Times are texts in UTC (ISO 8601), which sort as times do. Structured values are JSON in a column `content`; the other
columns of such a table are for queries. Sequence numbers, by which readers ask for all later rows, come from `counters`
(`pipelines.storage.statements.next_number`), never from the database itself, which numbers before it commits. Each
table also has a column of checksums (`pipelines.storage.checksums`).
"""

from typing import Any

from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    ColumnElement,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    literal_column,
)
from sqlalchemy.types import TypeEngine

SCHEMA_VERSION = 8
"""Increased with every change of the tables."""
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Sorted by code points in every database."""
_REAL: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

METADATA = MetaData()


def _table(name: str, *columns: Column[Any], rowid: bool = False) -> Table:
    """Return a table; SQLite reads rows of more than some hundred bytes faster with a `rowid`."""
    return Table(name, METADATA, *columns, sqlite_strict=True, sqlite_with_rowid=rowid)


def _partial_index(name: str, *columns: Column[Any], where: ColumnElement[bool]) -> None:
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


def _key(name: str) -> Column[str]:
    return Column(name, _TEXT, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, _TEXT, nullable=False)


def _nullable(name: str) -> Column[str | None]:
    return Column(name, _TEXT)


def _number(name: str) -> Column[int]:
    return Column(name, _NUMBER, nullable=False)


about = _table("about", _key("name"), _text("value"))
"""The row `id` identifies this state; the row `version` has that of the tables."""

counters = _table("counters", _key("name"), _number("number"))
"""The last number of each sequence."""

searches = _table("searches", _key("name"), _text("content"), _number("look"))
"""Saved searches: a `SavedSearch` each, and the checkpoint (`look`) up to which its results were seen."""

looked_at = _table("looked_at", _key("document"), _number("look"))
"""The checkpoint at which a document was first found."""

arrivals = _table("arrivals", _key("document"), _number("number"), _text("at"))
"""When a document was first ingested."""
Index("arrivals_number", arrivals.c.number)

sent = _table("sent", _key("target"), _key("search"), _text("saved"), _number("arrival"), _text("at"))
"""The last arrival of which a target of alerts was notified for a search: a `SentMark` each."""

items = _table(
    "items",
    *(_key("source"), _key("id")),
    *(_text("uri"), _text("fingerprint"), _text("documents"), _text("seen"), _nullable("withdrawn")),
    *(_number("failed"), _nullable("item")),
)
"""What is known of the items of configured sources: a `KnownItem` each; `documents` and `item` are JSON."""
# The conditions of partial indices hold literal values: with parameters SQLite would not use the index. Nor are they
# booleans for SQLAlchemy, which would compare them with 1 in SQLite, and the index would not be used either.
IS_UNSETTLED: ColumnElement[bool] = literal_column(
    "(withdrawn IS NOT NULL OR failed > 0 OR fingerprint = '' OR item IS NOT NULL)"
)
_partial_index("items_withdrawn", items.c.withdrawn, where=items.c.withdrawn.is_not(None))
_partial_index("items_unsettled", items.c.source, where=IS_UNSETTLED)

item_documents = _table("item_documents", _key("source"), _key("item"), _key("document"))
"""The documents of each item, to find the items of a document."""
Index("item_documents_document", item_documents.c.document, item_documents.c.source)

item_events = _table(
    "item_events",
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    *(_text("source"), _text("id"), _text("event"), _text("run"), _text("at")),
)
"""What happened to items: an `ItemHistory` each."""
IS_NEWS: ColumnElement[bool] = literal_column("event IN ('new', 'changed')")
Index("item_events_item", item_events.c.source, item_events.c.id)
Index("item_events_at", item_events.c.at)
_partial_index("item_events_news", item_events.c.source, item_events.c.at, where=IS_NEWS)

cursors = _table("cursors", _key("source"), _text("cursor"))
"""The position up to which a configured source was read."""

judged = _table(
    "judged",
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    *(_text("turn"), _text("at"), _text("author"), _text("item"), _text("document"), _text("verdict")),
    *(_nullable("reason"), _nullable("slice"), _nullable("judgement"), _text("judged")),
    *(_nullable("dimension"), _nullable("level"), _nullable("modality"), _nullable("subject")),
    *(_number("twice"), _number("undone"), _nullable("act"), _number("bulk")),
)
"""The answers of reviewers: a `ReviewRecord` each; `judgement` and `judged` are JSON.

Those of one bulk action (`bulk`) have the same `act`.
"""
Index("judged_item", judged.c.item, judged.c.author)
Index("judged_author", judged.c.author, judged.c.undone, judged.c.at)
Index("judged_newest", judged.c.author, judged.c.undone, judged.c.number)
_partial_index("judged_twice", judged.c.number, where=literal_column("twice = 1"))

queues = _table(
    "queues",
    *(_key("scope"), _text("revision"), _text("made"), Column("seconds", _REAL, nullable=False), _number("waiting")),
)
"""One order of the review queue for each set of access classes: it holds what readers with these may see."""

queue = _table(
    "queue",
    *(_key("scope"), Column("place", _NUMBER, primary_key=True, autoincrement=False)),
    *(_text("item"), _text("slice"), _number("done"), _text("document"), _text("status")),
    *(_nullable("dimension"), _nullable("theme"), _nullable("body")),
)
"""The items of each queue, and the columns to filter by; `waiting` of `queues` counts those that are not done.

Items that were judged before the order was made are done and come first, at places below 0.
"""
IS_WAITING: ColumnElement[bool] = literal_column("done = 0")
IS_DONE: ColumnElement[bool] = literal_column("done = 1")
Index("queue_item", queue.c.item)
_partial_index("queue_waiting", queue.c.scope, queue.c.place, where=IS_WAITING)
_partial_index("queue_done", queue.c.scope, queue.c.place, where=IS_DONE)
_FILTER_COLUMNS = ("dimension", "theme", "document", "body", "status")
for _name in _FILTER_COLUMNS:  # covering: a filter by several columns is counted from the index alone
    _others = (queue.c[_other] for _other in _FILTER_COLUMNS if _other != _name)
    Index(f"queue_{_name}", queue.c.scope, queue.c[_name], queue.c.done, queue.c.place, *_others)

judgements = _table(
    "judgements",
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    *(_text("document"), _text("content")),
)
"""The judgements of people on tags and themes: an `AnyJudgement` each."""
Index("judgements_document", judgements.c.document)

corrections = _table(
    "corrections",
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    *(_text("document"), _nullable("version_of"), _text("content")),
)
"""The corrections of people to papers: a `Correction` each; `version_of` is the document that it names, if any."""

briefings = _table("briefings", _key("name"), _text("content"))
"""The briefings that people compile from papers: a `Briefing` each."""

documents = _table(
    "documents",
    *(_key("id"), _text("source"), _text("key"), _text("sha256"), _text("outcome"), _text("status")),
    *(_nullable("stage"), _nullable("error"), _text("versions"), _text("blobs"), _number("pages")),
    *(_number("passages"), _text("run"), _text("at"), _number("attempts"), _nullable("first_failed")),
    *(_nullable("accepted_by"), _nullable("accepted_at"), _text("marks"), _number("unlinked")),
    *(_nullable("container"), _nullable("original"), _number("member"), _text("revision")),
    rowid=True,
)
"""The ledger: an `Entry` of each source. `versions`, `blobs` and `marks` are JSON.

`original` is the sha256 of the indexed bytes: of an earlier state, where reading again failed. `member` says whether it
is inside another document. `revision` changes with each write.
"""
IS_UNLINKED: ColumnElement[bool] = literal_column("unlinked = 1")
Index("documents_source", documents.c.source)
Index("documents_sha256", documents.c.sha256, documents.c.outcome)
Index("documents_original", documents.c.original, documents.c.outcome)
Index("documents_outcome", documents.c.outcome, documents.c.at)
Index("documents_run", documents.c.run)
Index("documents_key", documents.c.key)
_partial_index("documents_container", documents.c.container, where=documents.c.container.is_not(None))
_partial_index("documents_unlinked", documents.c.id, where=IS_UNLINKED)

marks = _table("marks", _key("mark"), _key("id"))
"""Marks by which the other versions of a paper are found."""
Index("marks_id", marks.c.id)

claims = _table("claims", _key("document"), _number("worker"))
"""The worker that has claimed a document; see `pipelines.storage.workers`."""
Index("claims_worker", claims.c.worker)

workers = _table("workers", Column("number", _NUMBER, primary_key=True, autoincrement=False), _text("server"))
"""The workers, and the start time of the server whose lock each holds; see `pipelines.storage.workers`."""

tombstones = _table("tombstones", _key("id"), _text("key"), _text("content"))
"""The tombstones of deleted documents: a `Tombstone` each."""
Index("tombstones_key", tombstones.c.key)

runs = _table(
    "runs",
    *(_key("id"), _number("number"), _text("source"), _text("flow"), _text("started"), _nullable("ended")),
    *(_number("worker"), _text("state"), _text("counts")),
    rowid=True,
)
"""Runs, numbered by their start: a `RunRecord` each; `worker` is that of a server, or the process id with a file."""
IS_RUNNING: ColumnElement[bool] = literal_column("state = 'running'")
Index("runs_number", runs.c.number)
_partial_index("runs_running", runs.c.id, runs.c.worker, where=IS_RUNNING)
Index("runs_source", runs.c.source, runs.c.state, runs.c.number)

run_documents = _table(
    "run_documents",
    *(_key("run"), _key("document"), _text("source"), _text("outcome"), _text("at"), _text("content")),
)
"""The result of a run for a document: a `RunDocument` each."""
Index("run_documents_at", run_documents.c.at)

work = _table(
    "work",
    *(_key("run"), Column("place", _NUMBER, primary_key=True, autoincrement=False)),
    *(_number("worker"), _nullable("versions"), _nullable("blobs"), _nullable("batch"), _nullable("result")),
)
"""Parts of runs for other workers, each with its `batch`, and then its `result`; place 0 has the terms of the run.

See `pipelines.storage.shared_work`.
"""

homes = _table("homes", _key("name"), _text("at"))
"""The homes that have used the index, and when each last began to."""
