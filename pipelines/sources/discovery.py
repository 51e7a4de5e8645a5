"""Discovery: the sources that names stand for, and the files inside archives and mails among them."""

import errno
import logging
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from configs.credentials import Credential
from configs.errors import UnavailableError, UsageError
from configs.files import IrregularFileError, expanded, open_regular, refuse_irregular
from configs.settings import ReadingLimits
from configs.urls import with_small_schemes
from extractors.containers.opening import MAX_SIDECAR, SIDECAR_SUFFIX
from pipelines.sources.credentials import Credentials
from pipelines.sources.folders import Folder
from pipelines.sources.found import FolderRoot, Found, GlobRoot
from pipelines.sources.globs import Glob, is_glob
from pipelines.sources.inside import OpenedFile, sources_in
from pipelines.sources.remote import RemoteSource
from pipelines.sources.sidecars import Sidecar
from pipelines.sources.source import INSIDE, Source, lies_under, printable, uri_of

_log = logging.getLogger(__name__)

_SPACED, _UNSPACED = "this SOURCE begins or ends with a space", "leave the space out"
_NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
"""What the system says of a sidecar that is not there, or cannot be, for the name would be too long."""


def discover(
    names: Sequence[str],
    *,
    passwords: Sequence[str] = (),
    limits: ReadingLimits | None = None,
    credentials: Sequence[Credential] = (),
) -> list[Source]:
    """Return every file that the names stand for, as `find_sources` does, each once, in the order of their URIs."""
    return find_sources(names, passwords=passwords, limits=limits, credentials=credentials).sources


def find_sources(
    names: Sequence[str],
    *,
    passwords: Sequence[str] = (),
    limits: ReadingLimits | None = None,
    credentials: Sequence[Credential] = (),
    follow_links: bool = False,
) -> Found:
    """Return every file that the names stand for, each once, in the order of their URIs, and what is known of others.

    A name is a file, a folder, a glob, a URL of any fsspec file system, or the URI of a source. The members of
    an archive count and the archive does not, unless it is refused; a mail or a PDF counts, and each file attached.
    Sidecar files are left out, and so are links that lead out of a folder, unless `follow_links`. `credentials` are
    those of the settings; others may stand within names.

    Raises `UnavailableError` for a name with nothing behind it and for a file or folder that cannot be listed,
    wherever it lies, and `UsageError` for a name that cannot be one.
    """
    names = [_plain(name) for name in names]
    search = _Search(tuple(passwords), limits or ReadingLimits(), Credentials(credentials, names), follow_links)
    sources: dict[str, Source] = {}
    for name in names:
        for source in search.expand(name):
            sources[source.uri] = source
    search.found.sources = [sources[uri] for uri in sorted(sources)]
    return search.found


def _plain(name: str) -> str:
    """Return a name as it is meant; raises `UsageError` for a URL with a space around it.

    The name of a file may begin or end with one.
    """
    if "://" in name and name != name.strip():
        raise UsageError(f"'{uri_of(name.strip())}': {_SPACED}", _UNSPACED)
    return with_small_schemes(name)


class _Search:
    """Expands names into sources, and notes in `found` what is known of the others."""

    def __init__(
        self,
        passwords: tuple[str, ...],
        limits: ReadingLimits,
        credentials: Credentials,
        follow_links: bool,  # noqa: FBT001 - a private class
    ) -> None:
        self.found = Found()
        self._passwords = passwords
        self._limits = limits
        self._credentials = credentials
        self._follow_links = follow_links

    def expand(self, name: str) -> Iterator[Source]:
        """Yield the sources that a name stands for; raises `UnavailableError` where there are none."""
        name = f"file://{name.removeprefix('local://')}" if name.startswith("local://") else name
        if not name.removeprefix("file://").strip():
            raise UsageError("a SOURCE is empty, which is not taken for this folder", "name it, or '.' for this folder")
        if name.startswith(INSIDE) and "::file://" in name:
            yield from self._inside(name)
        elif "://" in name and not name.startswith("file://"):
            yield from self._remote(uri_of(name))
        else:
            yield from self._named(name)

    def _inside(self, name: str) -> Iterator[Source]:
        path = Path(name[name.rindex("::file://") + len("::file://") :])
        with _local_errors(path):
            found = [source for source in self._alone(path) if lies_under(source.uri, name)]
        if not found:
            raise UnavailableError(f"{name}: no such file in {path}", "check the name")
        self.found.roots.append((name, FolderRoot(name)))
        yield from found

    def _remote(self, uri: str) -> Iterator[Source]:
        remote = RemoteSource(uri, self._credentials)
        for url in remote.urls():
            known = self._credentials.name(url)
            if not urlsplit(known).path.endswith(SIDECAR_SUFFIX):
                location = self._credentials.location(known) or Credentials(names=[url]).location(known)
                yield Source(known, location=location, limits=self._limits)
        self.found.roots.append((uri, remote))
        if remote.skipped:
            _log.warning("%s: skipped links (%d), the first is %s", uri, len(remote.skipped), remote.skipped[0])
            self.found.skipped.update(remote.skipped)

    def _named(self, name: str) -> Iterator[Source]:
        path = expanded(name.removeprefix("file://"))
        uri = uri_of(str(path))
        with _local_errors(path):
            if path.exists() or path.is_symlink():
                self.found.roots.append((str(path), FolderRoot(uri)))
                yield from self._alone(path)
            else:
                self.found.roots.append((str(path), GlobRoot(Glob(uri, hidden=False))))
                whole = Path(os.path.abspath(path))  # noqa: PTH100 - keeps links as named
                yield from self._matching(whole, is_spaced=name != name.strip())

    def _matching(self, path: Path, *, is_spaced: bool) -> Iterator[Source]:
        pattern = Glob(str(path), hidden=False)
        folder = Folder(Path(pattern.folder or path.anchor), follow_links=self._follow_links)
        files = list(folder.files(pattern)) if is_glob(str(path)) and folder.path.is_dir() else []
        if not files and not folder.skipped:
            if is_spaced:
                raise UnavailableError(f"'{path}': no such file or folder; {_SPACED}", _UNSPACED)
            raise UnavailableError(f"{path}: no such file or folder", "check the path")
        for file in files:
            yield from self._file(file, folder)
        self._note_skipped(folder)

    def _alone(self, path: Path) -> Iterator[Source]:
        """Yield the sources of a file or folder that is named."""
        if stat.S_ISDIR(path.stat().st_mode):
            if path.resolve() == Path(path.resolve().anchor):
                message = f"{path}: is the root of the file system, with all that is on this machine"
                raise UsageError(message, "name the folders that hold papers")
            folder = Folder(path, follow_links=self._follow_links)
            for file in folder.files():
                yield from self._file(file, folder)
        elif not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        else:
            refuse_irregular(path)
            folder = Folder(path.parent, follow_links=self._follow_links)
            yield from self._file(path, folder)
        self._note_skipped(folder)

    def _note_skipped(self, folder: Folder) -> None:
        folder.report()
        self.found.skipped.update(uri_of(str(path)) for path in (*folder.skipped, *folder.irregular))

    def _file(self, path: Path, folder: Folder) -> Iterator[Source]:
        if path.name.endswith(SIDECAR_SUFFIX) or not folder.is_regular(path):
            return
        uri = uri_of(str(path))
        try:
            sidecar = sidecar_of(path) if folder.follows(sidecar_path(path)) else None
        except OSError as error:
            self.found.unopened.add(uri)
            yield Source(uri, path=path, refusal=("crashed", f"its sidecar cannot be read: {error.strerror}"))
            return
        opened = OpenedFile(path, uri, sidecar)
        yield from sources_in(opened, self.found.unopened, passwords=self._passwords, limits=self._limits)


def sidecar_of(path: Path) -> Sidecar | None:
    """Return the sidecar that lies beside a file, if one does; raises `OSError` where it cannot be read."""
    beside = sidecar_path(path)
    try:
        with open_regular(beside) as file:
            return Sidecar(printable(str(beside)), file.read(MAX_SIDECAR + 1))
    except OSError as error:
        if error.errno in _NOTHING_THERE:
            return None
        raise


def sidecar_path(path: Path) -> Path:
    """Return where the sidecar of a file lies, if it has one."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


@contextmanager
def _local_errors(path: Path) -> Iterator[None]:
    """Turn what the system says of a file or folder that cannot be listed, inside the block, into our error."""
    try:
        yield
    except OSError as error:
        message = f"{printable(str(error.filename or path))}: cannot be read: {error.strerror}"
        odd = isinstance(error, IrregularFileError)
        remedy = "name a file or a folder" if odd else "check that it exists and that this user may read it"
        raise UnavailableError(message, remedy) from error
