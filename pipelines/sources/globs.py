"""Globs: which paths a pattern matches, without access to a file system."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

_LOCAL_MAGIC = re.compile(r"[*?\[]")
_WEB_MAGIC = re.compile(r"[*\[]")
"""In an HTTP URL a question mark begins the query."""


def is_glob(name: str, *, web: bool = False) -> bool:
    """Return whether a name contains a wildcard."""
    return (_WEB_MAGIC if web else _LOCAL_MAGIC).search(name) is not None


class Glob:
    """A pattern of a path or URL: `*`, `?` and `[…]` within a part, `**` for any number of parts.

    With `hidden` false, wildcards do not match names that begin with a dot, as in Python's `glob`.
    """

    def __init__(self, pattern: str, *, hidden: bool) -> None:
        self._parts = _parts(pattern)
        self._hidden = hidden

    @property
    def folder(self) -> str:
        """The parent folder of the first part with a wildcard, without a trailing slash."""
        plain = next((place for place, part in enumerate(self._parts) if is_glob(part)), len(self._parts))
        return "/".join(self._parts[:plain])

    def covers(self, path: str) -> bool:
        """Return whether the pattern matches a path, or one of its parent folders."""
        return self._covers(_parts(path), self._parts)

    def leads_to(self, folder: str) -> bool:
        """Return whether the pattern may match something in a folder."""
        return self._leads(_parts(folder), self._parts)

    def _covers(self, parts: Sequence[str], pattern: Sequence[str]) -> bool:
        if not pattern:
            return True
        if pattern[0] == "**":
            if self._covers(parts, pattern[1:]):
                return True
            return bool(parts) and self._stands_for(parts[0], "*") and self._covers(parts[1:], pattern)
        return bool(parts) and self._stands_for(parts[0], pattern[0]) and self._covers(parts[1:], pattern[1:])

    def _leads(self, parts: Sequence[str], pattern: Sequence[str]) -> bool:
        if not parts or not pattern or pattern[0] == "**":
            return True
        return self._stands_for(parts[0], pattern[0]) and self._leads(parts[1:], pattern[1:])

    def _stands_for(self, name: str, pattern: str) -> bool:
        if name == pattern:
            return True
        if name.startswith(".") and not (self._hidden or pattern.startswith(".")):
            return False
        return is_glob(pattern) and fnmatchcase(name, pattern)


def _parts(path: str) -> list[str]:
    return path.rstrip("/").split("/")
