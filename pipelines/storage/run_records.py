"""Records of runs in the ledger, and of the result of a run for each document."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from pydantic import Field

from extractors.document import RedactedText, SourceName, Value

RunStatus: TypeAlias = Literal["running", "done", "incomplete", "failed", "hanging", "interrupted"]
"""A run that was stopped by an error has `failed`; one that a person or a kill ended was `interrupted`.

One over a configured source is `incomplete` where a part of that could not be listed, or items failed that did not fail
before. One that was ended because it made no progress was `hanging`.
"""
RunOutcome: TypeAlias = Literal["indexed", "duplicate", "failed", "deleted"]
RunEvent: TypeAlias = Literal["new", "changed", "again"]


class RunSummary(Value):
    """One run: over what, when (UTC), how it ended, and what it did, in documents.

    `source` is the name of a configured source, or the SOURCEs of a command; `flow` the kind of run. The counts are
    those of `pipelines.ingest.report.IngestReport`, up to the last batch for a run that goes on or was killed.
    """

    id: str
    source: str = ""
    flow: str = "ingest"
    started: dt.datetime
    ended: dt.datetime | None = None
    status: RunStatus
    found: int = 0
    indexed: int = 0
    unchanged: int = 0
    duplicate: int = 0
    failed: int = 0
    deleted: int = 0
    withdrawn: int = 0
    needs_ocr: int = 0
    seconds: float = 0.0


class RunRecord(RunSummary):
    """A run with `counts`: its whole report as JSON, of whatever version of the program wrote it."""

    counts: dict[str, Any]

    @property
    def summary(self) -> RunSummary:
        """The run without its report."""
        return RunSummary(**{name: getattr(self, name) for name in RunSummary.model_fields})


class ParagraphChanges(Value):
    """The printed numbers of the paragraphs that changed bytes added, removed and reworded; no word of the text.

    `unnumbered` is how many paragraphs without a number were added, removed or reworded. Where a list is longer than
    is kept, `more` is how many numbers are left out of all three.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unnumbered: int = 0
    more: int = 0


class RunDocument(Value):
    """What one run did with one document; documents that it left unchanged have no such row.

    - `event`: whether the document was `new` to the index, its bytes or sidecar `changed`, or it was done `again`;
      None for what was not indexed.
    - `start`, `stage`: the first stage that ran, and the last one reached: where it failed, or `index`.
    - `attempts`: how often it has failed by now with these bytes; `seconds`: how long it took, its reading included.
    """

    run: str
    document: str
    source: SourceName
    outcome: RunOutcome
    event: RunEvent | None = None
    status: str
    start: str | None = None
    stage: str | None = None
    error: RedactedText | None = None
    versions: Mapping[str, str] = Field(default_factory=dict)
    attempts: int = 0
    seconds: float = 0.0
    at: dt.datetime
    paragraphs: ParagraphChanges | None = None


def run_record(row: Mapping[str, Any]) -> RunRecord:
    """Return the record of a row that has `id, source, flow, started, ended, status, counts`."""
    counts = row["counts"] or {}
    counted = RunSummary.model_fields.keys() - row.keys()
    return RunRecord.model_validate({**row, "counts": counts, **{n: counts[n] for n in counted if n in counts}})


def completed_counts(counts: Mapping[str, Any], rows: Iterable[RunDocument]) -> dict[str, Any]:
    """Return the counts of a killed run: at least the number of its recorded documents."""
    found: Counter[str] = Counter()
    scans = 0
    for row in rows:
        found[row.outcome] += 1
        scans += row.outcome == "indexed" and row.status == "needs_ocr"
    done = dict(counts)
    for name, number in {**found, "needs_ocr": scans}.items():
        done[name] = max(int(done.get(name) or 0), number)
    done["found"] = sum(int(done.get(name) or 0) for name in ("indexed", "unchanged", "duplicate", "failed"))
    return done


def state_after(error: BaseException) -> RunStatus:
    """Return the status of a run that ended with this exception: failed for an error, interrupted for a signal."""
    return "failed" if isinstance(error, Exception) else "interrupted"
