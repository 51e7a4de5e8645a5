"""The bytes of an item as a stream whose own errors are ours, and nobody else's.

Who reads a stream writes what it reads, and a full disk must not be taken for a failure of the source: so errors are
turned where a read is made, and not around the block in which it happens.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO

from typing_extensions import Buffer

_PIECE = 1 << 18
"""Bytes that are asked for at once."""

Guard = Callable[[], AbstractContextManager[None]]
"""Makes a block in which errors of the source become ours."""


@contextmanager
def guarded(stream: IO[bytes], guard: Guard) -> Iterator[IO[bytes]]:
    """Give a stream whose reads are made within the guard; it is closed at the end."""
    with io.BufferedReader(_Guarded(stream, guard), _PIECE) as reader:
        yield reader


class _Guarded(io.RawIOBase):
    def __init__(self, stream: IO[bytes], guard: Guard) -> None:
        self._stream, self._guard = stream, guard

    @property
    def name(self) -> str:
        """The path of a stream that is a file: who is asked for bytes that lie on this machine need not copy them."""
        name: str = self._stream.name
        return name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        with self._guard():
            piece = self._stream.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            with self._guard():
                self._stream.close()
        super().close()
