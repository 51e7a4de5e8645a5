"""The tables of the state of a home, the same in SQLite and in PostgreSQL.

Times are texts in UTC (ISO 8601), which compare as times do. What has a shape of its own is JSON in a column `content`;
a column beside it is what rows are found by. Numbers that readers ask "all after" of come from `counters`
(`pipelines.storage.state.next_number`), never from the database itself, which numbers before it commits.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

SCHEMA_VERSION = 1
"""Raised with every change of the tables."""
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared by code points in every database."""
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

METADATA = MetaData()


def _table(name: str, *columns: Column[Any]) -> Table:
    return Table(name, METADATA, *columns, sqlite_strict=True)


def _key(name: str) -> Column[str]:
    return Column(name, _TEXT, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, _TEXT, nullable=False)


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

sent = _table("sent", _key("target"), _key("search"), _text("saved"), _number("arrival"), _text("at"))
"""Up to which arrival a target of alerts was sent what is new for a search: a `SentMark` each."""
