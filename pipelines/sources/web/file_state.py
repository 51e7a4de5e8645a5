"""The version of a file in the headers of a response."""

import datetime as dt
import email.utils
from collections.abc import Mapping
from typing import NamedTuple


class FileState(NamedTuple):
    """The version of a file according to its server: `size` in bytes, `modified` in UTC."""

    etag: str = ""
    size: int | None = None
    modified: dt.datetime | None = None


def file_state(headers: Mapping[str, str]) -> FileState:
    """Return the version of a file from any headers; the size of a compressed response is ignored."""
    length = "" if headers.get("Content-Encoding", "identity") != "identity" else headers.get("Content-Length", "")
    size = int(length) if length.isdecimal() else None
    return FileState(headers.get("ETag", ""), size, date_of(headers.get("Last-Modified", "")))


def date_of(text: str) -> dt.datetime | None:
    """Return a date in the format of mail and HTTP (RFC 5322), in UTC, None for invalid text."""
    try:
        date = email.utils.parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
