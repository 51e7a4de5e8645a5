"""The tables of the state of a home, the same in SQLite and in PostgreSQL.

Times are texts in UTC (ISO 8601), which compare as times do. What has a shape of its own is JSON in a column `content`;
a column beside it is what rows are found by. Numbers that readers ask "all after" of come from `counters`
(`pipelines.storage.statements.next_number`), never from the database itself, which numbers before it commits. Each
table has one more column, of checksums, where it is stored (`pipelines.storage.checksums`).
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
"""Raised with every change of the tables."""
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared by code points in every database."""
_REAL: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

METADATA = MetaData()


def _table(name: str, *columns: Column[Any], rowid: bool = False) -> Table:
    """Return a table; rows of more than some hundred bytes are read faster in a file with a `rowid`."""
    return Table(name, METADATA, *columns, sqlite_strict=True, sqlite_with_rowid=rowid)


def _partial_index(name: str, *columns: Column[Any], where: ColumnElement[bool]) -> None:
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


def _key(name: str) -> Column[str]:
    return Column(name, _TEXT, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, _TEXT, nullable=False)


def _some_text(name: str) -> Column[str | None]:
    return Column(name, _TEXT)


def _number(name: str) -> Column[int]:
    return Column(name, _NUMBER, nullable=False)


about = _table("about", _key("name"), _text("value"))
"""`id` is the state's own, which tells it from every other; `version` that of the tables."""

counters = _table("counters", _key("name"), _number("number"))
"""The last number that was given of each kind."""

searches = _table("searches", _key("name"), _text("content"), _number("look"))
"""Saved searches: a `SavedSearch` each, and the look up to which it was seen."""

looked_at = _table("looked_at", _key("document"), _number("look"))
"""The look that first came upon a document."""

arrivals = _table("arrivals", _key("document"), _number("number"), _text("at"))
"""When a document came."""
Index("arrivals_number", arrivals.c.number)

sent = _table("sent", _key("target"), _key("search"), _text("saved"), _number("arrival"), _text("at"))
"""Up to which arrival a target of alerts was sent what is new for a search: a `SentMark` each."""

items = _table(
    "items",
    *(_key("source"), _key("id")),
    *(_text("uri"), _text("fingerprint"), _text("documents"), _text("seen"), _some_text("withdrawn")),
    *(_number("failed"), _some_text("item")),
)
"""What is known of the items of configured sources: a `KnownItem` each; `documents` and `item` are JSON."""
# Conditions of partial indices have their values in them: as parameters no index would be used. Nor have they the type
# of a truth value: in a file that would be compared with 1, and no index be used either.
IS_UNSETTLED: ColumnElement[bool] = literal_column(
    "(withdrawn IS NOT NULL OR failed > 0 OR fingerprint = '' OR item IS NOT NULL)"
)
_partial_index("items_withdrawn", items.c.withdrawn, where=items.c.withdrawn.is_not(None))
_partial_index("items_unsettled", items.c.source, where=IS_UNSETTLED)

item_documents = _table("item_documents", _key("source"), _key("item"), _key("document"))
"""The documents of each item, for those who look for the items of a document."""
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
"""Up to where a configured source was read."""

judged = _table(
    "judged",
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    *(_text("turn"), _text("at"), _text("author"), _text("item"), _text("document"), _text("verdict")),
    *(_some_text("reason"), _some_text("slice"), _some_text("judgement"), _text("judged")),
    *(_some_text("dimension"), _some_text("level"), _some_text("modality"), _some_text("subject")),
    *(_number("twice"), _number("undone"), _some_text("act"), _number("bulk")),
)
"""Who judged what of the review when: a `ReviewRecord` each; `judgement` and `judged` are JSON.

Those that were given at once (`bulk`) have one `act`.
"""
Index("judged_item", judged.c.item, judged.c.author)
Index("judged_author", judged.c.author, judged.c.undone, judged.c.at)
Index("judged_newest", judged.c.author, judged.c.undone, judged.c.number)
_partial_index("judged_twice", judged.c.number, where=literal_column("twice = 1"))

queues = _table(
    "queues",
    *(_key("scope"), _text("revision"), _text("made"), Column("seconds", _REAL, nullable=False), _number("waiting")),
)
"""An order of the review's queue for each set of access classes: it names what its readers may see."""

queue = _table(
    "queue",
    *(_key("scope"), Column("place", _NUMBER, primary_key=True, autoincrement=False)),
    *(_text("item"), _text("slice"), _number("done"), _text("document"), _text("status")),
    *(_some_text("dimension"), _some_text("theme"), _some_text("body")),
)
"""The items of each queue, and what they are chosen by; `waiting` of `queues` counts those that are not done.

Those that were judged before the order was made are done and stand before the others, at places below 0.
"""
IS_WAITING: ColumnElement[bool] = literal_column("done = 0")
IS_DONE: ColumnElement[bool] = literal_column("done = 1")
Index("queue_item", queue.c.item)
_partial_index("queue_waiting", queue.c.scope, queue.c.place, where=IS_WAITING)
_partial_index("queue_done", queue.c.scope, queue.c.place, where=IS_DONE)
_CHOSEN_BY = ("dimension", "theme", "document", "body", "status")
for _name in _CHOSEN_BY:  # with the others, so that a choice by several is counted without the rows
    _others = (queue.c[_other] for _other in _CHOSEN_BY if _other != _name)
    Index(f"queue_{_name}", queue.c.scope, queue.c[_name], queue.c.done, queue.c.place, *_others)

judgements = _table(
    "judgements",
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    *(_text("document"), _text("content")),
)
"""What people said of tags and themes: an `AnyJudgement` each."""
Index("judgements_document", judgements.c.document)

corrections = _table(
    "corrections",
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    *(_text("document"), _some_text("version_of"), _text("content")),
)
"""What people corrected of papers: a `Correction` each; `version_of` is the document that it names, if any."""

briefings = _table("briefings", _key("name"), _text("content"))
"""What people gathered from papers: a `Briefing` each."""

documents = _table(
    "documents",
    *(_key("id"), _text("source"), _text("key"), _text("sha256"), _text("outcome"), _text("status")),
    *(_some_text("stage"), _some_text("error"), _text("versions"), _text("blobs"), _number("pages")),
    *(_number("passages"), _text("run"), _text("at"), _number("attempts"), _some_text("first_failed")),
    *(_some_text("accepted_by"), _some_text("accepted_at"), _text("marks"), _number("unlinked")),
    *(_some_text("container"), _some_text("original"), _number("member"), _text("revision")),
    rowid=True,
)
"""The ledger: an `Entry` of each source. `versions`, `blobs` and `marks` are JSON.

`original` is the sha256 of what the index holds of it, of one that failed to be read again an earlier state; `member`
says whether it lies in something else. `revision` is another one after each change.
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
"""By these the other versions of a paper are found."""
Index("marks_id", marks.c.id)

claims = _table("claims", _key("document"), _number("worker"))
"""Which worker has a document now; see `pipelines.storage.workers`."""
Index("claims_worker", claims.c.worker)

workers = _table("workers", Column("number", _NUMBER, primary_key=True, autoincrement=False), _text("server"))
"""The workers on a server, and when that was started whose lock each holds; see `pipelines.storage.workers`."""

tombstones = _table("tombstones", _key("id"), _text("key"), _text("content"))
"""What stays of documents that are deleted: a `Tombstone` each."""
Index("tombstones_key", tombstones.c.key)

runs = _table(
    "runs",
    *(_key("id"), _number("number"), _text("source"), _text("flow"), _text("started"), _some_text("ended")),
    *(_number("worker"), _text("state"), _text("counts")),
    rowid=True,
)
"""A `RunRecord` each, numbered as they began; `worker` is that of a server, of a file the process."""
IS_RUNNING: ColumnElement[bool] = literal_column("state = 'running'")
Index("runs_number", runs.c.number)
_partial_index("runs_running", runs.c.id, runs.c.worker, where=IS_RUNNING)
Index("runs_source", runs.c.source, runs.c.state, runs.c.number)

run_documents = _table(
    "run_documents",
    *(_key("run"), _key("document"), _text("source"), _text("outcome"), _text("at"), _text("content")),
)
"""What a run did with a document: a `RunDocument` each."""
Index("run_documents_at", run_documents.c.at)

work = _table(
    "work",
    *(_key("run"), Column("place", _NUMBER, primary_key=True, autoincrement=False)),
    *(_number("worker"), _some_text("versions"), _some_text("blobs"), _some_text("batch"), _some_text("result")),
)
"""Parts of runs that other workers may do, each with its `batch`, and then its `result`; in place 0 the terms of a run.

See `pipelines.storage.shared_work`.
"""

homes = _table("homes", _key("name"), _text("at"))
"""The homes that work on the index, or did, and when each began to do so last."""
