"""The bytes of an item as a stream whose own errors are ours, and nobody else's.

Who reads a stream writes what it reads, and a full disk must not be taken for a failure of the source: so errors are
turned where a read is made, and not around the block in which it happens.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO

from typing_extensions import Buffer

from configs.system.progress import step_done

_PIECE = 1 << 20
"""Bytes that are asked for at once."""

Guard = Callable[[], AbstractContextManager[None]]
"""Makes a block in which errors of the source become ours."""


@contextmanager
def guarded(stream: IO[bytes], guard: Guard, path: Path | None = None) -> Iterator["CountedStream"]:
    """Give a stream whose reads are made within the guard; it is closed at the end.

    A read gives as many bytes as it is asked for, where there are so many: not every library does. `path` is where the
    bytes lie on this machine, if they do: the name of the stream.
    """
    with CountedStream(stream, guard, path) as reader:
        yield reader


class CountedStream(io.BufferedReader):
    """A stream that knows how many bytes came, and whether that was all."""

    def __init__(self, stream: IO[bytes], guard: Guard, path: Path | None = None) -> None:
        self._source = _Guarded(stream, guard, path)
        super().__init__(self._source, _PIECE)

    def came(self) -> int | None:
        """Return how many bytes the whole has, None where it was not read to its end."""
        return self._source.count if self._source.ended else None


class _Guarded(io.RawIOBase):
    def __init__(self, stream: IO[bytes], guard: Guard, path: Path | None) -> None:
        self._stream, self._guard, self._path = stream, guard, path
        self.count, self.ended = 0, False

    @property
    def name(self) -> str:
        """The path of a stream that is a file of this machine: who needs a file need not copy it."""
        if self._path is None:
            raise AttributeError("name")
        return str(self._path)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        with self._guard():
            piece = self._stream.read(len(view))
        step_done()
        view[: len(piece)] = piece
        self.count += len(piece)
        self.ended = self.ended or not piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            with suppress(Exception):  # what was read is whole, or its error was raised
                self._stream.close()
        super().close()
