"""Applies people's corrections to each committed document, and new corrections to indexed documents.

The row of a document records the last correction that its indexed state includes (`versions`). So the next writer of
the home applies corrections that were not applied because a writer was killed or another process held the home.
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
"""Name in the `versions` of a row for the newest correction that the indexed document includes."""


class Corrections:
    """Applies the corrections of a store; see `Follower`.

    The store is queried for new corrections before each document. If it is damaged, corrected documents remain
    unchanged.
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
        """Return a document as it was read, with its corrections; its access class is its own, without its containers.

        A document that replaces another one with the same bytes gets all corrections of that one. Raises `StageError`
        where corrections cannot be read: they may restrict the document.
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
        """Apply the corrections of a document; its access class is then its own, without its containers."""
        if not self._damage:
            self._read_new()
        draft.document = self._apply(draft.document)
        draft.notes |= self._mark(draft.document.id)

    def follow(self, changes: Changes) -> bool:
        """Apply new corrections to the documents of the index, and update their keys.

        A document that another worker has claimed is left to that worker, which calls this when it is done.
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
        """Read new corrections; all of them if corrections were reassigned to new document ids."""
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
        """Return the `versions` entry of a document that has all its corrections."""
        return {CORRECTED: str(self._of[document][-1].id)} if self._of.get(document) else {}

    def _has_all(self, row: LedgerRow) -> bool:
        return row.versions.get(CORRECTED) == self._mark(row.id).get(CORRECTED)

    def _versions_of(self, documents: Collection[str]) -> set[str]:
        """Return the documents that people made versions of some documents whose keys changed."""
        return {
            one
            for document in documents
            for one in self._linked.get(document, ())
            if version_links(self._of[one]).get(one) == document
        }

    def _revise(self, row: LedgerRow) -> str | None:
        """Rewrite an indexed document with its current corrections; return its key, None if it is not indexed."""
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
        """Return an indexed document as it was read, with its corrections and its own access class."""
        own = row.versions.get(OWN)
        if own is not None:
            document = document.model_copy(update={"access": own or None})
        return self._apply(as_read(document))

    def _in_force(self, document: str) -> list[Correction]:
        return corrections_in_force(self._of.get(document, ()))

    def _key_of(self, document: str) -> str | None:
        row = self._ledger.entry(document)
        return row.key or None if row else None
