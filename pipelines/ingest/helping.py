"""Workers that help the runs of other processes: they process shared batches until no run offers any."""

import json
import logging
import time
from collections.abc import Callable

from configs.settings import Settings
from configs.system.errors import UsageError
from configs.system.log_fields import log_fields
from extractors import isolation
from extractors.document import Value
from pipelines.ingest.batches import part_from_text, result_as_json
from pipelines.ingest.recorded import share_heaps
from pipelines.ingest.session import IngestSession
from pipelines.ingest.workers import HelperWorker
from pipelines.storage.errors import storage_errors
from pipelines.storage.opening import open_storage
from pipelines.storage.shared_work import SharedWork, Terms

_POLL_SECONDS = 0.5
"""Interval between two queries for shared work."""
_log = logging.getLogger(__name__)


class Helped(Value):
    """The work of a helper: its number of batches, and how many of their documents were indexed or failed."""

    parts: int = 0
    documents: int = 0


def help_runs(settings: Settings, note: Callable[[str], None] = lambda _: None) -> Helped:
    """Process shared batches of the current runs until these end; `note` is called with the id of each.

    Raises `UsageError` where workers cannot share a run, or the runs use another blob store, and otherwise as
    `IngestSession` and its method `process` do; an unfinished batch then returns to its run.
    """
    if settings.database is None or not open_storage(settings).shared:
        message = "several workers share a run where its index lies in Elasticsearch and its state in PostgreSQL"
        raise UsageError(message, "set CUSTOMS_LENS_INDEX=elasticsearch and CUSTOMS_LENS_DATABASE")
    share_heaps()
    helped, others = Helped(), HelperWorker(settings)
    try:
        with (
            storage_errors(settings.home),
            IngestSession(settings, passwords=settings.document_passwords, workers=others) as session,
        ):
            while (shared := others.shared_work) and (runs := _supported_runs(others.terms, shared)):
                part = shared.claim(runs)
                if part is None:
                    time.sleep(_POLL_SECONDS)
                    continue
                note(part.run)
                with log_fields(run=part.run):
                    result = session.process(part_from_text(part.batch), part.run)
                shared.end(part, json.dumps(result_as_json(result)))
                found = helped.documents + result.counts.found
                helped = Helped(parts=helped.parts + 1, documents=found)
    finally:
        isolation.shutdown()
    return helped


def _supported_runs(own: Terms, shared: SharedWork) -> list[str]:
    """Return the runs that this worker can help; raises `UsageError` where other runs exist and all are excluded."""
    runs = shared.runs()
    found = [run for run, terms in runs.items() if terms == own]
    for run, terms in runs.items() if not found else ():
        if terms.blobs != own.blobs:
            message = f"run {run}: keeps its papers at {terms.blobs}, and this worker at {own.blobs}"
            raise UsageError(message, "set CUSTOMS_LENS_BLOBS to one store for all homes: docs/elasticsearch.md")
        _log.warning("run %s: has other versions of stages than this worker, which cannot help it", run)
    return found
