"""The sources in a file: the file itself, or the members of an archive, a mail or a PDF."""

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
"""Error numbers for a sidecar that does not exist, or cannot exist because its name would be too long."""


class OpenedFile(NamedTuple):
    """A file to search for members: its local path, its URI, and its metadata."""

    path: Path
    uri: str
    sidecar: Sidecar | None = None
    defaults: SourceDefaults | None = None


def sources_in(
    file: OpenedFile, unopened: set[str], *, passwords: tuple[str, ...], limits: ReadingLimits
) -> Iterator[Source]:
    """Yield a file and each file inside it.

    An archive itself is left out unless it is refused; a mail and a PDF are included, and each attached file. Files
    whose further members are unknown are added to `unopened` by their URIs.
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
    """Return the sidecar beside a file, if any; raises `OSError` if it cannot be read."""
    beside = sidecar_path(path)
    try:
        with open_regular(beside) as file:
            return Sidecar(printable(str(beside)), file.read(MAX_SIDECAR + 1))
    except OSError as error:
        if error.errno in NOTHING_THERE:
            return None
        raise


def sidecar_path(path: Path) -> Path:
    """Return the path of the sidecar of a file, if it can have one."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def _may_contain(path: Path, limits: ReadingLimits) -> bool:
    try:
        return containers.may_contain(path, limits)
    except OSError:
        return False  # reading it reports the error


def _refusal(path: Path, limits: ReadingLimits) -> tuple[ReadStatus, str] | None:
    """Return the refusal of a file that is too large, before reading it; archives may be larger."""
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
    """Return the URI of a member, or of the container at a nesting depth of the outermost one."""
    for step in member.steps[:steps]:
        uri = f"{step.scheme}://{printable(step.name)}::{uri}"
    return uri


def _is_without_files(path: Path) -> bool:
    try:
        return containers.is_without_files(path)
    except OSError:
        return False


def _beside(container: OpenedFile, member: containers.Member) -> str:
    """Return the path of the sidecar of a member."""
    place = container.uri.removeprefix("file://")
    return "/".join([place, *(step.name for step in member.steps)]) + SIDECAR_SUFFIX


def _passwords(sidecar: Sidecar | None) -> tuple[str, ...]:
    try:
        return sidecar.passwords() if sidecar else ()
    except ConfigError as error:
        _log.warning("%s", error)
        return ()
