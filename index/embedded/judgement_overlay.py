"""Judgements applied to tags and themes whenever stored documents are read, so that they take effect at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.document import Document, Passage
from extractors.judgements import AnchoredJudgement
from extractors.themes.judgements import ThemeJudgement
from index.embedded.store import MOST_PASSAGES, PASSAGE_BITS, Store
from index.facts import Fact
from index.fields import TAG_COLUMNS, FieldName
from index.filters import AccessClasses, may_read_all
from index.judgements.overlay import AppliedJudgements, LoadedJudgements, apply_judgements
from index.judgements.store import AnyJudgement, JudgementStore, Revision

_STATUSES = ("accepted", "rejected")


@dataclass(frozen=True)
class _State:
    """A document's state with its judgements applied: their places, and the tags and themes that they change."""

    doc: int
    judgements: list[AnyJudgement]
    count: int
    laid: AppliedJudgements


class JudgementOverlay:
    """Applies the judgements of a home to its store."""

    def __init__(self, store: Store, judgements: JudgementStore | None) -> None:
        self.store = store
        self._known = LoadedJudgements(judgements)
        self._of = self._known.of
        self._states: dict[str, _State] = {}

    @property
    def revision(self) -> Revision:
        """The revision of the judgements that were read."""
        return self._known.revision

    def refresh(self) -> None:
        """Read the new judgements; where their store is damaged, tags stay as they were."""
        self._known.refresh()

    def passage(self, row: int) -> tuple[Passage, str | None]:
        """Return a passage as `Store.passage` does, with judgements applied."""
        passage, language = self.store.passage(row)
        name = passage.id.rpartition("-")[0]
        if name not in self._of:
            return passage, language
        return self.laid(name, row >> PASSAGE_BITS).over(row % MOST_PASSAGES, passage), language

    def document(self, doc: int, held: AccessClasses) -> Document:
        """Return a complete document state as `Store.document` does, with judgements applied."""
        document = self.store.document(doc, held)
        if document.id not in self._of:
            return document
        laid = self.laid(document.id, doc)
        passages = tuple(laid.over(place, passage) for place, passage in enumerate(document.passages))
        return document.model_copy(update={"passages": passages})

    def documents(self, ids: Iterable[str]) -> list[int]:
        """Return the places of the documents that have judgements."""
        return [place for place, name in enumerate(ids) if name in self._of]

    def laid(self, document: str, doc: int) -> AppliedJudgements:
        """Return the changes by judgements to a document's state, by the passage's place in it."""
        return self._state(document, doc).laid

    def placed(
        self, held: AccessClasses
    ) -> list[tuple[AnyJudgement, int | None, AnchoredJudgement[AnyJudgement] | None]]:
        """Return the judgements that a reader may see, with the newest state of their document and their place in it.

        The state is None where the document is deleted; its judgements are left out unless the reader may see every
        paper. Raises `DamagedError` where the store of judgements is damaged, as an incomplete list would look
        complete.
        """
        self._known.require()
        found: list[tuple[AnyJudgement, int | None, AnchoredJudgement[AnyJudgement] | None]] = []
        for name, judgements in self._of.items():
            doc = next((one.doc for one in self.store.find(held, document_id=name)), None)
            if doc is None and not may_read_all(held):
                continue
            places = {one.judgement.id: one for one in (self._state(name, doc).laid.placed if doc is not None else ())}
            found += [(judgement, doc, places.get(judgement.id)) for judgement in judgements]
        return sorted(found, key=lambda one: one[0].id)

    def values(self) -> Collection[Fact]:
        """Return every value of the fields of tags, and every theme, that judgements add."""
        found: set[Fact] = {("status", status) for status in _STATUSES}
        for judgement in (judgement for judgements in self._of.values() for judgement in judgements):
            if isinstance(judgement, ThemeJudgement):
                found.add(("theme", judgement.theme))
                continue
            given: dict[FieldName, str | None] = {name: getattr(judgement, name, None) for name in TAG_COLUMNS}
            found.update((name, value) for name, value in given.items() if value)
        return found

    def _state(self, name: str, doc: int) -> _State:
        judgements = self._of[name]
        state = self._states.get(name)
        if state is None or (state.doc, state.count) != (doc, len(judgements)) or state.judgements is not judgements:
            state = self._states[name] = self._read(doc, judgements)
        return state

    def _read(self, doc: int, judgements: list[AnyJudgement]) -> _State:
        texts = [one.text for one in self.store.texts(doc)]
        first = doc << PASSAGE_BITS
        laid = apply_judgements(
            judgements, texts, lambda place: self.store.passage(first | place)[0], self.store.model_of(doc)
        )
        return _State(doc, judgements, len(judgements), laid)


def replace_rows(table: NDArray[np.int32], rows: NDArray[np.int32], new: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a table sorted by its first column, where new rows replace those whose first number is given."""
    kept = table[~np.isin(table[:, 0], rows)]
    joined: NDArray[np.int32] = np.concatenate([kept, new])
    return joined[np.argsort(joined[:, 0], kind="stable")]
