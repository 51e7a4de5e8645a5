"""Planners of each kind of run: over sources, over one stage of known documents, over those missing in the index."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Protocol

from extractors.document import document_id
from index.protocol import Engine
from pipelines.ingest.deletion import NO_DELETION, Deletion, plan_deletion
from pipelines.ingest.plan import HomeState, Item, Selection, first_stage_with_input, plan
from pipelines.sources.given import Found
from pipelines.sources.source import Source
from pipelines.stages.versions import STAGES, Stage
from pipelines.storage.entries import LedgerRow

_log = logging.getLogger(__name__)

_BATCH = 500
"""Documents per query to the index."""


@dataclass(frozen=True)
class Plan:
    """The work of a run: its items, the documents that it deletes, and how many stay in quarantine."""

    items: list[Item] = field(default_factory=list)
    deletion: Deletion = NO_DELETION
    quarantined: int = 0


class Planner(Protocol):
    """Plans one kind of run."""

    @property
    def start(self) -> Stage | None:
        """The stage at which the run begins even for unchanged documents, None without such a stage."""

    def plan(self, home: HomeState, engine: Engine | None) -> Plan:
        """Return the work of the run; `engine` is None where nothing was ingested yet."""

    def plan_again(self, home: HomeState, items: Sequence[Item], deletion: Deletion) -> list[Item]:
        """Return the remaining work of items that other workers claimed and released; it may have further items."""

    def covers(self, uri: str) -> bool:
        """Return whether the run covers everything that a SOURCE stands for."""


@dataclass(frozen=True)
class SourcePlanner:
    """Plans documents that are new, changed, or processed by an older version of a stage, and missing ones.

    `allow_mass_deletion` is that of `pipelines.ingest.deletion.plan_deletion`. `gone` are further documents that will
    be deleted: they own no bytes any more. With `matching`, only the documents that it returns for an index count.
    """

    found: Found
    selection: Selection
    allow_mass_deletion: bool = False
    gone: frozenset[str] = frozenset()
    matching: Callable[[Engine | None], Collection[str]] | None = None

    @property
    def start(self) -> Stage | None:
        """See `Planner`."""
        return "read" if self.selection.force else self.selection.start

    def plan(self, home: HomeState, engine: Engine | None) -> Plan:
        """See `Planner`."""
        deletion = plan_deletion(self.found, home.ledger, engine, allow_mass=self.allow_mass_deletion)
        sources = self.found.sources
        if self.matching is not None:
            wanted = self.matching(engine)
            sources = [source for source in sources if document_id(source.uri) in wanted]
        planned = plan(sources, home, self.selection, gone=self.gone.union(deletion.documents))
        items = [item for item in planned if item.action != "quarantined"]
        _log_stored_elsewhere(items)
        return Plan(items, deletion, len(planned) - len(items))

    def plan_again(self, home: HomeState, items: Sequence[Item], deletion: Deletion) -> list[Item]:
        """See `Planner`; the work of other workers is not repeated."""
        selection = replace(self.selection, force=False, start=None)
        planned = plan([item.source for item in items], home, selection, gone=self.gone.union(deletion.documents))
        remaining = [item for item in planned if item.action != "quarantined"]
        _log_stored_elsewhere(remaining)
        return remaining

    def covers(self, uri: str) -> bool:
        """See `Planner`."""
        return self.selection.only is None and self.matching is None and self.found.covers(uri)


class _StoredPlanner:
    """Plans documents that are rebuilt from the artefacts in the blob store, without their sources."""

    start: Stage | None = None

    def plan(self, home: HomeState, engine: Engine | None) -> Plan:  # noqa: ARG002 - as in every planner
        """See `Planner`."""
        return Plan(self._items(home))

    def plan_again(
        self,
        home: HomeState,
        items: Sequence[Item],  # noqa: ARG002 - the ledger tells what remains
        deletion: Deletion,  # noqa: ARG002
    ) -> list[Item]:
        """See `Planner`."""
        return self._items(home)

    def covers(self, uri: str) -> bool:  # noqa: ARG002
        """See `Planner`."""
        return False

    def _items(self, home: HomeState) -> list[Item]:
        items = [item for entry in self._entries(home) if (item := self._item(entry, home))]
        home.ledger.known([item.id for item in items])  # loads the current rows, which can be claimed
        return items

    def _entries(self, home: HomeState) -> Iterator[LedgerRow]:
        """Yield the rows of the documents that may have work."""
        return home.ledger.entries("indexed")

    def _item(self, entry: LedgerRow, home: HomeState) -> Item | None:
        """Return the work for a document, None where there is none."""
        raise NotImplementedError


class StagePlanner(_StoredPlanner):
    """Plans a stage and those after it, for every known document that another version of the stage processed.

    Documents with an earlier stage that is out of date, or without its artefact in the blob store, are left to a run
    over their sources.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def _item(self, entry: LedgerRow, home: HomeState) -> Item | None:
        stage = self._stage
        if _outdated(entry, home)[:1] != [stage] or first_stage_with_input(entry, stage, home) != stage:
            return None
        return stored_item(entry, stage)


class MissingPlanner(_StoredPlanner):
    """Plans documents that are in the ledger but missing in the index.

    Those that have to be read again are left to a run over their sources.
    """

    def _item(self, entry: LedgerRow, home: HomeState) -> Item | None:
        outdated = _outdated(entry, home)
        start = first_stage_with_input(entry, outdated[0] if outdated else "index", home)
        return stored_item(entry, start) if start != "read" else None

    def _entries(self, home: HomeState) -> Iterator[LedgerRow]:
        remaining = super()._entries(home)
        while batch := {entry.id: entry for entry in islice(remaining, _BATCH)}:
            indexed = home.indexed(batch.keys())
            yield from (entry for name, entry in batch.items() if name not in indexed)


def is_up_to_date(entry: LedgerRow, home: HomeState) -> bool:
    """Return whether the current versions of all stages made what is stored of a document."""
    return not _outdated(entry, home)


def _outdated(entry: LedgerRow, home: HomeState) -> list[Stage]:
    """Return the stages of which another version made what is stored of a document, in their order."""
    return [stage for stage in STAGES if entry.versions.get(stage) != home.versions[stage]]


def stored_item(entry: LedgerRow, start: Stage) -> Item:
    """Return an item that starts from what is stored of a document."""
    sidecar = entry.versions.get("sidecar", "")
    return Item(Source(entry.source), entry.id, entry.sha256, "work", start, sidecar=sidecar)


def _log_stored_elsewhere(items: Sequence[Item]) -> None:
    """Log how many documents are read again only because their artefacts are in another home."""
    if elsewhere := sum(item.elsewhere for item in items):
        _log.info(
            "of %d documents this home does not have what was read of them before: they are read again", elsewhere
        )
