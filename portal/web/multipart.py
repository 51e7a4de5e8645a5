"""A streaming parser of forms with files (RFC 7578), which never holds a whole file in memory."""

from collections.abc import AsyncIterable
from typing import Protocol

from fastapi.concurrency import run_in_threadpool
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from configs.system.errors import UsageError

_LONGEST_BOUNDARY = 70
"""Length limit of the boundary between fields (RFC 2046, 5.1.1)."""
_MOST_FIELDS = 20
_MOST_FIELD_BYTES = 4096
"""Size limit of all fields together, which are short in most forms."""


class Receiver(Protocol):
    """The receiver of the files of a form, one after the other."""

    def begin(self, name: str) -> None:
        """Begin a file."""

    def write(self, piece: bytes) -> None:
        """Take a piece of the file that was begun last."""

    def end(self) -> None:
        """End it."""


class FormReader:
    """Reads the fields of a form, the last of each name, and passes its files to a receiver, except nameless ones."""

    def __init__(
        self, content_type: str, receiver: Receiver, *, most_files: int, most_bytes: int = _MOST_FIELD_BYTES
    ) -> None:
        """Start; raises `UsageError` for a content type other than a form with files."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary or len(boundary) > _LONGEST_BOUNDARY:
            raise _malformed()
        self.fields: dict[str, str] = {}
        self._receiver, self._left, self._most_bytes = receiver, most_files, most_bytes
        self._headers: dict[bytes, bytes] = {}
        self._header = (bytearray(), bytearray())
        self._field: str | None = None
        self._value = bytearray()
        self._is_file = self._is_whole = False
        self._parts = self._bytes = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin,
                "on_part_data": self._add_data,
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        )

    async def read(self, pieces: AsyncIterable[bytes]) -> dict[str, str]:
        """Read a whole form and return its fields.

        Raises `UsageError` for one that is malformed, ends early or has too many parts; whatever the receiver raises.
        """
        try:
            async for piece in pieces:
                await run_in_threadpool(self._parser.write, piece)  # the disk may be slow
            self._parser.finalize()
        except FormParserError as error:
            raise _malformed() from error
        if not self._is_whole:
            raise _malformed()
        return self.fields

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        name.clear()
        value.clear()

    def _begin(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._parts += 1
        self._is_file = b"filename" in options and bool(options[b"filename"])
        self._field = None if b"filename" in options else options.get(b"name", b"").decode("utf-8", "replace")
        self._value.clear()
        if self._is_file:
            self._left -= 1
            if self._left < 0:
                raise UsageError("there are too many files", "add fewer papers at once")
            self._receiver.begin(options[b"filename"].decode("utf-8", "replace"))
        elif self._parts > _MOST_FIELDS and self._field is not None:
            raise _malformed()

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._receiver.write(data[start:end])
            return
        self._bytes += end - start
        if self._bytes > self._most_bytes:
            raise _malformed()
        self._value += data[start:end]

    def _end(self) -> None:
        if self._is_file:
            self._receiver.end()
        elif self._field is not None:
            self.fields[self._field] = self._value.decode("utf-8", "replace")

    def _finish(self) -> None:
        self._is_whole = True


def _malformed() -> UsageError:
    return UsageError("this is no form with files, or it was cut off", "send the form of the page once more")
