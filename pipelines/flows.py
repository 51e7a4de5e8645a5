"""Ingestion as a Prefect flow: one flow run an ingestion, one task run a batch of documents.

The flow only wraps the plain function: state lives in our ledger, tasks get ids and give back counts.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

# Prefect reads these when it is imported; it reports usage otherwise.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from pydantic import SecretStr

from configs.errors import UnavailableError
from configs.settings import load_settings
from pipelines import ingest as plain
from pipelines.ingestion.writer import Ingestion
from pipelines.plan import Item, Selection, Stage
from pipelines.report import Counts


@task(name="batch", cache_policy=NO_CACHE, persist_result=False)
def run_batch(ingestion: Ingestion, items: Sequence[Item], run: str, done: Callable[[Item], None]) -> Counts:
    """Work on one batch of documents."""
    return ingestion.run_batch(items, run, done)


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
    passwords: list[SecretStr] | None = None,
) -> dict[str, Any]:
    """Take in documents as `pipelines.ingest.ingest` does, one task run a batch, and return its report.

    `settings` holds values that outrank the home's settings file, such as `{"workers": 2}`. Passwords reach
    the Prefect server masked.
    """
    return plain.ingest(
        load_settings(home, **(settings or {})),
        sources,
        selection=Selection(force=force, only=only, start=start),
        passwords=[password.get_secret_value() for password in passwords or []],
        delete_missing=delete_missing,
        work=run_batch,
    )


@contextmanager
def server_errors() -> Iterator[None]:
    """Turn a Prefect server that does not answer, inside the block, into `UnavailableError`."""
    try:
        yield
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):  # Prefect has no class of its own for it
            raise
        url = os.environ.get("PREFECT_API_URL", "the Prefect server")
        raise UnavailableError(f"{url}: no Prefect server answers", "start it, or unset PREFECT_API_URL") from error
