"""A file and the files inside it as sources, whatever it is known by: one on this machine, or the copy of another."""

import errno
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from configs.settings import ReadingLimits
from configs.system.errors import ConfigError
from configs.system.files import open_regular
from extractors import containers
from extractors.containers.opening import MAX_SIDECAR, SIDECAR_SUFFIX
from extractors.document import ReadStatus
from pipelines.sources.defaults import SourceDefaults
from pipelines.sources.sidecars import Sidecar
from pipelines.sources.source import GONE, Source, printable

_log = logging.getLogger(__name__)

MIB = 1 << 20
NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
"""What the system says of a sidecar that is not there, or cannot be, for the name would be too long."""


class OpenedFile(NamedTuple):
    """A file that is looked through: where its bytes lie on this machine, what it is known by, what is said of it."""

    path: Path
    uri: str
    sidecar: Sidecar | None = None
    defaults: SourceDefaults | None = None


def sources_in(
    file: OpenedFile, unopened: set[str], *, passwords: tuple[str, ...], limits: ReadingLimits
) -> Iterator[Source]:
    """Yield a file and each file inside it.

    An archive is none unless it is refused; a mail and a PDF are, and each file attached. Nobody can say what else lies
    in those whose URIs are added to `unopened`.
    """
    path, uri, sidecar, defaults = file
    refusal = _refusal(path, limits)
    source = Source(uri, path=path, sidecar=sidecar, refusal=refusal, limits=limits, defaults=defaults)
    if not _may_contain(path, limits):
        if refusal or not _is_without_files(path):
            unopened.add(uri)
        yield source
        return
    passwords += _passwords(sidecar)
    contents = containers.contents_of(path, passwords=passwords, limits=limits)
    if not contents.opened:
        unopened.add(uri)
    if contents.kind != "zip":
        yield source
    elif contents.status:
        refused = (contents.status, contents.reason if path.exists() else GONE)
        yield Source(uri, path=path, refusal=refused, defaults=defaults)
    if contents.kind in ("mail", "pdf") and contents.status:
        _log.warning("%s: its attachments are left out: %s", uri, contents.reason)
    for member in contents.members:
        if not member.opened:
            unopened.add(_uri_of(member, uri))
        around = tuple(contents.around[place] for place in member.around)
        yield _member(member, file, around, passwords, limits)


def sidecar_of(path: Path) -> Sidecar | None:
    """Return the sidecar that lies beside a file, if one does; raises `OSError` where it cannot be read."""
    beside = sidecar_path(path)
    try:
        with open_regular(beside) as file:
            return Sidecar(printable(str(beside)), file.read(MAX_SIDECAR + 1))
    except OSError as error:
        if error.errno in NOTHING_THERE:
            return None
        raise


def sidecar_path(path: Path) -> Path:
    """Return where the sidecar of a file lies, if it has one."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def _may_contain(path: Path, limits: ReadingLimits) -> bool:
    try:
        return containers.may_contain(path, limits)
    except OSError:
        return False  # whoever reads it says what is wrong with it


def _refusal(path: Path, limits: ReadingLimits) -> tuple[ReadStatus, str] | None:
    """Refuse what is too large to be read, before its bytes are gone through; an archive may be larger."""
    try:
        size = path.stat().st_size
    except OSError:
        return None  # as above
    return ("too_large", f"it is larger than {limits.file_mib} MiB") if size > limits.file_mib * MIB else None


def _member(
    member: containers.Member,
    container: OpenedFile,
    around: tuple[bytes, ...],
    passwords: tuple[str, ...],
    limits: ReadingLimits,
) -> Source:
    return Source(
        _uri_of(member, container.uri),
        parent=_uri_of(member, container.uri, steps=len(member.steps) - 1),
        path=container.path,
        steps=member.steps,
        digest=member.sha256,
        refusal=(member.status, member.reason) if member.status else None,
        sidecar=None if member.sidecar is None else Sidecar(_beside(container, member), member.sidecar),
        archive=container.sidecar if member.steps[0].scheme == "zip" else None,
        around=tuple(Sidecar(f"a sidecar in {printable(container.uri)}", content) for content in around),
        passwords=passwords,
        limits=limits,
        defaults=container.defaults,
    )


def _uri_of(member: containers.Member, uri: str, steps: int | None = None) -> str:
    """Return the URI of a member, or of the container so many steps into the outermost one."""
    for step in member.steps[:steps]:
        uri = f"{step.scheme}://{printable(step.name)}::{uri}"
    return uri


def _is_without_files(path: Path) -> bool:
    try:
        return containers.is_without_files(path)
    except OSError:
        return False


def _beside(container: OpenedFile, member: containers.Member) -> str:
    """Return where the sidecar of a member lies, in the manner of a path."""
    place = container.uri.removeprefix("file://")
    return "/".join([place, *(step.name for step in member.steps)]) + SIDECAR_SUFFIX


def _passwords(sidecar: Sidecar | None) -> tuple[str, ...]:
    try:
        return sidecar.passwords() if sidecar else ()
    except ConfigError as error:
        _log.warning("%s", error)
        return ()
