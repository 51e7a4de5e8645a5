"""Pending documents of runs that ended early, in a file of the home, for `ingest --only failed`.

A run writes a note at its start, then the list of its documents, and deletes both when it is complete. So the list
survives any kind of end. It is not in the ledger, which may be in the cluster whose failure ended the run.
"""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from configs.system.errors import UnavailableError
from configs.system.files import read_file, write_atomically
from pipelines.ingest.plan import Pending
from pipelines.sources.globs import Glob, is_glob
from pipelines.sources.source import lies_under, outermost, uri_of
from pipelines.stages.versions import Stage
from pipelines.workspace import UNFINISHED

_log = logging.getLogger(__name__)


class _Run(BaseModel):
    """A run that did not complete: the ids of its documents, None if it ended before it had a list.

    `sources` are the URIs of its SOURCEs, `start` the stage at which it began even for unchanged documents.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str = ""
    sources: tuple[str, ...] = ()
    start: Stage | None = None
    documents: frozenset[str] | None = None

    def without(self, documents: Collection[str]) -> "_Run":
        """Return the run without some of the documents."""
        left = None if self.documents is None else self.documents.difference(documents)
        return self.model_copy(update={"documents": left})

    def as_json(self) -> dict[str, Any]:
        """Return the run in the format of the file."""
        return self.model_dump() | {"documents": None if self.documents is None else sorted(self.documents)}


_RUNS = TypeAdapter(list[_Run])


def pending(home: Path) -> dict[str, Pending]:
    """Return the pending documents of runs, by their ids.

    Raises `UnavailableError` for a note that cannot be read: it may stand for any number of documents.
    """
    found: dict[str, Pending] = {}
    for run in _read(home):
        for identifier in run.documents or ():
            if run.start or identifier not in found:
                found[identifier] = Pending(run.run, run.start)
    return found


def refuse_without_list(home: Path, names: Sequence[str]) -> None:
    """Raise `UnavailableError` where a run over some of these SOURCEs ended before it had a list.

    Its pending documents are unknown.
    """
    given = [uri_of(name) for name in names]
    for run in _read(home):
        lost = [uri for uri in run.sources if any(_overlap(uri, one) for one in given)]
        if run.documents is None and lost:
            message = f"{', '.join(lost)}: the last run over it did not end and left no list of what it was to do"
            raise UnavailableError(message, "run ingest on it without --only failed")


def begin(home: Path, run: str, names: Sequence[str]) -> None:
    """Record the start of a run over some SOURCEs; raises `OSError`."""
    _write(home, [*_stored_runs(home), _Run(run=run, sources=tuple(uri_of(name) for name in names))])


def list_documents(home: Path, run: str, documents: Collection[str], start: Stage | None) -> None:
    """Store the ids of the documents of a run, and its first stage even for unchanged ones; raises `OSError`."""
    others = [one for one in _stored_runs(home) if one.run != run]
    _write(home, [*others, _Run(run=run, start=start, documents=frozenset(documents))])


def reduce(home: Path, run: str, left: Collection[str]) -> None:
    """Store the pending documents of a run that ends early; if that fails, its whole list is kept."""
    try:
        before = {one.run: one for one in _stored_runs(home)}
        if own := before.get(run):
            _write(home, (before | {run: own.model_copy(update={"documents": frozenset(left)})}).values())
    except OSError as error:
        _log.debug("%s: what the run left cannot be noted: %s", home / UNFINISHED, error)


def finish(home: Path, run: str, documents: Collection[str], *, covers: Callable[[str], bool] | None = None) -> None:
    """Record that a run completed these documents, which are pending for no other run then.

    `covers` returns whether the run covered all of a SOURCE, given its URI: an earlier run over that SOURCE without a
    list has no pending documents then. If the file cannot be written, `--only failed` will find these documents
    complete.
    """
    others = [one.without(documents) for one in _stored_runs(home) if one.run != run]
    left = [one for one in others if one.documents or (one.documents is None and not _is_covered(one, covers))]
    try:
        _write(home, left)
    except OSError as error:
        _log.debug("%s: that the run ended cannot be noted: %s", home / UNFINISHED, error)


def _is_covered(run: _Run, covers: Callable[[str], bool] | None) -> bool:
    return covers is not None and all(map(covers, run.sources))


def _read(home: Path) -> list[_Run]:
    path = home / UNFINISHED
    try:
        return _RUNS.validate_json(read_file(path))
    except FileNotFoundError:
        return []
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.errors()[0]["msg"]
        message = f"{path}: which documents an earlier run left cannot be read: {reason}"
        remedy = "run ingest without --only failed on all of its sources: it finds them, and replaces this file"
        raise UnavailableError(message, remedy) from error


def _stored_runs(home: Path) -> list[_Run]:
    """Return the stored runs; an unreadable file will be replaced, which is logged."""
    try:
        return _read(home)
    except UnavailableError as error:
        _log.warning("%s", error)
        return []


def _write(home: Path, runs: Iterable[_Run]) -> None:
    rows = [run.as_json() for run in runs]
    if rows:
        write_atomically(home / UNFINISHED, json.dumps(rows))
    else:
        (home / UNFINISHED).unlink(missing_ok=True)


def _overlap(one: str, other: str) -> bool:
    """Return whether two SOURCEs may contain the same documents, by their URIs; globs are compared by their folders."""
    places = [outermost(uri) for uri in (one, other)]
    first, second = (Glob(uri, hidden=True).folder if is_glob(uri) else uri for uri in places)
    return lies_under(first, second) or lies_under(second, first)
