"""The command `schedule`: runs a Prefect server, the deployments of the configured sources and a worker until stopped.

No server is started if `PREFECT_API_URL` names one. Server and worker are separate processes; the data of the server is
in the folder `prefect` of the home, unless `PREFECT_SERVER_DATABASE_CONNECTION_URL` names a database.
"""

import datetime as dt
import fcntl
import ipaddress
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from configs.settings import Settings
from configs.sources import SOURCES_FILE, load_sources
from configs.system.errors import CustomsLensError, UnavailableError, UsageError
from configs.system.folders import make_home
from extractors.document import Value
from pipelines.flows.run_files import waiting_for
from pipelines.flows.worker_lines import ENVIRONMENT, pass_on
from pipelines.ingest.hanging import HangingError, end_hanging
from pipelines.processes import Child, Tell
from pipelines.workspace import PREFECT, SCHEDULE_LOCK

AUTH = "PREFECT_SERVER_API_AUTH_STRING"
"""The variables with USER:PASSWORD: the first for the server, the second for its clients."""
_CLIENT_AUTH = "PREFECT_API_AUTH_STRING"
_URL = "PREFECT_API_URL"
_START_SECONDS, _REACH_SECONDS = 180.0, 30.0
"""How long the own server may take to start, and another one to respond."""
_WORKER_STOP_SECONDS, _SERVER_STOP_SECONDS = 4.0, 2.0
"""What a worker with its flow runs, and a server, get to end by themselves: with all else under ten seconds."""
_RECORD = " | "
"""The separator of time, level and message in a log record of Prefect; lines of a traceback have none."""
_MOST_RESTARTS, _RESTART_WINDOW = 3, 600.0
"""Number of restarts of the server within this many seconds: the cause may end it each time."""
_MOST_CHARACTERS = 200
"""A pattern of a line of the server that says why it ended."""
_UNTOLD = ("[SQL", "[parameters", "(Background on this error", "Traceback", "File ", "During handling", "The above exc")
"""Prefixes of lines that belong to an error and do not describe it."""
_TEMPORARY, _MARK = "lens-", ".customs-lens-schedule"
"""How the folders of what flow runs keep for a while begin, among the system's temporary files, for names of sockets in
them may not be long; and the file that is in each."""
_LOOK_SECONDS = 1.0
_LOOKED_AT_SECONDS = 1.0
"""How long to wait for a lock that another process may hold for a check."""
_RECOVERY_SECONDS = 30.0
_DAY = 86_400
_DATABASE_SECONDS = 60
"""Database timeout of the server: its default of ten seconds is too short while runs use the processor."""
_FLOW_RUN_DAYS, _EVENT_DAYS = 90, 30


class ScheduleOptions(Value):
    """The address of the server, the work pool, and the parameters of every flow; without `deploys`, only a worker."""

    host: str = "127.0.0.1"
    port: int = 4200
    pool: str = "customs-lens"
    worker: str = ""
    deploys: bool = True
    flow_settings: Mapping[str, Any] = {}


def run_schedule(settings: Settings, options: ScheduleOptions, stop: threading.Event, say: Tell) -> None:
    """Serve until `stop` is set; then end the worker, its flow runs and the server within ten seconds.

    Raises `UsageError` without configured sources, and if the server would be open to others without a password;
    `UnavailableError` if the server does not respond.
    """
    if options.deploys and not load_sources(settings.home, settings.blobs):
        path = settings.home / SOURCES_FILE
        raise UsageError(f"{path}: configures no source", "write one: docs/scheduling.md has an example")
    own_server = _URL not in os.environ
    if own_server and not options.deploys:
        raise UsageError("--worker-only: no server is named", f"set {_URL} to that of the machine that has it")
    if own_server:
        _refuse_open(options.host)
    _prepare_environment(settings, options, own_server=own_server)
    with _temporary_folder() as temporary, _running_lock(settings.home):
        _Schedule(settings, options, stop, say, temporary, own_server=own_server).run()


class _Schedule:
    """The processes of one `schedule`, and their supervision."""

    def __init__(
        self,
        settings: Settings,
        options: ScheduleOptions,
        stop: threading.Event,
        say: Tell,
        temporary: Path,
        *,
        own_server: bool,
    ) -> None:
        self._settings, self._options, self._stop, self._say = settings, options, stop, say
        self._temporary = temporary
        self._server: Child | None = None
        self._worker: Child | None = None
        self._own_server = own_server
        self._alone = own_server and _is_loopback(options.host)
        self._sources_of = 0.0
        self._recovered = 0.0
        self._hanging: dict[int, HangingError] = {}
        """The runs that hung, by their processes: each is told of once."""
        self._restarts: list[float] = []
        """When the server was started again (`time.monotonic`)."""

    def run(self) -> None:
        try:
            if self._own_server:
                self._server = self._start_server()
            else:
                _wait_until_healthy(os.environ[_URL], self._stop, None)
            if self._stop.is_set():
                return
            self._recover(began=True)
            self._deploy()
            self._catch_up()
            self._worker = self._start_worker()
            self._say(f"Schedules run; the Prefect server is at {os.environ[_URL].removesuffix('/api')} (stop: Ctrl-C)")
            while not self._stop.wait(_LOOK_SECONDS):
                self._supervise()
        finally:
            self._end()

    def _supervise(self) -> None:
        """Restart ended processes, apply changes of the sources' file, and recover dead flow runs."""
        if self._server and not self._server.is_running:
            self._server = self._restart_server(self._server)
            if self._stop.is_set():
                return
        if self._worker and not self._worker.is_running:
            self._say("the worker ended; it is started again")
            self._worker.kill()
            self._recover(began=True)
            self._worker = self._start_worker()
        elif time.monotonic() - self._recovered >= _RECOVERY_SECONDS:
            self._recover()
        if self._sources_of != _changed(self._settings.home):
            self._deploy()

    def _recover(self, *, began: bool = False) -> None:
        """Recover flow runs; `began` if no worker of this machine is alive yet."""
        from pipelines.flows.recovery import START_GRACE, fail_hanging, recover

        self._recovered = time.monotonic()
        known = {one.run for one in self._hanging.values()}
        if found := end_hanging(self._settings, known=known, waiting=partial(waiting_for, self._settings.home)):
            self._hanging[found.pid] = found
        grace = dt.timedelta() if began and self._alone else START_GRACE
        try:
            fail_hanging(self._settings, self._hanging)
            recover(self._settings, self._options.pool, grace=grace)
        except (OSError, CustomsLensError) as error:  # the next check tries again
            self._say(f"flow runs could not be looked through: {error}")

    def _deploy(self) -> None:
        if not self._options.deploys:
            self._sources_of = _changed(self._settings.home)
            return
        from pipelines.flows.deployments import deploy

        first = not self._sources_of
        self._sources_of = _changed(self._settings.home)
        try:
            sources = load_sources(self._settings.home, self._settings.blobs)
            options, settings = self._options, self._settings
            deploy(sources, options.flow_settings, options.pool, backups=settings.backups, helpers=settings.helpers)
        except CustomsLensError as error:
            if first:
                raise
            self._say(f"the schedules stay as they were: {error}")
            return
        for source in sources:
            when = f"{source.schedule.cron} ({source.schedule.timezone})" if source.schedule else "when it is asked for"
            self._say(f"{source.name}: {when}")

    def _catch_up(self) -> None:
        """Start the runs that were missed while this was not running."""
        if not self._options.deploys:
            return
        from pipelines.flows.missed import catch_up

        try:
            for name in catch_up(self._settings):
                self._say(f"{name}: a run was missed, and begins now")
        except (OSError, CustomsLensError) as error:
            self._say(f"runs that were missed could not be looked for: {error}")

    def _start_server(self) -> Child:
        options = self._options
        _refuse_taken(options)
        command = [*_prefect(), "server", "start", "--host", options.host, "--port", str(options.port)]
        server = Child("server", command, os.environ, self._log_server_line)
        try:
            _wait_until_healthy(os.environ[_URL], self._stop, server)
        except BaseException:
            server.kill()
            raise
        return server

    def _restart_server(self, ended: Child) -> Child:
        """Restart a server that ended; raises `UnavailableError` if it ended too often in a row."""
        ended.kill()  # its children may be alive and hold its port
        now = time.monotonic()
        self._restarts = [at for at in self._restarts if now - at < _RESTART_WINDOW] + [now]
        if len(self._restarts) > _MOST_RESTARTS:
            message = f"the Prefect server ended {len(self._restarts)} times within {_RESTART_WINDOW / 60:.0f} minutes"
            raise UnavailableError(f"{message}, at last {_end_of(ended)}", "repair that, then start the command again")
        self._say(f"the Prefect server ended ({_end_of(ended)}); it is started again")
        return self._start_server()

    def _log_server_line(self, line: str) -> None:
        """Pass on the log of a running server without tracebacks: SQLite is locked at times, and the server retries."""
        if self._worker and _RECORD in line:
            self._say(line)

    def _start_worker(self) -> Child:
        options = self._options
        command = [*_prefect(), "worker", "start", "--type", "process", "--pool", options.pool]
        command += ["--name", options.worker or f"{socket.gethostname()}-{os.getpid()}"]
        environment = {**os.environ, "TMPDIR": str(self._temporary), **ENVIRONMENT}
        return Child("worker", command, environment, lambda line: pass_on(line, self._say))

    def _end(self) -> None:
        if self._worker:
            self._worker.stop(_WORKER_STOP_SECONDS)
        if self._server:
            if self._worker and self._server.is_running:
                self._recover(began=True)
            self._server.stop(_SERVER_STOP_SECONDS)


@contextmanager
def _running_lock(home: Path) -> Iterator[None]:
    """Hold the lock that shows a running `schedule`; a second one on the home does not get it."""
    lock = FileLock(home / SCHEDULE_LOCK)
    with suppress(Timeout):
        lock.acquire(timeout=_LOOKED_AT_SECONDS)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Yield a folder for temporary files of flow runs, after deleting those of killed `schedule` processes.

    A live process holds the lock of a file in its folder; a folder without this file belongs to another program.
    """
    for mark in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*/{_MARK}"):
        with suppress(OSError), mark.open("rb") as file:  # of another user, or deleted meanwhile
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(mark.parent, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY))
    try:
        with (folder / _MARK).open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare_environment(settings: Settings, options: ScheduleOptions, *, own_server: bool) -> None:
    """Set the variables that Prefect reads at import, for this process and its children."""
    make_home(settings.home)
    folder = settings.home / PREFECT
    folder.mkdir(mode=0o700, exist_ok=True)
    environment = os.environ
    environment["CUSTOMS_LENS_HOME"] = str(settings.home)
    environment["PREFECT_HOME"] = str(folder)
    environment["DO_NOT_TRACK"] = "1"
    environment["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    if not own_server:
        return
    host = options.host if _is_loopback(options.host) else "127.0.0.1"
    environment[_URL] = f"http://{f'[{host}]' if ':' in host else host}:{options.port}/api"
    if auth := environment.get(AUTH):
        environment[_CLIENT_AUTH] = auth
    environment.setdefault("PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED", "events,flow_runs")
    environment.setdefault("PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD", str(_FLOW_RUN_DAYS * _DAY))
    environment.setdefault("PREFECT_SERVER_EVENTS_RETENTION_PERIOD", f"P{_EVENT_DAYS}D")
    environment.setdefault("PREFECT_SERVER_DATABASE_TIMEOUT", str(_DATABASE_SECONDS))
    environment.setdefault("PREFECT_LOGGING_SERVER_LEVEL", "WARNING")


def _prefect() -> list[str]:
    return [sys.executable, "-m", "prefect"]


def _refuse_open(host: str) -> None:
    if not _is_loopback(host) and not os.environ.get(AUTH):
        raise UsageError(
            f"--host {host}: everybody who reaches this machine could start and change flow runs",
            f"set {AUTH} to USER:PASSWORD, and {_CLIENT_AUTH} to the same where the server is used",
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _refuse_taken(options: ScheduleOptions) -> None:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((options.host, options.port))
        except OSError as error:
            raise UnavailableError(
                f"{options.host}:{options.port}: the Prefect server cannot listen there: {error.strerror}",
                "name another --port, or the server that runs already by PREFECT_API_URL",
            ) from error


def _wait_until_healthy(url: str, stop: threading.Event, server: Child | None) -> None:
    deadline = time.monotonic() + (_START_SECONDS if server else _REACH_SECONDS)
    while time.monotonic() < deadline and not stop.is_set():
        if server and not server.is_running:
            raise UnavailableError(f"the Prefect server ended {_end_of(server)}", "repair that and start again")
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{url}/health", timeout=5).close()  # noqa: S310 - the scheme is checked
            return
        stop.wait(0.25)
    if not stop.is_set():
        raise UnavailableError(f"{url}: no Prefect server answers", "start it, or correct PREFECT_API_URL")


def _end_of(child: Child) -> str:
    """Return how a process ended: by a signal, or with an exit code and its last error line."""
    code = child.exit_code
    if code is not None and code < 0:
        return f"by {signal.Signals(-code).name}"
    lines = [line.strip() for line in child.lines]
    said = [line for line in lines if any(map(str.isalnum, line)) and not line.startswith(_UNTOLD)]
    # the first line of an error says most: statements, parameters and links follow
    errors = [line for line in said if re.match(r"(\w+\.)*\w*(Error|Exception)\b", line)]
    last = next(reversed(errors or said), "it said nothing")
    return f"with exit code {code}: {last[:_MOST_CHARACTERS]}"


def _changed(home: Path) -> float:
    """Return the modification time of the file of sources."""
    try:
        return (home / SOURCES_FILE).stat().st_mtime
    except FileNotFoundError:
        return 0.0
