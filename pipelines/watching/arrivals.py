"""What arrived in a folder, and whether it is complete: a paper is taken when it was left alone for a while.

Somebody who copies a large file writes it in pieces, and nothing says when the last one has come. A paper is complete
here when neither its size nor its time changed over a quiet period, nor those of the description beside it.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from extractors.containers.opening import SIDECAR_SUFFIX

_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp")
"""How the names of files end that browsers and copying programs have not finished."""
_HIDDEN = (".", "~$")
"""How the names of files begin that belong to a program: locks, copies that rsync writes, lists of thumbnails."""


class Stamp(NamedTuple):
    """What changes with a file: its size in bytes, its time in nanoseconds, which file it is, and its rights."""

    size: int
    time: int
    inode: int
    mode: int


Stamps = tuple[Stamp, Stamp | None]
"""Those of a paper and of the description beside it."""


class _Waiting(NamedTuple):
    stamps: Stamps
    since: float


@dataclass
class Arrivals:
    """The papers of a folder that were not taken yet, and the stamps of those that were.

    `quiet` is how many seconds a paper has to be left alone; `may_be_taken` says which files are papers at all. Times
    are those of a clock that nobody sets (`time.monotonic`).
    """

    folder: Path
    quiet: float
    may_be_taken: Callable[[Path], bool] = lambda _: True
    waiting: dict[Path, _Waiting] = field(default_factory=dict)
    taken: dict[Path, Stamps] = field(default_factory=dict)
    vanished: set[Path] = field(default_factory=set)
    left_out: set[Path] = field(default_factory=set)

    def look(self, now: float) -> None:
        """Note everything that is in the folder, and what is not there any more."""
        self.left_out.clear()
        for path in (*self._files(self.folder), *list(self.taken), *list(self.waiting)):
            self.note(path, now)

    def note(self, path: Path, now: float) -> None:
        """Note that something happened at a path, whatever it was."""
        if path.is_dir():
            for file in self._files(path):
                self.note(file, now)
            return
        if path.name.endswith(SIDECAR_SUFFIX):
            path = path.with_name(path.name.removesuffix(SIDECAR_SUFFIX))
        if not _is_finished(path, self.folder) or not self.may_be_taken(path):
            self.left_out.add(path)
            return
        stamps = stamps_of(path)
        if stamps is None:
            self._gone(path)
        elif self.taken.get(path) == stamps:
            self.waiting.pop(path, None)
        elif path not in self.waiting or self.waiting[path].stamps != stamps:
            self.waiting[path] = _Waiting(stamps, now)

    def complete(self, now: float) -> list[Path]:
        """Return the papers that were left alone for long enough, in order."""
        for path in list(self.waiting):
            self.note(path, now)
        return sorted(path for path, one in self.waiting.items() if now - one.since >= self.quiet)

    def take(self, path: Path, stamps: Stamps) -> None:
        """Note that a paper was taken as it was; where it is another one by now, it waits again."""
        self.taken[path] = stamps
        if path in self.waiting and self.waiting[path].stamps == stamps:
            del self.waiting[path]

    def _gone(self, path: Path) -> None:
        """Note that nothing lies at a path: a paper vanished, or a folder with all that was in it."""
        below = [one for one in (*self.taken, *self.waiting) if one == path or path in one.parents]
        for one in below:
            self.waiting.pop(one, None)
            if self.taken.pop(one, None) is not None:
                self.vanished.add(one)

    def _files(self, folder: Path) -> Iterator[Path]:
        for place, _, names in os.walk(folder):
            yield from (Path(place, name) for name in sorted(names))


def stamps_of(path: Path) -> Stamps | None:
    """Return the stamps of a paper, None where there is no such file, or none that can be looked at."""
    paper = _stamp(path)
    return (paper, _stamp(path.with_name(path.name + SIDECAR_SUFFIX))) if paper else None


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ino, found.st_mode)


def _is_finished(path: Path, folder: Path) -> bool:
    """Return whether the name of a file says that somebody has finished it; folders that are hidden count too."""
    try:
        parts = path.relative_to(folder).parts
    except ValueError:
        return False
    return not any(part.startswith(_HIDDEN) for part in parts) and not path.name.lower().endswith(_UNFINISHED)
