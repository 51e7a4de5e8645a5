"""What the SOURCEs of a run stand for: the files that are there, and of what nobody can say what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from pipelines.sources.globs import Glob
from pipelines.sources.source import INSIDE, Source, lies_under, outermost


class Root(Protocol):
    """A SOURCE, as far as documents can be told to be its own."""

    def covers(self, uri: str) -> bool:
        """Return whether a document is one that the SOURCE stands for, or did."""


@dataclass(frozen=True)
class FolderRoot:
    """A folder, a file, or something inside a container, by its URI."""

    uri: str

    def covers(self, uri: str) -> bool:
        """Return whether a document is that file, or lies in that folder or container."""
        return lies_under(uri, self.uri)


@dataclass(frozen=True)
class GlobRoot:
    """A glob on this machine."""

    glob: Glob

    def covers(self, uri: str) -> bool:
        """Return whether a document matches, or lies in a folder or a container that does."""
        return self.glob.covers(outermost(uri))


@dataclass
class Found:
    """The files behind the SOURCEs of a run, and what is known of those that are not there any more.

    `roots` are the SOURCEs by how they are shown. `skipped` are the URIs of links that were not followed, and of what
    is no file (pipes, devices), `unopened` those of files that were not looked through for files inside them.
    """

    sources: list[Source] = field(default_factory=list)
    roots: list[tuple[str, Root]] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)
    unopened: set[str] = field(default_factory=set)

    def covers(self, uri: str) -> bool:
        """Return whether a document, or all that a SOURCE stands for, is what these SOURCEs stand for."""
        return any(root.covers(uri) for _, root in self.roots)

    def is_unknown(self, uri: str) -> bool:
        """Return whether a document may be there although it was not found: behind what was skipped, or in a container.

        The target of a link may lie on a disk that is not mounted, and a container that cannot be opened says nothing
        of its members.
        """
        if any(container in self.unopened for container in _containers(uri)):
            return True
        return bool(self.skipped) and any(place in self.skipped for place in _places(outermost(uri)))


def _containers(uri: str) -> Iterator[str]:
    """Yield the URIs of the containers that a document lies in, the innermost first."""
    while uri.startswith(INSIDE):
        uri = uri.partition("::")[2]
        yield uri


def _places(uri: str) -> Iterator[str]:
    """Yield the URI of a file, and those of the folders that it lies in."""
    while uri:
        yield uri
        uri = uri.rpartition("/")[0]
