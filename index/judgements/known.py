"""The judgements of a store as far as an engine has read them."""

import logging

from index.database import DamagedError
from index.judgements.store import AnyJudgement, JudgementStore, Revision

_log = logging.getLogger(__name__)


class KnownJudgements:
    """The judgements of a store by the documents that they are of, oldest first.

    `revision` is what was read of the store. `damage` says why no more can be: until it is repaired, answers have the
    judgements that were known before.
    """

    def __init__(self, store: JudgementStore | None) -> None:
        self.store = store
        self.of: dict[str, list[AnyJudgement]] = {}
        self.revision = Revision()
        self.damage: DamagedError | None = None

    def refresh(self) -> None:
        """Learn of the judgements that came since; of all, where some moved, or an older copy of it is in use."""
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
                _log.warning("%s; until then judgements are left out", error)
            self.damage = error
            return
        self.damage = None
        for judgement in new:
            self.of.setdefault(judgement.document, []).append(judgement)
            self.revision = now._replace(last=judgement.id)

    def require(self) -> None:
        """Raise `DamagedError` where the store is damaged: what is known would be taken for all."""
        if self.damage:
            raise self.damage
