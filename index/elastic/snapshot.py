"""Snapshots of the index: the passages and documents that readers see while an answer is computed."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from configs.system.errors import UnavailableError
from index.elastic import journal
from index.elastic.client import (
    Cluster,
    NotReadyError,
    NotThereError,
    cluster_errors,
    explained,
    wait_until_ready,
)
from index.elastic.conditions import none_of

T = TypeVar("T")
Body = dict[str, Any]

_KEPT_SECONDS = 60
"""How long the cluster keeps a snapshot that nobody asks about."""
_FAILED = 503
_ATTEMPTS = 50
"""A reader looks again where a writer committed between its two looks; it would need one every time."""


class Snapshot:
    """The passages and documents as they were at one commit, held by points in time of the cluster.

    `visible` matches complete documents alone: it excludes every generation that was coming or going.
    """

    def __init__(self, cluster: Cluster, held: tuple[str, str], journal_then: journal.Journal) -> None:
        self.cluster = cluster
        self._passages, self._documents = held
        self.name, self.judgements = journal_then.snapshot_id, journal_then.judgements
        self.visible = none_of({"terms": {"generation": journal_then.hidden}})
        self._used = time.monotonic()

    @property
    def is_held(self) -> bool:
        """Whether the points in time cannot have expired yet."""
        return time.monotonic() - self._used < _KEPT_SECONDS / 2

    def ask(self, *bodies: Body) -> list[dict[str, Any]]:
        """Return the answers to searches of the passages, made in one request."""
        self._used = time.monotonic()
        searches: list[Body] = []
        for body in bodies:
            searches += [{}, {**body, "pit": _retention(self._passages)}]
        with cluster_errors(self.cluster.url):
            answers = self.cluster.client.msearch(searches=searches)["responses"]
        for answer in answers:
            if "error" in answer:
                raise explained(self.cluster.url, answer["status"], answer["error"])
            if failures := answer["_shards"].get("failures"):
                raise explained(self.cluster.url, _FAILED, failures[0].get("reason"))
        return list(answers)

    def documents(self, *filters: Body, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - the rest of a search
        """Return the answer to a search of the visible rows of documents."""
        query = {"bool": {"filter": [self.visible, *filters]}}
        with cluster_errors(self.cluster.url):
            answer = self.cluster.client.search(pit=_retention(self._documents), query=query, **body)
        return dict(answer)

    def sources(self, wanted: list[Body]) -> list[dict[str, Any]]:
        """Return rows by `_index` and `_id`; raises `NotThereError` where one was deleted after this snapshot."""
        if not wanted:
            return []
        with cluster_errors(self.cluster.url):
            rows = self.cluster.client.mget(docs=wanted)["docs"]
        if problems := [row["error"] for row in rows if "error" in row]:
            raise explained(self.cluster.url, _FAILED, problems[0])
        if not all(row["found"] for row in rows):
            raise NotThereError(f"{self.cluster.url}: rows were deleted meanwhile")
        return [row["_source"] for row in rows]

    def close(self) -> None:
        """Release the points in time."""
        client = self.cluster.client.options(ignore_status=404)
        with cluster_errors(self.cluster.url):
            for held in (self._passages, self._documents):
                client.close_point_in_time(id=held)


class SnapshotProvider:
    """Provides the newest snapshot, which is reused until the next commit.

    `prepare` is called with each snapshot before its first query; it returns whether it changed the index.
    """

    def __init__(self, cluster: Cluster, prepare: Callable[[Snapshot], bool]) -> None:
        self._cluster, self._prepare = cluster, prepare
        self._last: Snapshot | None = None

    def answer(self, question: Callable[[Snapshot], T]) -> T:
        """Return the answer of a function to one snapshot; it is called again if the snapshot expired meanwhile."""
        for _ in range(_ATTEMPTS):
            try:
                snapshot = self._newest()
            except NotReadyError:
                self._wait()
                continue
            if snapshot is None:
                continue
            try:
                if not self._prepare(snapshot):
                    return question(snapshot)
            except NotReadyError:
                self._wait()
            except NotThereError:
                pass
            self.forget()
        raise UnavailableError(f"{self._cluster.url}: the index changes too fast to be read", "try again")

    def forget(self) -> None:
        """Discard the snapshot, so that the next answer uses a new one."""
        last, self._last = self._last, None
        if last:
            last.close()

    def _wait(self) -> None:
        wait_until_ready(self._cluster, self._cluster.passages, self._cluster.documents)

    def _newest(self) -> Snapshot | None:
        """Return the newest snapshot, None where a writer committed while it was opened.

        The journal is read after the points in time are opened, so it names every generation that was coming by
        then; and before, to detect a commit in between.
        """
        before = journal.read(self._cluster)
        last = self._last
        if last and last.is_held and (last.name, last.judgements) == (before.snapshot_id, before.judgements):
            return last
        self.forget()
        held = self._hold(self._cluster.passages), self._hold(self._cluster.documents)
        after = journal.read(self._cluster)
        snapshot = Snapshot(self._cluster, held, after)
        if before.snapshot_id != after.snapshot_id:
            snapshot.close()
            return None
        self._last = snapshot
        return snapshot

    def _hold(self, index: str) -> str:
        with cluster_errors(self._cluster.url):
            held = self._cluster.client.open_point_in_time(index=index, keep_alive=f"{_KEPT_SECONDS}s")
        return str(held["id"])


def _retention(held: str) -> Body:
    return {"id": held, "keep_alive": f"{_KEPT_SECONDS}s"}
