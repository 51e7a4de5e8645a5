"""The plan of a run: for every source, whether it is known and the stage at which its processing starts."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from configs.settings import Settings
from configs.system.progress import step_done
from extractors.document import ReadStatus, document_id
from pipelines.ingest.follow.members import container_ids, has_current_class, state_of
from pipelines.sources.source import Source, SourceError
from pipelines.stages.versions import STAGES, Stage
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger

_log = logging.getLogger(__name__)

Action = Literal["work", "unchanged", "duplicate", "failed", "unreadable", "orphaned", "quarantined"]


@dataclass(frozen=True)
class Selection:
    """The sources that a run processes.

    `force` reads everything again; `only` selects failed or changed documents, without quarantined ones unless `force`
    is set too; `start` begins at a stage even for unchanged documents. `retry` adds failed documents to the new ones.
    """

    force: bool = False
    only: Literal["failed", "changed"] | None = None
    start: Stage | None = None
    retry: bool = False


WHAT_IS_NEW = Selection()
"""The selection of an ordinary run: new, changed, or processed by an older version of a stage."""


class Pending(NamedTuple):
    """A pending document of an earlier run: the run's id, and its first stage, which also applies if unchanged."""

    run: str
    start: Stage | None


@dataclass(frozen=True)
class Item:
    """One source in a run. `start` is the first stage to run if the action is `work`.

    `owner` is the document with the same bytes if the action is `duplicate`; `error` says why a source is unreadable,
    `status` the kind of failure; `sidecar` is the digest of the source's metadata (`Source.description`), "" without
    any. `stored` says that the bytes come from the store instead of the source. `container` is the state in which the
    containing mail or PDF was found (`pipelines.ingest.follow.members.state_of`), None if that was not checked. The row
    of an `orphaned` item is not changed (`pipelines.ingest.duplicates`); a `quarantined` one is only counted.
    `elsewhere` says that it is read again only because its artefacts are in another home. `revision` is the revision of
    its ledger row at planning time, if several workers share the ledger: the item is skipped once the row has another
    one.
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
    container: str | None = None
    elsewhere: bool = False
    revision: str | None = None


@dataclass(frozen=True)
class _KnownSource:
    """A source with its bytes' hash (or the error of reading them) and its row in the ledger.

    `lost` says that the ledger has its artefacts and the index lacks it, `shown_right` that its indexed access class
    matches the rows of its containers. `container` is the state in which the containing mail or PDF was found, None if
    that was not checked.
    """

    source: Source
    id: str
    sha256: str
    error: SourceError | None
    entry: LedgerRow | None
    lost: bool
    shown_right: bool = True
    container: str | None = None

    @property
    def changed(self) -> bool:
        """Whether its bytes or those of its sidecar differ from the ledger."""
        if self.entry is None:
            return True
        return (self.entry.sha256, self.entry.versions.get("sidecar", "")) != (self.sha256, self.sidecar)

    @property
    def sidecar(self) -> str:
        """The digest of the source's metadata, "" without any."""
        return self.source.description

    def item(self, action: Action, **more: Any) -> Item:  # noqa: ANN401 - the other fields of an item
        """Return the item of the run for this source."""
        return Item(self.source, self.id, self.sha256, action, sidecar=self.sidecar, **more)


@dataclass(frozen=True)
class HomeState:
    """The state of a home, as far as a plan depends on it; planning changes nothing.

    `versions` are the current versions of the stages. `indexed` returns which documents the index holds, by their ids:
    documents that the ledger has and the index lacks are indexed again, unless `look_again` finds them, as another
    worker may have indexed them since. `has_blob` returns whether the blob store has a blob; a stage without its
    artefact is run again. `pending` returns the pending documents of earlier runs, by their ids. A document is
    quarantined once it has failed `quarantine_after` times with the same bytes.
    """

    ledger: Ledger
    versions: Mapping[str, str]
    indexed: Callable[[Collection[str]], Collection[str]]
    look_again: Callable[[Collection[str]], Collection[str]] | None = None
    has_blob: Callable[[str], bool] = lambda _: True
    pending: Callable[[], Mapping[str, Pending]] = dict
    quarantine_after: int = Settings.model_fields["quarantine_after"].default


def plan(sources: Sequence[Source], home: HomeState, selection: Selection, *, gone: Collection[str] = ()) -> list[Item]:
    """Return the items of a run for some sources, in their order.

    Identical bytes of two sources are processed once: the previous owner, else the first source, owns them, the others
    are duplicates. A failed document is processed if its bytes changed, with `force`, and with `only="failed"`, which
    also selects pending documents, and quarantined ones as items to count. `gone` are documents that are about to be
    deleted.
    """
    names = dict.fromkeys(document_id(source.uri) for source in sources)
    containers = dict.fromkeys(name for source in sources for name in container_ids(source.uri))
    rows = home.ledger.known([*names, *(containers.keys() - names.keys())])
    stored = [row.id for row in rows.values() if row.blobs]
    indexed = home.indexed(stored)
    if home.look_again and any(name not in indexed for name in stored):
        indexed = home.look_again(stored)
    known = _with_containers([_lookup(source, rows, indexed) for source in sources], rows)
    owners = _owners(known, home.ledger, gone)
    pending = home.pending() if selection.only == "failed" else {}
    items = [_item(one, owners, home, _selection_of(one, selection, pending.get(one.id))) for one in known]
    if selection.only is None:
        return items
    if new := [one for one in known if one.entry is None and one.id not in pending]:
        words = "%d documents were never ingested, and --only %s leaves them out, such as %s: run ingest without it"
        _log.warning(words, len(new), selection.only, new[0].source.uri)
    return [
        one.item("quarantined") if _is_quarantined(one, home, selection) else item
        for item, one in zip(items, known, strict=True)
        if _is_selected(one, selection) or (selection.only == "failed" and one.id in pending and _has_work(item, one))
    ]


def first_stage_with_input(entry: LedgerRow | None, start: Stage, home: HomeState) -> Stage:
    """Return the stage if the artefacts of earlier stages are stored, else the first one whose artefact is missing."""
    blobs = entry.blobs if entry else {}
    return next((stage for stage in STAGES[: STAGES.index(start)] if not home.has_blob(blobs.get(stage, ""))), start)


def _lookup(source: Source, rows: Mapping[str, LedgerRow], indexed: Collection[str]) -> _KnownSource:
    step_done()
    identifier = document_id(source.uri)
    entry = rows.get(identifier)
    lost = entry is not None and _is_lost(entry, indexed)
    try:
        return _KnownSource(source, identifier, source.sha256(), None, entry, lost)
    except SourceError as error:
        return _KnownSource(source, identifier, "", error, entry, lost)


def _with_containers(known: Sequence[_KnownSource], rows: Mapping[str, LedgerRow]) -> list[_KnownSource]:
    """Return sources with the state of the mails and PDFs that contain them."""
    states = {one.id: state_of(one.sha256, one.sidecar) for one in known}
    found = []
    for one in known:
        if around := container_ids(one.source.uri):
            container = states.get(around[0])
            right = one.entry is None or has_current_class(one.entry, rows, container)
            found.append(replace(one, shown_right=right, container=container))
        else:
            found.append(one)
    return found


def _is_lost(entry: LedgerRow, indexed: Collection[str]) -> bool:
    return bool(entry.blobs) and entry.id not in indexed


def _owners(known: Sequence[_KnownSource], ledger: Ledger, gone: Collection[str]) -> dict[str, str]:
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


def _item(one: _KnownSource, owners: Mapping[str, str], home: HomeState, selection: Selection) -> Item:
    if one.error:
        return one.item("unreadable", error=str(one.error), status=one.error.status)
    owner = owners[one.sha256]
    if owner != one.id:
        return one.item("duplicate", owner=owner)
    start = _first_stage(one, home.versions, selection)
    if start is not None:
        first = first_stage_with_input(one.entry, start, home)
        elsewhere = first == "read" and start != "read"
        return one.item("work", start=first, container=one.container, elsewhere=elsewhere)
    failed = one.entry is not None and one.entry.outcome == "failed"
    return one.item("failed" if failed else "unchanged")


def _first_stage(one: _KnownSource, versions: Mapping[str, str], selection: Selection) -> Stage | None:
    entry = one.entry
    if entry is None or one.changed or entry.outcome == "duplicate" or selection.force:
        return "read"
    if entry.outcome == "failed":
        is_wanted = (selection.retry or selection.only == "failed") and not entry.is_accepted
        return "read" if is_wanted or one.lost else None
    changed = [stage for stage in STAGES if entry.versions.get(stage) != versions[stage] or stage == selection.start]
    if one.lost or not one.shown_right:
        changed.append("index")
    return changed[0] if changed else None


def _selection_of(one: _KnownSource, selection: Selection, left: Pending | None) -> Selection:
    """Return the selection for a document, which begins at the stage of an earlier run that left it pending."""
    if left is None or left.start is None or one.entry is None or one.entry.run == left.run:
        return selection
    return replace(selection, start=left.start)


def _has_work(item: Item, one: _KnownSource) -> bool:
    if item.action == "duplicate":
        return one.changed or one.entry is None or one.entry.outcome != "duplicate"
    return item.action != "unchanged"


def _is_quarantined(one: _KnownSource, home: HomeState, selection: Selection) -> bool:
    """Return whether a document is in quarantine, which ends when its readable bytes change."""
    if selection.only != "failed" or selection.force or one.entry is None:
        return False
    return one.entry.is_quarantined(home.quarantine_after) and (not one.changed or one.error is not None)


def _is_selected(one: _KnownSource, selection: Selection) -> bool:
    if one.entry is None:
        return False
    if selection.only == "failed":
        return one.entry.outcome == "failed" and (selection.force or one.changed or not one.entry.is_accepted)
    return one.changed
