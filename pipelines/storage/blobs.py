"""A content-addressed store of bytes on any fsspec file system: originals and the artefacts of stages."""

import contextlib
import fcntl
import hashlib
import os
import random
import tempfile
import uuid
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from configs.system.errors import CustomsLensError, UnavailableError

_PIECE = 1 << 20  # bytes of a file that are in memory at a time


class BlobMissingError(CustomsLensError):
    """A blob that the ledger refers to and the store lacks."""


class BlobStore:
    """Bytes addressed by their sha256. Identical bytes are stored once; a blob never changes."""

    def __init__(self, url: str) -> None:
        """Open the store at a folder or any fsspec URL; nothing is created before the first blob."""
        self._files: Any
        self._files, self._root = url_to_fs(url)
        self._is_local = isinstance(self._files, LocalFileSystem)

    def put(self, content: bytes) -> str:
        """Store the bytes and return their sha256 as hex digits.

        The blob appears under its name only when it is whole. Raises `OSError` where it cannot be written.
        """
        name = hashlib.sha256(content).hexdigest()
        if not self._is_fresh(name):
            with self._temporary_path() as blob:
                self._files.pipe_file(blob, content)
                self._finish(blob, name)
        return name

    def put_pieces(self, pieces: Iterable[bytes]) -> str:
        """Store bytes given in pieces, without holding all of them in memory; return their sha256."""
        digest = hashlib.sha256()
        with self._temporary_path() as blob:
            with self._files.open(blob, "wb") as copy:
                for piece in pieces:
                    digest.update(piece)
                    copy.write(piece)
            self._finish(blob, digest.hexdigest())
        return digest.hexdigest()

    def get(self, name: str) -> bytes:
        """Return the bytes of a blob; raises `BlobMissingError` where it is not there."""
        with self._missing(name):
            return bytes(self._files.cat_file(self._path(name)))

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[tuple[BinaryIO, int]]:
        """Yield the bytes of a blob as a stream, and their number; raises as `get` does."""
        with self._missing(name):
            size = int(self._files.size(self._path(name)))
            file = self._files.open(self._path(name), "rb")
        with file:
            yield file, size

    def local_path(self, name: str) -> Path:
        """Return the file of a blob, which never changes; raises as `get` does.

        Raises `UnavailableError` for a store on another machine.
        """
        if not self._is_local:
            raise UnavailableError(f"{self._root}: this store is on another machine", "copy the file from there")
        with self._missing(name):
            if not self.has(name):
                raise FileNotFoundError
        return Path(self._path(name))

    @contextlib.contextmanager
    def as_file(self, name: str) -> Iterator[Path]:
        """Yield a file with the bytes of a blob, a copy if the store is remote; raises as `get` does."""
        if self._is_local:
            yield self.local_path(name)
            return
        with tempfile.NamedTemporaryFile() as copy:
            for piece in self.pieces(name):
                copy.write(piece)
            copy.flush()
            yield Path(copy.name)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a blob in pieces; raises as `get` does."""
        with self.opened(name) as (file, _):
            while piece := file.read(_PIECE):
                yield piece

    def has(self, name: str) -> bool:
        """Return whether the store holds a blob; none has the name ""."""
        return bool(name) and bool(self._files.exists(self._path(name)))

    def _is_fresh(self, name: str) -> bool:
        """Return whether a blob exists and need not be written again."""
        return self.has(name)

    def is_sound(self, name: str) -> bool:
        """Return whether the store holds a blob and its bytes match its sha256."""
        digest = hashlib.sha256()
        try:
            for piece in self.pieces(name):
                digest.update(piece)
        except BlobMissingError:
            return False
        return digest.hexdigest() == name

    def damaged(self, names: Collection[str], *, most: int) -> tuple[list[str], int]:
        """Return the damaged ones of some blobs, and how many blobs were read.

        Blobs are read in a random order up to `most` bytes; remote or missing blobs are skipped.
        """
        damaged, read, left = [], 0, most
        for name in random.sample(sorted(names), len(names)) if self._is_local else ():
            if left <= 0:
                break
            if self.has(name):
                left -= int(self._files.size(self._path(name)))
                read += 1
                damaged += [] if self.is_sound(name) else [name]
        return damaged, read

    def discard(self, name: str) -> None:
        """Delete a blob, if it is there, so that it can be put again."""
        if self.has(name):
            self._files.rm_file(self._path(name))

    def put_text(self, text: str) -> str:
        """Store text compressed and return the name of its blob."""
        return self.put(zlib.compress(text.encode(), level=1))

    def get_text(self, name: str) -> str:
        """Return the text of a blob that `put_text` made."""
        return zlib.decompress(self.get(name)).decode()

    def sweep(self, keep: Collection[str]) -> int:
        """Delete every blob that is not in `keep`, and incomplete ones; return how many were deleted.

        While another process holds `kept`, nothing is deleted: the next sweep does that.
        """
        with self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB) as alone:
            gone = self.loose(keep) if alone else []
            for path in gone:
                self._files.rm_file(path)
        return len(gone)

    def loose(self, keep: Collection[str]) -> list[str]:
        """Return the paths of the blobs that are not in `keep`, and of incomplete ones."""
        if not self._files.exists(self._root):
            return []
        return [path for path in self._files.find(self._root) if PurePosixPath(path).name not in keep]

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Keep every blob in its place during the block: a sweep that begins meanwhile deletes nothing.

        Only a local store supports this.
        """
        with self._lock(fcntl.LOCK_SH):
            yield

    @contextlib.contextmanager
    def _lock(self, kind: int) -> Iterator[bool]:
        """Lock the folder of a local store; return whether the lock was free."""
        if not self._is_local or not self._files.exists(self._root):
            yield True
            return
        folder = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(folder, kind)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _missing(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            message = f"{self._path(name)}: this blob is missing from the store"
            raise BlobMissingError(message, "run 'customs-lens ingest --force' on its source") from error

    @contextlib.contextmanager
    def _temporary_path(self) -> Iterator[str]:
        """Yield a path for an incomplete blob, which is deleted if writing fails."""
        self._files.makedirs(self._root, exist_ok=True)
        blob = f"{self._root}/.{uuid.uuid4().hex}"
        try:
            yield blob
        except BaseException:
            with contextlib.suppress(OSError):  # a full disk should not keep half a blob
                self._files.rm_file(blob)
            raise

    def _finish(self, blob: str, name: str) -> None:
        if self._is_fresh(name):
            self._files.rm_file(blob)
            return
        path = self._path(name)
        self._files.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        self._files.mv(blob, path)

    def _path(self, name: str) -> str:
        return f"{self._root}/{blob_path(name)}"


def blob_path(name: str) -> str:
    """Return where a blob lies below the root of its store."""
    return f"{name[:2]}/{name[2:4]}/{name}"
