"""The blob store that all homes of a cluster share, at a URL from the settings."""

import datetime as dt
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import Any, Self

from fsspec.implementations.local import LocalFileSystem

from configs.settings import Settings
from configs.sources import UPLOADS, UrlPlace
from configs.system.errors import UnavailableError
from pipelines.sources.connectors.remote_files import Opener
from pipelines.sources.entries import ListedFile
from pipelines.sources.errors import Problem, access_errors
from pipelines.storage.blobs import BlobStore

_SPARED = dt.timedelta(days=1)
"""How long an unreferenced blob is kept: another machine may be about to write its row."""
_RENEWED = dt.timedelta(hours=12)
"""An older blob is rewritten when it is put again, so that no sweep deletes it before its row exists."""
_KEPT_SECONDS = 300.0
"""How long a process uses one connection: servers silently close idle ones."""
_opened: dict[tuple[str, Path], tuple[float, "SharedBlobStore"]] = {}


def shared_blobs(place: UrlPlace, settings: Settings) -> "SharedBlobStore":
    """Return the store, cached for some minutes: each page of the portal asks for it."""
    key = (place.model_dump_json(), settings.home)
    at, store = _opened.get(key, (0.0, None))
    if store is None or time.monotonic() - at > _KEPT_SECONDS:
        store = SharedBlobStore(place, settings)
        _opened[key] = (time.monotonic(), store)
    return store


class SharedBlobStore(BlobStore):
    """A `BlobStore` that several machines write; errors of its server raise `UnavailableError`.

    The clocks of the machines and of the server may differ by at most some hours.
    """

    def __init__(self, place: UrlPlace, settings: Settings) -> None:
        """Open the store; raises `UsageError` as `Opener` does, and for a read-only file system."""
        self._opener = Opener(place, settings)  # which holds the resources of its connections

        def away(problem: Problem) -> UnavailableError:
            _opened.clear()  # a retry opens another connection
            return UnavailableError(f"blobs: {place.url}: {problem.words}", problem.remedy)

        def errors() -> AbstractContextManager[None]:
            return access_errors(away, self._opener.location)

        with errors():
            files, self._root = self._opener.file_system()
        self._files = _ErrorTranslatingFiles(files, errors)
        self._is_local = isinstance(files, LocalFileSystem)

    def loose(self, keep: Collection[str]) -> list[str]:
        """Return the paths of blobs that no row refers to and that are older than a day; unknown age counts as new.

        Papers that were added in the browser are in folders beside the artefacts and are not included.
        """
        if not self._files.exists(self._root):
            return []
        before = dt.datetime.now(dt.UTC) - _SPARED
        try:
            found = self._files.find(self._root, detail=True)
        finally:
            self._files.invalidate_cache()  # others write too
        return [
            path
            for path, info in found.items()
            if PurePosixPath(path).name not in keep
            and not path.startswith(f"{self._root}/{UPLOADS}/")
            and (at := _modified(info)) is not None
            and at < before
        ]

    def _is_fresh(self, name: str) -> bool:
        if not self.has(name):
            return False
        at = _modified(self._files.info(self._path(name)))
        return at is not None and at > dt.datetime.now(dt.UTC) - _RENEWED


class _ErrorTranslatingFiles:
    """A file system, or an open file, whose errors are translated, except `FileNotFoundError`, which callers expect."""

    def __init__(self, inner: Any, errors: Callable[[], AbstractContextManager[None]]) -> None:  # noqa: ANN401 - fsspec
        self._inner, self._errors = inner, errors

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - fsspec has no types
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - fsspec has no types
            return self._call(found, *arguments, **options)

        return call

    def __enter__(self) -> Self:
        self._call(self._inner.__enter__)
        return self

    def __exit__(self, *error: object) -> None:
        self._call(self._inner.__exit__, *error)

    def _call(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - of fsspec
        missing = None
        with self._errors():
            try:
                answer = method(*arguments, **options)
            except FileNotFoundError as error:
                missing = error
        if missing:
            raise missing
        return _ErrorTranslatingFiles(answer, self._errors) if method.__name__ == "open" else answer


def _modified(info: dict[str, Any]) -> dt.datetime | None:
    return ListedFile("", "").described(info).modified
