"""Questions to an index of rows in a cluster: those that match, a page or all of them."""

from collections.abc import Iterator
from typing import Any

from index.elastic.client import Cluster, cluster_errors

Filters = list[dict[str, Any]]


class RowReader:
    """Reads rows as they are now; where there is no index it finds none."""

    def __init__(self, cluster: Cluster, *, is_there: bool) -> None:
        self._cluster = cluster
        self._is_there = is_there

    def search(self, filters: Filters, **more: Any) -> list[tuple[dict[str, Any], Any]]:  # noqa: ANN401
        """Return the rows that match, each with its place in the order."""
        if not self._is_there:
            return []
        with cluster_errors(self._cluster.url):
            self._cluster.client.indices.refresh(index=self._cluster.ledger)
            answer = self._cluster.client.search(
                index=self._cluster.ledger, query={"bool": {"filter": filters}}, **more
            )
        return [(hit["_source"], hit.get("sort")) for hit in answer["hits"]["hits"]]

    def scan(self, filters: Filters, order: list[str], at_once: int) -> Iterator[dict[str, Any]]:
        """Yield every row that matches, by so many at once; no two may have the same place in the order."""
        after: dict[str, Any] = {}
        while True:
            found = self.search(filters, sort=order, size=at_once, **after)
            for row, _ in found:
                yield row
            if len(found) < at_once:
                return
            after = {"search_after": found[-1][1]}
