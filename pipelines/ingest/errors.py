"""What goes wrong in a run, and how far it reaches: one document, one batch, or the whole run."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from configs.system.errors import CustomsLensError, MismatchError, UnavailableError
from pipelines.ingest.report import Counts
from pipelines.sources.source import SourceError
from pipelines.stages.versions import Stage


class StageError(CustomsLensError):
    """A stage that failed on one document."""

    def __init__(self, stage: Stage, message: str, status: str = "crashed") -> None:
        super().__init__(message)
        self.stage = stage
        self.status = status


class ClaimedElsewhereError(Exception):
    """A document that another worker has claimed, or wrote meanwhile."""


class BatchStoppedError(UnavailableError):
    """A batch that the home or a service failed: the counts of what is committed for sure, and the ids of the others.

    `deferred` are those that other workers have, `left` those that nobody has done.
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
    """Let an error of one document fail that document alone; errors of the home and of services end the run."""
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
