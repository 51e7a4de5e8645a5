"""What the headers of an answer say of the version of a file."""

import datetime as dt
import email.utils
from collections.abc import Mapping
from typing import NamedTuple


class FileState(NamedTuple):
    """The version of a file as its server gives it: `size` in bytes, `modified` in UTC."""

    etag: str = ""
    size: int | None = None
    modified: dt.datetime | None = None


def file_state(headers: Mapping[str, str]) -> FileState:
    """Return the version that headers give of a file, whatever they hold; the size of packed bytes is not its size."""
    length = "" if headers.get("Content-Encoding", "identity") != "identity" else headers.get("Content-Length", "")
    size = int(length) if length.isdecimal() else None
    return FileState(headers.get("ETag", ""), size, date_of(headers.get("Last-Modified", "")))


def date_of(text: str) -> dt.datetime | None:
    """Return a date as mail and HTTP write it (RFC 5322), in UTC, None where the text is none."""
    try:
        date = email.utils.parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
