"""Discovery: the sources that names stand for, and the files inside archives and mails among them."""

import errno
import glob
import logging
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from fsspec.core import url_to_fs

from configs.credentials import Credential
from configs.errors import ConfigError, UnavailableError
from configs.files import expanded, open_regular
from configs.settings import ReadingLimits
from extractors import containers
from extractors.containers.opening import MAX_SIDECAR, SIDECAR_SUFFIX
from extractors.document import ReadStatus
from pipelines.credentials import Credentials
from pipelines.sidecars import Sidecar
from pipelines.sources import INSIDE, Source, lies_under, printable, uri_of

_log = logging.getLogger(__name__)

_MIB = 1 << 20
_NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
"""What the system says of a sidecar that is not there, or cannot be, for the name would be too long."""


def discover(
    names: Sequence[str],
    *,
    passwords: Sequence[str] = (),
    limits: ReadingLimits | None = None,
    credentials: Sequence[Credential] = (),
) -> list[Source]:
    """Return every file that the names stand for, each once, in the order of their URIs.

    A name is a file, a folder, a glob, a URL of any fsspec file system, or the URI of a source. The members of
    an archive count and the archive does not, unless it is refused; a mail or a PDF counts, and each file attached.
    Sidecar files are left out. `credentials` are those of the settings; others may stand within names. Raises
    `UnavailableError` for a name with nothing behind it and for a file or folder that cannot be listed.
    """
    search = _Search(tuple(passwords), limits or ReadingLimits(), Credentials(credentials, names))
    found: dict[str, Source] = {}
    for name in names:
        for source in search.expand(name):
            found[source.uri] = source
    return [found[uri] for uri in sorted(found)]


class _Search:
    """Expands names into sources."""

    def __init__(self, passwords: tuple[str, ...], limits: ReadingLimits, credentials: Credentials) -> None:
        self._passwords = passwords
        self._limits = limits
        self._credentials = credentials

    def expand(self, name: str) -> Iterator[Source]:
        """Yield the sources that a name stands for; raises `UnavailableError` where there are none."""
        if name.startswith(INSIDE) and "::file://" in name:
            yield from self._inside(name)
        elif "://" in name and not name.startswith("file://"):
            yield from _remote(uri_of(name), self._credentials)
        else:
            yield from self._named(name)

    def _inside(self, name: str) -> Iterator[Source]:
        container = name[name.rindex("::file://") + 2 :]
        found = [source for source in self._named(container) if lies_under(source.uri, name)]
        if not found:
            raise UnavailableError(f"{name}: no such file in {container}", "check the name")
        yield from found

    def _named(self, name: str) -> Iterator[Source]:
        path = expanded(name.removeprefix("file://"))
        try:
            if path.exists() or path.is_symlink():
                yield from self._local(path)
                return
            matches = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(name) else []  # noqa: PTH207
            if not matches:
                raise UnavailableError(f"{name}: no such file or folder", "check the path")
            for match in matches:
                yield from self._local(Path(match))
        except OSError as error:
            message = f"{printable(str(error.filename or path))}: cannot be read: {error.strerror}"
            raise UnavailableError(message, "check that it exists and that this user may read it") from error

    def _local(self, path: Path) -> Iterator[Source]:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            for folder, _, names in os.walk(path, onerror=_refuse):
                for name in sorted(names):
                    yield from self._file(Path(folder) / name)
        elif not stat.S_ISREG(mode):
            raise UnavailableError(f"{path}: is neither a file nor a folder", "name a file or a folder")
        elif not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        else:
            yield from self._file(path)

    def _file(self, path: Path) -> Iterator[Source]:
        if path.name.endswith(SIDECAR_SUFFIX) or not path.is_file():
            return
        uri = uri_of(str(path))
        try:
            source = Source(uri, path=path, sidecar=sidecar_of(path), refusal=self._refusal(path))
        except OSError as error:
            yield Source(uri, path=path, refusal=("crashed", f"its sidecar cannot be read: {error.strerror}"))
            return
        if not self._may_contain(path):
            yield source
            return
        passwords = self._passwords + _passwords(source.sidecar)
        contents = containers.contents_of(path, passwords=passwords, limits=self._limits)
        if contents.kind != "zip":
            yield source
        elif contents.status:
            yield Source(uri, path=path, refusal=(contents.status, contents.reason))
        if contents.kind in ("mail", "pdf") and contents.status:
            _log.warning("%s: its attachments are left out: %s", uri, contents.reason)
        for member in contents.members:
            yield self._member(member, uri, path, passwords)

    def _may_contain(self, path: Path) -> bool:
        try:
            return containers.may_contain(path, self._limits)
        except OSError:
            return False  # whoever reads it says what is wrong with it

    def _refusal(self, path: Path) -> tuple[ReadStatus, str] | None:
        """Refuse what is too large to be read, before its bytes are gone through; an archive may be larger."""
        most = self._limits.file_mib
        return ("too_large", f"it is larger than {most} MiB") if path.stat().st_size > most * _MIB else None

    def _member(self, member: containers.Member, container: str, path: Path, passwords: tuple[str, ...]) -> Source:
        parent, uri = container, container
        for step in member.steps:
            parent, uri = uri, f"{step.scheme}://{printable(step.name)}::{uri}"
        return Source(
            uri,
            parent=parent,
            path=path,
            steps=member.steps,
            digest=member.sha256,
            refusal=(member.status, member.reason) if member.status else None,
            sidecar=None if member.sidecar is None else Sidecar(_beside(path, member), member.sidecar),
            passwords=passwords,
            limits=self._limits,
        )


def sidecar_of(path: Path) -> Sidecar | None:
    """Return the sidecar that lies beside a file, if one does; raises `OSError` where it cannot be read."""
    beside = path.with_name(path.name + SIDECAR_SUFFIX)
    try:
        with open_regular(beside) as file:
            return Sidecar(printable(str(beside)), file.read(MAX_SIDECAR + 1))
    except OSError as error:
        if error.errno in _NOTHING_THERE:
            return None
        raise


def _beside(path: Path, member: containers.Member) -> str:
    """Return where the sidecar of a member lies, in the manner of a path."""
    return "/".join([printable(str(path)), *(step.name for step in member.steps)]) + SIDECAR_SUFFIX


def _passwords(sidecar: Sidecar | None) -> tuple[str, ...]:
    try:
        return sidecar.passwords() if sidecar else ()
    except ConfigError as error:
        _log.warning("%s", error)
        return ()


def _refuse(error: OSError) -> None:
    raise error


def _remote(url: str, credentials: Credentials) -> Iterator[Source]:
    location = credentials.location(url)
    try:
        files, path = url_to_fs(location.url if location else url)
        for found in files.glob(path) if glob.has_magic(url) else files.find(path):
            if not found.endswith(SIDECAR_SUFFIX):
                uri = credentials.name(files.unstrip_protocol(found))
                yield Source(uri, location=credentials.location(uri))
    except ImportError as error:  # fsspec names the packages
        raise UnavailableError(f"{url}: cannot be listed: {error}", "install what it names with pip") from error
    except (OSError, ValueError) as error:
        reason = location.hide(str(error)) if location else error
        message = f"{url}: cannot be listed: {reason}"
        raise UnavailableError(message, "check the URL and its credentials") from (None if location else error)
