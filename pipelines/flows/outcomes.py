"""The start and the final state of flow runs: exclusive access to the home, and a state message with the result."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock
from prefect import runtime
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.logging import get_logger, get_run_logger
from prefect.states import Completed, Failed

from configs.settings import Settings
from configs.system.errors import CustomsLensError, UnavailableError
from configs.system.folders import make_home
from extractors.document import Value
from pipelines.flows.run_files import LOCK, RunFile, forget
from pipelines.ingest.report import IngestReport
from pipelines.workspace import FLOW_RUNS

_POLL_SECONDS = 0.5
"""Interval of the checks of a flow run that waits for another one on its home."""
RETRY_SECONDS = (300.0, 1200.0)
"""Waiting times before further attempts: for a server that is restarted, and one that is repaired."""

INCOMPLETE = "Incomplete"
"""The name of the state of an incomplete run; the server has an event of this name."""

R = TypeVar("R", bound=Value)


def outcome(
    work: Callable[[], R], describe: Callable[[R], str], gave_up: Callable[[CustomsLensError], None] = lambda _: None
) -> State[Any]:
    """Do the work and return the final state of the flow run: its data is the report as JSON, or the error.

    An error with exit code 2 or 3 of the command line makes it Failed, with the error as message, after `gave_up` was
    called with it; the flow raises it again for its caller. Failed documents (exit code 1) leave it Completed, named
    Incomplete if the run is incomplete. If a service is unavailable or too slow, the work is repeated after some
    minutes.
    """
    for handler in _handlers():
        if not any(isinstance(one, _WithoutKnownErrors) for one in handler.filters):
            handler.addFilter(_WithoutKnownErrors())
    try:
        report = _with_retries(work)
    except CustomsLensError as error:
        gave_up(error)
        (get_run_logger() if FlowRunContext.get() else get_logger("flow_runs")).error("%s", error)
        return Failed(message=str(error), data=error)
    lack = getattr(report, "incomplete", None)
    message = f"{describe(report)}; {lack}" if lack else describe(report)
    return Completed(name=INCOMPLETE if lack else "Completed", message=message, data=report.model_dump(mode="json"))


def _with_retries(work: Callable[[], R]) -> R:
    """Do the work, and repeat it after temporary errors; nothing of the home is locked in between."""
    for seconds in RETRY_SECONDS:
        try:
            return work()
        except UnavailableError as error:
            if not error.may_pass:
                raise
            get_logger("flow_runs").warning("%s; the next attempt is in %.0f minutes", error, seconds / 60)
        time.sleep(seconds)
    return work()


@contextmanager
def begun(settings: Settings, *, writes: bool = True) -> Iterator[Callable[[str], None]]:
    """Start a flow run on a home; runs that write it wait for each other. Yields a recorder of its ledger run.

    A run of a deployment has a file by which `pipelines.flows.recovery` finds it if its process has died. A suspended
    run has none: its process ends, and the process of its resumption may not have started when recovery checks.
    """
    context = FlowRunContext.get()
    found = context.flow_run if context else None
    note = _run_file(settings.home, str(found.id)).note if found and found.deployment_id else _no_record
    if not writes:
        yield note
        return
    make_home(settings.home)
    folder = settings.home / FLOW_RUNS
    folder.mkdir(exist_ok=True)
    try:
        with FileLock(folder / LOCK, poll_interval=_POLL_SECONDS):
            yield note
    except Pause:
        if found:
            forget(settings.home, str(found.id))
        raise


@cache
def _run_file(home: Path, flow_run: str) -> RunFile:
    """Return the file of a flow run in this process, the same for all its attempts."""
    name = runtime.flow_run.parameters.get("source") or runtime.flow_run.flow_name
    return RunFile(home, flow_run, str(name))


def counts_of(report: IngestReport) -> str:
    """Return the counts of a run in one line."""
    names = ("indexed", "unchanged", "duplicate", "failed", "withdrawn", "deleted")
    return f"{report.found} found: " + ", ".join(f"{getattr(report, name)} {name}" for name in names)


class _WithoutKnownErrors(logging.Filter):
    """A log filter for tracebacks of errors that the state of the run already reports."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is logged."""
        error = record.exc_info[1] if record.exc_info else None
        return not (record.name.startswith("prefect") and isinstance(error, CustomsLensError))


def _handlers() -> set[logging.Handler]:
    loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    return {handler for logger in loggers for handler in logger.handlers}


def _no_record(ledger_run: str) -> None:
    """Do nothing: runs without a deployment are not recovered."""
