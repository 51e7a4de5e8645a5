"""The kinds of run, by what each has to do: documents of sources, a stage of known documents, what the index lost."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Protocol

from extractors.document import document_id
from index.protocol import Engine
from pipelines.ingest.deletion import NOTHING, Deletion, plan_deletion
from pipelines.ingest.plan import HomeState, Item, Selection, first_stage_with_input, plan
from pipelines.sources.given import Found
from pipelines.sources.source import Source
from pipelines.stages.versions import STAGES, Stage
from pipelines.storage.entries import LedgerRow

_log = logging.getLogger(__name__)

_AT_ONCE = 500
"""Documents that the index is asked about at a time."""


@dataclass(frozen=True)
class Plan:
    """What a run has to do: its items, the documents that it deletes, and how many it leaves in quarantine."""

    items: list[Item] = field(default_factory=list)
    deletion: Deletion = NOTHING
    quarantined: int = 0


class Planner(Protocol):
    """One kind of run."""

    @property
    def start(self) -> Stage | None:
        """The stage that the run begins at even where nothing changed, None where there is none."""

    def plan(self, home: HomeState, engine: Engine | None) -> Plan:
        """Return what there is to do; `engine` is None where nothing was ingested yet."""

    def plan_again(self, home: HomeState, items: Sequence[Item], deletion: Deletion) -> list[Item]:
        """Return what is left to do of items that other workers had claimed and released; others may be among it."""

    def covers(self, uri: str) -> bool:
        """Return whether the run is about all that a SOURCE stands for."""


@dataclass(frozen=True)
class SourcePlanner:
    """Documents that are new, changed, or made by an older version of a stage, and those that are gone.

    `allow_mass_deletion` is that of `pipelines.ingest.deletion.plan_deletion`. `gone` are documents that are going to
    be deleted besides: they own no bytes any more. With `matching`, the documents that it returns of an index are
    taken alone.
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
        _log_what_is_elsewhere(items)
        return Plan(items, deletion, len(planned) - len(items))

    def plan_again(self, home: HomeState, items: Sequence[Item], deletion: Deletion) -> list[Item]:
        """See `Planner`; what other workers did is not done once more."""
        selection = replace(self.selection, force=False, start=None)
        planned = plan([item.source for item in items], home, selection, gone=self.gone.union(deletion.documents))
        again = [item for item in planned if item.action != "quarantined"]
        _log_what_is_elsewhere(again)
        return again

    def covers(self, uri: str) -> bool:
        """See `Planner`."""
        return self.selection.only is None and self.matching is None and self.found.covers(uri)


class _StoredPlanner:
    """What is re-created from the artefacts in the blob store: the sources are not looked at."""

    start: Stage | None = None

    def plan(self, home: HomeState, engine: Engine | None) -> Plan:  # noqa: ARG002 - of every planner
        """See `Planner`."""
        return Plan(self._items(home))

    def plan_again(
        self,
        home: HomeState,
        items: Sequence[Item],  # noqa: ARG002 - it is seen from the ledger what is left
        deletion: Deletion,  # noqa: ARG002
    ) -> list[Item]:
        """See `Planner`."""
        return self._items(home)

    def covers(self, uri: str) -> bool:  # noqa: ARG002
        """See `Planner`."""
        return False

    def _items(self, home: HomeState) -> list[Item]:
        items = [item for entry in self._entries(home) if (item := self._item(entry, home))]
        home.ledger.known([item.id for item in items])  # rows as they are now can be claimed
        return items

    def _entries(self, home: HomeState) -> Iterator[LedgerRow]:
        """Yield the rows of the documents that something may be done with."""
        return home.ledger.entries("indexed")

    def _item(self, entry: LedgerRow, home: HomeState) -> Item | None:
        """Return what to do with a document, None for nothing."""
        raise NotImplementedError


class StagePlanner(_StoredPlanner):
    """One stage, and those after it, of every known document of which another version of the stage made what is stored.

    Documents of which an earlier stage is out of date, or its artefact is not in the blob store, are left to a run over
    their sources.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def _item(self, entry: LedgerRow, home: HomeState) -> Item | None:
        stage = self._stage
        if _outdated(entry, home)[:1] != [stage] or first_stage_with_input(entry, stage, home) != stage:
            return None
        return stored_item(entry, stage)


class LostPlanner(_StoredPlanner):
    """Documents that the ledger knows and the index lost.

    Those that have to be read again are left to a run over their sources.
    """

    def _item(self, entry: LedgerRow, home: HomeState) -> Item | None:
        outdated = _outdated(entry, home)
        start = first_stage_with_input(entry, outdated[0] if outdated else "index", home)
        return stored_item(entry, start) if start != "read" else None

    def _entries(self, home: HomeState) -> Iterator[LedgerRow]:
        left = super()._entries(home)
        while some := {entry.id: entry for entry in islice(left, _AT_ONCE)}:
            indexed = home.indexed(some.keys())
            yield from (entry for name, entry in some.items() if name not in indexed)


def is_up_to_date(entry: LedgerRow, home: HomeState) -> bool:
    """Return whether all that is stored of a document was made by the stages as they are now."""
    return not _outdated(entry, home)


def _outdated(entry: LedgerRow, home: HomeState) -> list[Stage]:
    """Return the stages of which another version made what is stored of a document, the first one first."""
    return [stage for stage in STAGES if entry.versions.get(stage) != home.versions[stage]]


def stored_item(entry: LedgerRow, start: Stage) -> Item:
    """Return an item that starts from what is stored of a document."""
    sidecar = entry.versions.get("sidecar", "")
    return Item(Source(entry.source), entry.id, entry.sha256, "work", start, sidecar=sidecar)


def _log_what_is_elsewhere(items: Sequence[Item]) -> None:
    """Say which documents are read again only because another home has what was made of them."""
    if elsewhere := sum(item.elsewhere for item in items):
        _log.info(
            "of %d documents this home does not have what was read of them before: they are read again", elsewhere
        )
