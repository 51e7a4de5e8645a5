"""What a folder on this machine holds: its files with their sizes and times, and the parts that nobody can list.

Unlike the walk of a SOURCE (`pipelines.sources.folders`), whose rules for links and odd files it shares, it asks the
system once for each file, goes on after a folder that cannot be listed, and names it.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from configs.files import expanded
from configs.pseudo_files import pseudo_file_system
from extractors.containers.opening import SIDECAR_SUFFIX
from pipelines.sources.connectors.contract import ListingProblem, SourceAwayError
from pipelines.sources.errors import may_pass
from pipelines.sources.folders import Folder

_FSTAB = Path("/etc/fstab")
_AWAY = frozenset(
    {
        *(errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ENODEV, errno.ENXIO, errno.ECONNRESET, errno.ECONNABORTED),
        *(errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ETIMEDOUT, errno.ESHUTDOWN),
    }
)
"""What the system says of a file system that lost its server or its disk."""
_REMEDY = "check that the folder is there, that its disk or share is mounted, and that this user may read it"


class FoundFile(NamedTuple):
    """A file by its path within the folder, as the system names it, and what it and its sidecar look like."""

    path: str
    found: os.stat_result
    sidecar: os.stat_result | None


class FolderWalk:
    """One pass through a folder.

    `problems` are the parts of it that could not be listed, `skipped` the paths of links that are not followed and of
    what is no regular file. Of neither is it known what lies there, or will once a disk is mounted again.
    """

    def __init__(self, top: Path, *, follow_links: bool, leads_to: Callable[[str], bool]) -> None:
        self.top = top
        self.problems: list[ListingProblem] = []
        self.skipped: list[str] = []
        self._folder = Folder(top, follow_links=follow_links)
        self._leads_to = leads_to
        self._plain: dict[int, bool] = {}

    def files(self) -> Iterator[FoundFile]:
        """Yield the files, those of a folder by their names; raises `SourceAwayError` for the top.

        Links are followed as those of a SOURCE are, sidecars come with the files that they describe.
        """
        before = reach(self.top)
        yield from self._below()
        after = reach(self.top)
        if (before.st_dev, before.st_ino) != (after.st_dev, after.st_ino):
            raise SourceAwayError(
                f"{as_text(str(self.top))}: another folder took its place while it was listed", _REMEDY
            )
        self._folder.report()
        for path in (*self._folder.skipped, *self._folder.irregular):
            self.skipped.append(os.path.relpath(path, self.top))

    def _below(self) -> Iterator[FoundFile]:
        """Yield the files of each folder before those of the folders in it."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(self.top / folder) as listed:
                    entries = {entry.name: entry for entry in listed}
            except OSError as error:
                self._refused(folder, error)
                continue
            folders = []
            for name in sorted(entries):
                path = f"{folder}/{name}" if folder else name
                if entries[name].is_dir(follow_symlinks=False):
                    folders.append(path)
                elif not name.endswith(SIDECAR_SUFFIX) and (
                    file := self._file(path, entries[name], entries.get(name + SIDECAR_SUFFIX))
                ):
                    yield file
            waiting += [path for path in reversed(folders) if self._leads_to(path)]

    def _file(self, path: str, entry: os.DirEntry[str], beside: os.DirEntry[str] | None) -> FoundFile | None:
        try:
            found = self._look_at(entry)
            sidecar = self._look_at(beside) if beside and found else None
        except OSError as error:
            self._refused(path, error)
            return None
        return FoundFile(path, found, sidecar) if found else None

    def _look_at(self, entry: os.DirEntry[str]) -> os.stat_result | None:
        """Return what the system says of a file, None for what is not taken; raises `OSError`."""
        if entry.is_symlink() and not self._folder.follows(Path(entry.path)):
            return None
        try:
            found = entry.stat()
        except FileNotFoundError:
            return None  # it is gone since its folder was listed
        if stat.S_ISDIR(found.st_mode):
            self._folder.skipped.append(Path(entry.path))
            return None
        device = found.st_dev
        if device not in self._plain:  # what the system makes up looks regular
            self._plain[device] = pseudo_file_system(device) is None
        is_plain = stat.S_ISREG(found.st_mode) and self._plain[device]
        return found if is_plain or self._folder.is_regular(Path(entry.path)) else None

    def _refused(self, path: str, error: OSError) -> None:
        """Note what cannot be listed or looked at; raises `SourceAwayError` where that is all of it."""
        if error.errno in _AWAY or not path:
            raise away(self.top, error) from error
        if error.errno != errno.ENOENT:
            self._note(path, f"cannot be read: {error.strerror}")

    def _note(self, path: str, reason: str) -> None:
        place = as_text(path)
        self.problems.append(ListingProblem(place=place, reason=reason, within=place))


def as_text(path: str) -> str:
    r"""Return a path as text, in the form that it has in a URI: bytes of a name that are none become `\xff`."""
    if path.isascii():  # as nearly all: each file is asked about several times
        return path
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def reach(top: Path) -> os.stat_result:
    """Return what the system says of the folder of a source.

    Raises `SourceAwayError` where it is not there, is no folder, cannot be listed, or where a disk is to be mounted and
    is not.
    """
    try:
        with os.scandir(top):
            found = top.stat()
    except OSError as error:
        raise away(top, error) from error
    except ValueError as error:
        raise SourceAwayError(f"{as_text(str(top))}: its name holds a NUL", _REMEDY) from error
    for place in _unmounted(top):
        raise SourceAwayError(f"{as_text(str(top))}: nothing is mounted at {place}, as it should be", _REMEDY)
    return found


def away(top: Path, error: OSError) -> SourceAwayError:
    """Return the error of a folder that cannot be listed as a whole."""
    message = f"{as_text(str(top))}: cannot be read: {error.strerror}"
    return SourceAwayError(message, _REMEDY, may_pass=may_pass(error))


def is_away(error: OSError) -> bool:
    """Return whether an error says that a file system lost its server or disk."""
    return error.errno in _AWAY


def _unmounted(top: Path) -> Iterator[Path]:
    """Yield the mount points of the system's table that a folder lies in, and where nothing is mounted."""
    try:
        lines = _FSTAB.read_text(errors="replace").splitlines()
    except OSError:
        return
    named = {
        fields[1].replace("\\040", " ") for line in lines if len(fields := line.split()) > 1 and fields[0][0] != "#"
    }
    whole = Path(os.path.abspath(expanded(top)))  # noqa: PTH100 - keeps links as named
    for place in (whole, *whole.parents):
        if str(place) in named and not os.path.ismount(place):
            yield place
