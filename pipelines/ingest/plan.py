"""What a run has to do: for every source, whether it is known already and at which stage it starts."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from extractors.document import ReadStatus, document_id
from pipelines.sources.source import Source, SourceError
from pipelines.stages.versions import STAGES, Stage
from pipelines.storage.ledger import Entry, Ledger

_log = logging.getLogger(__name__)

Action = Literal["work", "unchanged", "duplicate", "failed", "unreadable", "orphaned"]


@dataclass(frozen=True)
class Selection:
    """Which of the sources a run takes up.

    `force` begins anew with everything; `only` takes failed or changed documents alone; `start` begins at a
    stage even where nothing changed.
    """

    force: bool = False
    only: Literal["failed", "changed"] | None = None
    start: Stage | None = None


WHAT_IS_NEW = Selection()
"""The selection of an ordinary run: what is new, changed, or made by an older version of a stage."""


class Pending(NamedTuple):
    """A document that a run had to leave: the run's id, and the stage that it began at even where nothing changed."""

    run: str
    start: Stage | None


@dataclass(frozen=True)
class Item:
    """One source in a run. `start` is the first stage to run where the action is `work`.

    `owner` is the document that holds the same bytes where the action is `duplicate`; `error` says why a
    source is unreadable, `status` what kind of failure that is; `sidecar` is the digest of the description beside
    the source, "" where there is none. `stored` says that the bytes are read from the store and not from the source.
    The row of an `orphaned` one stays as it is (`pipelines.ingest.duplicates`). Items hold ids only, so that they can
    be handed between processes.
    """

    source: Source
    id: str
    sha256: str
    action: Action
    start: Stage = "read"
    owner: str | None = None
    error: str | None = None
    status: ReadStatus = "crashed"
    sidecar: str = ""
    stored: bool = False


@dataclass(frozen=True)
class _Known:
    """A source with its bytes' hash (or why there is none) and its row in the ledger.

    `lost` says that the ledger has its artefacts and the index does not hold it.
    """

    source: Source
    id: str
    sha256: str
    error: SourceError | None
    entry: Entry | None
    lost: bool

    @property
    def changed(self) -> bool:
        """Whether its bytes or those of its sidecar are not what the ledger knows."""
        if self.entry is None:
            return True
        return (self.entry.sha256, self.entry.versions.get("sidecar", "")) != (self.sha256, self.sidecar)

    @property
    def sidecar(self) -> str:
        """The digest of the description beside the source, "" where there is none."""
        return self.source.sidecar.digest if self.source.sidecar else ""

    def item(self, action: Action, **more: Any) -> Item:  # noqa: ANN401 - the other fields of an item
        """Return what is to be done with it."""
        return Item(self.source, self.id, self.sha256, action, sidecar=self.sidecar, **more)


def plan(
    sources: Sequence[Source],
    ledger: Ledger,
    versions: Mapping[str, str],
    selection: Selection,
    *,
    indexed: Collection[str],
    gone: Collection[str] = (),
    pending: Mapping[str, Pending] = MappingProxyType({}),
    is_here: Callable[[str], bool] = lambda _: True,
) -> list[Item]:
    """Return what to do with each source, in their order.

    The same bytes under two sources are worked on once: the source that owned them before, else the first,
    keeps them, the others are duplicates. A failed document is taken up again when its bytes changed, by
    `force` and by `only="failed"`. `indexed` are the documents that the index holds: what the ledger knows
    and the index lost is put back. `gone` are documents that are about to be deleted, `pending` those that runs had to
    leave, by their ids, which `only="failed"` takes up too. `is_here` says whether the store holds a blob; a stage
    whose artefact it does not hold is done again.
    """
    rows = ledger.known([document_id(source.uri) for source in sources])
    known = [_look_up(source, rows, indexed) for source in sources]
    owners = _owners(known, ledger, gone)
    items = [_item(one, owners, versions, _selection_of(one, selection, pending.get(one.id)), is_here) for one in known]
    if selection.only is None:
        return items
    if new := [one for one in known if one.entry is None and one.id not in pending]:
        words = "%d documents were never ingested, and --only %s leaves them out, such as %s: run ingest without it"
        _log.warning(words, len(new), selection.only, new[0].source.uri)
    return [
        item
        for item, one in zip(items, known, strict=True)
        if _is_selected(one, selection) or (selection.only == "failed" and one.id in pending and _is_to_do(item, one))
    ]


def plan_from(
    ledger: Ledger, versions: Mapping[str, str], start: Stage, *, is_here: Callable[[str], bool] = lambda _: True
) -> list[Item]:
    """Return what a stage has to make again of the documents that are known, without looking at their sources.

    Documents of which an earlier stage is out of date, or its artefact is not in the store, are left to a run over
    their sources.
    """
    before = STAGES[: STAGES.index(start)]
    return [
        Item(Source(one.source), one.id, one.sha256, "work", start, sidecar=one.versions.get("sidecar", ""))
        for one in ledger.entries("indexed")
        if one.versions.get(start) != versions[start]
        and all(one.versions.get(stage) == versions[stage] for stage in before)
        and _start_here(one, start, is_here) == start
    ]


def plan_lost(
    ledger: Ledger, versions: Mapping[str, str], indexed: Collection[str], *, is_here: Callable[[str], bool]
) -> list[Item]:
    """Return what puts back the documents that the index lost, from what this home kept of them.

    Those that have to be read again are left to a run over their sources.
    """
    items = []
    for one in ledger.entries("indexed"):
        changed = [stage for stage in STAGES if one.versions.get(stage) != versions[stage]]
        start = _start_here(one, changed[0] if changed else "index", is_here)
        if one.id not in indexed and start != "read":
            sidecar = one.versions.get("sidecar", "")
            items.append(Item(Source(one.source), one.id, one.sha256, "work", start, sidecar=sidecar))
    return items


def _look_up(source: Source, rows: Mapping[str, Entry], indexed: Collection[str]) -> _Known:
    identifier = document_id(source.uri)
    entry = rows.get(identifier)
    lost = bool(entry and entry.blobs) and identifier not in indexed
    try:
        return _Known(source, identifier, source.sha256(), None, entry, lost)
    except SourceError as error:
        return _Known(source, identifier, "", error, entry, lost)


def _owners(known: Sequence[_Known], ledger: Ledger, gone: Collection[str]) -> dict[str, str]:
    now = {one.id: one.sha256 for one in known}
    owners: dict[str, str] = {}
    earlier = ledger.owners({one.sha256 for one in known if one.sha256}, without=gone)
    for one in known:
        if one.sha256 in owners:
            continue
        before = earlier.get(one.sha256)
        kept = before is not None and now.get(before.id, one.sha256) == one.sha256
        owners[one.sha256] = before.id if before and kept else one.id
    return owners


def _item(
    one: _Known,
    owners: Mapping[str, str],
    versions: Mapping[str, str],
    selection: Selection,
    is_here: Callable[[str], bool],
) -> Item:
    if one.error:
        return one.item("unreadable", error=str(one.error), status=one.error.status)
    owner = owners[one.sha256]
    if owner != one.id:
        return one.item("duplicate", owner=owner)
    start = _first_stage(one, versions, selection)
    if start is not None:
        return one.item("work", start=_start_here(one.entry, start, is_here))
    failed = one.entry is not None and one.entry.outcome == "failed"
    return one.item("failed" if failed else "unchanged")


def _first_stage(one: _Known, versions: Mapping[str, str], selection: Selection) -> Stage | None:
    entry = one.entry
    if entry is None or one.changed or entry.outcome == "duplicate" or selection.force:
        return "read"
    if entry.outcome == "failed":
        return "read" if selection.only == "failed" or one.lost else None
    changed = [stage for stage in STAGES if entry.versions.get(stage) != versions[stage] or stage == selection.start]
    if one.lost:
        changed.append("index")
    return changed[0] if changed else None


def _start_here(entry: Entry | None, start: Stage, is_here: Callable[[str], bool]) -> Stage:
    """Return the stage to start at where those before it left something, else the first that did not."""
    blobs = entry.blobs if entry else {}
    return next((stage for stage in STAGES[: STAGES.index(start)] if not is_here(blobs.get(stage, ""))), start)


def _selection_of(one: _Known, selection: Selection, left: Pending | None) -> Selection:
    """Return the selection for a document: one that a run left which began at a stage begins there."""
    if left is None or left.start is None or one.entry is None or one.entry.run == left.run:
        return selection
    return replace(selection, start=left.start)


def _is_to_do(item: Item, one: _Known) -> bool:
    if item.action == "duplicate":
        return one.changed or one.entry is None or one.entry.outcome != "duplicate"
    return item.action != "unchanged"


def _is_selected(one: _Known, selection: Selection) -> bool:
    if one.entry is None:
        return False
    if selection.only == "failed":
        return one.entry.outcome == "failed"
    return one.changed
