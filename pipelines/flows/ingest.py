"""Ingestion as Prefect flows: one flow run an ingestion, one task run a batch of documents.

The flows only wrap plain functions: state lives in our ledger, tasks get and return JSON. The server
stores what a flow is given, so nothing secret is: keys, credentials and passwords are read where the flow runs, from
the settings of the home and the environment.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from configs.settings import Settings, load_settings
from configs.system.errors import UnavailableError, UsageError
from configs.system.folders import keep_private
from configs.system.redaction import is_secret, redact_logs
from pipelines.flows.outcomes import begun, counts_of, outcome
from pipelines.flows.questions import ask_before_mass_deletion
from pipelines.flows.reporting import RunReporting
from pipelines.ingest import runs as plain
from pipelines.ingest.batches import item_as_json, process_batch, result_from_json
from pipelines.ingest.plan import Item, Selection
from pipelines.ingest.report import IngestReport
from pipelines.ingest.run import BatchRunner
from pipelines.ingest.session import BatchResult
from pipelines.sources.source import refuse_secrets
from pipelines.stages.versions import Stage


@task(name="batch", task_run_name="batch of {run}", cache_policy=NO_CACHE, persist_result=False)
def batch(home: str, settings: dict[str, Any], items: list[dict[str, Any]], run: str) -> dict[str, Any]:
    """Work on a batch of a run as `pipelines.ingest.batches.process_batch` does, in whatever process this is.

    `settings` are those that the flow was given. What it gets and returns is JSON.
    """
    redact_logs()
    keep_private()
    return process_batch(load_settings(home, **settings), items, run)


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

    `settings` holds values that outrank the home's settings file, such as `{"workers": 2}`. Passwords of documents are
    those of the settings (`CUSTOMS_LENS_PASSWORDS`). Raises `UsageError` for a source or a setting that holds a secret:
    the server has it by then, but a flow that works with it would be given it again.
    """
    redact_logs()
    refuse_secrets(sources)
    refuse_secret_settings(settings or {})
    reporting = RunReporting("ingest")

    def work() -> IngestReport:
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
                run_batch=batch_tasks(loaded, settings or {}, note),
            )
            return ask_before_mass_deletion(bring_in, allowed=allow_mass_deletion)

    return outcome(work, counts_of, reporting.give_up)


def flow_settings(home: str | None, settings: Mapping[str, Any] | None) -> Settings:
    """Return the settings of a flow run, which keeps what it writes private from then on.

    Raises `UsageError` where it was given a secret.
    """
    keep_private()
    given = settings or {}
    refuse_secret_settings(given)
    return load_settings(home, **given)


def batch_tasks(loaded: Settings, given: dict[str, Any], note: Callable[[str], None]) -> BatchRunner:
    """Return what works on each batch of a run in a task; `note` is called with the id of the run.

    The task finds the run of its process again, which learns so of each document as soon as it is done.
    """

    def run_batch(items: Sequence[Item], run: str, _: Callable[[Item], None]) -> BatchResult:
        note(run)
        return result_from_json(batch(str(loaded.home), given, [item_as_json(item) for item in items], run))

    return run_batch


def refuse_secret_settings(settings: Mapping[str, Any]) -> None:
    """Raise `UsageError` where settings that a flow is given hold a secret."""
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
    """Turn a Prefect server that does not answer, inside the block, into `UnavailableError`."""
    try:
        yield
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):  # Prefect has no class of its own for it
            raise
        url = os.environ.get("PREFECT_API_URL", "the Prefect server")
        raise UnavailableError(
            f"{url}: no Prefect server answers", "start it, correct PREFECT_API_URL, or leave --via-prefect out"
        ) from error
