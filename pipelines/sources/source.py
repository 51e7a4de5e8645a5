"""Sources: the files that a run is about, whatever file system, archive or mail they lie in."""

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
"""Longer endings say nothing about a file's kind and may not fit into the name of a copy."""
GONE = "the file is gone: it was there when its folder was listed"
"""Why a document fails whose file vanished before it was read."""
CHANGING = "the file was changed while it was read: the next run reads it again"
"""Why a document fails whose bytes are other ones when it was read than before."""
INSIDE = ("zip://", "mail://", "pdf://")
"""How the URI of a file inside a container begins."""
_ARCHIVED = "zip"
OF_MEMBERS = "inside-1/"
"""In the description of a file inside a container, behind the mark of its defaults; with another number these files
alone are read again."""
_DIGITS = 16


class SourceError(CustomsLensError):
    """A source that was listed and cannot be ingested: a failure of that document alone, with its status."""

    def __init__(self, message: str, status: ReadStatus = "crashed") -> None:
        super().__init__(message)
        self.status: ReadStatus = status


@dataclass(frozen=True)
class Source:
    """One file by its URI, which holds neither credentials nor a signature: it is stored and shown.

    Where these are needed, the file is opened at its `location`, which is neither.

    A file inside a container has the form `zip://MEMBER::URI` in an archive, `mail://ATTACHMENT::URI` in a mail
    and `pdf://ATTACHMENT::URI` in a PDF, where URI is that of the container, its `parent`. `path` is the file, or
    the outermost container, where that lies on this machine; `steps` lead from there to the member, whose `digest`
    is its sha256. A source that cannot be ingested has its `refusal`. `sidecar` is the description beside it, `archive`
    that beside the outermost container where that is an archive, `around` are those of archives inside it, and
    `defaults` is what its configured source says. `path` may be a copy of the file for the time being.
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
        """What is said of the file besides its bytes, as a digest; "" where nothing is.

        That of a file inside a container has what is said of the archives around it, and is never "".
        """
        description = self.defaults.mark if self.defaults else ""
        if self.parent:
            description += OF_MEMBERS + _digest_of([one for one in (self.archive, *self.around) if one])
        return description + (self.sidecar.digest if self.sidecar else "")

    def describe(self, document: Document) -> Document:
        """Return its document with what is said of it; raises `ConfigError` for a broken sidecar."""
        described = self.sidecar.apply(document) if self.sidecar else document
        described = self.defaults.apply(described) if self.defaults else described
        return described.model_copy(update={"access": self._access(document.access)})

    def _access(self, own: str | None) -> str | None:
        """Return the access class of its document, whose own mark means the class `own`.

        What closes a file is its source, its own mark and every archive around it: a sidecar inside a container only
        adds to that. The one that lies beside the file, or beside the archive, stands in place of all that is known of
        that file otherwise, and so may open it; nothing stands above it. The classes of mails and PDFs around it are
        added where it is committed (`pipelines.ingest.follow.members`).
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
        """Where the file lies on this machine, if it does."""
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
        """Give the file as a path on this machine, copied into `workspace` for the time being if need be.

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
        """Give bytes as a file in `workspace` for the time being, under a name of the same kind as its own."""
        workspace.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=workspace, suffix=suffix_of(self.name)) as copy:
            for piece in pieces:
                copy.write(piece)
            copy.flush()
            yield Path(copy.name)

    def unreadable(self, problem: Problem) -> SourceError:
        """Return the error of a source that cannot be read."""
        return SourceError(f"{self.uri}: {GONE}" if problem.gone else f"{self.uri}: cannot be read: {problem.words}")

    def _unpack(self, container: Path, target: Path) -> None:
        try:
            containers.unpack(container, self.steps, target, passwords=self.passwords, limits=self.limits)
        except ContainerError as error:
            reason = error.message if container.exists() else GONE
            raise SourceError(f"{self.uri}: {reason}", error.status) from error

    def _chunks(self) -> Iterator[bytes]:
        """Yield the bytes; an error of whoever takes them is not one of the source.

        Raises `SourceError` where they are more than a file may have, which need not have an end.
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
        """Give the bytes as a stream, and keep its file system as long: an archive is closed with that."""
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
    """Return a source of which nothing is known but its URI."""
    return Source(uri, parent=uri.partition("::")[2] if uri.startswith(INSIDE) else None)


def document_containers(uri: str) -> Iterator[str]:
    """Yield the URIs of the mails and PDFs that a file lies in, the innermost first; archives are no documents."""
    while uri.startswith(INSIDE):
        step, _, uri = uri.partition("::")
        if not step.startswith(f"{_ARCHIVED}://"):
            yield uri


def _digest_of(sidecars: Sequence[Sidecar]) -> str:
    digests = ",".join(sidecar.digest for sidecar in sidecars)
    return f"{hashlib.sha256(digests.encode()).hexdigest()[:_DIGITS]}/" if digests else ""


def suffix_of(name: str) -> str:
    """Return the ending of a name that a copy of the file gets; "" where that says nothing of its kind."""
    suffix = PurePosixPath(name).suffix
    return suffix if len(suffix) <= _LONGEST_SUFFIX and suffix.isascii() and suffix.isprintable() else ""


def uri_of(name: str) -> str:
    r"""Return the URI by which a path or URL is known, without credentials and signature.

    Paths become absolute, bytes of a name that are no text become `\xff`.
    """
    if "://" in name:
        return without_secrets(with_small_schemes(name))
    path = os.path.abspath(expanded(name))  # noqa: PTH100 - keeps symbolic links as named
    return "file://" + path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def refuse_secrets(names: Sequence[str]) -> None:
    """Raise `UsageError` for a name that holds credentials or a signature, where names are stored and shown."""
    for name in names:
        if "://" in name and is_secret(name):
            raise UsageError(
                f"{uri_of(name)}: this SOURCE holds credentials or a signature, which a flow run must not store",
                "put them under 'credentials' in settings.yaml, or into the environment, and leave them out of SOURCE",
            )


def lies_under(uri: str, root: str) -> bool:
    """Return whether a document's URI is that of a root, or of something in that folder or container."""
    if root.startswith(INSIDE):
        return uri == root or uri.endswith(f"::{root}")
    uri = outermost(uri)
    return uri == root or uri.startswith(root.rstrip("/") + "/")


def outermost(uri: str) -> str:
    """Return the URI of the file that a document lies in, which is its own where it lies in no container."""
    if not uri.startswith(INSIDE):
        return uri
    return uri[uri.rindex("file://") :] if "file://" in uri else uri.rsplit("::", maxsplit=1)[-1]


def is_own(uri: str, home: Path) -> bool:
    """Return whether a source is a file that the program keeps in its home, which is never a document.

    The default home lies in the current folder, so `ingest .` comes upon it.
    """
    root = uri_of(str(home))
    if not lies_under(uri, root):  # as nearly all: each document of a run is asked about
        return False
    folder, _, name = uri.rpartition("/")
    if name.endswith(UNFINISHED) and folder == root:
        return True  # what a killed process was writing
    return any(lies_under(uri, uri_of(str(home / name))) for name in OWN)


def printable(name: str) -> str:
    r"""Return a name of the file system as text; bytes that are none become `\xff`."""
    return name.encode("utf-8", "backslashreplace").decode()
