"""Batches of one run on several Dask workers at once, each with a home of its own over one index in Elasticsearch."""

import json
import logging
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from configs.errors import UnavailableError, UsageError
from configs.folders import keep_private, make_home
from configs.redaction import redact_logs
from configs.settings import Settings, load_settings
from pipelines.ingest.batches import item_as_json, process_batch, result_from_json
from pipelines.ingest.plan import Item
from pipelines.ingest.report import Counts
from pipelines.ingest.run import BatchRunner
from pipelines.ingest.session import BatchResult
from pipelines.processes import Child
from pipelines.workspace import DASK

_log = logging.getLogger(__name__)

_START_SECONDS, _STOP_SECONDS = 120, 3.0
_POLL_SECONDS = 0.1
_LOCAL = re.compile(r"local:([1-9]\d?)")
_ODD = re.compile(r"[^\w-]+")


@task(name="batch on Dask", cache_policy=NO_CACHE, persist_result=False)
def batch_on_dask(settings: dict[str, Any], items: list[dict[str, Any]], run: str) -> dict[str, Any]:
    """Work on a part of a batch as `pipelines.ingest.batches.process_batch` does, in the home of this Dask worker.

    That is the folder `dask/NAME` of the home that `CUSTOMS_LENS_HOME` names where the worker runs.
    """
    from distributed import get_worker

    redact_logs()
    keep_private()
    name = _ODD.sub("-", str(get_worker().name)).strip("-")
    own = load_settings(None, **settings).home
    make_home(own)
    (own / DASK).mkdir(mode=0o700, exist_ok=True)
    return process_batch(load_settings(own / DASK / name, **settings), items, run)


@contextmanager
def dask_batches(
    where: str, loaded: Settings, given: Mapping[str, Any], note: Callable[[str], None]
) -> Iterator[tuple[Settings, BatchRunner]]:
    """Give settings whose batches are for all workers together, and what works on each batch on all of them.

    `where` is the address of a Dask scheduler, or `local:N` for N processes of this machine while the block lasts.
    Raises `UsageError` where the index is no cluster's, which alone has several writers, or the extra is missing.
    """
    if loaded.index != "elasticsearch":
        message = "Dask workers have homes of their own, and share an index only in Elasticsearch"
        raise UsageError(message, "set index to elasticsearch, or leave dask out")
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise UsageError("Dask is not installed", "pip install 'customs-lens[dask]'") from error
    with _scheduler(where, loaded) as (address, least), DaskTaskRunner(address=address) as runner:
        runner.client.wait_for_workers(least, timeout=_START_SECONDS)
        count = len(runner.client.scheduler_info(n_workers=-1)["workers"])

        def run_batch(items: Sequence[Item], run: str, done: Callable[[Item], None]) -> BatchResult:
            note(run)
            parts = [[item_as_json(item) for item in items[start::count]] for start in range(count)]
            futures = [
                runner.submit(batch_on_dask, {"settings": dict(given), "items": part, "run": run})
                for part in parts
                if part
            ]
            results = [result_from_json(future.result()) for future in futures]
            for item in items:
                done(item)
            counts = Counts()
            counts.add(result.counts for result in results)
            return BatchResult(counts, frozenset().union(*(result.deferred for result in results)))

        yield loaded.model_copy(update={"batch_documents": loaded.batch_documents * count}), run_batch


@contextmanager
def _scheduler(where: str, loaded: Settings) -> Iterator[tuple[str, int]]:
    """Give the address of a Dask scheduler and how many workers it has at least."""
    local = _LOCAL.fullmatch(where)
    if not local:
        if "://" not in where:
            raise UsageError(f"dask: {where}: is no address", "write tcp://HOST:8786, or local:2 for two workers here")
        yield where, 1
        return
    started: list[Child] = []
    with tempfile.TemporaryDirectory(prefix="dask-") as folder:
        file = Path(folder) / "scheduler.json"
        named = ["--scheduler-file", str(file)]
        environment = {**os.environ, "CUSTOMS_LENS_HOME": str(loaded.home)}
        quiet = ["--no-dashboard", "--host", "127.0.0.1"]
        try:
            # Programs of their own: what multiprocessing starts would wait for the processes that read papers.
            command = [sys.executable, "-m", "distributed.cli.dask_scheduler", *named, "--port", "0", *quiet]
            started.append(Child("Dask scheduler", command, environment, _log.debug))
            address = _address(file, started[0])
            for number in range(int(local[1])):
                command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", *quiet]
                command += ["--nthreads", "1", "--name", str(number), "--local-directory", folder]
                started.append(Child(f"Dask worker {number}", command, environment, _log.debug))
            yield address, int(local[1])
        finally:
            for child in reversed(started):
                child.stop(_STOP_SECONDS)


def _address(file: Path, scheduler: Child) -> str:
    """Return the address that a scheduler writes into its file when it listens."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and scheduler.is_running:
        with suppress(OSError, ValueError):
            return str(json.loads(file.read_text(encoding="utf-8"))["address"])
        time.sleep(_POLL_SECONDS)
    raise UnavailableError("the Dask scheduler did not start", " / ".join(scheduler.lines) or "start the run again")
