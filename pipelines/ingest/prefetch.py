"""Prefetching: documents are read in parallel, a few ahead of the encoder, and stored in the blob store."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import partial
from pathlib import Path

from configs.settings import Settings
from configs.system.errors import ConfigError
from configs.system.files import open_regular
from configs.system.log_fields import log_fields
from extractors.document import STORED_STATUSES, Document
from extractors.isolation import ChildGroup
from extractors.reading import read_document
from pipelines.ingest.plan import Item
from pipelines.sources.errors import access_errors
from pipelines.sources.source import CHANGING, GONE, Source, SourceError
from pipelines.storage.blobs import BlobStore

Reading = tuple[Document, dict[str, str]]
"""A document as read, and the names of its blobs by kind."""

_PIECE = 1 << 20
"""Bytes per read of a file."""
_AHEAD = 2
"""Documents read ahead for each reading worker: enough to keep the encoder busy, few enough for memory."""


class PendingReading:
    """A document that is being read.

    `seconds` is the duration of reading, 0 until it is done, and `waited` the time for which the caller waited for it.
    """

    def __init__(self, pool: ThreadPoolExecutor, read: Callable[[], Reading]) -> None:
        self.seconds = 0.0
        self.waited = 0.0
        self._read = read
        self._future: Future[Reading] = pool.submit(self._timed)

    def result(self) -> Reading:
        """Wait for the document and return it; raises the error of its reading."""
        began = time.monotonic()
        try:
            return self._future.result()
        finally:
            self.waited += time.monotonic() - began

    def _timed(self) -> Reading:
        began = time.monotonic()
        try:
            return self._read()
        finally:
            self.seconds = time.monotonic() - began


class SourceReader:
    """Reads documents from their sources in parallel, each in a separate process."""

    def __init__(
        self, settings: Settings, blobs: BlobStore, passwords: Sequence[str], *, workspace: Path, stored: bool = False
    ) -> None:
        """Copy remote files into `workspace`; with `stored`, all bytes come from the blob store."""
        self._settings = settings
        self._blobs = blobs
        self._passwords = tuple(passwords)
        self._workspace = workspace
        self._stored = stored

    def keep(self, item: Item) -> bool:
        """Store the bytes of a document in the blob store; False if they are missing or differ from the plan."""
        try:
            with item.source.as_file(self._workspace) as path:
                return self._blobs.put_pieces(_pieces(path, item.source)) == item.sha256
        except SourceError:
            return False

    def ahead(self, items: Iterable[Item]) -> Generator[tuple[Item, PendingReading | None], None, None]:
        """Yield the items in order, each with its pending reading if it has to be read.

        The result of a reading raises `SourceError` where the source cannot be read, and `OSError` where the home
        cannot be written.
        """
        waiting: deque[tuple[Item, PendingReading | None]] = deque()
        workers = self._settings.workers
        pool = ThreadPoolExecutor(workers, thread_name_prefix="read")
        children = ChildGroup()

        def submitted(item: Item) -> PendingReading:
            return PendingReading(pool, partial(copy_context().run, self._read, item, children))

        try:
            for item in items:
                has_to_be_read = item.action == "work" and item.start == "read"
                waiting.append((item, submitted(item) if has_to_be_read else None))
                while len(waiting) > workers * _AHEAD:
                    yield waiting.popleft()
            yield from waiting
        finally:
            children.end()  # results of an interrupted run are not needed
            pool.shutdown(cancel_futures=True)  # and no further document is read

    def _read(self, item: Item, children: ChildGroup) -> Reading:
        try:
            with children.joined(), log_fields(document=item.id, source=item.source.uri):
                return self._read_and_keep(item)
        except ConfigError as error:
            raise SourceError(str(error), "malformed") from error  # of its sidecar

    def _read_and_keep(self, item: Item) -> Reading:
        sidecar = item.source.sidecar
        passwords = self._passwords + (sidecar.passwords() if sidecar else ())
        with self._file(item) as path:
            document = read_document(
                path,
                source=item.source.uri,
                sha256=item.sha256,
                parent=item.source.parent,
                passwords=passwords,
                limits=self._settings.reading,
            )
            lost = not item.stored and item.source.path is not None and not item.source.path.exists()
            if document.status not in STORED_STATUSES and lost:
                raise SourceError(f"{item.source.uri}: {GONE}")  # whatever its format reader reported
            document = item.source.describe(document)
            if document.status not in STORED_STATUSES:
                return document, {}
            original = self._blobs.put_pieces(_pieces(path, item.source))
            if original != item.sha256:
                raise SourceError(f"{item.source.uri}: {CHANGING}")
        return document, {"original": original, "read": self._blobs.put_text(document.model_dump_json())}

    def _file(self, item: Item) -> AbstractContextManager[Path]:
        """Yield the bytes of a source as a file: its own, or a copy from the store."""
        if item.stored or self._stored:
            return item.source.copy_of(self._blobs.pieces(item.sha256), self._workspace)
        return item.source.as_file(self._workspace)


def _pieces(path: Path, source: Source) -> Iterator[bytes]:
    """Yield the bytes of a file; raises `SourceError` if it is missing, as that is not an error of the home."""
    with access_errors(source.unreadable), open_regular(path) as file:
        while piece := file.read(_PIECE):
            yield piece
