"""Planners of runs over known documents, selected by a stage and by filters, with or without their sources."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace

from configs.settings import Settings
from index.filters import Filters
from index.protocol import Engine
from pipelines.ingest.deletion import Deletion
from pipelines.ingest.plan import Action, HomeState, Item, Selection, first_stage_with_input, plan
from pipelines.ingest.planners import Plan, is_up_to_date, stored_item
from pipelines.ingest.source_owners import configured_owners
from pipelines.sources.lookup import find_again
from pipelines.sources.source import Source, bare_source, outermost
from pipelines.stages.versions import Stage
from pipelines.storage.entries import LedgerRow
from pipelines.storage.opening import open_storage

_log = logging.getLogger(__name__)


def documents_matching(engine: Engine | None, filters: Filters) -> set[str]:
    """Return the ids of the indexed documents that match filters; none without an index."""
    return {document.id for document, _ in engine.passages(filters, without_text=True)} if engine else set()


class BackfillPlanner:
    """Plans a stage and those after it for the stored documents that match filters, whatever version processed them.

    Artefacts of earlier stages are read from the blob store. Where the stage is `read`, or an artefact is missing, a
    document is read from its source, if that is on this machine, else from its bytes in the store.
    """

    def __init__(
        self, settings: Settings, start: Stage, filters: Filters | None = None, *, passwords: Sequence[str] = ()
    ) -> None:
        self.start = start
        self._settings, self._filters, self._passwords = settings, filters, passwords
        self._blobs = open_storage(settings).blobs()

    def plan(self, home: HomeState, engine: Engine | None) -> Plan:
        """See `Planner`."""
        matching = None if self._filters is None else documents_matching(engine, self._filters)
        entries = [one for one in home.ledger.entries("indexed") if matching is None or one.id in matching]
        return Plan(self._items(home, entries))

    def plan_again(
        self,
        home: HomeState,
        items: Sequence[Item],
        deletion: Deletion,  # noqa: ARG002 - nothing is deleted
    ) -> list[Item]:
        """See `Planner`; documents that another worker has processed are left out."""
        entries = home.ledger.known([item.id for item in items]).values()
        return self._items(home, [one for one in entries if one.outcome == "indexed" and not is_up_to_date(one, home)])

    def covers(self, uri: str) -> bool:  # noqa: ARG002
        """See `Planner`."""
        return False

    def _items(self, home: HomeState, entries: Sequence[LedgerRow]) -> list[Item]:
        starts = {entry.id: first_stage_with_input(entry, self.start, home) for entry in entries}
        to_read = [entry for entry in entries if starts[entry.id] == "read"]
        made = [stored_item(entry, starts[entry.id]) for entry in entries if starts[entry.id] != "read"]
        items = [*made, *self._read_again(to_read, home)]
        home.ledger.known([item.id for item in items])  # loads the current rows, which can be claimed
        return items

    def _read_again(self, entries: Sequence[LedgerRow], home: HomeState) -> list[Item]:
        stored = {entry.id for entry in entries if self._blobs.is_sound(entry.sha256)}
        looked_for = [one.source for one in entries if one.id not in stored or _is_local(one.source)]
        there = find_again(looked_for, self._settings, self._passwords)
        sources = [one for one in there.values() if isinstance(one, Source)]
        items = plan(sources, home, Selection(start="read"))
        for entry in entries:
            if not isinstance(there.get(entry.source), Source):
                items.append(_from_store(entry, there.get(entry.source), is_stored=entry.id in stored))
        return items


class FailedPlanner:
    """Plans failed documents, and documents that earlier runs left pending, wherever their sources are.

    With filters, only documents that the index holds in an earlier state count. Documents of configured sources that
    are not on this machine are left to runs over these sources.
    """

    def __init__(
        self, settings: Settings, selection: Selection, filters: Filters | None = None, *, passwords: Sequence[str] = ()
    ) -> None:
        self.start = selection.start
        self._settings, self._selection = settings, selection
        self._filters, self._passwords = filters, passwords

    def plan(self, home: HomeState, engine: Engine | None) -> Plan:
        """See `Planner`."""
        entries = {one.id: one for one in home.ledger.entries("failed")}
        entries |= home.ledger.known([name for name in home.pending() if name not in entries])
        if self._filters is not None:
            matching = documents_matching(engine, self._filters)
            entries = {name: one for name, one in entries.items() if name in matching}
        planned = self._plan(home, self._without_remote(entries.values()), self._selection)
        items = [item for item in planned if item.action != "quarantined"]
        return Plan(items, quarantined=len(planned) - len(items))

    def plan_again(
        self,
        home: HomeState,
        items: Sequence[Item],
        deletion: Deletion,  # noqa: ARG002 - nothing is deleted
    ) -> list[Item]:
        """See `Planner`; documents that another worker has processed are left out."""
        entries = home.ledger.known([item.id for item in items]).values()
        failed = [entry for entry in entries if entry.outcome == "failed"]
        planned = self._plan(home, failed, replace(self._selection, force=False, start=None))
        return [item for item in planned if item.action != "quarantined"]

    def covers(self, uri: str) -> bool:  # noqa: ARG002
        """See `Planner`."""
        return False

    def _plan(self, home: HomeState, entries: Collection[LedgerRow], selection: Selection) -> list[Item]:
        there = find_again([entry.source for entry in entries], self._settings, self._passwords)
        items = plan([one for one in there.values() if isinstance(one, Source)], home, selection)
        for entry in entries:
            found = there.get(entry.source)
            if not isinstance(found, Source) and (selection.force or not entry.is_accepted):
                is_left = entry.is_quarantined(home.quarantine_after) and not selection.force
                items.append(_missing(entry, "quarantined" if is_left else "unreadable", found or "it is not there"))
        home.ledger.known([item.id for item in items])  # loads the current rows, which can be claimed
        return items

    def _without_remote(self, entries: Collection[LedgerRow]) -> list[LedgerRow]:
        """Return the documents without those that only a connector can open; log which sources these have."""
        remote = [entry for entry in entries if not _is_local(entry.source)]
        owners = configured_owners(self._settings) if remote else {}
        left = {entry.id: owners[entry.id].name for entry in remote if entry.id in owners}
        for name in sorted(set(left.values())):
            count = sum(owner == name for owner in left.values())
            _log.warning("%s: %d documents are left to 'customs-lens sources run %s --only failed'", name, count, name)
        return [entry for entry in entries if entry.id not in left]


def _from_store(entry: LedgerRow, found: Source | str | None, *, is_stored: bool) -> Item:
    """Return an item for a document whose source is not read or not available."""
    bare = bare_source(entry.source)
    if is_stored and entry.versions.get("sidecar", "") == bare.description:
        return Item(bare, entry.id, entry.sha256, "work", sidecar=bare.description, stored=True)
    reason = str(found or "it is not there")
    if is_stored:
        reason = "its sidecar, or what its configured source says of it, is not there"
    return replace(_missing(entry, "orphaned", reason), sha256=entry.sha256)


def _missing(entry: LedgerRow, action: Action, reason: str) -> Item:
    error = f"{entry.source}: cannot be read again: {reason}"
    return Item(Source(entry.source), entry.id, "", action, error=error)


def _is_local(uri: str) -> bool:
    return outermost(uri).startswith("file://")
