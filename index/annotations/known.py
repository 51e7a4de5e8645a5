"""The labels of a store as far as an engine has read them."""

import logging

from index.annotations.store import AnyLabel, Labels, Revision
from index.database import DamagedError

_log = logging.getLogger(__name__)


class KnownLabels:
    """The labels of a store by the documents that they are of, oldest first.

    `revision` is what was read of the store. `damage` says why no more can be: until it is repaired, answers have the
    labels that were known before.
    """

    def __init__(self, store: Labels | None) -> None:
        self.store = store
        self.of: dict[str, list[AnyLabel]] = {}
        self.revision = Revision()
        self.damage: DamagedError | None = None

    def refresh(self) -> None:
        """Learn of the labels that came since; of all, where some moved, or an older copy of the store is in use."""
        if self.store is None:
            return
        try:
            now = self.store.revision()
            if now.moves != self.revision.moves or now.last < self.revision.last:
                self.of.clear()
                self.revision = Revision(0, now.moves)
            new = self.store.since(self.revision.last) if now.last > self.revision.last else []
        except DamagedError as error:
            if self.damage is None:
                _log.warning("%s; until then annotations are left out", error)
            self.damage = error
            return
        self.damage = None
        for label in new:
            self.of.setdefault(label.document, []).append(label)
            self.revision = now._replace(last=label.id)

    def require(self) -> None:
        """Raise `DamagedError` where the store is damaged: what is known would be taken for all."""
        if self.damage:
            raise self.damage
