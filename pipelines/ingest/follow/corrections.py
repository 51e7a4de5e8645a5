"""What people corrected of papers, applied to each that is committed, and to those of the index when they say it.

The row of a document says up to which correction its state in the index has them (`versions`). So whoever writes the
home next applies what nobody could: the writer was killed, or another process held the home.
"""

import logging
from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from configs.system.sqlite.database import DamagedError
from extractors.access import closing_names
from extractors.corrections import Correction, as_corrected, as_read, corrections_in_force, version_links
from extractors.document import Document
from index.filters import EVERY_CLASS
from index.judgements.store import JudgementStore
from index.protocol import Engine
from pipelines.ingest.errors import StageError
from pipelines.ingest.follow.members import OWN, SHOWN, WAITS, MemberAccess
from pipelines.ingest.follow.protocol import Changes, Draft
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger

_log = logging.getLogger(__name__)
CORRECTED = "corrected"
"""Name among the `versions` of a row: of the newest correction that the document in the index has."""


class Corrections:
    """Applies the corrections of a store; see `Follower`.

    The store is asked for new ones before each document. Where it is damaged, documents of which people corrected
    something stay as they are.
    """

    def __init__(self, store: JudgementStore, engine: Engine, ledger: Ledger, members: MemberAccess) -> None:
        self._store, self._engine, self._ledger, self._members = store, engine, ledger, members
        self._of: dict[str, list[Correction]] = defaultdict(list)
        self._last = self._moves = 0
        self._linked: dict[str, set[str]] = defaultdict(set)
        """By documents, those that people once made versions of them."""
        self._due: set[str] = set()
        """Documents whose state in the index may lack some of them."""
        self._damage: DamagedError | None = None
        try:
            self._read_new()
        except DamagedError as error:
            _log.warning("%s; until then papers that people corrected are not ingested again", error)
            self._damage = error

    def _apply(self, document: Document) -> Document:
        """Return a document as it was read, with what people corrected of it; its class is that of itself alone.

        One that takes the place of another with the same bytes has the corrections of that one from the beginning.
        Raises `StageError` where these cannot be read: they may be what closes it.
        """
        if not self._of and not self._damage:
            return document
        names = [
            document.id,
            *(one.id for one in self._ledger.owners({document.sha256}, without=[document.id]).values()),
        ]
        rows = self._ledger.known(names) if self._damage else {}
        if self._damage and any(CORRECTED in row.versions for row in rows.values()):
            raise StageError("index", f"what people corrected of it cannot be read: {self._damage}")
        name = next((one for one in names if one in self._of), document.id)
        return as_corrected(document, self._in_force(name), self._key_of)

    def prepare(self, draft: Draft) -> None:
        """Apply what people corrected; the class of the document is that of itself alone then."""
        if not self._damage:
            self._read_new()
        draft.document = self._apply(draft.document)
        draft.notes |= self._mark(draft.document.id)

    def follow(self, changes: Changes) -> bool:
        """Let the documents of the index be as people corrected them, with the keys that those have now.

        A document that another worker has is left to that one, who comes here when it is done.
        """
        if self._damage:
            return False
        self._read_new()
        changed, rekeyed = False, self._versions_of(changes.rekeyed)
        while due := self._due | rekeyed:
            self._due, renewed = set(), set[str]()
            for row in self._ledger.known(due).values():
                is_right = row.id not in rekeyed and self._has_all(row)
                key = self._revise(row) if row.blobs and not is_right else None
                if key is not None:
                    changed, changes.written[row.id] = True, row.source
                    renewed |= {row.id} if key != row.key else set()
            rekeyed = self._versions_of(renewed)
        return changed

    def _read_new(self) -> None:
        """Read what people corrected since; all of it where corrections followed documents to other ids."""
        moves = self._store.revision().moves
        if moves != self._moves:
            self._due |= self._of.keys()
            self._of.clear()
            self._last, self._moves = 0, moves
        for one in self._store.corrections(self._last):
            self._of[one.document].append(one)
            if one.field == "version_of" and one.value:
                self._linked[one.value].add(one.document)
            self._due.add(one.document)
            self._last = one.id

    def _mark(self, document: str) -> dict[str, str]:
        """Return what the row of a document says that has all its corrections."""
        return {CORRECTED: str(self._of[document][-1].id)} if self._of.get(document) else {}

    def _has_all(self, row: LedgerRow) -> bool:
        return row.versions.get(CORRECTED) == self._mark(row.id).get(CORRECTED)

    def _versions_of(self, documents: Collection[str]) -> set[str]:
        """Return the documents that people made versions of some which have another key: theirs follows."""
        return {
            one
            for document in documents
            for one in self._linked.get(document, ())
            if version_links(self._of[one]).get(one) == document
        }

    def _revise(self, row: LedgerRow) -> str | None:
        """Put a document of the index again as it is corrected now, with its row; return its key, None if not there."""
        before = self._engine.document(row.id, access_classes=EVERY_CLASS)
        if before is None or not self._ledger.claim(row.id):
            return None
        own = self._corrected(before, row).access
        classes = self._members.classes(row.source, own, row.versions.get(WAITS))
        if not closing_names(own) <= closing_names(row.versions.get(OWN)):
            self._members.close(row.source, classes[SHOWN])
        put: list[Document] = []

        def shown(document: Document) -> Document:
            corrected = self._corrected(document, row).model_copy(update={"access": classes[SHOWN] or None})
            put.append(corrected)
            return corrected

        if not self._engine.revise(row.id, shown, access_classes=EVERY_CLASS):
            return None
        (document,) = put
        kept = {name: version for name, version in row.versions.items() if name not in (WAITS, CORRECTED)}
        versions = {**kept, **classes, **self._mark(row.id)}
        self._ledger.write(replace(row, key=document.key, versions=versions, unlinked=bool(row.marks)))
        return document.key

    def _corrected(self, document: Document, row: LedgerRow) -> Document:
        """Return a document of the index as it was read, with what people corrected and the class of itself alone."""
        own = row.versions.get(OWN)
        if own is not None:
            document = document.model_copy(update={"access": own or None})
        return self._apply(as_read(document))

    def _in_force(self, document: str) -> list[Correction]:
        return corrections_in_force(self._of.get(document, ()))

    def _key_of(self, document: str) -> str | None:
        row = self._ledger.entry(document)
        return row.key or None if row else None
