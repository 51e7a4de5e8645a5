"""Saved searches in a cluster, shared by all who search there."""

import datetime as dt
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from configs.elasticsearch import ElasticsearchSettings
from index.elastic import bulk, shared
from index.elastic.client import Cluster, cluster_errors, connect, rows_named
from pipelines.storage.elastic_rows import all_rows
from pipelines.storage.saved_searches import Arrival, SavedSearch, SentMark, name_is_taken

_SEARCH, _DOCUMENT, _LOOKS, _SENT = "search", "document", "looks", "sent"
_ARRIVAL, _ARRIVALS = "arrival", "arrivals"
"""What a row is: its field `record`, and how its name begins."""
_CONFLICT, _GONE = 409, 404
_TARGET = {"target": {"type": "keyword"}}
_OF_SEARCHES = {"owner": {"type": "keyword"}, "arrival": {"type": "integer"}}
"""Fields that indices of an earlier version of the program lack; they are added to them."""

Row = dict[str, Any]


class ClusterSearches:
    """Implements `pipelines.storage.saved_searches.SavedSearches`; raises as `connect` does.

    Without `write` no index is made where there is none.
    """

    def __init__(self, settings: ElasticsearchSettings, *, write: bool = True) -> None:
        self._cluster: Cluster = connect(settings)
        try:
            if write:
                shared.make(self._cluster, "searches")
            self._is_there = write or shared.exists(self._cluster, "searches")
        except BaseException:
            self._cluster.client.close()
            raise
        self._index = self._cluster.searches

    def all(self) -> list[SavedSearch]:
        """Return every search, by name."""
        rows = (dict(row) for row in self._scan(_SEARCH))
        return [SavedSearch(**{name: row[name] for name in SavedSearch.model_fields if name in row}) for row in rows]

    def save(self, search: SavedSearch, *, replace: bool) -> None:
        """Store a search; see `SavedSearches.save`."""
        row = {"record": _SEARCH, **search.model_dump(mode="json", exclude_none=True)}
        client = self._cluster.client.options(ignore_status=_CONFLICT)
        with cluster_errors(self._cluster.url):
            self._cluster.client.indices.put_mapping(index=self._index, properties=_OF_SEARCHES)
            answer = client.index(
                index=self._index, id=_named(search.name), document=row, op_type="index" if replace else "create"
            )
        if answer.meta.status == _CONFLICT:
            raise name_is_taken(search.name)

    def delete(self, name: str) -> bool:
        """Delete a search; return whether it was there."""
        client = self._cluster.client.options(ignore_status=_GONE)
        with cluster_errors(self._cluster.url):
            return bool(client.delete(index=self._index, id=_named(name)).meta.status != _GONE)

    def looked_at(self) -> Mapping[str, int]:
        """Return the number of the look that first came upon each document."""
        return {row["name"]: row["look"] for row in self._scan(_DOCUMENT)}

    def arrivals(self) -> Mapping[str, Arrival]:
        """Return when each document came that was noted; those of which an earlier version noted looks came first."""
        found = dict.fromkeys(self.looked_at(), Arrival(number=0))
        rows = self._scan(_ARRIVAL)
        return found | {row["name"]: Arrival(number=row["look"], at=row["seen"]) for row in rows}

    def arrive(self, documents: Collection[str]) -> None:
        """Note documents that have come, and when."""
        wanted = set(documents) - self.arrivals().keys()
        if wanted:
            number = self._next(_ARRIVALS)
            source = {"record": _ARRIVAL, "look": number, "seen": dt.datetime.now(dt.UTC).isoformat()}
            self._create(_ARRIVAL, wanted, source)

    def look(self, documents: Collection[str]) -> int:
        """Return a new number, and give it to the documents that have none."""
        number = self._next(_LOOKS)
        self._create(_DOCUMENT, documents, {"record": _DOCUMENT, "look": number})
        return number

    def note_seen(self, name: str, look: int, at: dt.datetime) -> None:
        """Note up to which look a search was seen; see `SavedSearches.note_seen`."""

        def seen(row: Row | None) -> Row | None:
            return {**row, "look": look, "seen": at.isoformat()} if row and row["look"] < look else None

        self._change(_named(name), seen)

    def sent(self) -> list[SentMark]:
        """Return the marks of all targets and searches."""
        rows = self._scan(_SENT)
        found = [
            SentMark(search=row["name"], at=row["seen"], arrival=row["look"], **_of(row, "target", "saved"))
            for row in rows
        ]
        return sorted(found, key=lambda mark: (mark.target, mark.search))

    def note_sent(self, mark: SentMark) -> None:
        """Store a mark; see `SavedSearches.note_sent`."""
        row = {"record": _SENT, **mark.model_dump(mode="json", include={"target", "saved"})}
        row |= {"name": mark.search, "look": mark.arrival, "seen": mark.at.isoformat()}

        def later(known: Row | None) -> Row | None:
            is_kept = known and known["saved"] == row["saved"] and known["look"] >= mark.arrival
            return None if is_kept else row

        with cluster_errors(self._cluster.url):
            self._cluster.client.indices.put_mapping(index=self._index, properties=_TARGET)
        self._change(f"{_SENT} {json.dumps([mark.target, mark.search])}", later)

    def _rename(self, record: str, documents: Mapping[str, str]) -> None:
        found = {row["name"]: row for row in self._scan(record)}
        moved = {old: new for old, new in documents.items() if old != new and old in found}
        earliest: dict[str, Row] = {}
        for old, new in moved.items():
            known = earliest.get(new, found.get(new, found[old]))
            earliest[new] = min(found[old], known, key=lambda row: int(row["look"]))
        index = {"_index": self._index}
        rows = ({**row, "name": new} for new, row in earliest.items())
        bulk.write(self._cluster, ({**index, "_id": f"{record} {row['name']}", "_source": row} for row in rows))
        deleted = ({**index, "_op_type": "delete", "_id": f"{record} {old}"} for old in moved)
        bulk.write(self._cluster, deleted)

    def close(self) -> None:
        """Leave the cluster."""
        self._cluster.client.close()

    def _next(self, counter: str) -> int:
        """Return a number that nobody else gets."""
        counted = self._change(counter, lambda row: {"record": counter, "look": row["look"] + 1 if row else 1})
        return int(counted["look"]) if counted else 0

    def _create(self, record: str, names: Collection[str], source: Row) -> None:
        """Make the rows that are not there yet."""
        row = {"_op_type": "create", "_index": self._index}
        rows = ({**row, "_id": f"{record} {one}", "_source": {**source, "name": one}} for one in names)
        bulk.write(self._cluster, rows)

    def _change(self, name: str, changed: Callable[[Row | None], Row | None]) -> Row | None:
        """Make a row what it should be, given what it is then; return what it became, None where it was left alone."""
        client = self._cluster.client.options(ignore_status=_CONFLICT)
        while True:
            (found,) = rows_named(self._cluster, self._index, [name])
            is_there = bool(found.get("found"))
            wanted = changed(found["_source"] if is_there else None)
            if wanted is None:
                return None
            place = _place(found) if is_there else {"op_type": "create"}
            with cluster_errors(self._cluster.url):
                answer = client.index(index=self._index, id=name, document=wanted, **place)
            if answer.meta.status != _CONFLICT:  # else another one was faster
                return wanted

    def _scan(self, record: str) -> list[Row]:
        """Return the rows of a kind as they are now, in the order of their names."""
        rows = all_rows(self._cluster, self._index, {"term": {"record": record}})
        return sorted(rows, key=lambda row: str(row["name"]))


def _named(search: str) -> str:
    return f"{_SEARCH} {search}"


def _of(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"if_seq_no": row["_seq_no"], "if_primary_term": row["_primary_term"]}
