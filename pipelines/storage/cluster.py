"""The stores of homes that share a cluster: indices in Elasticsearch."""

import logging
from collections.abc import Hashable, Iterator
from contextlib import closing, contextmanager

from configs.system.folders import make_home
from configs.system.sqlite.lock import WriterLock
from index.elastic import schema
from index.elastic.client import connect
from index.elastic.engine import ElasticEngine
from index.encoder import EncoderIdentity
from index.filters import Descendants
from index.protocol import Engine
from index.query.expansion import ThemesIn
from pipelines.storage.blobs import BlobStore
from pipelines.storage.shared_blobs import shared_blobs
from pipelines.storage.state import State
from pipelines.storage.storage import Storage
from pipelines.storage.workers import Worker
from pipelines.workspace import WORKER_LOCK, home_name

_log = logging.getLogger(__name__)


class ClusterStorage(Storage):
    """See `Storage`."""

    shared = True
    repairing = "ingest"

    def open_engine(
        self,
        identity: EncoderIdentity | None,
        *,
        write: bool,
        descendants: Descendants | None = None,
        themes_in: ThemesIn | None = None,
    ) -> Engine:
        """Return the engine over the cluster; for writing inside a block of `claim`."""
        judgements = self.open_judgements(write=write)
        return ElasticEngine(
            self._settings.elasticsearch,
            identity,
            write=write,
            descendants=descendants,
            themes_in=themes_in,
            judgements=judgements,
            worker=self._worker if write else None,
        )

    def has_index(self) -> bool:
        """Return whether the cluster has an index of the name."""
        cluster = connect(self._settings.elasticsearch)
        try:
            return schema.find(cluster) is not None
        finally:
            cluster.client.close()

    def index_totals(self) -> tuple[int, int] | None:
        """Query the cluster."""
        if not self.has_index():
            return None
        with closing(self.open_engine(None, write=False)) as engine:
            counts = engine.counts()
            return counts.papers, counts.passages

    def index_mark(self) -> Hashable:
        """Return a constant: engines query the alias, whatever index it points to."""
        return None

    @contextmanager
    def claim(self, *, alone: bool = True) -> Iterator[Worker]:
        """Hold a lock of the home: workers of other homes may write concurrently. The home is recorded in the state."""
        make_home(self._settings.home)
        lock = WriterLock(self._settings.home / WORKER_LOCK) if alone else None
        try:
            with closing(Worker(State(self._settings, patient=True))) as self._worker:
                with closing(self.open_ledger(write=True)) as ledger:
                    ledger.note_home(home_name(self._settings.home))
                yield self._worker
        finally:
            self._worker = None
            if lock:
                lock.release()

    def blobs(self) -> BlobStore:
        """Return the shared store if the settings name one, else the store of the home."""
        place = self._settings.blobs
        return shared_blobs(place, self._settings) if place else super().blobs()
