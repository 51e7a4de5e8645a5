"""Lists the members of a container, or extracts one, in an isolated child process."""

import hashlib
import io
import logging
import os
import zipfile
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from configs.settings import ReadingLimits
from extractors import media
from extractors.containers import archive, pdf
from extractors.containers.contents import ContainerError, Contents, Member, Scheme, ShownNames, Step
from extractors.isolation import run_isolated
from extractors.readers import mail_attachments as mail
from extractors.readers.unreadable import UnreadableError

_log = logging.getLogger(__name__)

SIDECAR_SUFFIX = ".meta.yaml"
"""How the name of a description of a file goes on after the file's own name."""

MAX_DEPTH = 4
"""Containers within containers."""
MAX_SIDECAR = 1 << 20
"""Bytes that a description may have; one more is read, which tells that it is too large."""
_TIMES_THE_LARGEST_FILE = 4  # what an archive unpacks to may be this many times the largest file that is read
_MEMORY_SHARE = 4  # a container in a container is held in memory: this part of what there is
_CHUNK = 1 << 20
_HEAD = 8192
_SCHEMES: dict[str, Scheme] = {media.ZIP: "zip", media.PDF: "pdf", **dict.fromkeys(mail.KINDS, "mail")}
_LOST = {
    "mail": ContainerError("unsupported", "a message attached as a message: save it as a file of its own"),
    "pdf": ContainerError("malformed", "it is broken in the PDF that holds it"),
}
_PACKED = b"PK"  # how an archive begins
_MIB = 1 << 20


def contents_of(path: Path, *, passwords: Sequence[str] = (), limits: ReadingLimits) -> Contents:
    """Return the files in an archive, a mail or a PDF, and in those inside it, with the hash of each.

    `kind` is None for a file that is no container. Bad input never raises: the contents, or one member, have a
    status and a reason then. Safe in several threads.
    """
    outcome = run_isolated(_list, str(path), tuple(passwords), limits, limits=limits)
    if outcome.value is not None:
        return Contents.model_validate_json(outcome.value)
    kind, what = _probable_kind(path)
    return Contents(kind=kind, status=outcome.status or "crashed", reason=f"the {what}: {outcome.message}")


def may_contain(path: Path, limits: ReadingLimits) -> bool:
    """Return, by a cheap test, whether a file may be a container; raises `OSError` where it cannot be read."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if path.stat().st_size > limits.file_mib * _MIB and not head.startswith(_PACKED):
        return False  # only the members of an archive are taken one by one
    if media.is_pdf(head):
        return pdf.file_may_attach(path)
    return media.may_contain(head, path.name)


def is_without_files(path: Path) -> bool:
    """Tell, cheaply, whether a file that holds no others, by `may_contain`, is a whole PDF, which might hold some.

    Of what is broken, or is something else than its name says, nobody knows what it held. Raises `OSError` where it
    cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(-min(pdf.TAIL, file.seek(0, os.SEEK_END)), os.SEEK_END)
        return pdf.is_whole(head, file.read())


def unpack(
    path: Path, steps: Sequence[Step], target: Path, *, passwords: Sequence[str] = (), limits: ReadingLimits
) -> None:
    """Write the member that the steps lead to into the file `target`, which is the only one written.

    Raises `ContainerError` where it cannot be read.
    """
    arguments = (str(path), tuple(steps), str(target), tuple(passwords), limits)
    outcome = run_isolated(_unpack, *arguments, limits=limits)
    if outcome.value is None:
        raise ContainerError(outcome.status or "crashed", outcome.message)
    if outcome.value:
        raise ContainerError("malformed", outcome.value.decode())


def _probable_kind(path: Path) -> tuple[Scheme, str]:
    """Return the probable kind of a container whose listing failed, and its name in words."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return "zip", "archive"  # refused as a whole
    if media.is_pdf(head):
        return "pdf", "PDF with attached files"
    return ("zip", "archive") if head.startswith(_PACKED) else ("mail", "mail")


def _list(path: str, passwords: tuple[str, ...], limits: ReadingLimits) -> bytes:
    """List in this process; return the contents as JSON."""
    with Path(path).open("rb") as file:
        kind = _kind(file, Path(path).name)
        walk = _Walk(passwords, limits)
        try:
            opened = bool(kind) and walk.enter(file, kind or "", (), Path(path).name)
            members, around = tuple(walk.members), tuple(walk.sidecars)
            contents = Contents(kind=_scheme(kind), members=members, around=around, opened=opened)
        except ContainerError as error:
            contents = Contents(kind=_scheme(kind), status=error.status, reason=error.message)
    return contents.model_dump_json().encode()


def _unpack(
    path: str, steps: tuple[Step, ...], target: str, passwords: tuple[str, ...], limits: ReadingLimits
) -> bytes:
    """Unpack in this process; return the sentence that says why it went wrong, or nothing."""
    with Path(path).open("rb") as file:
        try:
            _extract(file, Path(path).name, steps, Path(target), passwords, limits)
        except ContainerError as error:
            return str(error).encode()
    return b""


class _Walk:
    """Walks through a container and nested containers, and collects the members."""

    def __init__(self, passwords: Sequence[str], limits: ReadingLimits) -> None:
        self.members: list[Member] = []
        self._passwords = passwords
        self._limits = limits
        self._left = _TIMES_THE_LARGEST_FILE * limits.file_mib * _MIB
        self.sidecars: list[bytes] = []
        """Those of archives inside the outermost container."""
        self._around: tuple[int, ...] = ()
        """The places among them of those of the archives that are being gone through."""

    def enter(self, file: BinaryIO, kind: str, steps: tuple[Step, ...], name: str) -> bool:
        """Collect the members of a container; return whether they are complete, which they are not in a truncated one.

        Raises `ContainerError` where it is refused.
        """
        if len(steps) >= MAX_DEPTH:
            raise ContainerError("too_large", f"{name} lies more than {MAX_DEPTH - 1} containers deep")
        before, whole = len(self.members), True
        try:
            if kind == media.ZIP:
                self._archive(file, steps)
            else:
                data = file.read()
                whole = _is_whole(data, kind)
                found = _attachments(data, kind, self._passwords, pinned_too=not steps)
                self._attachments(found, _scheme(kind) or "mail", steps)
        except ContainerError:
            del self.members[before:]
            raise
        if len(self.members) > archive.MAX_MEMBERS:
            del self.members[before:]
            raise ContainerError("too_large", f"{name} holds more than {archive.MAX_MEMBERS} files")
        return whole

    def _archive(self, file: BinaryIO, steps: tuple[Step, ...]) -> None:
        with archive.opened(file) as package:
            infos = archive.members(package, most_bytes=self._left)
            self._left -= sum(info.file_size for info in infos)
            sidecars = {info.filename: info for info in infos if info.filename.endswith(SIDECAR_SUFFIX)}
            names = ShownNames()
            for place, info in enumerate(infos):
                if info.filename in sidecars:
                    continue
                step = Step(scheme="zip", place=place, name=names.give(info.filename, place))
                try:
                    self._check_size(info.file_size)
                    sidecar = sidecars.get(info.filename + SIDECAR_SUFFIX)
                    beside = self._sidecar(package, sidecar) if sidecar else None
                    with archive.member(package, info, self._passwords) as stream:
                        self._member(stream, info.file_size, (*steps, step), beside)
                except ContainerError as error:
                    self._refuse((*steps, step), error)

    def _attachments(
        self, attachments: Iterable[tuple[str, bytes | None]], scheme: Scheme, steps: tuple[Step, ...]
    ) -> None:
        names = ShownNames()
        for place, (name, content) in enumerate(attachments):
            step = Step(scheme=scheme, place=place, name=names.give(PurePosixPath(name).name or name, place))
            if content is None:
                self._refuse((*steps, step), _LOST[scheme])
            else:
                self._member(io.BytesIO(content), len(content), (*steps, step), None)

    def _member(self, stream: IO[bytes], size: int, steps: tuple[Step, ...], sidecar: bytes | None) -> None:
        head = stream.read(_HEAD)
        name = steps[-1].name
        candidate = media.may_contain(head, name) or media.is_pdf(head)
        if not candidate or size > self._limits.memory_mib * _MIB // _MEMORY_SHARE:
            self._add(steps, _digest(head, stream), sidecar)
            return
        data = head + stream.read()
        kind = media.bytes_media_type(data, name)
        digest = hashlib.sha256(data).hexdigest()
        place = len(self.members)
        if kind != media.ZIP:
            self._add(steps, digest, sidecar, opened=kind == media.PDF and _is_whole(data, kind))
        if _scheme(kind) and (kind != media.PDF or pdf.may_attach(data)):
            opened, around = False, self._around
            if kind == media.ZIP and sidecar is not None:
                self._around = (*around, len(self.sidecars))
                self.sidecars.append(sidecar)
            try:
                opened = self.enter(io.BytesIO(data), kind, steps, name)
            except ContainerError as error:
                if kind == media.ZIP:
                    self._refuse(steps, error)
                else:
                    _log.debug("%s: its attachments are left out: %s", name, error)
            finally:
                self._around = around
            if kind != media.ZIP:
                self.members[place] = self.members[place].model_copy(update={"opened": opened})

    def _check_size(self, size: int) -> None:
        if size > self._limits.file_mib * _MIB:
            raise ContainerError("too_large", f"it is larger than {self._limits.file_mib} MiB")

    def _sidecar(self, package: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
        with archive.member(package, info, self._passwords) as stream:
            return stream.read(MAX_SIDECAR + 1)

    def _add(self, steps: tuple[Step, ...], digest: str, sidecar: bytes | None, *, opened: bool = False) -> None:
        member = Member(steps=steps, sha256=digest, sidecar=sidecar, around=self._around, opened=opened)
        self.members.append(member)

    def _refuse(self, steps: tuple[Step, ...], error: ContainerError) -> None:
        self.members.append(Member(steps=steps, status=error.status, reason=error.message))


def _extract(
    file: BinaryIO, name: str, steps: Sequence[Step], target: Path, passwords: Sequence[str], limits: ReadingLimits
) -> None:
    step, *further = steps
    if step.scheme == "zip":
        with archive.opened(file) as package:
            info = archive.members(package, most_bytes=_TIMES_THE_LARGEST_FILE * limits.file_mib * _MIB)[step.place]
            with archive.member(package, info, passwords) as stream:
                if not further:
                    _copy(stream, target)
                    return
                data = stream.read()
    else:
        kind = _kind(file, name) or media.EML
        found = _attachments(file.read(), kind, passwords, pinned_too=True)
        _, content = next(islice(found, step.place, None))
        data = content or b""
        if not further:
            target.write_bytes(data)
            return
    _extract(io.BytesIO(data), step.name, further, target, passwords, limits)


def _copy(stream: IO[bytes], target: Path) -> None:
    with target.open("wb") as copy:
        while chunk := stream.read(_CHUNK):
            copy.write(chunk)


def _digest(head: bytes, stream: IO[bytes]) -> str:
    digest = hashlib.sha256(head)
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _kind(file: BinaryIO, name: str) -> str | None:
    """Return the media type of a container, None for any other file; the stream is rewound."""
    file.seek(0)
    kind = media.stream_media_type(file, name)
    file.seek(0)
    return kind if _scheme(kind) else None


def _attachments(
    data: bytes, kind: str, passwords: Sequence[str], *, pinned_too: bool
) -> Iterable[tuple[str, bytes | None]]:
    if kind == media.PDF:
        return pdf.attachments(data, passwords, pinned_too=pinned_too)
    try:
        return mail.attachments(data, kind)
    except UnreadableError as error:
        raise ContainerError(error.status, str(error)) from error


def _is_whole(data: bytes, kind: str) -> bool:
    if kind == media.PDF:
        return pdf.is_whole(data[:_HEAD], data)
    return kind == media.MSG or mail.is_whole(data)  # a truncated compound file raises its own error


def _scheme(kind: str | None) -> Scheme | None:
    return _SCHEMES.get(kind or "")
