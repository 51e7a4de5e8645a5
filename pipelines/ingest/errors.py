"""What goes wrong in a run, and how far it reaches: one document, one batch, or the whole run."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from configs.errors import CustomsLensError, MismatchError, UnavailableError
from pipelines.ingest.plan import Item
from pipelines.ingest.report import Counts
from pipelines.sources.source import SourceError
from pipelines.stages.versions import Stage


class StageError(CustomsLensError):
    """A stage that failed on one document."""

    def __init__(self, stage: Stage, message: str, status: str = "crashed") -> None:
        super().__init__(message)
        self.stage = stage
        self.status = status


class TakenError(Exception):
    """A document that another worker has, or wrote meanwhile."""


class BatchStoppedError(UnavailableError):
    """A batch that the home or a service failed: the counts of what is sure, and the items that are left."""

    def __init__(self, cause: UnavailableError, counts: Counts, left: Sequence[Item]) -> None:
        super().__init__(cause.message, cause.remedy)
        self.counts, self.left = counts, left


@contextmanager
def at(stage: Stage) -> Iterator[None]:
    """Let a fault of one document end that document alone; faults of the home and of services end the run."""
    try:
        yield
    except (OSError, sqlite3.Error, MismatchError, UnavailableError):
        raise
    except SourceError as error:
        raise StageError(stage, str(error), error.status) from error
    except CustomsLensError as error:
        raise StageError(stage, str(error)) from error
    except Exception as error:
        raise StageError(stage, f"{type(error).__name__}: {error}") from error
