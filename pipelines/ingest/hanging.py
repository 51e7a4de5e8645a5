"""Ends a run that hangs: detects it by its heartbeat, ends its processes, and records why it ended.

Such a run made no progress for longer than `Settings.hanging_seconds`: its process was stopped, or waits for a disk or
a server that does not respond. A run that waits for the home has no heartbeat yet, so it never counts as hanging.
"""

import logging
import os
import signal
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from pathlib import Path

from configs.settings import Settings
from configs.sources import load_sources
from configs.system.errors import BusyError, CustomsLensError
from pipelines.ingest.heartbeat import Beat, run_at_work
from pipelines.ingest.last_runs import note_hanging
from pipelines.processes import descendants, send_signal
from pipelines.storage.opening import open_storage
from pipelines.workspace import is_writer

_log = logging.getLogger(__name__)

_END_SECONDS = {signal.SIGTERM: 3.0, signal.SIGKILL: 30.0}
"""Time for a process to end after each signal; on a busy machine the system needs a while even for SIGKILL."""
_POLL_SECONDS = 0.1


class HangingError(BusyError):
    """A run that hangs, with its id and process; `ended` tells whether it has released the home (exit code 3)."""

    def __init__(self, beat: Beat, state: str, remedy: str, *, ended: bool = False) -> None:
        self.run, self.pid, self.ended = beat.run, beat.pid, ended
        since, minutes = f"{beat.progressed:%Y-%m-%d %H:%M} UTC", round(beat.still_seconds / 60)
        for_how_long = "1 minute" if minutes == 1 else f"{minutes} minutes"
        message = f"process {beat.pid} made no progress since {since} ({for_how_long}), and {state}"
        super().__init__(f"{beat.source or beat.run}: {message}", remedy)


def end_hanging(
    settings: Settings, *, known: Collection[str] = (), waiting: Callable[[], Sequence[str]] = tuple
) -> HangingError | None:
    """End the run that holds a home, with its child processes, where it hangs; return None where none does.

    It is logged and recorded whether it can be ended or not: the system cannot end a process that waits for a disk that
    is gone, and one of another user is left to people. Runs whose ids are `known` are ignored; `waiting` returns the
    names of the sources that wait for the home.
    """
    beat = run_at_work(settings.home)
    if beat is None or beat.run in known or beat.still_seconds < settings.hanging_seconds:
        return None
    try:
        is_ours = Path(f"/proc/{beat.pid}").stat().st_uid == os.geteuid()
        if not is_writer(settings.home, beat.pid):
            return None
    except OSError:  # it ended meanwhile
        return None
    others = f"; {', '.join(names)} wait for it" if (names := waiting()) else ""
    if not is_ours:
        remedy = f"as that user: kill {beat.pid}, and where that does not help, kill -KILL {beat.pid}"
        found = HangingError(beat, f"belongs to another user{others}", remedy)
    elif _end(beat.pid):
        remedy = "see whether its folder or server answers; what it did is kept, and its next run goes on"
        found = HangingError(beat, "was ended", remedy, ended=True)
    else:
        place = _place_of(settings, beat.source)
        remedy = "bring back that disk or share, or restart the machine"
        found = HangingError(beat, f"cannot be ended: it waits for {place}{others}", remedy)
    _log.error("%s", found)
    note_hanging(settings.home, beat.source, found, began=beat.started)
    try:
        with closing(open_storage(settings).open_ledger(write=False)) as ledger:
            ledger.mark_killed(beat.run, "hanging", cause="fails", reason=str(found), seconds=beat.seconds)
    except CustomsLensError as error:  # the next run marks it as interrupted
        _log.warning("run %s is not recorded as hanging: %s", beat.run, error)
    return found


def _end(pid: int) -> bool:
    """End a process and its descendants; return whether it is gone. A stopped process does not react to SIGTERM."""
    for number, seconds in _END_SECONDS.items():
        send_signal([pid, *descendants(pid)], number)
        give_up = time.monotonic() + seconds
        while not _is_gone(pid) and time.monotonic() < give_up:
            time.sleep(_POLL_SECONDS)
    return _is_gone(pid)


def _is_gone(pid: int) -> bool:
    """Return whether a process has ended; its parent may not have waited for it yet."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX"
    return True


def _place_of(settings: Settings, source: str) -> str:
    """Return the folder of a source and its mount point; the folder is not accessed, as its disk may be gone."""
    place = Path(source.removeprefix("file://"))
    with suppress(CustomsLensError):
        found = {one.name: getattr(one, "path", None) for one in load_sources(settings.home, settings.blobs)}
        place = Path(found.get(source) or place)
    place = place.expanduser() if place.is_absolute() or place.parts[:1] == ("~",) else settings.home
    lines = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines()
    points = [line.split()[4].replace("\\040", " ") for line in lines]
    return f"{place} (mounted at {max((one for one in points if place.is_relative_to(one)), key=len)})"
