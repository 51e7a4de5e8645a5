"""Pictures of the pages of documents, for readers who may see them.

Pictures are kept in memory and not on a disk: to draw one takes less time than two requests of a browser, and what was
deleted from a home, or is restricted, leaves no copy in a cache.
"""

import logging
import time
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Generic, Self, TypeVar

from configs.errors import ConfigError, NotFoundError
from configs.settings import Settings
from extractors.document import Box, Document
from extractors.media import PDF
from extractors.page_renderer import PROCESSES, PageImageError, PageRenderer
from index.filters import AccessClasses
from pipelines.search.service import SearchService
from pipelines.sources.discovery import sidecar_of
from pipelines.sources.source import printable
from pipelines.viewing.originals import file_name, original_file, visible

WIDTH = 900
"""Dots: about 110 to the inch of a page of A4."""
MOST_SECONDS = 10
"""What drawing one page may take, where the limits of reading allow more: somebody waits for it."""

_KEPT_BYTES = 64 << 20
_KEPT_FAILURES = 256
_FAILURE_SECONDS = 600.0
"""How long a page that could not be drawn within the limits is not tried again."""
_FILE = "file://"

_log = logging.getLogger(__name__)

_Key = tuple[str, int, int, tuple[Box, ...]]
"""The sha256 of the file, page, width, and the boxes that are marked."""
_Content = TypeVar("_Content")


class PageImages:
    """Draws pages of documents; several threads may ask at once. Use it as a context manager, one for a program."""

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
        self._images: _Recent[bytes] = _Recent(_KEPT_BYTES)
        self._failures: _Recent[tuple[float, PageImageError]] = _Recent(_KEPT_FAILURES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start a process that draws, so that the first page need not wait a second or two for it."""
        self._renderer.start()

    def close(self) -> None:
        """End the processes that draw."""
        self._renderer.close()

    def png(
        self, name: str, page: int, *, width: int = WIDTH, highlight: str | None = None, access_classes: AccessClasses
    ) -> bytes:
        """Return a page, from 1, of the document of an id, symbol or source as PNG, so many dots wide.

        The boxes of the document fit it: a point of the page is `width / Page.width` dots. Where the passage whose id
        is `highlight` stands on the page, it has a yellow ground; one of another document is not looked for.

        Raises `NotFoundError` for a document that the reader does not see, one that is no PDF, a page that it does not
        have, and a width beyond 16 to 4000 dots; `UnavailableError` where the home does not have the file;
        `PageImageError` where the page cannot be drawn, with the reason as `status`.
        """
        document = visible(self._service, name, access_classes=access_classes)
        if document.media_type != PDF:
            raise NotFoundError(f"{file_name(document)}: only PDF files have pages to show", "read its text instead")
        marked = () if highlight is None else self._boxes(document, highlight, page, access_classes)
        key = (document.sha256, page, width, marked)
        image = self._images.get(key)
        if image is None:
            self._refuse_known_failure(key)
            image = self._drawn(document, key)
            self._images.put(key, image, len(image))
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
            self._failures.put(key, (time.monotonic(), explained), 1)
        return explained

    def _refuse_known_failure(self, key: _Key) -> None:
        at, error = self._failures.get(key) or (0.0, None)
        if error is not None and time.monotonic() - at < _FAILURE_SECONDS:
            raise PageImageError(error.status, error.message, error.remedy)


class _Recent(Generic[_Content]):
    """What was put or asked for last, up to a sum of sizes; safe in several threads."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0
        self._items: OrderedDict[_Key, tuple[_Content, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key) -> _Content | None:
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def put(self, key: _Key, content: _Content, size: int) -> None:
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
