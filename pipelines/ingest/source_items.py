"""Opening of the items of a configured source: they are read in place on this machine, or from a temporary copy."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from configs.settings import Settings
from configs.sources import SourceConfig
from configs.system.errors import CustomsLensError
from extractors.document import ReadStatus
from pipelines.ingest.session import SHOW_SECONDS
from pipelines.sources.connectors.contract import Connector, ItemError, SourceItem, UnstableItemError
from pipelines.sources.connectors.sidecar_file import as_sidecar
from pipelines.sources.defaults import defaults_of
from pipelines.sources.errors import Problem, access_errors
from pipelines.sources.inside import MIB, OpenedFile, sources_in
from pipelines.sources.source import Source, SourceError, suffix_of, uri_of

_CHUNK = 1 << 20
_MOST_BYTES = 1 << 30
"""What the copies of items that are open take on the disk at most, but for the last one."""
_PACKED = b"PK"
"""How an archive begins, whose members are taken one by one: it may be larger than a file that is read."""
_TIMES_A_FILE = 4
"""An archive is at most this many times as large as a file that is read: more than that is not unpacked either."""


@dataclass(frozen=True)
class OpenedItem:
    """An opened item with its sources, which exist until the `ItemOpener` is emptied.

    `unopened` are the URIs of containers whose further members are unknown. `is_unstable` says that the item was being
    changed, and is left for the next run.
    """

    item: SourceItem
    sources: tuple[Source, ...] = ()
    unopened: frozenset[str] = field(default_factory=frozenset)
    is_unstable: bool = False


class ItemOpener:
    """Opens items of a source; `opened` are those to be ingested together, by their ids."""

    def __init__(
        self, connector: Connector, config: SourceConfig, settings: Settings, folder: Path, passwords: tuple[str, ...]
    ) -> None:
        """Copy remote items into `folder`, which is created and emptied."""
        self._connector, self._limits, self._folder = connector, settings.reading, folder
        self._defaults, self._passwords = defaults_of(config), passwords
        self.opened: dict[str, OpenedItem] = {}
        self._since = 0.0
        """When the first of them was asked for."""
        self._copies = self._size = 0

    def open(self, item: SourceItem) -> OpenedItem:
        """Return an opened item; an item that its source refuses becomes a refused source.

        Raises `SourceAwayError` if the whole source is unavailable, and `OSError` where the home cannot be written.
        """
        try:
            path = self._path(item)
            sidecar = as_sidecar(item.sidecar, f"what its source says of {item.uri}")
            file = OpenedFile(path, item.uri, sidecar, self._defaults)
            unopened: set[str] = set()
            sources = tuple(sources_in(file, unopened, passwords=self._passwords, limits=self._limits))
        except UnstableItemError as error:
            return self._refused(item, error, is_unstable=True)
        except (ItemError, SourceError) as error:
            return self._refused(item, error)
        return OpenedItem(item, sources, frozenset(unopened))

    def add(self, item: SourceItem) -> None:
        """Open an item and add it to those that are ingested together; raises as `open` does."""
        self._since = self._since if self.opened else time.monotonic()
        self.opened[item.id] = self.open(item)

    def is_full(self, most: int) -> bool:
        """Return whether the opened items should be ingested now: by their number, size, or time since opening.

        The time limit makes documents of a slow source visible early.
        """
        is_late = time.monotonic() - self._since >= SHOW_SECONDS
        return is_late or len(self.opened) >= most or self._size > _MOST_BYTES

    def empty(self) -> None:
        """Close all items and delete the copies."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self.opened = {}
        self._copies = self._size = 0

    def _refused(self, item: SourceItem, error: CustomsLensError, *, is_unstable: bool = False) -> OpenedItem:
        status: ReadStatus = error.status if isinstance(error, SourceError) else "crashed"
        source = Source(item.uri, refusal=(status, str(error).removeprefix(f"{item.uri}: ")), defaults=self._defaults)
        return OpenedItem(item, (source,), frozenset({item.uri}), is_unstable)

    def _path(self, item: SourceItem) -> Path:
        """Yield the path of the bytes of an item; the source may report afterwards that the item was being changed."""
        with ExitStack() as opened:
            with access_errors(_unreadable(item)):
                stream = opened.enter_context(self._connector.open(item))
            if path := _local_path(stream, item.uri):
                return path
            return self._copy(item, stream)

    def _copy(self, item: SourceItem, stream: IO[bytes]) -> Path:
        self._folder.parent.mkdir(exist_ok=True)
        self._folder.mkdir(exist_ok=True)
        self._copies += 1
        path = self._folder / f"{self._copies}{suffix_of(item.path)}"
        copied, most = 0, self._limits.file_mib * MIB
        with path.open("wb") as copy:
            for piece in _pieces(item, stream):
                if not copied and piece.startswith(_PACKED):
                    most *= _TIMES_A_FILE
                copied += len(piece)
                if copied > most:
                    raise SourceError(f"{item.uri}: it is larger than {most // MIB} MiB", "too_large")
                copy.write(piece)
        self._size += copied
        if item.size is not None and copied != item.size:
            message = f"{item.uri}: has {copied} bytes, and its source lists {item.size}: it is being changed"
            raise UnstableItemError(message, "the next run reads it again")
        return path


def _local_path(stream: IO[bytes], uri: str) -> Path | None:
    """Return the file of a stream, where it is the item itself."""
    try:
        name = stream.name
    except AttributeError:  # it is not a file
        return None
    return Path(name) if isinstance(name, str) and uri_of(name) == uri else None


def _pieces(item: SourceItem, stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes of an item; errors of the caller are not errors of its source."""
    while True:
        with access_errors(_unreadable(item)):
            piece = stream.read(_CHUNK)
        if not piece:
            return
        yield piece


def _unreadable(item: SourceItem) -> Callable[[Problem], CustomsLensError]:
    def error(problem: Problem) -> ItemError:
        return ItemError(f"{item.uri}: cannot be read: {problem.words}", problem.remedy)

    return error
