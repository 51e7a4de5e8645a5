"""Harnesses: sources of every kind that tests fill, behind real servers on loopback where their kind has one.

To add a kind: a subclass of `Harness` in a module of this folder, and its line in `HARNESSES`. A server that takes time
to start is made once for all tests of the file, by `Harness.server`. What a machine lacks is skipped by `needs` or
`missing` of `tests.conftest`, within `server`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import pytest

from configs.sources import AnySource

_HERE = "tests.pipelines.sources.connectors"
HARNESSES = {
    "folder": "folder_harness:FolderHarness",
    "http": "url_harnesses:WebHarness",
    "ftp": "url_harnesses:FtpHarness",
    "webdav": "url_harnesses:WebDavHarness",
    "sftp": "url_harnesses:SftpHarness",
    "zip": "url_harnesses:ZipHarness",
    "s3": "url_harnesses:S3Harness",
    "listing": "listing_harness:ListingHarness",
    "feed": "feed_harness:FeedHarness",
    "mailbox": "mailbox_harness:MailboxHarness",
    "sharepoint": "sharepoint_harness:SharePointHarness",
}
"""Module of this folder and class by the name that tests have in reports. The modules import no library of a server."""


class Harness(ABC):
    """A source that a test fills, empty when it is made.

    `config` is how it is configured; the variables of the environment that it names are set by `environment`.
    `secrets` are the texts that may show nowhere. `shared` is what `server` gave, `folder` an empty folder.

    Paths have slashes between their parts. They are those of the source (`SourceItem.path`), unless `path_of` says
    otherwise.
    """

    config: AnySource
    secrets: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}

    has_folders: ClassVar[bool] = True
    """Whether items may lie in folders."""
    may_be_empty: ClassVar[bool] = True
    """Whether one without items is there at all."""
    can_change: ClassVar[bool] = True
    """Whether an item may get other bytes under the same id; a mail does not."""
    has_sidecars: ClassVar[bool] = True
    """Whether `put` takes a sidecar, whose fields come with the item."""
    lists_everything: ClassVar[bool] = True
    """Whether a listing without a cursor is whole; a feed has its latest entries alone, and nothing in it is gone."""
    is_served: ClassVar[bool] = True
    """Whether a server has it, which may be there again when it is away."""
    has_login: ClassVar[bool] = False
    """Whether `with_wrong_login` gives another config."""
    can_lock: ClassVar[bool] = False
    """Whether `lock` is there."""
    is_slow: ClassVar[bool] = False
    """Whether its tests are marked `slow`: its server is a process of its own, or takes seconds to start."""
    odd_names: ClassVar[frozenset[str]] = frozenset()
    """Names of `test_contract.ODD_NAMES` that such a source cannot have."""

    def __init__(self, shared: Any, folder: Path) -> None:
        self.shared, self.folder = shared, folder

    @classmethod
    @contextmanager
    def server(cls, folder: Path) -> Iterator[Any]:
        """Start what all harnesses of this kind share, and stop it at the end; `folder` is empty."""
        yield None

    @abstractmethod
    def put(self, path: str, content: bytes, sidecar: Mapping[str, Any] | None = None) -> None:
        """Put an item there, or other bytes in its place, at a later time than before."""

    @abstractmethod
    def remove(self, path: str) -> None:
        """Take an item away, with its sidecar."""

    @abstractmethod
    def away(self) -> None:
        """Let nothing answer at `config` from now on, which may become another one for that. The items stay."""

    def with_wrong_login(self) -> AnySource:
        """Return the config with credentials that the source refuses."""
        raise NotImplementedError

    def lock(self, folder: str) -> None:
        """Let nobody list a folder, for this test."""
        raise NotImplementedError

    def path_of(self, path: str) -> str:
        """Return the `SourceItem.path` of what was put at a path."""
        return path

    def bytes_of(self, path: str, content: bytes) -> bytes:
        """Return what `open` has to give for an item that was put."""
        return content

    def close(self) -> None:  # noqa: B027 - most have nothing to do
        """Undo what outlives the test."""


def content(connector: Any, item: Any) -> bytes:
    with connector.open(item) as stream:
        return stream.read()


def harness_class(name: str) -> type[Harness]:
    module, _, attribute = HARNESSES[name].partition(":")
    found: type[Harness] = getattr(import_module(f"{_HERE}.{module}"), attribute)
    return found


def having(feature: str | None = None) -> list[Any]:
    """Return the harnesses with a feature, such as `can_lock`, by their names, as the parameters of a test."""
    found = [name for name in HARNESSES if feature is None or getattr(harness_class(name), feature)]
    return [pytest.param(name, marks=[pytest.mark.slow] * harness_class(name).is_slow) for name in found]


class Servers:
    """The servers of the harnesses, each started when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack, self._started = folder, ExitStack(), dict[str, Any]()

    def of(self, name: str) -> Any:
        """Return what the harnesses of a name share."""
        if name not in self._started:
            folder = self._folder / name
            folder.mkdir(exist_ok=True)
            self._started[name] = self._stack.enter_context(harness_class(name).server(folder))
        return self._started[name]

    def stop(self) -> None:
        self._stack.close()
