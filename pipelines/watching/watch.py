"""Ingestion as papers arrive: notifications of a folder, or polling, start runs over what is new or changed in it.

A paper is left alone until it did not change over a quiet period, as those of a configured folder are.
"""

import logging
import os
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from configs.settings import Settings
from configs.sources import Deletions, GivenFolder
from configs.system.errors import UnavailableError, UsageError
from extractors.document import Value
from pipelines.ingest.deletion import MassDeletionError
from pipelines.ingest.report import IngestReport
from pipelines.ingest.runs import ingest_found
from pipelines.sources.given import Found, Given, find_given

_log = logging.getLogger(__name__)

QUIET_SECONDS = 2.0
POLL_SECONDS = 5.0
_SHORTEST_TICK = 0.1
_LOOK_SECONDS = 3600.0
"""Interval of listing the folder without a notification: they are lost where too many come at once."""
_DELETE_AFTER = 5
"""Quiet periods after which papers that vanished are deleted: a folder that is emptied slowly meets the guard whole."""
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
"""Seconds until what could not be done is tried again: another process writes the index, or a disk is full."""
_UNFINISHED = ("part", "partial", "crdownload", "download", "filepart", "tmp")
"""How the names of files end that browsers and copying programs have not finished."""
_LEFT_OUT = ("**/.*", "**/~$*", *(f"**/*.{ending}" for ending in _UNFINISHED))
"""Files that nobody has finished, and names that belong to a program: locks, copies that rsync writes, thumbnails."""
_MOUNTS = Path("/proc/mounts")
_REMOTE = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "davfs", "9p"),
        *("virtiofs", "vboxsf", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.davfs2", "fuse.glusterfs"),
        "fuse.vmhgfs-fuse",
    }
)
"""Types of file systems of other machines, which do not notify this one."""
_ESCAPED = re.compile(r"\\([0-7]{3})")
"""How spaces and the like stand in the names of mounts; proc(5)."""
_DEBOUNCE_MS = 200
"""Changes so close to each other are yielded together: a paper that is copied is written in thousands of pieces."""
_STEP_MS = 50


class WatchOptions(Value):
    """How a folder is watched.

    `quiet` are the seconds that a paper has to be left alone; `poll` is the interval of polling in seconds, None where
    the system notifies. Without `delete_missing` no paper is deleted.
    """

    quiet: float = QUIET_SECONDS
    poll: float | None = None
    delete_missing: bool = False


class WatchSummary(Value):
    """What was done while a folder was watched, in documents; `seconds` is how long that was."""

    runs: int
    indexed: int
    failed: int
    deleted: int
    seconds: float


def poll_seconds(folder: Path, *, forced: bool, every: float = POLL_SECONDS) -> float | None:
    """Return the interval in seconds at which a folder has to be polled; None where the system notifies of changes.

    Of what other machines write to a share it does not.
    """
    return every if forced or network_share(folder) else None


def watched_folder(name: Path) -> Path:
    """Return the folder that is named, absolute; raises `UsageError` for one that cannot be watched, or is none."""
    folder = Path(os.path.abspath(name))  # noqa: PTH100 - keeps links as named
    if folder.resolve() == Path(folder.anchor):
        raise UsageError(f"{name}: is the root of the file system", "name the folder that papers come into")
    if not folder.exists():
        raise UnavailableError(f"{name}: no such folder", "check the path, and that its disk is mounted")
    if not folder.is_dir():
        raise UsageError(f"{name}: is no folder", "name the folder that papers come into; ingest takes single files")
    return folder


def watch(
    settings: Settings,
    folder: Path,
    options: WatchOptions,
    *,
    passwords: Sequence[str] = (),
    ingested: Callable[[IngestReport], None] = lambda _: None,
    notify: Callable[[str], None] = lambda _: None,
    until: tuple[type[BaseException], ...] = (KeyboardInterrupt,),
) -> WatchSummary:
    """Ingest what is in a folder, then what arrives, `until` one of these is raised; return what was done by then.

    `ingested` gets the report of each run, `notify` what a person should know meanwhile. What a run had finished when
    it was interrupted is kept. Raises `UnavailableError` where the folder cannot be watched, `MismatchError` and
    `ConfigError` as `ingest` does; where the home cannot be written, or another process writes its index, it is tried
    again.
    """
    watcher = _Watcher(settings, folder, options, (*passwords, *settings.document_passwords), ingested, notify)
    began = time.monotonic()
    try:
        watcher.run()
    except until:
        _log.debug("%s: is not watched any more", folder)
    return watcher.summary(time.monotonic() - began)


@dataclass
class _Watcher:
    settings: Settings
    folder: Path
    options: WatchOptions
    passwords: Sequence[str]
    ingested: Callable[[IngestReport], None]
    notify: Callable[[str], None]
    reports: list[IngestReport] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    """The fingerprints with which papers were ingested, by their URIs."""
    closed: Collection[str] = ()
    """The URIs of papers that cannot be read."""
    pause: float = _FIRST_PAUSE
    not_before: float = 0.0
    last_change: float = 0.0
    last_look: float = 0.0
    is_due: bool = True
    """Whether the folder is to be listed."""
    checks_missing: bool = True

    def run(self) -> None:
        """Watch without end."""
        for changed in self._changes():
            now = time.monotonic()
            if changed or now - self.last_look > _LOOK_SECONDS:
                self.is_due = True
            if self.is_due:
                self.last_change = now
            if now < self.not_before:
                continue
            if self.is_due:
                self._try(self._ingest)
            elif self._has_to_delete(now):
                self._try(self._delete)

    def summary(self, seconds: float) -> WatchSummary:
        """Return what was done."""
        return WatchSummary(
            runs=len(self.reports),
            indexed=sum(one.indexed for one in self.reports),
            failed=sum(one.failed for one in self.reports),
            deleted=sum(one.deleted for one in self.reports),
            seconds=round(seconds, 3),
        )

    def _changes(self) -> Iterator[set[Path]]:
        """Yield what changes; where the folder is away, or another one is in its place, wait and look again."""
        tick = max(_SHORTEST_TICK, self.options.quiet / 4)
        while True:
            self.is_due = True  # what came before it was watched
            yield from _changes(self.folder, poll_seconds=self.options.poll, tick_seconds=tick)
            if not self.folder.is_dir():
                self.notify(f"{self.folder}: is not there; nothing is deleted, and watching goes on when it is back")
                while not self.folder.is_dir():
                    time.sleep(tick)
                self.notify(f"{self.folder}: is back")
            self.checks_missing = True

    def _try(self, act: Callable[[], None]) -> None:
        """Do something that the home or a service may not let be done: then it is tried again later."""
        try:
            act()
        except UnavailableError as error:
            self.notify(f"{error}; trying again in {self.pause:.0f} s")
            self.not_before = time.monotonic() + self.pause
            self.pause = min(2 * self.pause, _LONGEST_PAUSE)
        else:
            self.pause = _FIRST_PAUSE

    def _ingest(self) -> None:
        """Ingest papers that are at rest and new, or not as they were; others wait for the next listing."""
        found = self._listed(self.known)
        self._leave_closed(found)
        if self.known:
            found.roots.clear()  # what was ingested before is not among it
        if found.sources:
            self._run(found)
        self.checks_missing |= not self.known.keys() <= found.fingerprints.keys()
        self.known, self.is_due, self.last_look = found.fingerprints, not found.is_at_rest, time.monotonic()

    def _leave_closed(self, found: Found) -> None:
        """Leave papers that this user may not read until that changes, and say so once."""
        closed = {one.uri: one.path for one in found.sources if one.path and not os.access(one.path, os.R_OK)}
        for path in {path for uri, path in closed.items() if uri not in self.closed}:
            self.notify(f"{path}: cannot be read (check its rights)")
        found.sources = [one for one in found.sources if one.uri not in closed]
        for uri in closed:
            found.fingerprints.pop(uri, None)
        self.closed = closed.keys()

    def _has_to_delete(self, now: float) -> bool:
        is_quiet = now - self.last_change >= _DELETE_AFTER * self.options.quiet
        return self.options.delete_missing and self.checks_missing and is_quiet

    def _delete(self) -> None:
        """Delete the papers that are not there any more, unless they are too many."""
        try:
            self._run(self._listed({}, policy="delete"))
        except MassDeletionError as error:
            self._add(error.report)
            self.notify(f"{error}; they are kept while the folder is watched")
        self.checks_missing = False

    def _run(self, found: Found) -> None:
        self._add(ingest_found(self.settings, found, str(self.folder), passwords=self.passwords))

    def _listed(self, known: Mapping[str, str], *, policy: Literal["keep", "delete"] = "keep") -> Found:
        source = GivenFolder(
            path=self.folder,
            exclude=_LEFT_OUT,
            follow_links=self.settings.follow_links,
            quiet_seconds=self.options.quiet,
            deletions=Deletions(policy=policy),
        )
        return find_given([Given(str(self.folder), source)], self.settings, self.passwords, known=known)

    def _add(self, report: IngestReport) -> None:
        self.reports.append(report)
        self.ingested(report)


def _changes(folder: Path, *, poll_seconds: float | None, tick_seconds: float) -> Iterator[set[Path]]:
    """Yield the paths at which something changed in a folder and below it; an empty set after each tick without.

    With `poll_seconds` the folder is polled at this interval, which network shares need; without, the system notifies.
    Ends where the folder is not there any more, and raises `KeyboardInterrupt` where the program is to end. Raises
    `UnavailableError` where the folder cannot be watched.
    """
    from watchfiles import watch

    watching = watch(
        folder,
        watch_filter=None,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        rust_timeout=max(_STEP_MS, round(tick_seconds * 1000)),
        yield_on_timeout=True,
        force_polling=poll_seconds is not None,
        poll_delay_ms=round((poll_seconds or tick_seconds) * 1000),
        ignore_permission_denied=True,
    )
    place = _identity(folder)
    try:
        for found in watching:
            yield {Path(path) for _, path in found}
            if _identity(folder) != place:  # gone, or another disk is mounted there
                return
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unwatchable(folder, error) from error


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _unwatchable(folder: Path, error: OSError) -> UnavailableError:
    message = f"{folder}: cannot be watched: {error.strerror or error}"
    return UnavailableError(message, "add --polling, or raise fs.inotify.max_user_watches")


def network_share(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """Return the type of the file system of another machine that a path lies on, such as `cifs` or `nfs4`.

    None for one of this machine, and where the system does not tell what is mounted.
    """
    path = path.resolve()
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    found = (line.split(" ") for line in lines)
    at = [(Path(_plain(fields[1])), fields[2]) for fields in found if len(fields) > 2]  # noqa: PLR2004 - device, place, type
    inside = [(len(place.parts), number, kind) for number, (place, kind) in enumerate(at) if path.is_relative_to(place)]
    kind = max(inside)[2] if inside else ""  # of several at one place the last counts
    return kind if kind in _REMOTE else None


def _plain(place: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), place)
