"""The heartbeat of a run: a file of the home by which a monitor tells a run that hangs from one that is slow.

`at` moves as long as the process lives, `progressed` whenever a document is done or a phase begins, and by each step
of longer work: a page that is recognised, a piece of a download, a folder or an item of a listing. A run whose process
was killed, or its machine, leaves `running` and an old `at` in the file; `read_heartbeat` says `interrupted` of it.
"""

import datetime as dt
import logging
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ValidationError

from configs.system.files import read_file, write_atomically
from extractors.document import Value
from pipelines.storage.run_records import RunStatus, state_after
from pipelines.workspace import HEARTBEAT, is_writer

_log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
"""How often a run that works writes its heartbeat."""

Phase = Literal["opening", "planning", "deleting", "working", "waiting", "closing"]


class Beat(Value):
    """What a run was doing when it last said so; times are in UTC.

    `source` is the name of a configured source or the SOURCEs of a command. `done` and `total` count documents,
    `document` is the name of the one that was done last. `seconds` is how long the run has worked, by a clock that
    nobody sets, and `step_clock` what that clock of the machine said at `progressed`; `left` is about how many more
    seconds it needs, None as long as nobody knows.
    """

    run: str
    source: str = ""
    pid: int
    host: str
    status: RunStatus
    phase: Phase
    done: int = 0
    total: int = 0
    document: str | None = None
    started: dt.datetime
    progressed: dt.datetime
    step_clock: float = 0.0
    at: dt.datetime
    seconds: float
    left: float | None = None

    @property
    def still_seconds(self) -> float:
        """How long it has made no progress; 0 for a run of another machine, which has a clock of its own."""
        return time.monotonic() - self.step_clock if self.host == socket.gethostname() else 0.0


class Heartbeat:
    """Writes the heartbeat of one run into its home: at its beginning, every few seconds, and at its end.

    Nothing is written before `begin`, which only the run that holds the home may call. A home that cannot be written
    is no reason to end the run here: the run finds out by itself.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._began = time.monotonic()
        self.ending: RunStatus = "done"
        """How the run has ended where no error ends it."""
        self._latest: dict[str, Any] = {}
        """What `progress` noted last: it is called for every document, and the file is written every few seconds."""
        self._step: dict[str, Any] = {}
        """When the work went on last."""
        now = dt.datetime.now(dt.UTC)
        self._beat = Beat(
            run="",
            pid=os.getpid(),
            host=socket.gethostname(),
            status="running",
            phase="opening",
            started=now,
            progressed=now,
            step_clock=self._began,
            at=now,
            seconds=0.0,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if self._thread is None:
            return
        self._over.set()
        self._thread.join()
        ended: RunStatus = self.ending if error is None else state_after(error)
        there = read_heartbeat(self._home)
        if there is None or there.run == self._beat.run:  # not of the next run, which may hold the home by now
            self._write(ended)

    def begin(self, run: str, source: str = "") -> None:
        """Say that a run over a source began, by its id, and go on to say that it lives until it ends."""
        self.step()
        self._beat = self._beat.model_copy(update={"run": run, "source": source})
        self._write("running")
        self._thread = threading.Thread(target=self._tick, name="heartbeat", daemon=True)
        self._thread.start()

    def phase(self, phase: Phase, *, total: int | None = None) -> None:
        """Note that a phase of the run begins; `total` is how many documents the run has."""
        with self._lock:
            known = self._latest | ({} if total is None else {"total": total})
            if phase != "working":
                known["left"] = None
            self._latest = {}
            self.step()
            self._beat = self._beat.model_copy(update={**known, "phase": phase})

    def progress(self, done: int, total: int, name: str, left: float | None = None) -> None:
        """Note that a document is done, and about how many seconds the others need."""
        self.step()
        self._latest = {"done": done, "total": total, "document": name, "left": left}

    def step(self) -> None:
        """Note that the work went on; from any thread."""
        self._step = {"progressed": dt.datetime.now(dt.UTC), "step_clock": time.monotonic()}

    def _tick(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            self._write("running")

    def _write(self, status: RunStatus) -> None:
        now, seconds = dt.datetime.now(dt.UTC), time.monotonic() - self._began
        with self._lock:
            update = {**self._latest, **self._step, "status": status, "at": now, "seconds": round(seconds, 3)}
            beat = self._beat.model_copy(update=update)
        try:
            write_atomically(self._home / HEARTBEAT, beat.model_dump_json())
        except OSError as error:
            _log.debug("%s: the heartbeat cannot be written: %s", self._home / HEARTBEAT, error)


def read_heartbeat(home: Path) -> Beat | None:
    """Return the last heartbeat of a home; None where there is none that can be read.

    One of a run whose process is gone has the status `interrupted`: such a process holds no lock of the home.
    """
    beat = _read(home)
    if beat is None or beat.status != "running" or _lives(home, beat):
        return beat
    again = _read(home)  # it may have ended before it was looked for
    if again and again.status == "running" and again.run == beat.run:
        return again.model_copy(update={"status": "interrupted"})
    return again


def run_at_work(home: Path) -> Beat | None:
    """Return the last heartbeat of the run that works on a home; None where none does.

    Runs of other homes on the same cluster have heartbeats in their own.
    """
    beat = read_heartbeat(home)
    return beat if beat and beat.status == "running" else None


def _read(home: Path) -> Beat | None:
    try:
        return Beat.model_validate_json(read_file(home / HEARTBEAT))
    except (OSError, ValidationError):
        return None


def _lives(home: Path, beat: Beat) -> bool:
    if beat.phase == "closing" and Path(f"/proc/{beat.pid}").exists():
        return True  # it gives up the home just before it says that it has ended
    try:
        return is_writer(home, beat.pid)
    except OSError:
        return True  # no rights to look
