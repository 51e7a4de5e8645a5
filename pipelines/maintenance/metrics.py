"""What a monitor wants to know of a home: its documents, its runs, and its size."""

import datetime as dt
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import get_args

from configs.errors import CustomsLensError
from configs.settings import Settings
from configs.sources import load_sources
from pipelines.ingest.heartbeat import read_heartbeat
from pipelines.ingest.last_runs import last_run
from pipelines.ingest.source_overview import SourceState, source_states
from pipelines.maintenance.prometheus import Metric, Sample, exposition
from pipelines.storage.ledger import Tally
from pipelines.storage.opening import open_storage
from pipelines.storage.run_records import RunRecord, RunStatus
from pipelines.workspace import INDEX

_FRESH_SECONDS = 60.0
"""How long the portal shows the same values: to count rows takes time."""
_OUTCOMES = ("found", "indexed", "unchanged", "duplicate", "failed", "deleted", "kept", "needs_ocr")
"""Counts of a run's report that are documents."""


class HomeMetrics:
    """The metrics of a home as text, read again when they are a minute old; several threads may ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._text, self._read = "", float("-inf")

    def text(self) -> str:
        """Return them in the text format of Prometheus; where the stores cannot be read, as far as they can be."""
        with self._lock:
            if time.monotonic() - self._read > _FRESH_SECONDS:
                self._text = exposition(home_metrics(self._settings))
                self._read = time.monotonic()
            return self._text


def home_metrics(settings: Settings) -> list[Metric]:
    """Return the metrics of a home; where its stores cannot be read, `home_readable` is 0 and theirs are missing.

    Documents of every access class are counted: they are for who looks after the home.
    """
    found, readable = [*_of_run(settings.home), *_of_last_runs(settings)], True
    storage = open_storage(settings)
    try:
        with closing(storage.open_ledger(write=False)) as ledger:
            found += [*_of_documents(ledger.tally(settings.quarantine_after)), *_of_runs(ledger.last_runs())]
        found += _of_sources(source_states(settings))
        if totals := storage.index_totals():
            papers, passages = totals
            found.append(_one("papers", "Papers in the index, their versions counted once.", papers))
            found.append(_one("passages", "Passages in the index.", passages))
    except CustomsLensError:
        readable = False
    found += _of_disk(settings.home)
    return [_one("home_readable", "Whether ledger and index can be read (1) or not (0).", int(readable)), *found]


def _of_documents(tally: Tally) -> Iterator[Metric]:
    samples = tuple(Sample(count, {"outcome": outcome}) for outcome, count in tally.outcomes.items())
    yield Metric("documents", "Documents of the ledger by outcome.", samples)
    rows = sorted(tally.failures.items())
    samples = tuple(Sample(count, {"status": status, "stage": stage}) for (status, stage), count in rows)
    yield Metric("failures", "Documents that failed, by status and stage.", samples)
    text = "Documents that failed so often that they are left alone until their bytes change."
    yield _one("quarantined", text, tally.quarantined)
    if tally.last_indexed:
        when = dt.datetime.fromisoformat(tally.last_indexed)
        yield _one("last_indexed_timestamp_seconds", "When a document was last indexed, since 1970.", when.timestamp())


def _of_runs(runs: list[RunRecord]) -> Iterator[Metric]:
    """Yield what the last runs say, latest first: of the last that ended, and of the last that came to its end."""
    if last := next((run for run in runs if run.status != "running"), None):
        yield _one("last_run_start_timestamp_seconds", "When the last run began, since 1970.", last.started.timestamp())
        if last.ended:
            text = "When the last run ended, since 1970."
            yield _one("last_run_end_timestamp_seconds", text, last.ended.timestamp())
        if isinstance(seconds := last.counts.get("seconds"), int | float):
            yield _one("last_run_duration_seconds", "How long the last run took.", seconds)
        states = [state for state in get_args(RunStatus) if state != "running"]
        samples = tuple(Sample(int(state == last.status), {"status": state}) for state in states)
        yield Metric("last_run_status", "How the last run ended: 1 for its status, 0 for the others.", samples)
        known = [(name, last.counts[name]) for name in _OUTCOMES if isinstance(last.counts.get(name), int)]
        samples = tuple(Sample(count, {"outcome": name}) for name, count in known)
        yield Metric("last_run_documents", "Documents of the last run by outcome.", samples)
    if good := next((run.ended for run in runs if run.status == "done" and run.ended), None):
        text = "When a run last came to its end, whatever documents failed in it, since 1970."
        yield _one("last_success_timestamp_seconds", text, good.timestamp())
        text = "How long that was ago when this was written."
        yield _one("last_success_age_seconds", text, max(0.0, (dt.datetime.now(dt.UTC) - good).total_seconds()))


def _of_sources(sources: Sequence[SourceState]) -> Iterator[Metric]:
    """Yield how each configured source stands."""
    times = (
        ("source_last_run_timestamp_seconds", "When a source was last run over, since 1970.", "last_at"),
        ("source_new_timestamp_seconds", "When something new last came from a source, since 1970.", "new_at"),
    )
    for name, text, field in times:
        known = [(one.name, when) for one in sources if (when := getattr(one, field))]
        yield Metric(name, text, tuple(Sample(when.timestamp(), {"source": source}) for source, when in known))
    fresh = [(one.name, one.fresh) for one in sources if one.fresh is not None]
    text = "Whether something new came from a source within its fresh_days (1) or not (0)."
    yield Metric("source_fresh", text, tuple(Sample(int(state), {"source": source}) for source, state in fresh))
    counts = (
        ("source_items", "Items that a source has.", "items"),
        ("source_failed", "Items of a source that could not be ingested.", "failed"),
        ("source_withdrawn", "Documents that a source no longer has, in their grace period.", "withdrawn"),
    )
    for name, text, field in counts:
        yield Metric(name, text, tuple(Sample(getattr(one, field), {"source": one.name}) for one in sources))


def _of_last_runs(settings: Settings) -> Iterator[Metric]:
    """Yield how the last run over each configured source ended, which files of the home say."""
    try:
        known = [run for source in load_sources(settings.home) if (run := last_run(settings.home, source.name))]
    except CustomsLensError:
        return
    good = tuple(Sample(run.done_at.timestamp(), {"source": run.source}) for run in known if run.done_at)
    text = "When the last run over a source that came to its end began, since 1970."
    yield Metric("source_last_success_timestamp_seconds", text, good)
    states = [state for state in get_args(RunStatus) if state != "running"]
    ended = [run for run in known if run.status != "running"]
    samples = tuple(
        Sample(int(state == run.status), {"source": run.source, "status": state}) for run in ended for state in states
    )
    text = "How the last run over a source ended: 1 for its status, 0 for the others; none while one is at work."
    yield Metric("source_last_run_status", text, samples)


def _of_run(home: Path) -> Iterator[Metric]:
    """Yield what the heartbeat says."""
    if beat := read_heartbeat(home):
        yield _one(
            "run_running", "Whether the last run works (1), or has ended or was killed (0).", beat.status == "running"
        )
        text = "When the last run last wrote its heartbeat, since 1970."
        yield _one("run_heartbeat_timestamp_seconds", text, beat.at.timestamp())
        text = "When the last run last made progress, since 1970."
        yield _one("run_progress_timestamp_seconds", text, beat.progressed.timestamp())
        yield _one("run_documents_done", "Documents that the last run is done with.", beat.done)
        yield _one("run_documents", "Documents of the last run.", beat.total)


def _of_disk(home: Path) -> Iterator[Metric]:
    if home.is_dir():
        yield _one("disk_free_bytes", "Space that is free on the disk of the home.", shutil.disk_usage(home).free)
    if (home / INDEX).is_dir():
        yield _one("index_bytes", "Size of the embedded index.", _size(home / INDEX))


def _size(folder: Path) -> int:
    """Return the bytes of the files below a folder; one that goes meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def _one(name: str, text: str, value: float) -> Metric:
    return Metric(name, text, (Sample(value),))
