"""Errors of a run, by their scope: one document, one batch, or the whole run."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from configs.system.errors import CustomsLensError, MismatchError, UnavailableError
from pipelines.ingest.report import Counts
from pipelines.sources.source import SourceError
from pipelines.stages.versions import Stage


class StageError(CustomsLensError):
    """The failure of a stage on one document."""

    def __init__(self, stage: Stage, message: str, status: str = "crashed") -> None:
        super().__init__(message)
        self.stage = stage
        self.status = status


class ClaimedElsewhereError(Exception):
    """A document that another worker has claimed or has written meanwhile."""


class BatchStoppedError(UnavailableError):
    """A batch that an error of the home or of a service ended: its committed counts, and the ids of its other items.

    `deferred` are claimed by other workers, `left` have not been processed.
    """

    def __init__(
        self,
        message: str,
        remedy: str | None = None,
        *,
        counts: Counts | None = None,
        deferred: Collection[str] = (),
        left: Collection[str] = (),
        may_pass: bool = False,
    ) -> None:
        super().__init__(message, remedy, may_pass=may_pass)
        self.counts, self.deferred, self.left = counts or Counts(), deferred, left


@contextmanager
def stage_errors(stage: Stage) -> Iterator[None]:
    """Turn errors of one document into `StageError`; errors of the home and of services end the run."""
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
