"""The heartbeat of a run: a file of the home by which a monitor distinguishes a hanging run from a slow one.

`at` is updated as long as the process lives, `progressed` whenever a document is done, a phase begins, or a step of
longer work is done: a recognised page, a piece of a download, a folder or an item of a listing. If the process or its
machine was killed, the file keeps the status `running` and an old `at`; `read_heartbeat` returns `interrupted` then.
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
"""How often a run writes its heartbeat."""

Phase = Literal["opening", "planning", "deleting", "working", "waiting", "closing"]


class Beat(Value):
    """The state of a run at its last heartbeat; times are in UTC.

    `source` is the name of a configured source or the SOURCEs of a command. `done` and `total` count documents,
    `document` is the name of the last one done. `seconds` is the duration of the run by a monotonic clock, `step_clock`
    the value of that clock of the machine at `progressed`; `left` is the estimated number of remaining seconds, None
    while unknown.
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
        """The seconds without progress; 0 for a run of another machine, whose clock differs."""
        return time.monotonic() - self.step_clock if self.host == socket.gethostname() else 0.0


class Heartbeat:
    """Writes the heartbeat of one run into its home: at its beginning, every few seconds, and at its end.

    Nothing is written before `begin`, which only the run that holds the home may call. A home that cannot be written
    does not end the run here: the run itself reports that.
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
        if there is None or there.run == self._beat.run:  # the next run may hold the home now
            self._write(ended)

    def begin(self, run: str, source: str = "") -> None:
        """Record the start of a run over a source, by its id, and write heartbeats until it ends."""
        self.step()
        self._beat = self._beat.model_copy(update={"run": run, "source": source})
        self._write("running")
        self._thread = threading.Thread(target=self._write_regularly, name="heartbeat", daemon=True)
        self._thread.start()

    def phase(self, phase: Phase, *, total: int | None = None) -> None:
        """Record the start of a phase; `total` is the number of documents of the run."""
        with self._lock:
            known = self._latest | ({} if total is None else {"total": total})
            if phase != "working":
                known["left"] = None
            self._latest = {}
            self.step()
            self._beat = self._beat.model_copy(update={**known, "phase": phase})

    def progress(self, done: int, total: int, name: str, left: float | None = None) -> None:
        """Record a finished document, and the estimated seconds for the others."""
        self.step()
        self._latest = {"done": done, "total": total, "document": name, "left": left}

    def step(self) -> None:
        """Record a step of longer work; may be called from any thread."""
        self._step = {"progressed": dt.datetime.now(dt.UTC), "step_clock": time.monotonic()}

    def _write_regularly(self) -> None:
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
    """Return the last heartbeat of a home; None without a readable one.

    If the process of the run has ended, the status is `interrupted`: such a process holds no lock of the home.
    """
    beat = _read(home)
    if beat is None or beat.status != "running" or _is_alive(home, beat):
        return beat
    again = _read(home)  # it may have ended before the lock was checked
    if again and again.status == "running" and again.run == beat.run:
        return again.model_copy(update={"status": "interrupted"})
    return again


def run_at_work(home: Path) -> Beat | None:
    """Return the last heartbeat of the run that is working on a home; None without one.

    Runs of other homes of the same cluster write heartbeats into their own homes.
    """
    beat = read_heartbeat(home)
    return beat if beat and beat.status == "running" else None


def _read(home: Path) -> Beat | None:
    try:
        return Beat.model_validate_json(read_file(home / HEARTBEAT))
    except (OSError, ValidationError):
        return None


def _is_alive(home: Path, beat: Beat) -> bool:
    if beat.phase == "closing" and Path(f"/proc/{beat.pid}").exists():
        return True  # it releases the home just before it writes its end
    try:
        return is_writer(home, beat.pid)
    except OSError:
        return True  # no permission to check
