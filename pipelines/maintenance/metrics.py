"""Metrics of a home for monitoring: its documents, its runs, and its size."""

import datetime as dt
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import get_args

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from configs.settings import Settings
from configs.sources import load_sources
from configs.system.errors import CustomsLensError
from pipelines.ingest.heartbeat import read_heartbeat
from pipelines.ingest.last_runs import BACKUP, DOCTOR, last_run
from pipelines.ingest.source_overview import SourceState, source_states
from pipelines.maintenance.status import HealthState, certificates, health_lines
from pipelines.storage.entries import Tally
from pipelines.storage.opening import open_storage
from pipelines.storage.run_records import RunRecord, RunStatus
from pipelines.workspace import INDEX

PREFIX = "customs_lens_"
"""How the names of all metrics begin."""
_FRESH_SECONDS = 60.0
"""How long the portal shows the same values: to count rows takes time."""
_OUTCOMES = ("found", "indexed", "unchanged", "duplicate", "failed", "deleted", "kept", "needs_ocr")
"""Counts of a run's report that are documents."""
_ENDED = tuple(status for status in get_args(RunStatus) if status != "running")


class HomeMetrics(Collector):
    """The metrics of a home, cached for a minute; safe for several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._found: list[Metric] = []
        self._read = float("-inf")

    def collect(self) -> list[Metric]:
        """Return them; where the stores cannot be read, as far as they can be."""
        with self._lock:
            if time.monotonic() - self._read > _FRESH_SECONDS:
                self._found = home_metrics(self._settings)
                self._read = time.monotonic()
            return self._found


def home_metrics(settings: Settings) -> list[Metric]:
    """Return the metrics of a home; if its stores cannot be read, `home_readable` is 0 and theirs are left out.

    Documents of every access class are counted: they are for who looks after the home.
    """
    found, readable = [*_of_run(settings.home), *_of_last_runs(settings), *_of_health(settings)], True
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
    readable_now = _one("home_readable", "Whether ledger and index can be read (1) or not (0).", int(readable))
    return [readable_now, *(metric for metric in found if metric.samples)]


def _of_documents(tally: Tally) -> Iterator[Metric]:
    outcomes = (((outcome,), count) for outcome, count in tally.outcomes.items())
    yield _gauge("documents", "Documents of the ledger by outcome.", ("outcome",), outcomes)
    failures = sorted(tally.failures.items())
    yield _gauge("failures", "Documents that failed, by status and stage.", ("status", "stage"), failures)
    text = "Documents that failed so often that they are left alone until their bytes change."
    yield _one("quarantined", text, tally.quarantined)
    if tally.last_indexed:
        when = dt.datetime.fromisoformat(tally.last_indexed)
        yield _one("last_indexed_timestamp_seconds", "When a document was last indexed, since 1970.", when.timestamp())


def _of_runs(runs: list[RunRecord]) -> Iterator[Metric]:
    """Yield metrics of the last runs, latest first: of the last that ended, and of the last that completed."""
    if last := next((run for run in runs if run.status != "running"), None):
        yield _one("last_run_start_timestamp_seconds", "When the last run began, since 1970.", last.started.timestamp())
        if last.ended:
            text = "When the last run ended, since 1970."
            yield _one("last_run_end_timestamp_seconds", text, last.ended.timestamp())
        if isinstance(seconds := last.counts.get("seconds"), int | float):
            yield _one("last_run_duration_seconds", "How long the last run took.", seconds)
        text = "How the last run ended: 1 for its status, 0 for the others."
        yield _gauge("last_run_status", text, ("status",), (((one,), int(one == last.status)) for one in _ENDED))
        known = (((name,), count) for name in _OUTCOMES if isinstance(count := last.counts.get(name), int))
        yield _gauge("last_run_documents", "Documents of the last run by outcome.", ("outcome",), known)
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
        known = (((one.name,), when.timestamp()) for one in sources if (when := getattr(one, field)))
        yield _gauge(name, text, ("source",), known)
    text = "Whether something new came from a source within its fresh_days (1) or not (0)."
    fresh = (((one.name,), int(one.fresh)) for one in sources if one.fresh is not None)
    yield _gauge("source_fresh", text, ("source",), fresh)
    counts = (
        ("source_items", "Items that a source has.", "items"),
        ("source_failed", "Items of a source that could not be ingested.", "failed"),
        ("source_withdrawn", "Documents that a source no longer has, in their grace period.", "withdrawn"),
    )
    for name, text, field in counts:
        yield _gauge(name, text, ("source",), (((one.name,), getattr(one, field)) for one in sources))


def _of_last_runs(settings: Settings) -> Iterator[Metric]:
    """Yield how the last run over each configured source ended, which files of the home say."""
    try:
        sources = load_sources(settings.home, settings.blobs)
        known = [run for source in sources if (run := last_run(settings.home, source.name))]
    except CustomsLensError:
        return
    left = (((name,), (at - dt.datetime.now(dt.UTC)).days) for name, at in certificates(settings, sources).items())
    text = "Days until the certificate of a source's server expires, as its last run saw; below zero, it has."
    yield _gauge("source_certificate_days", text, ("source",), left)
    text = "When the last run over a source that came to its end began, since 1970."
    good = (((run.source,), run.done_at.timestamp()) for run in known if run.done_at)
    yield _gauge("source_last_success_timestamp_seconds", text, ("source",), good)
    text = "How the last run over a source ended: 1 for its status, 0 for the others; none while one is at work."
    ended = (((run.source, one), int(one == run.status)) for run in known if run.status != "running" for one in _ENDED)
    yield _gauge("source_last_run_status", text, ("source", "status"), ended)


def _of_health(settings: Settings) -> Iterator[Metric]:
    """Yield how each thing is that may need a person, and when upkeep was done last."""
    for job, text in ((BACKUP, "a backup was last whole"), (DOCTOR, "doctor last found all well")):
        if (last := last_run(settings.home, job)) and last.done_at:
            name = f"last_{job.lstrip('_')}_timestamp_seconds"
            yield _one(name, f"When the run began in which {text}, since 1970.", last.done_at.timestamp())
        if last and job == DOCTOR:
            yield _one(
                "doctor_ok", "Whether doctor, when it last ran, found all well (1) or not (0).", int(not last.times)
            )
    lines = health_lines(settings, access_classes=frozenset())
    text = "How each line of the status page is: 1 for its state, 0 for the others."
    states = (((one.name, state), int(one.state == state)) for one in lines for state in get_args(HealthState))
    yield _gauge("health", text, ("line", "state"), states)


def _of_run(home: Path) -> Iterator[Metric]:
    """Yield what the heartbeat says."""
    if beat := read_heartbeat(home):
        text = "Whether the last run works (1), or has ended or was killed (0)."
        yield _one("run_running", text, int(beat.status == "running"))
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
    return GaugeMetricFamily(f"{PREFIX}{name}", text, value=value)


def _gauge(name: str, text: str, labels: Sequence[str], rows: Iterable[tuple[Sequence[str], float]]) -> Metric:
    """Return a metric with a value for each row of values of its labels."""
    family = GaugeMetricFamily(f"{PREFIX}{name}", text, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family
