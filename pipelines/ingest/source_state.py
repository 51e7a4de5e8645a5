"""Selection of unchanged items of a configured source that a run opens again because of the ledger or the index."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, TypeVar

from configs.sources import SourceConfig
from pipelines.ingest.duplicates import orphans
from pipelines.ingest.follow.members import has_current_class
from pipelines.ingest.plan import HomeState
from pipelines.ingest.report import Counts
from pipelines.sources.connectors.contract import SourceItem
from pipelines.sources.defaults import defaults_of
from pipelines.sources.source import OF_MEMBERS
from pipelines.stages.versions import STAGES
from pipelines.storage.entries import EntryState, LedgerRow
from pipelines.storage.source_register import ItemSummary, KnownItem, SourceRegister

_Value = TypeVar("_Value")

_AT_ONCE = 1000
"""Documents, or items, per query."""
_LOST_MEMBER = "document "
"""The prefix of the id of a row for a document that its container, or its item, no longer has."""


class ItemStates(NamedTuple):
    """The state of items according to their documents.

    `stale` are the ids of unchanged items to open again: one of their documents is missing in the ledger or in the
    index, was processed by another version of a stage or with other defaults, or is a duplicate whose owner was
    deleted. `counted` has the counts of items whose documents are not all in the index.
    """

    stale: set[str]
    counted: dict[str, Counts]


def item_states(register: SourceRegister, home: HomeState, config: SourceConfig) -> ItemStates:
    """Return the states of unchanged items of a source, from their rows and those of the ledger."""
    states = ItemStates(set(), {})
    mark = defaults_of(config).mark
    is_outdated = _outdated(home.versions, mark)
    orphaned = {entry.id for entry in orphans(home.ledger)}
    odd: set[str] = set()  # containers, and items whose documents are not all in the index
    usual = EntryState("indexed", "", is_stored=True, is_member=False)  # that of the last one that is up to date
    held = (pair for pair in register.documents(config.name) if pair[1] != lost_member_id(pair[0]))
    for some in _groups(held):
        documents = {document for document, _ in some}
        differing = dict(home.ledger.differing(documents, usual.versions))
        known = dict.fromkeys(documents, usual) | differing
        indexed = home.indexed([name for name, state in known.items() if state and state.is_stored])
        if not differing and len(indexed) == len(documents):
            continue  # the usual case
        for document, item in some:
            state = known[document]
            if state is None or state.outcome != "indexed" or state.is_member:
                odd.add(item)
            is_lost = state is not None and state.is_stored and document not in indexed
            if state is None or is_lost or document in orphaned or is_outdated(state.outcome, state.versions):
                states.stale.add(item)
            elif state.outcome == "indexed" and not state.is_member:
                usual = state
    for names in _groups(odd):
        _add_irregular(states, register.known(config.name, names).values(), home, mark)
    return states


def _add_irregular(states: ItemStates, rows: Collection[KnownItem], home: HomeState, mark: str) -> None:
    """Determine which irregular items are stale, and the counts of the others."""
    entries = home.ledger.known([document for row in rows for document in row.documents])
    for row in rows:
        found = [entries[name] for name in row.documents if name in entries]
        if any(_is_outdated_member(entry, row, mark, entries) for entry in found):
            states.stale.add(row.id)
        counts = _counts(found)
        if counts.unchanged != len(row.documents):
            states.counted[row.id] = counts


def is_unchanged(item: SourceItem, before: KnownItem | ItemSummary) -> bool:
    """Return whether an item matches its row, as far as its listing shows."""
    return bool(before.fingerprint) and (item.fingerprint, item.uri) == (before.fingerprint, before.uri)


def lost_member_id(document: str) -> str:
    """Return the id of the row for a document that its container no longer has."""
    return f"{_LOST_MEMBER}{document}"


def is_lost_member(row: KnownItem) -> bool:
    """Return whether a row stands for a document that its container no longer has."""
    return len(row.documents) == 1 and row.id == lost_member_id(row.documents[0])


def _outdated(versions: Mapping[str, str], mark: str) -> Callable[[str, str], bool]:
    """Return a predicate on outcome and versions of a row: whether processing its document again would change it.

    Nearly all rows of a source have the same versions.
    """

    @lru_cache(_AT_ONCE)
    def is_outdated(outcome: str, made_by: str) -> bool:
        before = json.loads(made_by)
        described = before.get("sidecar", "")
        if described[: described.find(":") + 1] != mark:
            return True
        return outcome == "indexed" and any(before.get(stage) != versions[stage] for stage in STAGES)

    return is_outdated


def _is_outdated_member(entry: LedgerRow, item: KnownItem, mark: str, entries: Mapping[str, LedgerRow]) -> bool:
    """Return whether a file inside an item has metadata of older rules, or the wrong access class."""
    if entry.source == item.uri:
        return False
    is_described = entry.versions.get("sidecar", "").startswith(mark + OF_MEMBERS)
    return not is_described or not has_current_class(entry, entries)


def _counts(entries: Iterable[LedgerRow]) -> Counts:
    counts = Counts()
    for entry in entries:
        if entry.outcome == "failed":
            counts.repeat(entry)
        else:
            counts.unchanged += entry.outcome == "indexed"
            counts.duplicate += entry.outcome == "duplicate"
    return counts


def _groups(given: Iterable[_Value]) -> Iterator[list[_Value]]:
    left = iter(given)
    while some := list(islice(left, _AT_ONCE)):
        yield some
