"""A walk through a folder on this machine: its files with sizes and times, and the parts that cannot be listed.

It calls `stat` once for each file, and continues after a folder that cannot be listed, which it reports.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from configs.system.files import IrregularFileError, expanded, refuse_irregular
from configs.system.progress import step_done
from configs.system.pseudo_files import pseudo_file_system
from extractors.containers.opening import SIDECAR_SUFFIX
from pipelines.sources.connectors.contract import IRREGULAR, LINK, ListingProblem, SourceAwayError
from pipelines.sources.errors import may_pass
from pipelines.sources.inside import NOTHING_THERE, sidecar_path

_FSTAB = Path("/etc/fstab")
_AWAY = frozenset(
    {
        *(errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ENODEV, errno.ENXIO, errno.ECONNRESET, errno.ECONNABORTED),
        *(errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ETIMEDOUT, errno.ESHUTDOWN),
    }
)
"""Error numbers of a file system that lost its server or its disk."""
_REMEDY = "check that the folder is there, that its disk or share is mounted, and that this user may read it"
_CHECK_FILE = "check that it exists and that this user may read it"


class FoundFile(NamedTuple):
    """A file by its path within the folder, as the system names it, with its state and that of its sidecar."""

    path: str
    found: os.stat_result
    sidecar: os.stat_result | None

    @property
    def id(self) -> str:
        """Its path as text."""
        return as_text(self.path)

    @property
    def changed(self) -> list[float]:
        """The times of change of both, in seconds since 1970."""
        return [found.st_mtime for found in (self.found, self.sidecar) if found]


class FolderWalk:
    """One pass through a folder; `accepts_file` and `enters_folder` select files and folders by path.

    A link is followed if it leads to a file within the folder; with `follow_links`, to any file. `problems` are the
    parts that could not be listed, and, as skipped, other links and special files. Their content is unknown, so nothing
    below them counts as missing.
    """

    def __init__(
        self,
        top: Path,
        *,
        follow_links: bool,
        accepts_file: Callable[[str], bool] = lambda _: True,
        enters_folder: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.top = top
        self.problems: list[ListingProblem] = []
        self._real, self._follow_links = top.resolve(), follow_links
        self._accepts_file, self._enters_folder = accepts_file, enters_folder
        self._plain: dict[int, bool] = {}

    def file(self, name: str) -> Iterator[FoundFile]:
        """Yield the file of this name, following any link; nothing for a sidecar.

        Raises `SourceAwayError` if it is missing, is not a regular file, or must not be read.
        """
        path = self.top / name
        try:
            refuse_irregular(path)
            if not os.access(path, os.R_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            found, sidecar = path.stat(), self._sidecar_stat(path)
        except OSError as error:
            remedy = "name a file or a folder" if isinstance(error, IrregularFileError) else _CHECK_FILE
            raise SourceAwayError(f"{as_text(str(path))}: cannot be read: {error.strerror}", remedy) from error
        if not name.endswith(SIDECAR_SUFFIX):
            yield FoundFile(name, found, sidecar)

    def files(self) -> Iterator[FoundFile]:
        """Yield the files, those of a folder by name; raises `SourceAwayError` for the top folder.

        Sidecars come with the files that they describe.
        """
        before = stat_top(self.top)
        yield from self._below()
        after = stat_top(self.top)
        if (before.st_dev, before.st_ino) != (after.st_dev, after.st_ino):
            raise SourceAwayError(
                f"{as_text(str(self.top))}: another folder took its place while it was listed", _REMEDY
            )

    def follows(self, path: Path) -> bool:
        """Return whether a path is read; a path that is not is recorded as skipped."""
        if not self._leads_out(path):
            return True
        self._skip(path, LINK)
        return False

    def _leads_out(self, path: Path) -> bool:
        """Return whether a path is a broken link, or a link out of the folder that is not followed."""
        if not os.path.islink(path):  # noqa: PTH114 - that of Path raises for a name that is too long to be there
            return False
        return not path.exists() or not (self._follow_links or path.resolve().is_relative_to(self._real))

    def _below(self) -> Iterator[FoundFile]:
        """Yield the files of each folder before those of its subfolders."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            step_done()
            try:
                with os.scandir(self.top / folder) as listed:
                    entries = {entry.name: entry for entry in listed}
            except OSError as error:
                self._note_error(folder, error)
                continue
            folders = []
            for name in sorted(entries):
                path = f"{folder}/{name}" if folder else name
                if entries[name].is_dir(follow_symlinks=False):
                    folders.append(path)
                elif not name.endswith(SIDECAR_SUFFIX) and self._accepts_file(path):
                    yield from self._file(path, entries[name], entries.get(name + SIDECAR_SUFFIX))
            waiting += [path for path in reversed(folders) if self._enters_folder(path)]

    def _file(self, path: str, entry: os.DirEntry[str], beside: os.DirEntry[str] | None) -> Iterator[FoundFile]:
        step_done()
        try:
            found = self._stat(entry)
            sidecar = self._stat(beside) if beside and found else None
        except OSError as error:
            self._note_error(path, error)
            return
        if found:
            yield FoundFile(path, found, sidecar)

    def _stat(self, entry: os.DirEntry[str]) -> os.stat_result | None:
        """Return the `stat` of a file, None if it is not selected; raises `OSError`."""
        if entry.is_symlink() and not self.follows(Path(entry.path)):
            return None
        try:
            found = entry.stat()
        except FileNotFoundError:
            return None  # it was deleted since its folder was listed
        if stat.S_ISDIR(found.st_mode):
            self._skip(Path(entry.path), LINK)
            return None
        device = found.st_dev
        if device not in self._plain:  # files of virtual file systems look regular
            self._plain[device] = pseudo_file_system(device) is None
        is_plain = stat.S_ISREG(found.st_mode) and self._plain[device]
        return found if is_plain or self._is_regular(Path(entry.path)) else None

    def _is_regular(self, path: Path) -> bool:
        """Return whether a path is a regular file; a special file is recorded as skipped. Raises `OSError`."""
        try:
            refuse_irregular(path)
        except IrregularFileError:
            self._skip(path, IRREGULAR)
            return False
        except (FileNotFoundError, IsADirectoryError):
            return False  # its type has changed since its folder was listed
        return True

    def _sidecar_stat(self, path: Path) -> os.stat_result | None:
        """Return the `stat` of the sidecar of a file, None without one; raises `OSError`."""
        beside = sidecar_path(path)
        try:
            return beside.stat() if self.follows(beside) and self._is_regular(beside) else None
        except OSError as error:
            if error.errno in NOTHING_THERE:
                return None
            raise

    def _note_error(self, path: str, error: OSError) -> None:
        """Record a path that cannot be listed or read; raises `SourceAwayError` for the top folder."""
        if error.errno in _AWAY or not path:
            raise unavailable(self.top, error) from error
        if error.errno != errno.ENOENT:
            self._note(path, f"cannot be read: {error.strerror}")

    def _note(self, path: str, reason: str, *, skipped: bool = False) -> None:
        place = as_text(path)
        self.problems.append(ListingProblem(place=place, reason=reason, within=place, skipped=skipped))

    def _skip(self, path: Path, reason: str) -> None:
        self._note(os.path.relpath(path, self.top), reason, skipped=True)


def as_text(path: str) -> str:
    r"""Return a path as text in the form of its URI: invalid bytes of a name become `\xff`."""
    if path.isascii():  # the usual case: this is called several times for each file
        return path
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def stat_top(top: Path) -> os.stat_result:
    """Return the `stat` of the folder of a source.

    Raises `SourceAwayError` if it is missing, is not a folder, cannot be listed, or lies on a disk that is not mounted.
    """
    try:
        with os.scandir(top):
            found = top.stat()
    except OSError as error:
        raise unavailable(top, error) from error
    except ValueError as error:
        raise SourceAwayError(f"{as_text(str(top))}: its name holds a NUL", _REMEDY) from error
    for place in _unmounted(top):
        raise SourceAwayError(f"{as_text(str(top))}: nothing is mounted at {place}, as it should be", _REMEDY)
    return found


def unavailable(top: Path, error: OSError) -> SourceAwayError:
    """Return the error for a folder that cannot be listed at all."""
    message = f"{as_text(str(top))}: cannot be read: {error.strerror}"
    return SourceAwayError(message, _REMEDY, may_pass=may_pass(error))


def is_unavailable(error: OSError) -> bool:
    """Return whether an error means that a file system lost its server or disk."""
    return error.errno in _AWAY


def _unmounted(top: Path) -> Iterator[Path]:
    """Yield the mount points that contain a folder and where nothing is mounted, from the system's table."""
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
