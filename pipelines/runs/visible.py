"""Filtering of run data for administrators whose key is not for every paper: counts, places and reasons remain.

Names and paths of papers that the key may not read are left out. Of a paper that neither the index nor a tombstone has,
nobody knows the class: it is one of these.
"""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TypeVar

from configs.settings import Settings
from configs.sources import load_sources
from index.filters import AccessClasses, may_read_all
from pipelines.ingest.freshness import SourceFreshness
from pipelines.ingest.heartbeat import Beat
from pipelines.ingest.last_runs import LastRun, last_run
from pipelines.runs.failures import RunFailure
from pipelines.search.service import SearchService
from pipelines.storage.opening import open_storage, opened_ledger
from pipelines.storage.run_records import RunDocument, RunSummary

UNNAMED = ""
"""Stands for a source that is not named."""
UNTOLD = "it was ended by an error, which who may read every paper can see"
"""Stands for a reason that may name a paper."""

Row = TypeVar("Row", RunDocument, RunFailure)
Run = TypeVar("Run", RunSummary, SourceFreshness)


def visible_rows(
    settings: Settings, service: SearchService, rows: Sequence[Row], *, access_classes: AccessClasses
) -> tuple[Row, ...]:
    """Return documents and failures of runs; for unreadable papers only id, status and counts.

    Raises `UnavailableError` where the index or the ledger cannot be read.
    """
    if may_read_all(access_classes):
        return tuple(rows)
    names = {row.document for row in rows}
    has_index = open_storage(settings).has_index()
    with opened_ledger(settings) as ledger, service.engine() if has_index else nullcontext() as engine:
        shown = {one.id for one in ledger.tombstones(names, access_classes=access_classes)} if ledger else set()
        shown |= {one for one in names if engine and engine.document(one, access_classes=access_classes)}
    return tuple(row if row.document in shown else _unnamed(row) for row in rows)


def visible_runs(settings: Settings, runs: Iterable[Run], *, access_classes: AccessClasses) -> tuple[Run, ...]:
    """Return runs, or how sources stand; SOURCEs of a command are named where each is a folder of this machine."""
    if may_read_all(access_classes):
        return tuple(runs)
    places = {one.name: one.place for one in load_sources(settings.home, settings.blobs)}

    def is_place(name: str) -> bool:
        return name in places or Path(name.removeprefix("file://")).is_dir()

    def visible(one: Run) -> Run:
        shown: dict[str, object] = {} if all(map(is_place, one.source.split(", "))) else {"source": UNNAMED}
        if isinstance(one, SourceFreshness) and one.reason:
            place, last = places.get(one.source), last_run(settings.home, one.source) if one.configured else None
            shown["reason"] = (visible_reason(one.reason, last, place) if place else None) or UNTOLD
        return one.model_copy(update=shown)

    return tuple(map(visible, runs))


def visible_reason(reason: str | None, last: LastRun | None, place: str) -> str | None:
    """Return why a run over the source at `place` was not done: what names no paper; None where that is not known."""
    if last and last.detail:
        return last.detail
    before, mark, rest = (reason or "").partition(f"{place}: ")
    rest = rest.partition(" (")[0]
    return f"{place}: {rest}" if mark and not before and "/" not in rest else None


def visible_beat(beat: Beat | None, *, access_classes: AccessClasses) -> Beat | None:
    """Return the heartbeat of a run; its last document is named only to readers of every paper."""
    return beat if beat is None or may_read_all(access_classes) else beat.model_copy(update={"document": None})


def _unnamed(row: Row) -> Row:
    bare: dict[str, object] = {"source": UNNAMED, "error": row.error and row.status}
    return row.model_copy(update=bare | ({"paragraphs": None} if isinstance(row, RunDocument) else {}))
