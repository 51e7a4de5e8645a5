"""Ingestion as papers arrive: a folder is watched, and what is complete is ingested by ordinary runs."""

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from configs.errors import UnavailableError, UsageError
from configs.files import open_regular
from configs.settings import Settings
from extractors.document import Value
from pipelines.ingest.deletion import MassDeletionError
from pipelines.ingest.report import IngestReport
from pipelines.ingest.runs import ingest
from pipelines.sources.folders import Folder
from pipelines.sources.source import uri_of
from pipelines.watching.arrivals import Arrivals, stamps_of
from pipelines.watching.changes import changes
from pipelines.watching.mounts import network_share
from pipelines.workspace import is_own

_log = logging.getLogger(__name__)

QUIET_SECONDS = 2.0
POLL_SECONDS = 5.0
_SHORTEST_TICK = 0.1
_LOOK_SECONDS = 3600.0
"""Interval of comparing the whole folder: notifications are lost where too many come at once."""
_DELETE_AFTER = 5
"""Quiet periods after which papers that vanished are deleted: a folder that is emptied slowly meets the guard whole."""
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
"""Seconds until what could not be done is tried again: another process writes the index, or a disk is full."""
_AT_A_TIME = 1 << 20


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
    watcher = _Watcher(settings, folder, options, passwords, ingested, notify)
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
    pause: float = _FIRST_PAUSE
    not_before: float = 0.0
    last_change: float = 0.0
    last_look: float = 0.0
    checks_missing: bool = True
    is_first: bool = True

    def __post_init__(self) -> None:
        self.arrivals = Arrivals(self.folder, self.options.quiet, self._may_be_taken)
        self.files = Folder(self.folder, follow_links=self.settings.follow_links)

    def run(self) -> None:
        """Watch without end."""
        for changed in self._changes():
            now = time.monotonic()
            if now - self.last_look > _LOOK_SECONDS:
                self._look(now)
            for path in changed:
                self.arrivals.note(path, now)
            if self.arrivals.waiting or changed:
                self.last_change = now
            if now < self.not_before:
                continue
            if complete := self.arrivals.complete(now):
                self._try(partial(self._ingest, complete))
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
            watching = changes(self.folder, poll_seconds=self.options.poll, tick_seconds=tick)
            for number, changed in enumerate(watching):
                if not number:  # what came before it was watched
                    self._look(time.monotonic())
                yield changed
            if not self.folder.is_dir():
                self.notify(f"{self.folder}: is not there; nothing is deleted, and watching goes on when it is back")
                while not self.folder.is_dir():
                    time.sleep(tick)
                self.notify(f"{self.folder}: is back")
            self.checks_missing = True

    def _look(self, now: float) -> None:
        self.files.skipped.clear()
        self.arrivals.look(now)
        self.last_look = self.last_change = now

    def _may_be_taken(self, path: Path) -> bool:
        return not is_own(uri_of(str(path)), self.settings.home) and self.files.follows(path)

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

    def _ingest(self, papers: Sequence[Path]) -> None:
        """Ingest papers that are complete; one that changed meanwhile waits to be read again."""
        before = {path: (stamps_of(path), _sha256(path)) for path in papers}
        readable = [path for path, (stamps, digest) in before.items() if stamps and digest]
        for path in before.keys() - set(readable):
            self._leave(path)
        if not readable:
            return
        whole = self.is_first and not self.arrivals.left_out and len(readable) == len(self.arrivals.waiting)
        self._run([self.folder] if whole else readable)
        self.is_first = False
        for path in readable:
            stamps, digest = before[path]
            if stamps and _sha256(path) == digest:
                self.arrivals.take(path, stamps)
            self.arrivals.note(path, time.monotonic())

    def _leave(self, path: Path) -> None:
        """Leave a paper that cannot be read until it changes, and say so once."""
        if stamps := stamps_of(path):
            self.notify(f"{path}: cannot be read (check its rights)")
            self.arrivals.take(path, stamps)

    def _has_to_delete(self, now: float) -> bool:
        if not self.options.delete_missing or self.arrivals.waiting:
            return False
        is_due = self.checks_missing or bool(self.arrivals.vanished)
        return is_due and now - self.last_change >= _DELETE_AFTER * self.options.quiet

    def _delete(self) -> None:
        """Delete the papers that are not there any more, unless they are too many."""
        try:
            self._run([self.folder], delete_missing=True)
        except MassDeletionError as error:
            self._add(error.report)
            self.notify(f"{error}; they are kept while the folder is watched")
        self.arrivals.vanished.clear()
        self.checks_missing = False

    def _run(self, names: Sequence[Path], *, delete_missing: bool = False) -> None:
        self._add(
            ingest(self.settings, [str(one) for one in names], passwords=self.passwords, delete_missing=delete_missing)
        )

    def _add(self, report: IngestReport) -> None:
        self.reports.append(report)
        self.ingested(report)


def _sha256(path: Path) -> str | None:
    """Return the sha256 of a file's bytes, None where they cannot be read."""
    digest = hashlib.sha256()
    try:
        with open_regular(path) as file:
            while piece := file.read(_AT_A_TIME):
                digest.update(piece)
    except OSError:
        return None
    return digest.hexdigest()
