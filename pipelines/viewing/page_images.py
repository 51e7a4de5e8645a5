"""Images of the pages of documents, for readers who may see them.

Pictures are kept in memory and not on a disk: to draw one takes less time than two requests of a browser, and what was
deleted from a home, or is restricted, leaves no copy in a cache.
"""

import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Lock
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

from configs.settings import Settings
from configs.system.errors import ConfigError, NotFoundError, UnavailableError
from extractors.document import Box, Document
from extractors.media import PDF
from extractors.page_renderer import PROCESSES, PageImageError, PageRenderer
from index.filters import AccessClasses
from pipelines.search.service import SearchService
from pipelines.sources.inside import sidecar_of
from pipelines.sources.source import printable
from pipelines.viewing.originals import file_name, original_file, visible

WIDTH = 900
"""Dots: about 110 to the inch of a page of A4."""
MOST_SECONDS = 10
"""What drawing one page may take, where the limits of reading allow more: somebody waits for it."""

_CACHE_BYTES = 64 << 20
_CACHED_FAILURES = 256
_FAILURE_SECONDS = 600.0
"""How long a page that could not be drawn within the limits is not tried again, nor one wider than half of that."""
_MOST_WAITING = 16
"""Pages that one client may wait for: each takes a thread of the server."""
_WAIT_SECONDS = 2.0 * MOST_SECONDS
_FILE = "file://"

_log = logging.getLogger(__name__)

_Key = tuple[str, int, int, tuple[Box, ...]]
"""The sha256 of the file, page, width, and the boxes that are marked."""
_Page = tuple[str, int]
"""The sha256 of the file, and the page."""
_Name = TypeVar("_Name", _Key, _Page)
_Content = TypeVar("_Content")


class _Failure(NamedTuple):
    """The error of a page that could not be drawn, its time, and the requested width."""

    at: float
    width: int
    error: PageImageError


class PageImages:
    """Draws pages of documents; safe for several threads. Use it as a context manager, one for each program."""

    def __init__(self, settings: Settings, service: SearchService, *, processes: int = PROCESSES) -> None:
        """`service` says which papers there are for a reader; the settings have the limits and the passwords."""
        limits = settings.reading.model_copy(
            update={
                "wall_seconds": min(settings.reading.wall_seconds, MOST_SECONDS),
                "cpu_seconds": min(settings.reading.cpu_seconds, MOST_SECONDS),
            }
        )
        self._settings, self._service = settings, service
        self._renderer = PageRenderer(limits, processes=processes)
        self._images: _LruCache[_Key, bytes] = _LruCache(_CACHE_BYTES)
        self._failures: _LruCache[_Page, _Failure] = _LruCache(_CACHED_FAILURES)
        self._turns = _ClientQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start a drawing process in advance, which takes a second or two."""
        self._renderer.start()

    def close(self) -> None:
        """End the processes that draw."""
        self._renderer.close()

    def png(
        self,
        name: str,
        page: int,
        *,
        width: int = WIDTH,
        highlight: str | None = None,
        access_classes: AccessClasses,
        client: str = "",
    ) -> bytes:
        """Return a page, from 1, of the document of an id, symbol or source as PNG with a width in dots.

        The boxes of the document fit it: a point of the page is `width / Page.width` dots. Where the passage whose id
        is `highlight` stands on the page, it has a yellow ground; one of another document is not looked for. For each
        client one page is drawn at a time, so that the other processes draw for others.

        Raises `NotFoundError` for a document that the reader does not see, one that is no PDF, a page that it does not
        have, and a width beyond 16 to 4000 dots; `UnavailableError` where the home does not have the file, and for a
        client that waits for many pages; `PageImageError` where the page cannot be drawn, with the reason as `status`.
        """
        document = visible(self._service, name, access_classes=access_classes)
        if document.media_type != PDF:
            raise NotFoundError(f"{file_name(document)}: only PDF files have pages to show", "read its text instead")
        marked = () if highlight is None else self._boxes(document, highlight, page, access_classes)
        key = (document.sha256, page, width, marked)
        if (image := self._known(key)) is not None:
            return image
        with self._turns.of(client):
            image = self._known(key)  # it may have been drawn, or have failed, meanwhile
            if image is None:
                image = self._drawn(document, key)
                self._images.put(key, image, len(image))
        return image

    def _known(self, key: _Key) -> bytes | None:
        """Return a cached image; raises `PageImageError` for a page that would fail again."""
        image = self._images.get(key)
        if image is None:
            self._refuse_known_failure(key)
        return image

    def _boxes(self, document: Document, passage_id: str, page: int, access_classes: AccessClasses) -> tuple[Box, ...]:
        """Return where a passage of a document stands on a page."""
        if passage_id.rpartition("-")[0] != document.id:
            return ()
        with self._service.engine() as engine:
            passage = engine.passage(printable(passage_id), access_classes=access_classes)
        return tuple(place.box for place in passage.boxes if place.page == page) if passage else ()

    def _drawn(self, document: Document, key: _Key) -> bytes:
        _, page, width, marked = key
        passwords = self._settings.document_passwords
        try:
            with original_file(self._settings, document) as path:
                try:
                    return self._renderer.png(path, page, width=width, passwords=passwords, marked=marked)
                except PageImageError as error:
                    beside = _sidecar_passwords(document) if error.status == "encrypted" else ()
                    if not beside:
                        raise
                    passwords = (*passwords, *beside)
                    return self._renderer.png(path, page, width=width, passwords=passwords, marked=marked)
        except PageImageError as error:
            raise self._explained(document, key, error) from error

    def _explained(self, document: Document, key: _Key, error: PageImageError) -> PageImageError:
        """Return an error that names the file, and remember it where a second try would cost as much as the first."""
        remedy = error.remedy or "read its text instead"
        if error.status == "encrypted":
            remedy = "put its password under 'passwords' in settings.yaml, or read its text instead"
        explained = PageImageError(error.status, f"{file_name(document)}: {error.message}", remedy)
        if error.status in ("timeout", "crashed", "too_large"):
            _log.warning("%s", explained)
            sha256, page, width, _ = key
            self._failures.put((sha256, page), _Failure(time.monotonic(), width, explained), 1)
        return explained

    def _refuse_known_failure(self, key: _Key) -> None:
        sha256, page, width, _ = key
        failed = self._failures.get((sha256, page))
        if failed and 2 * width > failed.width and time.monotonic() - failed.at < _FAILURE_SECONDS:
            raise PageImageError(failed.error.status, failed.error.message, failed.error.remedy)


class _ClientQueue:
    """Lets each client draw one page at a time, with a limited number of waiting requests."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._drawing: set[str] = set()
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def of(self, client: str) -> Iterator[None]:
        """Wait until nothing is drawn for a client, then hold its turn; raises `UnavailableError` where many wait."""
        with self._changed:
            self._wait(client)
            self._drawing.add(client)
        try:
            yield
        finally:
            with self._changed:
                self._drawing.discard(client)
                self._changed.notify_all()

    def _wait(self, client: str) -> None:
        many = UnavailableError("many pages are being drawn for you already", "ask again in a minute")
        if self._waiting[client] >= _MOST_WAITING:
            raise many
        self._waiting[client] += 1
        try:
            if not self._changed.wait_for(lambda: client not in self._drawing, _WAIT_SECONDS):
                raise many
        finally:
            self._waiting[client] -= 1
            self._waiting += Counter()  # whoever waits no more is forgotten


class _LruCache(Generic[_Name, _Content]):
    """Least recently used cache, bounded by the sum of sizes; safe in several threads."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0
        self._items: OrderedDict[_Name, tuple[_Content, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Name) -> _Content | None:
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def put(self, key: _Name, content: _Content, size: int) -> None:
        with self._lock:
            _, before = self._items.pop(key, (None, 0))
            self._items[key] = (content, size)
            self._held += size - before
            while self._held > self._most:
                _, (_, dropped) = self._items.popitem(last=False)
                self._held -= dropped


def _sidecar_passwords(document: Document) -> tuple[str, ...]:
    """Return the password that the sidecar beside a file of this machine gives, if there is one."""
    if not document.source.startswith(_FILE):
        return ()
    try:
        sidecar = sidecar_of(Path(document.source.removeprefix(_FILE)))
        return sidecar.passwords() if sidecar else ()
    except (OSError, ConfigError) as error:
        _log.warning("%s: its sidecar cannot be read for a password: %s", document.source, error)
        return ()
