"""The sweep: deletes unreferenced blobs and old history, once a night instead of after each run.

It reads all rows of the ledger and lists all blobs, which would delay a run over one new paper.
"""

from contextlib import closing

from configs.settings import Settings
from configs.system.errors import UnavailableError
from extractors.document import Value
from pipelines.ingest.recorded import open_session
from pipelines.storage.errors import storage_errors
from pipelines.storage.opening import open_storage


class SweepReport(Value):
    """Numbers of deleted blobs, and of deleted rows in the history of runs and of sources."""

    blobs: int
    run_rows: int
    source_rows: int


def sweep(settings: Settings, *, wait: float = 0.0) -> SweepReport:
    """Delete the blobs that no document refers to, and history that is older than `history_days`.

    Where another process writes the home, this waits up to `wait` seconds for it. Raises `UnavailableError` where
    there is no index yet, and as `IngestSession` does.
    """
    storage = open_storage(settings)
    if not storage.has_index():
        raise UnavailableError(f"{settings.home}: there is no index yet", "run customs-lens ingest first")
    with (
        open_session(settings, wait=wait) as session,
        closing(storage.open_register(write=True)) as register,
        storage_errors(settings.home),
    ):
        return SweepReport(
            blobs=session.sweep(),
            run_rows=session.prune_history(),
            source_rows=register.prune(session.oldest),
        )
