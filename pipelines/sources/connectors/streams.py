"""Streams of item bytes whose read errors are translated into errors of the source.

A caller that reads a stream also writes the bytes, and a full disk must not count as a failure of the source: so errors
are translated at each read, and not around the block of the caller.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO

from typing_extensions import Buffer

from configs.system.progress import step_done

_PIECE = 1 << 20
"""Bytes per read."""

Guard = Callable[[], AbstractContextManager[None]]
"""Returns a context manager that translates errors of the source."""


@contextmanager
def guarded(stream: IO[bytes], guard: Guard, path: Path | None = None) -> Iterator["CountedStream"]:
    """Yield a stream whose errors are translated by a context manager; the stream is closed at the end.

    A read returns as many bytes as requested, if available, which not every library ensures. `path` is the local file
    of the bytes, if any: the name of the stream.
    """
    with CountedStream(stream, guard, path) as reader:
        yield reader


class CountedStream(io.BufferedReader):
    """A stream that counts its bytes and records whether it was read to the end."""

    def __init__(self, stream: IO[bytes], guard: Guard, path: Path | None = None) -> None:
        self._source = _GuardedStream(stream, guard, path)
        super().__init__(self._source, _PIECE)

    def came(self) -> int | None:
        """Return the total number of bytes, None if the stream was not read to its end."""
        return self._source.count if self._source.ended else None


class _GuardedStream(io.RawIOBase):
    def __init__(self, stream: IO[bytes], guard: Guard, path: Path | None) -> None:
        self._stream, self._guard, self._path = stream, guard, path
        self.count, self.ended = 0, False

    @property
    def name(self) -> str:
        """The path of a stream over a local file, which need not be copied."""
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
            with suppress(Exception):  # the content is complete, or an error was raised
                self._stream.close()
        super().close()
