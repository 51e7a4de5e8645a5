"""Papers that people add in the browser: files of the source `uploads`, in a folder of the day, each with a sidecar.

A file is received under a temporary name that runs ignore; it is renamed once its sidecar, with its access class,
exists. So no run finds an incomplete file, or a file without an access class.
"""

import datetime as dt
import itertools
import os
import re
import secrets
import shutil
import time
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import yaml

from configs.settings import Settings
from configs.sources import UPLOADS
from configs.system.errors import UnavailableError, UsageError
from configs.system.files import UNFINISHED, sync_folder
from configs.system.folders import make_home
from extractors.containers.opening import SIDECAR_SUFFIX
from extractors.document import Value
from pipelines.sources.connectors.remote_files import Opener
from pipelines.sources.errors import Problem, access_errors

MOST_BYTES = 100 << 20
"""Size limit of an added file."""
MOST_FILES = 100
"""Number of files per upload."""
_LONGEST_NAME = 180
"""Bytes of a name: those of a sidecar and of a number have to fit into 255 too."""
_LONGEST_SUFFIX = 16
_UNSAFE = re.compile(r"[^\w .,;()&+='@!-]")
"""Characters with a meaning in paths, URLs or globs, which become an underscore."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
"""Names of devices on Windows, from where the folder may be looked into."""
_LEFT_SECONDS = 24 * 3600
"""The age after which incomplete files of killed processes are deleted."""


class PaperDescription(Value):
    """What is said of all papers that are added at once: their access class, and body and sessions where given."""

    access: str
    body: str | None = None
    sessions: tuple[int, ...] = ()

    @property
    def sidecar(self) -> bytes:
        """The content of a sidecar that says it."""
        fields = {name: list(value) if name == "sessions" else value for name, value in self if value}
        return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False).encode()


@dataclass
class ReceivedFile:
    """A file during its upload: its given name, its bytes so far, and the reason of its refusal, if any."""

    name: str
    path: Path
    file: IO[bytes] = field(repr=False)
    size: int = 0
    refused: str | None = None


class Uploads:
    """The files of one request, received one after the other; files that are not stored are deleted."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._day = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"
        self._folder = settings.home / UPLOADS / self._day
        self.files: list[ReceivedFile] = []

    def expect(self, size: int) -> None:
        """Reserve room for this many bytes; raises `UnavailableError` if the disk would have too little left."""
        make_home(self._settings.home)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _tidy(self._settings.home / UPLOADS)
        left = shutil.disk_usage(self._folder).free - size
        if left < self._settings.disk_free_mib << 20:
            message = f"{self._settings.home}: the disk has too little space for these files"
            raise UnavailableError(message, "free some space, or add fewer papers at once")

    def begin(self, name: str) -> None:
        """Begin to receive a file."""
        path = self._folder / f".{secrets.token_hex(8)}{UNFINISHED}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.files.append(ReceivedFile(name, path, os.fdopen(descriptor, "wb")))

    def write(self, piece: bytes) -> None:
        """Receive a piece of the current file; pieces of a refused file are discarded."""
        found = self.files[-1]
        found.size += len(piece)
        if found.refused is None and found.size > MOST_BYTES:
            found.refused = "too_large"
            found.file.truncate(0)
        if found.refused is None:
            found.file.write(piece)

    def end(self) -> None:
        """Complete the current file."""
        found = self.files[-1]
        found.file.flush()
        os.fsync(found.file.fileno())
        found.file.close()
        if found.refused is None:
            found.refused = _refusal(found)

    def store(self, said: PaperDescription) -> tuple[str, ...]:
        """Move the accepted files into the source, and return their names there.

        Raises `UnavailableError` if the shared store of several homes cannot be written, `OSError` for the home.
        """
        whole = [one for one in self.files if one.refused is None]
        if self._settings.blobs:
            return self._send(whole, said.sidecar)
        names = tuple(self._place(one, said.sidecar) for one in whole)
        sync_folder(self._folder)
        return names

    def __enter__(self) -> Self:
        """Start without any file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Delete files that were not stored."""
        for one in self.files:
            with suppress(OSError):
                one.file.close()
            one.path.unlink(missing_ok=True)
        for folder in (self._folder, self._folder.parent):
            with suppress(OSError):  # it contains papers
                folder.rmdir()

    def _place(self, received: ReceivedFile, sidecar: bytes) -> str:
        """Give a file its name, with a number if that is taken; its sidecar reserves the name."""
        for name in names_for(received.name):
            beside, path = (self._folder / one for one in (name + SIDECAR_SUFFIX, name))
            if path.exists():
                continue
            try:
                with beside.open("xb") as file:
                    file.write(sidecar)
                    file.flush()
                    os.fsync(file.fileno())
                beside.chmod(0o600)
                received.path.rename(path)  # an existing sidecar reserves the name
            except FileExistsError:
                continue
            except OSError:
                beside.unlink(missing_ok=True)
                raise
            return name
        raise AssertionError  # the numbers are unlimited

    def _send(self, files: list[ReceivedFile], sidecar: bytes) -> tuple[str, ...]:
        """Copy files to the store that all homes share."""
        place, settings = self._settings.blobs, self._settings
        assert place is not None  # what it is called for
        opener = Opener(place, settings)

        def away(problem: Problem) -> UnavailableError:
            return UnavailableError(f"blobs: {place.url}: {problem.words}", problem.remedy)

        names = []
        with access_errors(away, opener.location):
            store, root = opener.file_system()
            folder = f"{root}/{UPLOADS}/{self._day}"
            store.makedirs(folder, exist_ok=True)
            for one in files:
                free = (name for name in names_for(one.name) if not store.exists(f"{folder}/{name}{SIDECAR_SUFFIX}"))
                name = next(name for name in free if not store.exists(f"{folder}/{name}"))
                store.pipe_file(f"{folder}/{name}{SIDECAR_SUFFIX}", sidecar)
                store.put_file(str(one.path), f"{folder}/{name}{UNFINISHED}")
                store.mv(f"{folder}/{name}{UNFINISHED}", f"{folder}/{name}")
                names.append(name)
        return tuple(names)


def names_for(given: str) -> "itertools.chain[str]":
    """Yield possible names for a file: its own, made safe, then with ascending numbers."""
    name = safe_name(given)
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = (stem, dot + suffix) if stem else (name, "")
    return itertools.chain([name], (f"{stem} ({number}){suffix}" for number in itertools.count(2)))


def safe_name(given: str) -> str:
    """Return the last part of a name from a browser, as a file name that is valid on any system.

    The name cannot lead out of a folder, is not hidden, names no device, and contains no pattern or URL syntax.
    """
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    last = "".join(one for one in last if one.isprintable())
    name = _UNSAFE.sub("_", last).strip(" .-") or "paper"
    if _RESERVED.match(name):
        name = f"_{name}"
    suffix = Path(name).suffix
    suffix = suffix if len(suffix.encode()) <= _LONGEST_SUFFIX else ""
    stem = name.removesuffix(suffix).encode()[: _LONGEST_NAME - len(suffix.encode())].decode(errors="ignore")
    return stem.rstrip(" .") + suffix


def checked_sessions(text: str) -> tuple[int, ...]:
    """Return the numbers of sessions in a text such as `80, 81`; raises `UsageError` for anything else."""
    found = re.split(r"[\s,;/]+", text.strip()) if text.strip() else []
    if not all(re.fullmatch(r"[0-9]{1,4}", one) for one in found):
        raise UsageError("session: is no number", "write numbers, such as 80, 81")
    return tuple(dict.fromkeys(map(int, found)))


def _refusal(received: ReceivedFile) -> str | None:
    """Return the reason for refusing a complete file."""
    if received.size == 0:
        return "empty"
    name = safe_name(received.name).casefold()
    return "sidecar" if name.endswith((SIDECAR_SUFFIX, UNFINISHED)) else None


def _tidy(folder: Path) -> None:
    """Delete incomplete files older than a day."""
    before = time.time() - _LEFT_SECONDS
    for path in folder.glob(f"*/.*{UNFINISHED}"):
        with suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()
