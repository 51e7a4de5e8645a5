"""Passages, tags and themes as labels leave them: applied to what is stored when it is read, so they count at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.annotations import Placed
from extractors.document import Document, Passage
from extractors.themes.annotated import ThemeLabel
from index.annotations.known import KnownLabels
from index.annotations.overlay import Laid, apply_annotations
from index.annotations.store import AnyLabel, Labels, Revision
from index.embedded.store import MOST_PASSAGES, PASSAGE_BITS, Store
from index.facts import Fact
from index.fields import TAG_COLUMNS, FieldName
from index.filters import AccessClasses, may_read_all

_STATUSES = ("accepted", "rejected")


@dataclass(frozen=True)
class _State:
    """A document's state with so many of its labels: where they stand, and the tags and themes that they change."""

    doc: int
    labels: list[AnyLabel]
    count: int
    laid: Laid


class AnnotationOverlay:
    """Applies the labels of a home to its store."""

    def __init__(self, store: Store, labels: Labels | None) -> None:
        self.store = store
        self._known = KnownLabels(labels)
        self._of = self._known.of
        self._states: dict[str, _State] = {}

    @property
    def revision(self) -> Revision:
        """What is known of the labels."""
        return self._known.revision

    def refresh(self) -> None:
        """Learn of the labels that came since; where their store is damaged, tags stay as they were."""
        self._known.refresh()

    def passage(self, row: int) -> tuple[Passage, str | None]:
        """Return a passage as `Store.passage` does, with the tags and themes that labels leave it."""
        passage, language = self.store.passage(row)
        name = passage.id.rpartition("-")[0]
        if name not in self._of:
            return passage, language
        return self.laid(name, row >> PASSAGE_BITS).over(row % MOST_PASSAGES, passage), language

    def document(self, doc: int, held: AccessClasses) -> Document:
        """Return a state of a document whole, as `Store.document` does, with what labels leave of it."""
        document = self.store.document(doc, held)
        if document.id not in self._of:
            return document
        laid = self.laid(document.id, doc)
        passages = tuple(laid.over(place, passage) for place, passage in enumerate(document.passages))
        return document.model_copy(update={"passages": passages})

    def documents(self, ids: Iterable[str]) -> list[int]:
        """Return the places of the documents that have labels."""
        return [place for place, name in enumerate(ids) if name in self._of]

    def laid(self, document: str, doc: int) -> Laid:
        """Return what labels change in a document's state, by the passage's place in it."""
        return self._state(document, doc).laid

    def placed(self, held: AccessClasses) -> list[tuple[AnyLabel, int | None, Placed[AnyLabel] | None]]:
        """Return the labels of a reader with the newest state of their document and their place in that, if any.

        The state is None where the document is gone; its labels are left out unless the reader may see every paper.
        Raises `DamagedError` where the store of labels is damaged: none would be taken for all.
        """
        self._known.require()
        found: list[tuple[AnyLabel, int | None, Placed[AnyLabel] | None]] = []
        for name, labels in self._of.items():
            doc = next((one.doc for one in self.store.find(held, document_id=name)), None)
            if doc is None and not may_read_all(held):
                continue
            places = {one.label.id: one for one in (self._state(name, doc).laid.placed if doc is not None else ())}
            found += [(label, doc, places.get(label.id)) for label in labels]
        return sorted(found, key=lambda one: one[0].id)

    def values(self) -> Collection[Fact]:
        """Return every value of the fields of tags, and every theme, that labels bring."""
        found: set[Fact] = {("status", status) for status in _STATUSES}
        for label in (label for labels in self._of.values() for label in labels):
            if isinstance(label, ThemeLabel):
                found.add(("theme", label.theme))
                continue
            given: dict[FieldName, str | None] = {name: getattr(label, name, None) for name in TAG_COLUMNS}
            found.update((name, value) for name, value in given.items() if value)
        return found

    def _state(self, name: str, doc: int) -> _State:
        labels = self._of[name]
        state = self._states.get(name)
        if state is None or (state.doc, state.count) != (doc, len(labels)) or state.labels is not labels:
            state = self._states[name] = self._read(doc, labels)
        return state

    def _read(self, doc: int, labels: list[AnyLabel]) -> _State:
        texts = [one.text for one in self.store.texts(doc)]
        first = doc << PASSAGE_BITS
        laid = apply_annotations(
            labels, texts, lambda place: self.store.passage(first | place)[0], self.store.model_of(doc)
        )
        return _State(doc, labels, len(labels), laid)


def replace_rows(table: NDArray[np.int32], rows: NDArray[np.int32], new: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a table, ascending by its first column, with new rows in place of those whose first number is given."""
    kept = table[~np.isin(table[:, 0], rows)]
    joined: NDArray[np.int32] = np.concatenate([kept, new])
    return joined[np.argsort(joined[:, 0], kind="stable")]
