"""The file of a backup: a ZIP archive that mirrors a home, with a manifest of every member's size and sha256.

The checksums detect damage, not forgery: anyone who can change the archive can change them.
"""

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn

from pydantic import AfterValidator, Field, ValidationError

from configs.system.errors import BEFORE_0_1_0, CustomsLensError, MismatchError, UnavailableError
from configs.system.files import UNFINISHED, open_regular
from configs.system.yamlfile import plain_sentence
from extractors.document import Value
from pipelines.workspace import (
    BLOBS,
    DATABASES,
    DATABASES_BEFORE_0_1_0,
    FOLDERS_KEPT,
    PRIMARY_STORE,
    TOLD,
    VOCABULARIES,
    YAML,
    is_own_name,
)

FORMAT = 1
"""Raised when archives are laid out otherwise."""
_MANIFEST = "manifest.json"
_MOST_MANIFEST_BYTES = 1 << 28
"""More than the manifest of a million blobs."""
_MOST_NUMBER = 1 << 62
"""Of bytes, and of anything that a home holds."""
_PIECE = 1 << 20
_MOST_OF_A_NAME = 40
"""Characters of the name of an archive that stand in that of the file that is not whole yet."""
_BLOB = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}")
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What `zipfile` raises for archives that are damaged, locked or packed in a way of their own."""

Progress = Callable[[int, int], None]
"""Called with the members done, and all of them."""


def _moment(text: str) -> str:
    """Return a time as it is written; raises `ValueError` for what is none, or of no time zone."""
    if dt.datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("is a time without its zone")
    return text


LONGEST_NAME = 5000
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Member(Value):
    """One file of the archive."""

    bytes: int = Field(ge=0, le=_MOST_NUMBER)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Outside(Value):
    """A file or folder that the home refers to and the archive lacks, and the field with the reference."""

    path: Name
    field: Name


class Manifest(Value):
    """What an archive holds; `made` is the moment (UTC), `encoder` the one of the index.

    `damaged` are the documents, rows and blobs of the home that were damaged or missing: a backup without any is whole.
    `outside` is what the home needs besides, `variables` are those of the environment that it takes secrets from.
    """

    format: int = Field(ge=1)
    program: Name
    made: Annotated[str, AfterValidator(_moment)]
    encoder: Name
    documents: int = Field(ge=0, le=_MOST_NUMBER)
    passages: int = Field(ge=0, le=_MOST_NUMBER)
    labels: int = Field(ge=0, le=_MOST_NUMBER)
    files: dict[str, Member]
    damaged: tuple[Name, ...] = ()
    outside: tuple[Outside, ...] = ()
    variables: tuple[Name, ...] = ()


def is_whole(path: Path) -> bool:
    """Return whether a file is a backup of a home without damaged or missing parts, by its manifest."""
    try:
        with contextlib.closing(Archive(path)) as archive:
            return not archive.manifest.damaged
    except CustomsLensError:
        return False


def is_member(name: str) -> bool:
    """Return whether an archive may contain a file of this name (relative to the home, with slashes)."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\\" in part or not part.isprintable() for part in parts):
        return False
    if len(parts) == 1:
        return (
            name in (*DATABASES, TOLD)
            or Path(name).suffix in YAML
            or (Path(name).suffix == ".json" and not is_own_name(name))
        )
    folder, below = name.split("/", maxsplit=1)
    if folder in FOLDERS_KEPT and "/" not in below:
        return True
    if folder == VOCABULARIES or not is_own_name(folder):  # what settings or sources name
        return not any(part.startswith(".") for part in parts)
    return name == PRIMARY_STORE or (folder == BLOBS and _BLOB.fullmatch(below) is not None)


class ArchiveWriter:
    """An archive during its creation."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._zip = packed
        self.files: dict[str, Member] = {}

    def add(self, name: str, stream: BinaryIO, size: int, *, compress: bool) -> Member:
        """Add a file of about this size, and return its entry in the manifest."""
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        info.file_size = size
        digest, count = hashlib.sha256(), 0
        with self._zip.open(info, "w") as target:
            while piece := stream.read(_PIECE):
                digest.update(piece)
                count += len(piece)
                target.write(piece)
        member = self.files[name] = Member(bytes=count, sha256=digest.hexdigest())
        return member

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest as the last member."""
        self._zip.writestr(_MANIFEST, manifest.model_dump_json(), zipfile.ZIP_DEFLATED)


@contextlib.contextmanager
def new_archive(path: Path) -> Iterator[ArchiveWriter]:
    """Yield an archive that is moved to the path after the block succeeded; only its owner may read it.

    Until then it has the temporary name `….unfinished`, and is verified once more. Raises `OSError` if it cannot be
    written, and `UnavailableError` if its content differs from what was written.
    """
    descriptor, unfinished = tempfile.mkstemp(UNFINISHED, f"{path.name[:_MOST_OF_A_NAME]}.", path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w") as packed:
                yield ArchiveWriter(packed)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.closing(Archive(Path(unfinished))) as written:
            written.check()
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


class Archive:
    """An open archive; its manifest is checked against the members when it is opened.

    Raises `UnavailableError` for a file that is not there, is no archive of a backup or is damaged, and
    `MismatchError` for one of a newer version of the program.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = open_regular(path)
        except FileNotFoundError as error:
            raise UnavailableError(f"{path}: there is no such file", "name the file of a backup") from error
        except OSError as error:
            raise UnavailableError(f"{path}: cannot be read: {error.strerror}", "name the file of a backup") from error
        try:
            self._zip = self._opened()
            self.manifest = self._manifest()
            self._check_names()
        except BaseException:
            self._file.close()
            raise

    @property
    def unpacked(self) -> int:
        """The total size of all unpacked files in bytes."""
        return sum(member.bytes for member in self.manifest.files.values())

    def check(self) -> None:
        """Read all files and compare each with its checksum."""
        for name, member in self.manifest.files.items():
            for _ in self._pieces(name, member):
                pass

    def unpack(self, folder: Path, progress: Progress) -> None:
        """Write all files below a folder, and check each; raises `OSError` where they cannot be written."""
        files = self.manifest.files
        for done, (name, member) in enumerate(files.items(), 1):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                for piece in self._pieces(name, member):
                    file.write(piece)
            progress(done, len(files))

    def close(self) -> None:
        """Give up the file."""
        self._zip.close()
        self._file.close()

    def _opened(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._file)
        except _UNREADABLE as error:
            self._refuse(f"is no archive, or a damaged one: {error}", error)

    def _manifest(self) -> Manifest:
        if _MANIFEST not in self._zip.namelist():
            self._refuse("holds no manifest, so it is no backup")
        try:
            with self._zip.open(_MANIFEST) as file:
                content = file.read(_MOST_MANIFEST_BYTES)
            data = json.loads(content)
            if isinstance(data, dict) and isinstance(found := data.get("format"), int) and found > FORMAT:
                message = f"{self._path}: a backup of format {found}, this program knows {FORMAT}"
                raise MismatchError(message, "restore it with the version of the program that made it, or a newer one")
            return Manifest.model_validate_json(content)
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(map(str, problem["loc"]))
            self._refuse(f"its manifest cannot be read: {place}: {plain_sentence(problem)}", error)
        except (*_UNREADABLE, ValueError) as error:  # RecursionError is a RuntimeError
            self._refuse(f"its manifest cannot be read: {' '.join(str(error).split())}", error)

    def _check_names(self) -> None:
        named = self.manifest.files
        if old := [name for name in named if name in DATABASES_BEFORE_0_1_0]:
            raise MismatchError(f"{self._path}: a backup of before 0.1.0, with {', '.join(sorted(old))}", BEFORE_0_1_0)
        if odd := [name for name in named if not is_member(name)]:
            self._refuse(f"holds a file that is no part of a home: {odd[0]!r}")
        if PRIMARY_STORE not in named:
            self._refuse("holds no index")
        infos = [info for info in self._zip.infolist() if info.filename != _MANIFEST]
        found = {info.filename: info.file_size for info in infos}
        wanted = {name: member.bytes for name, member in named.items()}
        if found != wanted or len(infos) != len(found):
            odd = sorted({name for name, _ in found.items() ^ wanted.items()}) or ["a name that stands twice"]
            self._refuse(f"members and manifest do not agree: {odd[0]!r}")

    def _pieces(self, name: str, member: Member) -> Iterator[bytes]:
        digest, left = hashlib.sha256(), member.bytes
        try:
            with self._zip.open(name) as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
                    left -= len(piece)
                    if left < 0:
                        break
                    yield piece
        except _UNREADABLE as error:
            self._refuse(f"{name} cannot be read: {error}", error)
        if left or digest.hexdigest() != member.sha256:
            self._refuse(f"{name} is damaged: its checksum does not match")

    def _refuse(self, what: str, cause: Exception | None = None) -> NoReturn:
        raise UnavailableError(f"{self._path}: {what}", "take another backup; the home was left as it is") from cause
