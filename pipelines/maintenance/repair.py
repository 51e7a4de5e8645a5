"""Repair of a home with an embedded index as far as possible, without discarding anything that cannot be rebuilt."""

import datetime as dt
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from configs.settings import Settings
from configs.system.errors import CustomsLensError, UnavailableError
from configs.system.files import beside
from configs.system.folders import close_to_others, open_to_others
from configs.system.redaction import redact
from configs.system.sqlite import replacing
from configs.system.sqlite.copies import copies, sync_file
from configs.system.sqlite.database import not_a_file
from configs.system.sqlite.failures import storage_errors
from configs.system.sqlite.lock import WriterLock
from extractors.document import Value
from index.embedded.damage import StoreDamage, store_damage
from index.embedded.engine import EmbeddedEngine, open_embedded, rebuild
from index.embedded.salvage import remove_damaged, save_into
from index.encoder import encoder_identity
from index.filters import EVERY_CLASS
from pipelines.ingest.duplicates import orphans
from pipelines.ingest.follow.members import OWN, SHOWN
from pipelines.ingest.run import ProgressListener
from pipelines.ingest.runs import put_back
from pipelines.maintenance.blob_repair import Lost, recreate
from pipelines.review.unlogged import log_missing
from pipelines.stages.versions import STAGES
from pipelines.storage.blobs import BlobStore
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage
from pipelines.storage.said import damage_of_state
from pipelines.storage.salvage import salvage
from pipelines.workspace import (
    BLOBS,
    COMPANIONS,
    DAMAGED,
    INDEX,
    PRIMARY_STORE,
    STATE,
    WORKER_LOCK,
    parts,
    writing_locked,
)

_log = logging.getLogger(__name__)

_STAGE_OF = {"original": "read"} | {stage: stage for stage in STAGES}
"""The stage that makes each kind of blob."""
_SAID = "judgements, corrections, saved searches, records of the review and traces of deleted papers"
"""What people have in the state, and what is kept of what they deleted."""

_ASIDE = "rows.jsonl"
"""Beside a damaged state: its damaged rows as they were read."""
_OF_A_CLUSTER = ("rights", "databases")
"""Steps for a home whose index lies in a cluster: the next ingestion makes good what is missing there."""


class Repair(Value):
    """A problem: whether it was repaired, and how or why not."""

    name: str
    done: bool
    detail: str


def repair(settings: Settings, *, progress: ProgressListener = lambda *_: None) -> list[Repair]:
    """Repair a home, step by step, and return the results.

    A step that fails is told, and the others follow. Another process that writes the home is such a failure.
    """
    home, found = settings.home, list[Repair]()
    steps: dict[str, Callable[[], Iterator[Repair]]] = {
        "rights": lambda: _restrict_permissions(home),
        "restore": lambda: _finish_restore(home),
        "databases": lambda: _move_store_away(settings),
        "index": lambda: _repair_index(home),
        "ledger": lambda: _repair_ledger(settings),
        "audit log": lambda: _log_missing(settings),
        "documents": lambda: _put_back(settings, progress),
        "scores": lambda: _merge_text(home, found),
    }
    for name in _OF_A_CLUSTER if open_storage(settings).shared else tuple(steps):
        step = steps[name]
        try:
            with storage_errors(home):
                found += step()
        except CustomsLensError as error:
            _log.debug("%s cannot be repaired", name, exc_info=True)
            found.append(Repair(name=name, done=False, detail=str(error)))
    return [one.model_copy(update={"detail": redact(one.detail)}) for one in found]


def _restrict_permissions(home: Path) -> Iterator[Repair]:
    """Remove the permissions of other users on the home: it contains papers of every access class."""
    found = list(open_to_others(home)) if home.exists() else []
    for path in found:
        with suppress(FileNotFoundError):
            close_to_others(path)
    if found:
        yield Repair(name="rights", done=True, detail=f"{len(found)} files and folders are for their owner alone now")


def _finish_restore(home: Path) -> Iterator[Repair]:
    if replacing.is_unfinished(home):
        replacing.finish(home, parts(home))
        yield Repair(
            name="restore", done=True, detail="a restore that was stopped while it moved its files is finished"
        )
    if replacing.leftovers(home):
        with writing_locked(home):
            replacing.tidy(home)
        yield Repair(name="restore", done=True, detail="what a restore left that was stopped is deleted")


def _move_store_away(settings: Settings) -> Iterator[Repair]:
    """Move databases that SQLite cannot read to another folder, if they can be re-created."""
    home = settings.home
    if os.path.lexists(home / PRIMARY_STORE):
        yield from _repair_store(settings)
    if os.path.lexists(home / STATE) and (found := damage_of_state(home / STATE)):
        with _exclusive(settings):
            yield from _repair_state(home, found)


def _repair_store(settings: Settings) -> Iterator[Repair]:
    """Remove damaged documents from the primary store; a later step restores them from the blobs."""
    home = settings.home
    misplaced = not_a_file(home / PRIMARY_STORE)
    found = StoreDamage(misplaced) if misplaced else store_damage(home / INDEX)
    if not found:
        return
    with writing_locked(home):
        if not found.file:
            remove_damaged(home / INDEX, found)
            yield Repair(name=PRIMARY_STORE, done=True, detail=f"{found}: re-created from the blobs")
            return
        kept = _move_away(home, PRIMARY_STORE)
        count = 0 if misplaced else save_into(home / INDEX, kept.parent, encoder_identity(settings))
    detail = f"was damaged ({found}) and is kept as {kept}; a new one is made, with {count} documents of it"
    yield Repair(name=PRIMARY_STORE, done=True, detail=detail)


@contextmanager
def _exclusive(settings: Settings) -> Iterator[None]:
    """Exclude writers of a home, for any kind of index."""
    if not open_storage(settings).shared:
        with writing_locked(settings.home):
            yield
        return
    lock = WriterLock(settings.home / WORKER_LOCK)
    try:
        yield
    finally:
        lock.release()


def _repair_state(home: Path, found: str) -> Iterator[Repair]:
    """Rebuild the state from its intact rows, and from copies of damaged ones."""
    path = home / STATE
    with beside(path) as new:
        made = salvage(path, new, copies(path))
        sync_file(new)
        kept = _move_away(home, STATE)
    aside = kept.with_name(_ASIDE)
    if made.aside:
        aside.write_text("".join(f"{row}\n" for row in made.aside), encoding="utf-8")
    said = [f"was damaged ({found}) and is kept as {kept}"]
    if made.rows:
        said.append(f"{made.rows} sound rows of it stay")
        found_rows = {
            "in place of damaged ones": made.from_copies,
            "left out, as derived from other things": made.left_out,
            f"left out, as no copy has them, and kept in {aside}": made.lost,
        }
        said += [f"{what}: {', '.join(names)}" for what, names in found_rows.items() if names]
        said += ["restore a backup to have the lost ones back"] * bool(made.lost)
    elif made.replaced:
        day = max(made.replaced.values())
        said.append(f"nothing in it can be read: the copy of {day} took its place: later {_SAID} are lost")
    else:
        said.append(f"there is no intact copy of it: restore a backup to have the {_SAID} in it back")
    yield Repair(name=STATE, done=not made.lost, detail="; ".join(said))


def _move_away(home: Path, name: str) -> Path:
    """Move a file of the home, with its companions, or a folder where nothing is in its way."""
    stamp = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}"
    target = home / DAMAGED / stamp
    target.mkdir(parents=True, exist_ok=True)
    for one in (name, *(name + suffix for suffix in COMPANIONS)):
        if os.path.lexists(home / one):  # a link to nothing, too
            (target / one).parent.mkdir(exist_ok=True)
            (home / one).rename(target / one)
    return target / name


def _repair_index(home: Path) -> Iterator[Repair]:
    """Update derived parts from the primary store; rebuild them if they still disagree."""
    if not (home / PRIMARY_STORE).exists():
        return
    found = _disagreements(home, write=False)
    left = _disagreements(home, write=True)
    if left:
        rebuild(home / INDEX)
    if left or found:
        done = (
            "text index and vectors were rebuilt"
            if left
            else "text index and vectors are up to date with the store again"
        )
        yield Repair(name="index", done=True, detail=f"{done} ({'; '.join(left or found)})")


def _disagreements(home: Path, *, write: bool) -> list[str]:
    """Return the disagreements between parts of the index; opening it for writing resolves most of them."""
    try:
        with closing(EmbeddedEngine(home / INDEX, None, write=write)) as engine:
            return [f"{check.name}: {check.detail}" for check in engine.checks() if not check.ok]
    except UnavailableError as error:
        if write:
            raise
        return [error.message]


def _repair_ledger(settings: Settings) -> Iterator[Repair]:
    """Make the ledger agree with the content of the home."""
    home, storage = settings.home, open_storage(settings)
    if not (home / PRIMARY_STORE).exists() and not storage.has_ledger():
        return
    blobs = BlobStore(str(home / BLOBS))
    with writing_locked(home), closing(storage.open_ledger(write=True)) as ledger:
        damaged = [(entry, lost) for entry in ledger.entries() if (lost := _lost(entry, blobs))]
        lacking = list(recreate(settings, blobs, damaged)) if damaged else []
        for entry, left in lacking:
            if derived := {kind: name for kind, name in left.items() if kind != "original"}:
                ledger.write(_without(entry, derived))
        unknown = list(_rows_to_add(home, ledger, blobs))
        for entry in unknown:
            ledger.write(entry)
    again = "the next ingest of their sources re-creates them"
    yield from _recreated_blobs(lacking, again)
    if unknown:
        detail = f"{len(unknown)} documents of the index were not in the ledger, and are now: {again}"
        yield Repair(name="ledger", done=True, detail=detail)


def _recreated_blobs(lacking: Sequence[tuple[LedgerRow, Lost]], again: str) -> Iterator[Repair]:
    """Say what documents that lacked blobs still lack."""
    if whole := sum(not lost for _, lost in lacking):
        yield Repair(name="blobs", done=True, detail=f"{whole} documents lacked blobs, or had damaged ones: re-created")
    if derived := sum(bool(lost.keys() - {"original"}) for _, lost in lacking):
        yield Repair(name="blobs", done=True, detail=f"{derived} documents lack blobs, or have damaged ones: {again}")
    for entry in (entry for entry, lost in lacking if "original" in lost):
        detail = (
            f"{entry.source}: the original is damaged or missing, and its source does not have these bytes any more"
        )
        remedy = "text, tags and judgements stay; put the file back there and repair again, or restore a backup"
        yield Repair(name="blobs", done=False, detail=f"{detail}: {remedy}")


def _lost(entry: LedgerRow, blobs: BlobStore) -> dict[str, str]:
    return {kind: name for kind, name in entry.blobs.items() if not blobs.is_sound(name)}


def _without(entry: LedgerRow, lost: Lost) -> LedgerRow:
    """Return a row without some blobs, so that the next run begins at the first stage that produces one of them."""
    first = min(STAGES.index(_STAGE_OF[kind]) for kind in lost)
    outdated = STAGES[first:]
    kept = {kind: name for kind, name in entry.blobs.items() if kind not in lost}
    versions = {stage: version for stage, version in entry.versions.items() if stage not in outdated}
    return replace(entry, blobs=kept, versions=versions)


def _rows_to_add(home: Path, ledger: Ledger, blobs: BlobStore) -> Iterator[LedgerRow]:
    """Yield rows for indexed documents without one; they have no stages, so that all are repeated."""
    if not (home / PRIMARY_STORE).exists():
        return
    known = {entry.id for entry in ledger.entries() if entry.outcome == "indexed" or entry.blobs}
    with closing(open_embedded(home / INDEX, None, write=False)) as engine:
        indexed = {identifier for identifier, _ in engine.documents(access_classes=EVERY_CLASS)}
        for identifier in sorted(indexed - known):
            if document := engine.document(identifier, access_classes=EVERY_CLASS, full=True):
                yield LedgerRow(
                    id=identifier,
                    source=document.source,
                    sha256=document.sha256,
                    outcome="indexed",
                    status=document.status,
                    run="repair",
                    key=document.key,
                    versions={OWN: document.access or "", SHOWN: document.access or ""},
                    blobs={"original": document.sha256} if blobs.is_sound(document.sha256) else {},
                    pages=len(document.pages),
                    passages=len(document.passages),
                )


def _log_missing(settings: Settings) -> Iterator[Repair]:
    if found := log_missing(settings):
        detail = f"{len(found)} judgements and corrections were stored without a line that says so, and have one now"
        yield Repair(name="audit log", done=True, detail=detail)


def _put_back(settings: Settings, progress: ProgressListener) -> Iterator[Repair]:
    if not open_storage(settings).has_ledger():
        return
    before = _orphans(settings)
    report = put_back(settings, progress=progress)
    replaced = len(before - _orphans(settings))
    if again := report.indexed - replaced:
        yield Repair(name="documents", done=True, detail=f"{again} were put back from what was kept of them")
    if replaced:
        detail = f"{replaced} took the place of documents with the same bytes that are gone"
        yield Repair(name="duplicates", done=True, detail=detail)
    for failure in report.failures:
        yield Repair(name="documents", done=False, detail=f"{failure.source}: {failure.error}")


def _merge_text(home: Path, found: Sequence[Repair]) -> Iterator[Repair]:
    """Rebuild the text index where documents were taken out of the store: scores count them until it is merged."""
    if any(one.name == PRIMARY_STORE for one in found) and (home / PRIMARY_STORE).exists():
        rebuild(home / INDEX)
    yield from ()


def _orphans(settings: Settings) -> set[str]:
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        return {entry.id for entry in orphans(ledger)}
