"""Entries in the listings of remote folders."""

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

_MODIFIED = ("LastModified", "Last-Modified", "last_modified", "modified", "updated", "mtime", "modify", "date_time")
_ETAGS = ("ETag", "etag", "Content-MD5", "md5Hash", "CRC")
"""The names in file systems for the time of change, and for fields that change with the bytes."""
_MLSD = re.compile(r"(\d{14})(?:\.\d+)?")
"""The time of a file as FTP servers list it, in UTC (RFC 3659)."""


class ListedFile(NamedTuple):
    """A file, a folder or a link: its URL, and its path in the notation of its file system.

    `size` (bytes), `modified` (UTC) and `etag` describe a file, as far as its listing gives them.
    """

    url: str
    path: str
    is_folder: bool = False
    is_link: bool = False
    size: int | None = None
    modified: dt.datetime | None = None
    etag: str = ""

    def described(self, info: Mapping[str, Any]) -> "ListedFile":
        """Return the entry with the metadata of a file from fsspec."""
        size = info.get("size")
        found = next((info[name] for name in _MODIFIED if info.get(name)), None)
        modified = _time(found)
        etag = next((info[name] for name in _ETAGS if info.get(name)), "")
        if modified is None and found is not None and not etag:
            etag = found  # a time in an unknown format also shows changes
        return self._replace(size=size if isinstance(size, int) else None, modified=modified, etag=str(etag).strip('"'))

    @property
    def state(self) -> str:
        """A text that changes with the file, "" without any metadata."""
        known = (self.etag, self.size, self.modified.isoformat() if self.modified else None)
        return ":".join("" if one is None else str(one) for one in known) if any(known) else ""


def _time(found: Any) -> dt.datetime | None:  # noqa: ANN401 - each file system has a form of its own
    """Return a time in UTC, None for an invalid one."""
    try:
        if isinstance(found, dt.datetime):
            time = found
        elif isinstance(found, int | float):
            time = dt.datetime.fromtimestamp(found, dt.UTC)
        elif isinstance(found, tuple):  # the format of archive members
            time = dt.datetime(*found[:6])  # noqa: DTZ001 - its zone is known to nobody, and it only has to be the same
        elif not isinstance(found, str):
            return None
        elif mlsd := _MLSD.fullmatch(found):
            time = dt.datetime.strptime(mlsd[1], "%Y%m%d%H%M%S")  # noqa: DTZ007 - in UTC
        elif "," in found:
            time = parsedate_to_datetime(found)
        else:
            time = dt.datetime.fromisoformat(found)
    except (ValueError, OverflowError, OSError, TypeError):
        return None
    return time.astimezone(dt.UTC) if time.tzinfo else time.replace(tzinfo=dt.UTC)
