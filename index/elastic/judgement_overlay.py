"""Judgements applied to the index: rows of judged passages store the tags and themes with judgements applied.

A new judgement takes effect at once, because every answer first reads new judgements and updates the rows that they
concern. A row is updated on condition that it did not change since it was read: of two readers that update it at the
same time, the later one reads it again.
"""

from collections.abc import Collection, Mapping
from functools import cached_property

from extractors.document import Document
from extractors.judgements import AnchoredJudgement, PassageTexts
from index.elastic import bulk, journal
from index.elastic.client import Cluster, cluster_errors
from index.elastic.documents import State, passages, passages_to_change, readable_states, states
from index.elastic.rows import judged, passage_row_id
from index.elastic.snapshot import Snapshot
from index.filters import AccessClasses, may_read_all
from index.judgements.overlay import AppliedJudgements, LoadedJudgements, apply_judgements
from index.judgements.store import AnyJudgement, JudgementStore
from index.results import PlacedJudgement


class JudgementOverlay:
    """The judgements of one store over one index."""

    def __init__(self, cluster: Cluster, store: JudgementStore | None) -> None:
        self._cluster, self._known = cluster, LoadedJudgements(store)
        self._store, self._of = store, self._known.of
        self._put: dict[str, int] = {}

    def prepare(self, snapshot: Snapshot) -> bool:
        """Apply the judgements that the index does not have yet; return whether any were applied.

        Where the index has judgements that the store lacks, the store is an older copy: all its judgements are
        applied again.
        """
        self._known.refresh()
        last = self._known.revision.last
        if self._store is None or self._known.damage or not (last or snapshot.judgements):
            return False
        applied = snapshot.judgements.get(self._name, 0)
        if last == applied:
            return False
        before = applied if applied < last else 0
        self.apply(snapshot, [name for name, judgements in self._of.items() if judgements[-1].id > before])
        journal.note_judgements(self._cluster, {**snapshot.judgements, self._name: last})
        return True

    def apply_to(self, document: Document, versions: Mapping[str, str]) -> AppliedJudgements:
        """Return the changes by judgements to the passages of a document that is put.

        Where the store is damaged, the next process that can read it applies all of them again.
        """
        self._known.refresh()
        if self._known.damage:
            journal.note_judgements(self._cluster, {})
        self._put[document.id] = self._known.revision.last
        judgements = self._of.get(document.id, ())
        texts = [passage.text for passage in document.passages]
        return apply_judgements(judgements, texts, document.passages.__getitem__, versions.get("model"))

    def move(self, documents: Mapping[str, str]) -> int:
        """Move judgements to the new ids of documents; the rows of these documents are not changed."""
        count = self._store.rename(documents) if self._store else 0
        self._known.refresh()
        return count

    def late(self, documents: Collection[str]) -> list[str]:
        """Return the documents among those put that have judgements which are newer than their rows."""
        self._known.refresh()
        put = {name: self._put.pop(name, 0) for name in documents}
        return [name for name, last in put.items() if name in self._of and self._of[name][-1].id > last]

    def apply(self, snapshot: Snapshot, documents: Collection[str]) -> None:
        """Apply all judgements to some documents; raises `RowsChangedError` where a newer snapshot is there."""
        actions = [action for state in states(snapshot, documents) for action in self._changes(snapshot, state)]
        bulk.write(self._cluster, actions)
        with cluster_errors(self._cluster.url):
            self._cluster.client.indices.refresh(index=self._cluster.passages)

    def placed(self, snapshot: Snapshot, held: AccessClasses) -> tuple[PlacedJudgement, ...]:
        """Return the judgements that a reader may see with their current places; see `Engine.judgements`."""
        self._known.require()
        found: dict[int, PlacedJudgement] = {}
        for state in readable_states(snapshot, held, self._of):
            now = passages(snapshot, state.generation)
            texts = PassageTexts([passage.text for passage in now])
            places = ((judgement, texts.place(judgement)) for judgement in self._of[state.document])
            found |= {judgement.id: _placed(judgement, place, [one.id for one in now]) for judgement, place in places}
        if may_read_all(held):
            gone = (
                judgement for judgements in self._of.values() for judgement in judgements if judgement.id not in found
            )
            found |= {judgement.id: PlacedJudgement(judgement=judgement) for judgement in gone}
        return tuple(found[number] for number in sorted(found))

    def close(self) -> None:
        """Close the store."""
        if self._store:
            self._store.close()

    @cached_property
    def _name(self) -> str:
        return self._store.name if self._store else ""

    def _changes(self, snapshot: Snapshot, state: State) -> list[bulk.Action]:
        rows = passages_to_change(snapshot, state.generation)
        as_made = [passage for passage, _ in rows]
        texts = [passage.text for passage in as_made]
        judgements = self._of.get(state.document, ())
        laid = apply_judgements(judgements, texts, as_made.__getitem__, state.versions.get("model"))
        return [
            {
                "_op_type": "update",
                "_index": self._cluster.passages,
                "_id": passage_row_id(state.document, state.generation, place),
                **rows[place][1],
                "doc": judged(laid.over(place, as_made[place]), state.key),
            }
            for place in laid.places
        ]


def _placed(judgement: AnyJudgement, place: AnchoredJudgement[AnyJudgement] | None, ids: list[str]) -> PlacedJudgement:
    if place is None:
        return PlacedJudgement(judgement=judgement)
    return PlacedJudgement(judgement=judgement, passage=ids[place.passage], start=place.start, end=place.end)
