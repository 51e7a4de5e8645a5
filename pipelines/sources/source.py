"""Sources: the files of a run, in any file system, archive or mail."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from configs.settings import ReadingLimits
from configs.system.errors import CustomsLensError, UsageError
from configs.system.files import UNFINISHED, expanded, open_regular
from configs.system.progress import step_done
from configs.system.redaction import is_secret, without_secrets
from configs.system.urls import is_web, with_small_schemes
from extractors import containers
from extractors.access import combined
from extractors.containers.contents import ContainerError
from extractors.document import Document, ReadStatus
from pipelines.sources.credentials import Location
from pipelines.sources.defaults import SourceDefaults
from pipelines.sources.errors import Problem, access_errors
from pipelines.sources.filesystems import files_at
from pipelines.sources.sidecars import Sidecar
from pipelines.sources.web.web_client import Request, WebClient
from pipelines.workspace import OWN

_CHUNK = 1 << 20
_LONGEST_SUFFIX = 16
"""Longer endings say nothing about the format and may not fit into the name of a copy."""
GONE = "the file is gone: it was there when its folder was listed"
"""The error of a document whose file was deleted before it was read."""
CHANGING = "the file was changed while it was read: the next run reads it again"
"""The error of a document whose bytes changed before it was read."""
INSIDE = ("zip://", "mail://", "pdf://")
"""Prefixes of the URI of a file inside a container."""
_ARCHIVED = "zip"
OF_MEMBERS = "inside-1/"
"""In the description of a file inside a container, behind the mark of its defaults; with another number these files
alone are read again."""
_DIGITS = 16


class SourceError(CustomsLensError):
    """A listed source that cannot be ingested: a failure of that document alone, with its status."""

    def __init__(self, message: str, status: ReadStatus = "crashed") -> None:
        super().__init__(message)
        self.status: ReadStatus = status


@dataclass(frozen=True)
class Source:
    """One file by its URI, which is stored and shown, so it contains neither credentials nor a signature.

    If these are needed, the file is opened at its `location`, which is neither stored nor shown.

    A file inside a container has the form `zip://MEMBER::URI` in an archive, `mail://ATTACHMENT::URI` in a mail and
    `pdf://ATTACHMENT::URI` in a PDF, where URI is that of the container, its `parent`. `path` is the file, or the
    outermost container, if that is on this machine; `steps` lead from there to the member, whose `digest` is its
    sha256. A source that cannot be ingested has its `refusal`. `sidecar` is that of the file, `archive` that of the
    outermost container if it is an archive, `around` are those of archives inside it, and `defaults` are those of its
    configured source. `path` may be a temporary copy of the file.
    """

    uri: str
    parent: str | None = None
    path: Path | None = None
    steps: tuple[containers.Step, ...] = ()
    digest: str | None = None
    refusal: tuple[ReadStatus, str] | None = None
    sidecar: Sidecar | None = None
    archive: Sidecar | None = None
    around: tuple[Sidecar, ...] = ()
    passwords: tuple[str, ...] = ()
    limits: ReadingLimits = field(default_factory=ReadingLimits)
    location: Location | None = None
    defaults: SourceDefaults | None = None

    @property
    def description(self) -> str:
        """A digest of the metadata of the file besides its bytes; "" without any.

        For a file inside a container it includes the metadata of the archives around it, and is never "".
        """
        description = self.defaults.mark if self.defaults else ""
        if self.parent:
            description += OF_MEMBERS + _digest_of([one for one in (self.archive, *self.around) if one])
        return description + (self.sidecar.digest if self.sidecar else "")

    def describe(self, document: Document) -> Document:
        """Return the document with its metadata applied; raises `ConfigError` for a broken sidecar."""
        described = self.sidecar.apply(document) if self.sidecar else document
        described = self.defaults.apply(described) if self.defaults else described
        return described.model_copy(update={"access": self._access(document.access)})

    def _access(self, own: str | None) -> str | None:
        """Return the access class of its document, given the class `own` of its own mark.

        The class combines those of the source, of its own mark and of every archive around it: a sidecar inside a
        container can only restrict further. The sidecar beside the file, or beside the outermost archive, replaces all
        other classes of that file, and so may open it; nothing overrides it. The classes of mails and PDFs around it
        are added at its commit (`pipelines.ingest.follow.members`).
        """
        of_source = self.defaults.access if self.defaults else None
        if not self.parent:
            of_file = combined(own, of_source)
            return combined(self.sidecar.access(of_file)) if self.sidecar else of_file
        classes = [sidecar.access() for sidecar in (self.sidecar, *self.around) if sidecar]
        if self.steps and self.steps[0].scheme == _ARCHIVED:
            classes.append(self.archive.access(of_source) if self.archive else of_source)
        return combined(own, *classes)

    @property
    def name(self) -> str:
        """The file's own name."""
        if self.steps:
            return PurePosixPath(self.steps[-1].name).name
        inside = self.uri.startswith(INSIDE)
        return PurePosixPath(self.uri.partition("://")[2].partition("::")[0] if inside else self.uri).name

    @property
    def local_path(self) -> Path | None:
        """The path of the file on this machine, None for another one."""
        return None if self.steps else self.path

    def sha256(self) -> str:
        """Return the sha256 of the file's bytes; raises `SourceError` where they cannot be read."""
        if self.refusal is not None:
            status, reason = self.refusal
            raise SourceError(f"{self.uri}: {reason}", status)
        if self.digest is not None:
            return self.digest
        digest = hashlib.sha256()
        for chunk in self._chunks():
            digest.update(chunk)
        return digest.hexdigest()

    @contextmanager
    def as_file(self, workspace: Path) -> Iterator[Path]:
        """Yield the path of the file on this machine, if necessary of a temporary copy in `workspace`.

        Raises `SourceError` where it cannot be read.
        """
        if self.local_path is not None:
            yield self.local_path
            return
        if self.path is None:
            with self.copy_of(self._chunks(), workspace) as path:
                yield path
            return
        with self.copy_of((), workspace) as path:
            self._unpack(self.path, path)
            yield path

    @contextmanager
    def copy_of(self, pieces: Iterable[bytes], workspace: Path) -> Iterator[Path]:
        """Yield the path of a temporary file in `workspace` with the given bytes, and the ending of its own name."""
        workspace.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=workspace, suffix=suffix_of(self.name)) as copy:
            for piece in pieces:
                copy.write(piece)
            copy.flush()
            yield Path(copy.name)

    def unreadable(self, problem: Problem) -> SourceError:
        """Return the error for a source that cannot be read."""
        return SourceError(f"{self.uri}: {GONE}" if problem.gone else f"{self.uri}: cannot be read: {problem.words}")

    def _unpack(self, container: Path, target: Path) -> None:
        try:
            containers.unpack(container, self.steps, target, passwords=self.passwords, limits=self.limits)
        except ContainerError as error:
            reason = error.message if container.exists() else GONE
            raise SourceError(f"{self.uri}: {reason}", error.status) from error

    def _chunks(self) -> Iterator[bytes]:
        """Yield the bytes; errors of the caller are not errors of the source.

        Raises `SourceError` if they exceed the size limit of a file: a stream may be endless.
        """
        left = self.limits.file_mib << 20
        with access_errors(self.unreadable, self.location), self._open() as stream:
            while chunk := stream.read(_CHUNK):
                step_done()
                left -= len(chunk)
                if left < 0:
                    raise SourceError(f"{self.uri}: it is larger than {self.limits.file_mib} MiB", "too_large")
                yield chunk

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        """Yield the bytes as a stream, and keep its file system open: it closes its archive when it is deleted."""
        url = self.location.url if self.location else self.uri
        with ExitStack() as opened:
            if self.path is not None:
                stream: IO[bytes] = open_regular(self.path)
            elif is_web(url):
                client = opened.enter_context(closing(WebClient(url, most_mib=self.limits.file_mib, robots=False)))
                stream = client.open(Request(url, self.uri))
            else:
                files, path = files_at(url)
                stream = files.open(path, "rb")
            yield opened.enter_context(stream)


def bare_source(uri: str) -> Source:
    """Return a source without any metadata but its URI."""
    return Source(uri, parent=uri.partition("::")[2] if uri.startswith(INSIDE) else None)


def document_containers(uri: str) -> Iterator[str]:
    """Yield the URIs of the mails and PDFs around a file, the innermost first; archives are not documents."""
    while uri.startswith(INSIDE):
        step, _, uri = uri.partition("::")
        if not step.startswith(f"{_ARCHIVED}://"):
            yield uri


def _digest_of(sidecars: Sequence[Sidecar]) -> str:
    digests = ",".join(sidecar.digest for sidecar in sidecars)
    return f"{hashlib.sha256(digests.encode()).hexdigest()[:_DIGITS]}/" if digests else ""


def suffix_of(name: str) -> str:
    """Return the ending of a name for a copy of the file; "" if it says nothing about the format."""
    suffix = PurePosixPath(name).suffix
    return suffix if len(suffix) <= _LONGEST_SUFFIX and suffix.isascii() and suffix.isprintable() else ""


def uri_of(name: str) -> str:
    r"""Return the URI that identifies a path or URL, without credentials and signature.

    Paths become absolute, invalid bytes of a name become `\xff`.
    """
    if "://" in name:
        return without_secrets(with_small_schemes(name))
    path = os.path.abspath(expanded(name))  # noqa: PTH100 - keeps symbolic links as named
    return "file://" + path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def refuse_secrets(names: Sequence[str]) -> None:
    """Raise `UsageError` for a name with credentials or a signature where names are stored and shown."""
    for name in names:
        if "://" in name and is_secret(name):
            raise UsageError(
                f"{uri_of(name)}: this SOURCE holds credentials or a signature, which a flow run must not store",
                "put them under 'credentials' in settings.yaml, or into the environment, and leave them out of SOURCE",
            )


def lies_under(uri: str, root: str) -> bool:
    """Return whether a document's URI equals a root, or is in that folder or container."""
    if root.startswith(INSIDE):
        return uri == root or uri.endswith(f"::{root}")
    uri = outermost(uri)
    return uri == root or uri.startswith(root.rstrip("/") + "/")


def outermost(uri: str) -> str:
    """Return the URI of the outermost container of a document, its own URI without a container."""
    if not uri.startswith(INSIDE):
        return uri
    return uri[uri.rindex("file://") :] if "file://" in uri else uri.rsplit("::", maxsplit=1)[-1]


def is_own(uri: str, home: Path) -> bool:
    """Return whether a source is one of the program's own files in its home, which are never documents.

    The default home is in the current folder, so `ingest .` finds it.
    """
    root = uri_of(str(home))
    if not lies_under(uri, root):  # the usual case: this is called for each document of a run
        return False
    folder, _, name = uri.rpartition("/")
    if name.endswith(UNFINISHED) and folder == root:
        return True  # a temporary file of a killed process
    return any(lies_under(uri, uri_of(str(home / name))) for name in OWN)


def printable(name: str) -> str:
    r"""Return a name of the file system as text; invalid bytes become `\xff`."""
    return name.encode("utf-8", "backslashreplace").decode()
