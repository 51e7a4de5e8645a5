"""What people said, in the cluster: rows that are only ever added, shared by all of its users.

A row holds the labels, or the corrections, that were given at one time, so they are there together or not at all. Rows
are numbered without gaps, and a row can only be made once: of two workers that want the same number one goes on to the
next. So what was said has one order, and who knows the last row asks for the next one by its name.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any, TypeVar

from configs.elasticsearch import ElasticsearchSettings
from extractors.annotations import renamed
from extractors.corrections import Correction
from extractors.document import Value
from index.annotations.store import AnyLabel, label_of
from index.elastic import shared
from index.elastic.client import Cluster, cluster_errors, connect, rows_named

_AT_ONCE = 50
"""Rows that are fetched at a time."""
_CONFLICT = 409
S = TypeVar("S", bound=AnyLabel | Correction)


class ClusterLabels:
    """Implements `index.annotations.store.Labels`; the cluster is reached when labels are first read or written.

    A `retrying` one waits for a cluster that is away later on, as the writer whose labels it has.
    """

    name = "cluster"

    def __init__(self, settings: ElasticsearchSettings, *, retrying: bool = False) -> None:
        self._settings, self._retrying = settings, retrying
        self._reached: Cluster | None = None
        self._rows = 0
        self._labels: list[AnyLabel] = []
        self._corrections: list[Correction] = []
        self._homes: set[str] = set()

    def since(self, number: int) -> list[AnyLabel]:
        """Return the labels after the one with this id, oldest first."""
        self._read_on()
        return [label for label in self._labels if label.id > number]

    def add(self, labels: Sequence[AnyLabel], *, home: str | None = None) -> list[AnyLabel]:
        """Store new labels, all or none, and return them with their ids; they are safe when this returns.

        `home` says whose labels they were before; what is known to come from a home is not stored once more.
        """

        def stored() -> list[AnyLabel]:
            if home in self._homes:
                return []
            first = self._labels[-1].id + 1 if self._labels else 1
            return [label.model_copy(update={"id": number}) for number, label in enumerate(labels, first)]

        return self._append("labels", stored, lambda: self._labels, home=home)

    def corrections(self, number: int = 0) -> list[Correction]:
        """Return the corrections after the one with this id, oldest first."""
        self._read_on()
        return [one for one in self._corrections if one.id > number]

    def correct(self, corrections: Sequence[Correction], *, home: str | None = None) -> list[Correction]:
        """Store new corrections; see `Labels.correct`, and `add` for `home`."""

        def stored() -> list[Correction]:
            if home in self._homes:
                return []
            first = self._corrections[-1].id + 1 if self._corrections else 1
            return [one.model_copy(update={"id": number}) for number, one in enumerate(corrections, first)]

        return self._append("corrections", stored, lambda: self._corrections, home=home)

    def _append(
        self, kind: str, numbered: Callable[[], list[S]], known: Callable[[], list[S]], *, home: str | None = None
    ) -> list[S]:
        """Store what `numbered` gives as a new row; `known` gives what is stored of that kind."""
        cluster = self._cluster
        shared.make(cluster, "labels")
        client = cluster.client.options(ignore_status=_CONFLICT)
        while True:
            self._read_on()
            if not (stored := numbered()):
                return []
            row = {"at": stored[-1].at, "author": stored[-1].author, "home": home}
            dumped = [one.model_dump(mode="json") for one in stored]
            number = self._rows + 1
            with cluster_errors(cluster.url):
                answer = client.create(index=cluster.labels, id=str(number), document={**row, kind: dumped})
            if answer.meta.status != _CONFLICT:
                return stored
            self._read_on()
            first = stored[0].id
            if known()[first - 1 : first - 1 + len(stored)] == stored:
                return stored  # they had arrived, and only the answer was lost

    def rename(self, documents: Mapping[str, str]) -> int:
        """Let labels follow documents that have other ids now; see `Labels.rename`."""
        cluster, count = self._cluster, 0
        if not shared.exists(cluster, "labels"):
            return 0
        self._read_on()
        named = {one.document for one in (*self._labels, *self._corrections)}
        if named.union(one.value or "" for one in self._corrections).isdisjoint(documents):
            return 0
        for number in range(1, self._rows + 1):
            (row,) = rows_named(cluster, cluster.labels, [str(number)])
            labels, corrections = _said(row["_source"])
            new_labels = [renamed(one, documents) for one in labels]
            new_corrections = [one.renamed(documents) for one in corrections]
            pairs = zip((*labels, *corrections), (*new_labels, *new_corrections), strict=True)
            if not (changed := sum(one != other for one, other in pairs)):
                continue
            said: dict[str, Sequence[Value]] = {"labels": new_labels, "corrections": new_corrections}
            dumped = {kind: [one.model_dump(mode="json") for one in part] for kind, part in said.items() if part}
            with cluster_errors(cluster.url):
                cluster.client.index(index=cluster.labels, id=row["_id"], document={**row["_source"], **dumped})
            count += changed
        self._rows, self._labels, self._corrections, self._homes = 0, [], [], set()
        return count

    def close(self) -> None:
        """Leave the cluster."""
        if self._reached:
            self._reached.client.close()
            self._reached = None

    @property
    def _cluster(self) -> Cluster:
        if self._reached is None:
            self._reached = connect(self._settings, retrying=self._retrying)
        return self._reached

    def _read_on(self) -> None:
        """Learn of the rows that came since."""
        while True:
            names = [str(self._rows + step) for step in range(1, _AT_ONCE + 1)]
            rows = self._read(names if self._rows else names[:1])
            for row in rows:
                self._rows += 1
                labels, corrections = _said(row)
                self._labels += labels
                self._corrections += corrections
                if home := row.get("home"):
                    self._homes.add(home)
            if not rows:
                return

    def _read(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Return the rows of these names up to the first that is not there."""
        found = rows_named(self._cluster, self._cluster.labels, names)
        return [row["_source"] for row in takewhile(lambda row: row.get("found"), found)]


def _said(row: Mapping[str, Any]) -> tuple[list[AnyLabel], list[Correction]]:
    """Return the labels and the corrections of a row."""
    corrections = [Correction(**one) for one in row.get("corrections", ())]
    return [label_of(one) for one in row.get("labels", ())], corrections
