"""Who is at work on a cluster: a row for each process that writes, renewed for as long as it lives.

What a worker holds (rows of the journal, of the ledger) names it. Where it is dead, another one takes that over.
"""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import ClassVar

from configs.elasticsearch import ElasticsearchSettings
from configs.system.errors import CustomsLensError
from extractors.document import Value
from index.elastic import shared
from index.elastic.client import Cluster, cluster_errors, connect, rows_named

_RENEWED_SECONDS = 20.0
_SILENT_SECONDS = 120
"""A worker that was silent for so long, and for as long as it may have waited for the cluster, is taken for dead.
Clocks of the machines have to agree that well."""
_GONE = 404

_log = logging.getLogger(__name__)


class Worker(Value):
    """A process, and when it last sent a heartbeat (seconds since 1970)."""

    host: str
    process: int
    at: float


class WorkerLease:
    """The lease of a process that works, renewed until `close`; `name` is what its work is marked with."""

    own: ClassVar[set[str]] = set()
    """The names that this process has now; one whose end could not be recorded in the cluster is not among them."""

    def __init__(self, settings: ElasticsearchSettings) -> None:
        self.name = uuid.uuid4().hex
        self._cluster = connect(settings)
        try:
            shared.make(self._cluster, "workers")
            self._renew()
        except BaseException:
            self._cluster.client.close()
            raise
        self.own.add(self.name)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._live, name="heartbeat", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave; a cluster that is away learns of it by the silence."""
        if self._ended.is_set():
            return
        self.own.discard(self.name)
        self._ended.set()
        self._thread.join()
        try:
            with cluster_errors(self._cluster.url):
                client = self._cluster.client.options(ignore_status=_GONE)
                client.delete(index=self._cluster.workers, id=self.name)
        except CustomsLensError as error:
            _log.debug("%s: not told that this worker ended: %s", self._cluster.url, error)
        self._cluster.client.close()

    def _live(self) -> None:
        while not self._ended.wait(_RENEWED_SECONDS):
            try:
                self._renew()
            except CustomsLensError as error:
                _log.debug("%s: no heartbeat could be sent: %s", self._cluster.url, error)

    def _renew(self) -> None:
        worker = Worker(host=socket.gethostname(), process=os.getpid(), at=time.time())
        with cluster_errors(self._cluster.url):
            self._cluster.client.index(index=self._cluster.workers, id=self.name, document=worker.model_dump())


def living(cluster: Cluster, names: Collection[str]) -> dict[str, Worker]:
    """Return those of the workers that are alive."""
    workers = {
        row["_id"]: Worker(**row["_source"]) for row in rows_named(cluster, cluster.workers, names) if row.get("found")
    }
    silent = _SILENT_SECONDS + cluster.settings.patience_seconds
    return {name: worker for name, worker in workers.items() if _is_alive(name, worker, silent)}


def _is_alive(name: str, worker: Worker, silent_seconds: float) -> bool:
    if worker.host == socket.gethostname():
        if worker.process == os.getpid():
            return name in WorkerLease.own
        if not Path(f"/proc/{worker.process}").exists():
            return False
    return time.time() - worker.at < silent_seconds
