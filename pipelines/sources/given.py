"""SOURCEs of commands, which are not configured: each is listed by a connector, as a configured source is.

Papers on this machine are read in place, and so are the files inside archives, mails and PDFs. A remote file is opened
at its URL when it is read.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, cast
from urllib.parse import unquote

from pydantic import SecretStr, ValidationError

from configs.settings import Settings
from configs.sources import Deletions, FolderConfig, GivenFolder, GivenUrl, UrlConfig, load_sources
from configs.system.errors import UnavailableError, UsageError
from configs.system.files import expanded
from configs.system.urls import is_web, with_small_schemes
from configs.system.yamlfile import plain_sentence
from pipelines.sources.connectors.contract import (
    IRREGULAR,
    LINK,
    Changes,
    Connector,
    ItemError,
    ListingProblem,
    SourceItem,
)
from pipelines.sources.connectors.folder_walk import as_text
from pipelines.sources.connectors.opening import open_connector
from pipelines.sources.connectors.sidecar_file import as_sidecar
from pipelines.sources.credentials import Location
from pipelines.sources.defaults import defaults_of
from pipelines.sources.errors import few
from pipelines.sources.globs import Glob, is_glob
from pipelines.sources.inside import OpenedFile, sources_in
from pipelines.sources.remote import check_url
from pipelines.sources.source import INSIDE, Source, lies_under, outermost, uri_of

_log = logging.getLogger(__name__)

_SPACED, _UNSPACED = "this SOURCE begins or ends with a space", "leave the space out"
_EVERYTHING = ("**",)
_CHECK = "check that it exists and that this user may read it"
_CHECK_URL = "check the URL, its credentials and the rights that they have there, or try again later"


class GivenConnector(Connector, Protocol):
    """The connector of a SOURCE of a command."""

    @property
    def uri(self) -> str:
        """The URI prefix of its items; for a URL, known after the listing."""

    def covers(self, uri: str) -> bool:
        """Return whether a document belongs, or belonged, to the SOURCE; for a URL, valid after the listing."""

    def place_of(self, item: SourceItem) -> Path | Location | None:
        """Return the path or URL at which to open an item, None if it equals the URI; raises `ItemError`."""


class Given(NamedTuple):
    """A SOURCE with its shown name; for one inside a container, `within` is the URI of the only selected member."""

    shown: str
    config: GivenFolder | GivenUrl
    within: str | None = None


class Root(NamedTuple):
    """A listed SOURCE, with a predicate for its documents; `deletes` is its deletion policy."""

    shown: str
    covers: Callable[[str], bool]
    deletes: bool


@dataclass
class Found:
    """The files of the SOURCEs of a run, and the parts of these that could not be listed.

    `skipped` are the URIs of links that were not followed, of special files (pipes, devices), and of files that are
    being changed; `unopened` those of files that were not searched for members.
    """

    sources: list[Source] = field(default_factory=list)
    roots: list[Root] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)
    unopened: set[str] = field(default_factory=set)

    def covers(self, uri: str) -> bool:
        """Return whether a document, or everything in a SOURCE, belongs to these SOURCEs."""
        return any(root.covers(uri) for root in self.roots)

    def is_unknown(self, uri: str) -> bool:
        """Return whether a document may exist although it was not found: below a skipped path, or in a container.

        The target of a link may be on a disk that is not mounted, and a container that cannot be opened does not list
        its members.
        """
        if any(container in self.unopened for container in _containers(uri)):
            return True
        return bool(self.skipped) and any(place in self.skipped for place in _places(outermost(uri)))


def given_sources(names: Sequence[str], settings: Settings, *, delete: bool = False) -> list[Given]:
    """Return the SOURCEs for names of a command; `delete` requests the deletion of missing documents.

    A name is a file, a folder, a glob, a URL of any fsspec file system, or the URI of a source. It may contain
    credentials. Raises `UnavailableError` for a name that does not exist on this machine, and `UsageError` for an
    invalid one.
    """
    names = [_plain(name) for name in names]
    policy: Literal["delete", "keep"] = "delete" if delete else "keep"
    read = _GivenNames(settings.follow_links, Deletions(policy=policy), [name for name in names if "://" in name])
    return [read.given(name) for name in names]


def find_sources(names: Sequence[str], settings: Settings, passwords: Sequence[str] = ()) -> Found:
    """Return every file of the named SOURCEs; see `given_sources` and `find_given`."""
    return find_given(given_sources(names, settings), settings, passwords)


def find_given(given: Sequence[Given], settings: Settings, passwords: Sequence[str] = ()) -> Found:
    """Return every file of SOURCEs once, in the order of the URIs, and the parts that could not be listed.

    The members of an archive are included instead of the archive, unless it is refused; a mail or a PDF is included
    with each attached file. Sidecar files are left out, and so are links out of a folder, and files of the home itself.

    Raises `UnavailableError` for a SOURCE that does not exist and for a file or folder that cannot be listed, anywhere,
    and `UsageError` for a URL that cannot be opened as given.
    """
    search = _Search(settings, tuple(passwords))
    for one in given:
        _log_skipped(one, search.take(one))
    found = search.found
    found.sources = list(_with_defaults((search.sources[uri] for uri in sorted(search.sources)), settings))
    return found


class _Search:
    """Lists SOURCEs, collects their `sources`, and records the unlisted parts in `found`."""

    def __init__(self, settings: Settings, passwords: tuple[str, ...]) -> None:
        self._settings, self._passwords = settings, passwords
        self.found = Found()
        self.sources: dict[str, Source] = {}

    def take(self, given: Given) -> list[ListingProblem]:
        """Add the files of a SOURCE; return the paths that were left out."""
        listed, count, within = 0, 0, given.within
        problems: list[ListingProblem] = []
        with closing(cast("GivenConnector", open_connector(given.config, self._settings))) as connector:
            for page in connector.changes(None):
                problems += self._record_problems(page, connector)
                listed += len(page.items) + len(page.problems)
                for item in page.items:
                    for source in self._sources_of(item, connector):
                        if within is None or lies_under(source.uri, within):
                            self.sources[source.uri] = source
                            count += 1
        if not count and within:
            file = outermost(within).removeprefix("file://")
            raise UnavailableError(f"{within}: no such file in {file}", "check the name")
        if not listed and given.config.include != _EVERYTHING:
            raise UnavailableError(f"{given.shown}: there is no file that matches", "check the pattern")
        covers = connector.covers if within is None else lambda uri: lies_under(uri, within)
        self.found.roots.append(Root(given.shown, covers, given.config.deletions.policy == "delete"))
        return problems

    def _sources_of(self, item: SourceItem, connector: GivenConnector) -> Iterator[Source]:
        limits = self._settings.reading
        try:
            place = connector.place_of(item)
        except ItemError as error:
            yield Source(item.uri, refusal=("crashed", str(error).removeprefix(f"{item.uri}: ")))
            return
        if not isinstance(place, Path):
            yield Source(item.uri, location=place, limits=limits)
            return
        try:
            sidecar = as_sidecar(item.sidecar, item.uri)
        except ItemError as error:
            reason = f"its sidecar cannot be read: {error.message.rpartition(': ')[2]}"
            self.found.unopened.add(item.uri)
            yield Source(item.uri, path=place, refusal=("crashed", reason))
            return
        file = OpenedFile(place, item.uri, sidecar)
        yield from sources_in(file, self.found.unopened, passwords=self._passwords, limits=limits)

    def _record_problems(self, page: Changes, connector: GivenConnector) -> Iterator[ListingProblem]:
        """Record the problems of a page, and yield each by its full path or URL.

        Raises `UnavailableError` if a part of a SOURCE could not be listed.
        """
        for problem in page.problems:
            uri = f"{connector.uri.rstrip('/')}/{problem.place}"
            place = uri.removeprefix("file://")
            if not problem.skipped:
                raise UnavailableError(f"{place}: {problem.reason}", _CHECK if place != uri else _CHECK_URL)
            self.found.skipped.add(uri)
            yield problem.model_copy(update={"place": place})


def _log_skipped(given: Given, problems: Sequence[ListingProblem]) -> None:
    """Log what was left out of a SOURCE, if anything was."""
    for reason, words in ((LINK, "links"), (IRREGULAR, "what is neither a file nor a folder")):
        places = sorted({one.place for one in problems if one.reason == reason})
        if places:
            can_follow = reason == LINK and isinstance(given.config, GivenFolder) and not given.config.follow_links
            remedy = " (the setting follow_links takes the files that links lead to)" if can_follow else ""
            _log.warning("%s: skipped %s (%d): %s%s", given.shown, words, len(places), few(places), remedy)


def _plain(name: str) -> str:
    """Return a name without surrounding spaces; raises `UsageError` for a URL with such a space.

    The name of a file may begin or end with one.
    """
    if "://" in name and name != name.strip():
        raise UsageError(f"'{uri_of(name.strip())}': {_SPACED}", _UNSPACED)
    return with_small_schemes(name)


class _GivenNames:
    """Parses the names of a command; `urls` are the URLs among them, with their secrets."""

    def __init__(self, follow_links: bool, deletions: Deletions, urls: Sequence[str]) -> None:  # noqa: FBT001
        self._of_folders = {"follow_links": follow_links, "deletions": deletions}
        self._of_urls = {"given": tuple(map(SecretStr, urls)), "deletions": deletions}

    def given(self, name: str) -> Given:
        name = f"file://{name.removeprefix('local://')}" if name.startswith("local://") else name
        if not name.removeprefix("file://").strip():
            remedy = "name it, or '.' for this folder"
            raise UsageError("a SOURCE is empty, which is not taken for this folder", remedy)
        if name.startswith(INSIDE) and "::file://" in name:
            return Given(name, self._on_this_machine(outermost(name).removeprefix("file://")), within=name)
        if "://" in name and not name.startswith("file://"):
            uri = uri_of(name)
            return Given(uri, self._remote(uri))
        path = str(expanded(name.removeprefix("file://")))
        return Given(path, self._on_this_machine(path, is_spaced=name != name.strip()))

    def _on_this_machine(self, path: str, *, is_spaced: bool = False) -> GivenFolder:
        whole = Path(os.path.abspath(path))  # noqa: PTH100 - keeps links as named
        try:
            whole.lstat()
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return self._folder_of_glob(path, whole, is_spaced=is_spaced)
        except OSError as error:
            raise UnavailableError(f"{as_text(str(whole))}: cannot be read: {error.strerror}", _CHECK) from error
        if not whole.is_dir():
            return GivenFolder(path=whole.parent, file=whole.name, **self._of_folders)
        if whole.resolve() == Path(whole.anchor):
            message = f"{path}: is the root of the file system, with all that is on this machine"
            raise UsageError(message, "name the folders that hold papers")
        return GivenFolder(path=whole, **self._of_folders)

    def _folder_of_glob(self, path: str, whole: Path, *, is_spaced: bool) -> GivenFolder:
        """Return the folder in which a glob begins; raises `UnavailableError` if it is not a folder."""
        top = Path(Glob(str(whole), hidden=False).folder or whole.anchor)
        if is_glob(str(whole)) and top.is_dir():
            return GivenFolder(path=top, include=(_below(as_text(os.path.relpath(whole, top))),), **self._of_folders)
        if is_spaced:
            raise UnavailableError(f"'{path}': no such file or folder; {_SPACED}", _UNSPACED)
        raise UnavailableError(f"{path}: no such file or folder", "check the path")

    def _remote(self, uri: str) -> GivenUrl:
        if is_web(uri):
            check_url(uri)  # its brackets may be those of an IPv6 address
        head, mark, tail = uri.partition("::")
        head, tail = (head, mark + tail) if "://" in head else (uri, "")
        if not is_glob(head, web=is_web(uri)):
            return self._url(uri, uri)
        folder = Glob(head, hidden=False).folder
        pattern = head.removeprefix(folder).lstrip("/")
        include = _below(unquote(pattern) if is_web(uri) else pattern)
        return self._url(uri, f"{folder}/{tail}", include=(include,))

    def _url(self, uri: str, url: str, **more: tuple[str, ...]) -> GivenUrl:
        try:
            return GivenUrl(shown=uri, url=url, **more, **self._of_urls)
        except ValidationError as error:
            raise UsageError(f"{uri}: {plain_sentence(error.errors()[0])}", "check the SOURCE") from error


def _below(pattern: str) -> str:
    """Return the pattern of a glob relative to the folder in which it begins; `**` alone means everything."""
    return "**/*" if pattern == "**" else pattern


def _containers(uri: str) -> Iterator[str]:
    """Yield the URIs of the containers of a document, the innermost first."""
    while uri.startswith(INSIDE):
        uri = uri.partition("::")[2]
        yield uri


def _places(uri: str) -> Iterator[str]:
    """Yield the URI of a file, and those of its parent folders."""
    while uri:
        yield uri
        uri = uri.rpartition("/")[0]


def _with_defaults(sources: Iterable[Source], settings: Settings) -> Iterator[Source]:
    """Yield sources with the defaults of the innermost configured folder or URL that contains them.

    So a paper has the same access class whether its folder is named on the command line or runs as configured. Raises
    `ConfigError` where the configured sources cannot be read.
    """
    covering = [one for one in load_sources(settings.home, settings.blobs) if isinstance(one, FolderConfig | UrlConfig)]
    roots = sorted(((uri_of(one.place), defaults_of(one)) for one in covering), key=lambda one: -len(one[0]))
    for source in sources:
        found = next((defaults for uri, defaults in roots if lies_under(source.uri, uri)), None)
        yield replace(source, defaults=found) if found else source
