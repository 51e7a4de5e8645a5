"""Ingestion as Prefect flows: one flow run for an ingestion, one task run for a batch of documents.

The flows only wrap plain functions: state lives in our ledger, tasks get and return JSON. The server
stores the parameters of a flow, so they contain no secrets: keys, credentials and passwords are read where the flow
runs, from the settings of the home and the environment.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

import httpx
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound

from configs.settings import Settings, load_settings
from configs.system.errors import UnavailableError, UsageError
from configs.system.folders import keep_private
from configs.system.redaction import is_secret, redact_logs
from pipelines.flows.outcomes import begun, counts_of, outcome
from pipelines.flows.questions import ask_before_mass_deletion
from pipelines.flows.reporting import RunReporting
from pipelines.ingest import runs as plain
from pipelines.ingest.batches import item_as_json, result_from_json
from pipelines.ingest.helping import Helped, help_runs
from pipelines.ingest.plan import Item, Selection
from pipelines.ingest.recorded import process_batch
from pipelines.ingest.report import BatchResult, IngestReport
from pipelines.ingest.run import BatchRunner
from pipelines.sources.source import refuse_secrets
from pipelines.stages.versions import Stage

_log = logging.getLogger(__name__)


@task(name="batch", task_run_name="batch of {run}", cache_policy=NO_CACHE, persist_result=False)
def batch(items: list[dict[str, Any]], run: str) -> dict[str, Any]:
    """Process a batch of the run of this process as `process_batch` does; parameters and result are JSON."""
    redact_logs()
    return process_batch(items, run)


@flow(name="ingest", persist_result=False)
def ingest(
    sources: list[str],
    *,
    home: str | None = None,
    settings: dict[str, Any] | None = None,
    force: bool = False,
    only: Literal["failed", "changed"] | None = None,
    start: Stage | None = None,
    delete_missing: bool = False,
    allow_mass_deletion: bool = False,
) -> State[Any]:
    """Ingest documents as `pipelines.ingest.runs.ingest` does, one task run a batch; the result is its report as JSON.

    `settings` has values that override the home's settings file, such as `{"workers": 2}`. Passwords of documents are
    those of the settings (`CUSTOMS_LENS_PASSWORDS`). Raises `UsageError` for a source or a setting with a secret: the
    server has stored it then, but a retry would send it again.
    """
    redact_logs()
    refuse_secrets(sources)
    refuse_secret_settings(settings or {})
    reporting = RunReporting("ingest")

    def ingest_named() -> IngestReport:
        loaded = flow_settings(home, settings)
        with begun(loaded) as note:
            bring_in = partial(
                reporting.watch,
                plain.ingest,
                loaded,
                sources,
                selection=Selection(force=force, only=only, start=start),
                delete_missing=delete_missing,
                progress=reporting.progress,
                run_batch=batch_tasks(note),
                call_helpers=partial(start_helpers, loaded.helpers),
            )
            return ask_before_mass_deletion(bring_in, allowed=allow_mass_deletion)

    return outcome(ingest_named, counts_of, reporting.give_up)


@flow(name="work", persist_result=False)
def work(*, home: str | None = None, settings: dict[str, Any] | None = None) -> State[Any]:
    """Help the current runs of others by processing shared batches until they end; the result is the amount as JSON."""
    redact_logs()

    def join_in() -> Helped:
        loaded = flow_settings(home, settings)
        with begun(loaded, writes=False):
            return help_runs(loaded)

    return outcome(join_in, lambda helped: f"{helped.documents} documents in {helped.parts} parts")


def start_helpers(count: int) -> None:
    """Start this many workers of the pool to help this run; running helpers, also of other runs, are kept."""
    for _ in range(count):
        try:
            run_deployment(f"{work.name}/home", timeout=0, as_subflow=False)
        except (ObjectNotFound, httpx.HTTPError, RuntimeError) as error:
            _log.warning("no other worker helps this run: %s", error)
            return


def flow_settings(home: str | None, settings: Mapping[str, Any] | None) -> Settings:
    """Return the settings of a flow run, and make its later files private.

    Raises `UsageError` for a parameter with a secret.
    """
    keep_private()
    given = settings or {}
    refuse_secret_settings(given)
    return load_settings(home, **given)


def batch_tasks(note: Callable[[str], None]) -> BatchRunner:
    """Return a function that processes each batch of a run in a task; `note` is called with the id of the run.

    The task looks up the run in its process, which is thereby notified of each finished document.
    """

    def run_batch(items: Sequence[Item], run: str, _: Callable[[Item], None]) -> BatchResult:
        note(run)
        return result_from_json(batch([item_as_json(item) for item in items], run))

    return run_batch


def refuse_secret_settings(settings: Mapping[str, Any]) -> None:
    """Raise `UsageError` for secrets in the settings of a flow."""
    cluster = settings.get("elasticsearch")
    cluster = cluster if isinstance(cluster, Mapping) else {}
    secret = [name for name in ("credentials", "database", "passwords") if settings.get(name)]
    secret += ["elasticsearch.api_key"] * bool(cluster.get("api_key"))
    secret += ["elasticsearch.url"] * is_secret(str(cluster.get("url") or ""))
    if secret:
        message = f"{', '.join(secret)}: a flow run must not be given this setting, for the Prefect server stores it"
        raise UsageError(message, "put it into settings.yaml or the environment where the flow runs, and change it")


@contextmanager
def server_errors() -> Iterator[None]:
    """Turn an unresponsive Prefect server inside the block into `UnavailableError`."""
    try:
        yield
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):  # Prefect has no class of its own for it
            raise
        url = os.environ.get("PREFECT_API_URL", "the Prefect server")
        raise UnavailableError(
            f"{url}: no Prefect server answers", "start it, correct PREFECT_API_URL, or leave --via-prefect out"
        ) from error
