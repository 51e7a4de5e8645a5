"""Sources: which files a run is about, whatever file system or archive they lie in."""

import errno
import glob
import hashlib
import lzma
import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from fsspec.core import url_to_fs

from configs.errors import CustomsLensError, UnavailableError

SIDECAR_SUFFIX = ".meta.yaml"
MAX_ARCHIVE_MEMBERS = 10_000
MAX_ARCHIVE_RATIO = 200
"""Members that unpack to more than this many times their packed size are taken for a bomb."""
_CHUNK = 1 << 20
_LONGEST_SUFFIX = 16
"""Longer endings say nothing about a file's kind and may not fit into the name of a copy."""
_UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
"""What file systems and archives raise; RuntimeError for a member under a password or packed in an unknown way."""


class SourceError(CustomsLensError):
    """A source that was listed and cannot be read now: a failure of that document alone."""


@dataclass(frozen=True)
class Source:
    """One file by its URI; a member of an archive has the form `zip://MEMBER::URI` and names its `parent`.

    `path` is the file, or the archive that it is a `member` of, where that lies on this machine.
    """

    uri: str
    parent: str | None = None
    path: Path | None = None
    member: str | None = None

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePosixPath(self.member or self.uri).name

    @property
    def local_path(self) -> Path | None:
        """Where the file lies on this machine, if it does."""
        return self.path if self.member is None else None

    def sha256(self) -> str:
        """Return the sha256 of the file's bytes; raises `SourceError` where they cannot be read."""
        digest = hashlib.sha256()
        for chunk in self._chunks():
            digest.update(chunk)
        return digest.hexdigest()

    def read(self) -> bytes:
        """Return the file's bytes; raises `SourceError` where they cannot be read."""
        return b"".join(self._chunks())

    @contextmanager
    def as_file(self, workspace: Path) -> Iterator[Path]:
        """Give the file as a path on this machine, copied into `workspace` for the time being if need be."""
        if self.local_path is not None:
            yield self.local_path
            return
        workspace.mkdir(parents=True, exist_ok=True)
        suffix = PurePosixPath(self.name).suffix
        suffix = suffix if len(suffix) <= _LONGEST_SUFFIX and suffix.isascii() else ""
        with tempfile.NamedTemporaryFile(dir=workspace, suffix=suffix) as copy:
            for chunk in self._chunks():
                copy.write(chunk)
            copy.flush()
            yield Path(copy.name)

    def _chunks(self) -> Iterator[bytes]:
        """Yield the bytes; an error of whoever takes them is not one of the source."""
        try:
            with ExitStack() as opened:
                stream = self._open(opened)
                while chunk := stream.read(_CHUNK):
                    yield chunk
        except _UNREADABLE as error:
            reason = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
            raise SourceError(f"{self.uri}: cannot be read: {reason}") from error

    def _open(self, opened: ExitStack) -> IO[bytes]:
        if self.path is None:
            files, path = url_to_fs(self.uri)
            stream: IO[bytes] = opened.enter_context(files.open(path, "rb"))
            return stream
        if self.member is None:
            return opened.enter_context(self.path.open("rb"))
        archive = opened.enter_context(zipfile.ZipFile(self.path))
        return opened.enter_context(archive.open(self.member))


def discover(names: Sequence[str]) -> list[Source]:
    """Return every file that the names stand for, each once, in the order of their URIs.

    A name is a file, a folder, a glob, a URL of any fsspec file system, or a ZIP archive, whose members
    count and the archive does not. Sidecar files are left out. Raises `UnavailableError` for a name with
    nothing behind it and for a file or folder that cannot be listed.
    """
    found: dict[str, Source] = {}
    for name in names:
        for source in _expand(name):
            found[source.uri] = source
    return [found[uri] for uri in sorted(found)]


def root_uris(names: Sequence[str]) -> list[str]:
    """Return the URI of each name as it stands, to tell which known documents lie under it."""
    return [uri_of(name) for name in names]


def uri_of(name: str) -> str:
    r"""Return the URI of a path or URL; paths become absolute, bytes of a name that are no text become `\xff`."""
    if "://" in name:
        return name
    path = os.path.abspath(os.path.expanduser(name))  # noqa: PTH100, PTH111 - keeps symbolic links as named
    return "file://" + path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def lies_under(uri: str, root: str) -> bool:
    """Return whether a document's URI is that of a root, or of something in that folder or archive."""
    if uri.startswith("zip://"):
        uri = uri[uri.rindex("file://") :] if "file://" in uri else uri.rsplit("::", maxsplit=1)[-1]
    return uri == root or uri.startswith(root.rstrip("/") + "/")


def _expand(name: str) -> Iterator[Source]:
    if "://" in name and not name.startswith("file://"):
        yield from _remote(name)
        return
    path = Path(os.path.expanduser(name.removeprefix("file://")))  # noqa: PTH111 - that of Path raises for `~$x`
    try:
        if path.exists() or path.is_symlink():
            yield from _local(path)
            return
        matches = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(name) else []  # noqa: PTH207
        if not matches:
            raise UnavailableError(f"{name}: no such file or folder", "check the path")
        for match in matches:
            yield from _local(Path(match))
    except OSError as error:
        message = f"{_printable(str(error.filename or path))}: cannot be read: {error.strerror}"
        raise UnavailableError(message, "check that it exists and that this user may read it") from error


def _local(path: Path) -> Iterator[Source]:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        for folder, _, names in os.walk(path, onerror=_refuse):
            for name in sorted(names):
                yield from _file(Path(folder) / name)
    elif not stat.S_ISREG(mode):
        raise UnavailableError(f"{path}: is neither a file nor a folder", "name a file or a folder")
    elif not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    else:
        yield from _file(path)


def _refuse(error: OSError) -> None:
    raise error


def _file(path: Path) -> Iterator[Source]:
    if path.name.endswith(SIDECAR_SUFFIX) or not path.is_file():
        return
    uri = uri_of(str(path))
    members = _archive_members(path)
    if members is None:
        yield Source(uri, path=path)
    else:
        for member in members:
            yield Source(f"zip://{_printable(member)}::{uri}", parent=uri, path=path, member=member)


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()


def _archive_members(path: Path) -> list[str] | None:
    """Return the members of a plain ZIP archive, or None for everything else (office files are ZIPs too)."""
    if path.suffix.lower() != ".zip":
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except _UNREADABLE:
        return None  # listed as itself, so that the reader says what is wrong with it
    sound = len(infos) <= MAX_ARCHIVE_MEMBERS and all(
        info.file_size <= MAX_ARCHIVE_RATIO * max(info.compress_size, 1) for info in infos
    )
    if not sound:
        return None
    return [info.filename for info in infos if not info.filename.endswith(SIDECAR_SUFFIX)]


def _remote(url: str) -> Iterator[Source]:
    try:
        files, path = url_to_fs(url)
        for found in files.glob(path) if glob.has_magic(path) else files.find(path):
            if not found.endswith(SIDECAR_SUFFIX):
                yield Source(files.unstrip_protocol(found))
    except (OSError, ImportError, ValueError) as error:
        raise UnavailableError(f"{url}: cannot be listed: {error}", "check the URL and its credentials") from error
