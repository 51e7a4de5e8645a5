"""The register of configured sources in a cluster: rows of the ledger's index, which several homes share.

Two homes may run over one source at once: each document is claimed in the ledger. What the slower one says of an item
is then what its row says already, and is no news. Where both read the row before either wrote it, their events have one
name, and the first of them stays.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from configs.elasticsearch import ElasticsearchSettings, load_indices
from index.elastic import bulk, shared
from index.elastic.client import cluster_errors, connect, rows_named
from pipelines.storage.elastic_rows import all_rows
from pipelines.storage.source_register import Holder, ItemHistory, ItemSummary, KnownItem

ITEM, CURSOR, EVENT = "item", "cursor", "event"
"""What a row is: its field `record`, and how its name begins. `register` is the field of what is not searched."""
_AT_ONCE = 1000
"""Rows of one request."""
_NAME_DIGITS = 40

_Row = dict[str, Any]


class ClusterRegister:
    """Implements `pipelines.storage.source_register.SourceRegister`."""

    def __init__(self, settings: ElasticsearchSettings, *, write: bool) -> None:
        """Reach the rows, for writing make their index; raises as `connect` does, `MismatchError` for another one."""
        self._cluster = connect(settings, retrying=write)
        self._index = self._cluster.ledger
        try:
            if write:
                shared.make(self._cluster, "ledger")
                with cluster_errors(self._cluster.url):  # the index of an earlier program learns of the fields
                    properties = load_indices().ledger.mappings["properties"]
                    self._cluster.client.indices.put_mapping(index=self._index, properties=properties)
            self._seen = shared.exists(self._cluster, "ledger")
        except BaseException:
            self._cluster.client.close()
            raise

    @property
    def _is_there(self) -> bool:
        """Whether the rows are there: another home may have made them since."""
        self._seen = self._seen or shared.exists(self._cluster, "ledger")
        return self._seen

    def cursor(self, source: str) -> str | None:
        """Return the cursor of a source, None where it has none yet."""
        if not self._is_there:
            return None
        (row,) = rows_named(self._cluster, self._index, [f"{CURSOR} {source}"])
        return row["_source"]["register"]["cursor"] if row.get("found") else None

    def items(self, source: str) -> Mapping[str, KnownItem]:
        """Return the items of a source by their ids, those that are withdrawn too."""
        rows = self._scan(ITEM, {"term": {"source": source}})
        return {row["id"]: KnownItem.model_validate(row["register"]) for row in rows}

    def known(self, source: str, items: Collection[str]) -> Mapping[str, KnownItem]:
        """Return the rows of these items, of those that have one."""
        names = [_name(source, one) for one in items]
        found = {}
        for start in range(0, len(names) if self._is_there else 0, _AT_ONCE):
            for row in rows_named(self._cluster, self._index, names[start : start + _AT_ONCE]):
                if row.get("found"):
                    known = KnownItem.model_validate(row["_source"]["register"])
                    found[known.id] = known
        return found

    def ids(self, source: str) -> Iterator[str]:
        """Yield the ids of all items of a source."""
        yield from self.items(source)

    def summaries(self, source: str, items: Collection[str]) -> Iterator[ItemSummary]:
        """Yield what is known of items; see `SourceRegister.summaries`."""
        for row in self.known(source, items).values():
            yield ItemSummary(
                row.id,
                row.uri,
                row.fingerprint,
                len(row.documents),
                row.withdrawn is not None,
                row.failed,
            )

    def documents(self, source: str) -> Iterator[tuple[str, str]]:
        """Yield the documents of a source's items, each with its item."""
        rows = self.items(source).values()
        yield from ((document, row.id) for row in rows for document in row.documents)

    def unsettled(self, source: str) -> list[KnownItem]:
        """Return the items of a source that are not just there; see `SourceRegister.unsettled`."""
        rows = self.items(source).values()
        return [row for row in rows if row.withdrawn or row.failed or not row.fingerprint or row.item]

    def holders(self, sources: Collection[str], documents: Collection[str]) -> list[Holder]:
        """Return which items of these sources documents are in; see `SourceRegister.holders`."""
        rows = (row for source in sources for row in self.items(source).values()) if documents else ()
        wanted = set(documents)
        return [
            Holder(document, row.source, row.id, row.withdrawn is not None)
            for row in rows
            for document in wanted.intersection(row.documents)
        ]

    def count_items(self, source: str) -> int:
        """Return how many items a source has, those that are withdrawn too."""
        return len(self.items(source))

    def count_documents(self, source: str) -> int:
        """Return how many documents are in the items of a source."""
        return len({document for document, _ in self.documents(source)})

    def commit(
        self,
        source: str,
        items: Sequence[KnownItem],
        *,
        forgotten: Collection[str] = (),
        events: Sequence[ItemHistory] = (),
    ) -> None:
        """Write the rows of items and what happened to them, and forget others.

        A cluster has no transactions: the events are written first, each under the name of the row that it ends, so
        what is written once more after a failure is not doubled.
        """
        news = self._news(source, items, events)
        bulk.write(
            self._cluster,
            (self._put(name, EVENT, one, at=one.at) | {"_op_type": "create"} for name, one in news.items()),
        )
        bulk.write(
            self._cluster, (self._put(_name(source, one.id), ITEM, one, withdrawn=one.withdrawn) for one in items)
        )
        gone = ({"_op_type": "delete", "_index": self._index, "_id": _name(source, one)} for one in forgotten)
        bulk.write(self._cluster, gone)

    def set_cursor(self, source: str, cursor: str | None) -> None:
        """Store up to where a source was read."""
        name = {"_index": self._index, "_id": f"{CURSOR} {source}"}
        row = {"record": CURSOR, "source": source, "register": {"cursor": cursor}}
        bulk.write(self._cluster, [{**name, "_op_type": "delete"} if cursor is None else {**name, "_source": row}])

    def withdrawn(self, documents: Collection[str]) -> Mapping[str, dt.datetime]:
        """Return since when those of the documents are withdrawn that are, by their ids."""
        wanted = set(documents)
        rows = (
            KnownItem.model_validate(row["register"]) for row in self._scan(ITEM, {"exists": {"field": "withdrawn"}})
        )
        return {name: row.withdrawn for row in rows if row.withdrawn for name in wanted.intersection(row.documents)}

    def newest(self, source: str) -> dt.datetime | None:
        """Return when something new or changed last came from a source."""
        return max((one.at for one in self.history(source) if one.event in ("new", "changed")), default=None)

    def history(self, source: str, item: str | None = None) -> list[ItemHistory]:
        """Return what happened to a source's items, or to one, the latest first."""
        wanted: list[_Row] = [{"term": {"source": source}}]
        if item is not None:
            wanted.append({"term": {"id": item}})
        found = [ItemHistory.model_validate(row["register"]) for row in self._scan(EVENT, *wanted)]
        return sorted(found, key=lambda one: (one.at, one.run), reverse=True)

    def prune(self, before: dt.datetime) -> int:  # noqa: ARG002
        """Forget nothing: how often an item was deleted is part of the names of later events."""
        return 0

    def close(self) -> None:
        """Leave the cluster."""
        self._cluster.client.close()

    def _news(self, source: str, items: Sequence[KnownItem], events: Sequence[ItemHistory]) -> dict[str, ItemHistory]:
        """Return the events that no other home wrote down already, by their names: those that change a row."""
        there = self.known(source, [one.id for one in events])
        wanted = {one.id: one for one in items}
        news = [one for one in events if _is_news(one, there.get(one.id), wanted.get(one.id))]
        deletions = self._deletions(source, [one.id for one in news if one.id not in there])
        return {_event_name(one, there.get(one.id), deletions[one.id]): one for one in news}

    def _deletions(self, source: str, items: Sequence[str]) -> Counter[str]:
        """Return how often items were deleted: what tells their times in the source apart."""
        told: Counter[str] = Counter()
        for start in range(0, len(items), _AT_ONCE):
            of_items = {"terms": {"id": list(items[start : start + _AT_ONCE])}}
            for row in self._scan(EVENT, {"term": {"source": source}}, of_items):
                told[row["id"]] += row["register"]["event"] == "deleted"
        return told

    def _put(self, name: str, record: str, content: KnownItem | ItemHistory, **more: dt.datetime | None) -> _Row:
        row = {
            "record": record,
            "source": content.source,
            "id": content.id,
            "register": content.model_dump(mode="json"),
        }
        times = {field: time.isoformat() for field, time in more.items() if time}
        return {"_index": self._index, "_id": name, "_source": row | times}

    def _scan(self, record: str, *filters: _Row) -> list[_Row]:
        """Return the rows of a kind that match, as they are now, item by item."""
        if not self._is_there:
            return []
        rows = all_rows(self._cluster, self._index, {"term": {"record": record}}, *filters)
        return sorted(rows, key=lambda row: (row["id"], row.get("at", "")))


def _is_news(event: ItemHistory, there: KnownItem | None, wanted: KnownItem | None) -> bool:
    if wanted is None:
        return there is not None or event.event != "deleted"  # it is forgotten
    if event.event == "new":
        return there is None
    if event.event == "withdrawn":
        return there is None or there.withdrawn is None
    if event.event == "restored":
        return there is None or there.withdrawn is not None
    if not wanted.fingerprint:
        return True  # nobody can tell
    return there is None or (there.fingerprint, there.documents) != (wanted.fingerprint, wanted.documents)


def _name(source: str, item: str) -> str:
    return f"{ITEM} {_digest(source, item)}"


def _event_name(event: ItemHistory, before: KnownItem | None, deletions: int) -> str:
    """Return the name of what ends a row, or begins one: the same for all who saw the item as it was before."""
    row = before.model_dump_json() if before else str(deletions)
    return f"{EVENT} {_digest(event.source, event.id, event.event, row)}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_NAME_DIGITS]
