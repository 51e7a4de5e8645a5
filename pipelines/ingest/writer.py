"""Writes documents to an index, and then their rows to the ledger; notes what was written for whatever follows it."""

import datetime as dt
import logging
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from configs.system.sqlite.database import DamagedError
from extractors.document import Document
from index.filters import EVERY_CLASS
from index.protocol import Engine
from pipelines.ingest.errors import ClaimedElsewhereError
from pipelines.ingest.follow.protocol import Changes
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger
from pipelines.storage.run_records import RunDocument
from pipelines.storage.tombstones import tombstone_of

_log = logging.getLogger(__name__)


class DocumentWriter:
    """Writes to an index and a ledger that it does not close.

    `changes` are those since the followers followed last, `rows` what was done with documents since the history of the
    run was written.
    """

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self.engine, self.ledger = engine, ledger
        self.changes = Changes()
        self.rows: list[RunDocument] = []
        self._changed: dict[str, bool] = {}
        """Whether documents are in the index that this put there or removed, of which it may not know yet."""
        self._overtaken: set[str] = set()

    def held(self, documents: Collection[str]) -> set[str]:
        """Return which documents the index holds, without those that another worker overtook until they are put again.

        Documents are given by their ids.
        """
        there = self.engine.held([name for name in documents if name not in self._changed])
        there |= {name for name in documents if self._changed.get(name)}
        return there - self._overtaken

    def flush(self) -> None:
        """Let readers see what was put, other workers have what was claimed, and the history know what was done."""
        self.engine.flush()
        self.ledger.release()
        self.ledger.record(self.rows)
        self.rows = []

    def look_again(self, documents: Collection[str]) -> set[str]:
        """Return what the index holds of documents now: other workers may have changed since what this changed."""
        self.engine.flush()
        self._changed.clear()
        return self.held(documents)

    def claim(self, document: str) -> None:
        """Keep other workers from a document; `ClaimedElsewhereError` where one has it, or has changed its row."""
        if not self.ledger.claim(document):
            raise ClaimedElsewhereError

    def put(self, document: Document, vectors: NDArray[np.float32], versions: Mapping[str, str]) -> None:
        """Put a document into the index, with the vectors of its passages and the versions of the stages."""
        self.engine.put(document, vectors, versions=versions)
        self._changed[document.id] = True

    def write(self, row: LedgerRow, before: LedgerRow | None) -> None:
        """Write a row in place of the one before.

        Raises `ClaimedElsewhereError` where another worker did so meanwhile: the document is put once more then.
        """
        if not self.ledger.write(row):
            self._overtaken.add(row.id)
            raise ClaimedElsewhereError
        self._overtaken.discard(row.id)
        self.changes.add(row, rekeyed=row.outcome == "indexed" and (before is None or before.key != row.key))

    def remove(self, identifier: str) -> Document | None:
        """Remove a document from the index, if it is there, and return it; its tombstone stays."""
        if not self.held([identifier]):
            return None
        document = self.engine.document(identifier, access_classes=EVERY_CLASS)
        if document:
            self.ledger.add_tombstone(tombstone_of(document))
        if entry := self.ledger.entry(identifier):
            compare_others_again(self.ledger, entry)
        self.engine.remove(identifier)
        self._changed[identifier] = False
        return document

    def delete(self, identifier: str, run: str | None, source: str | None) -> None:
        """Remove a document that is gone, and note it for the run; `source` is where it was, as far as it is known."""
        document = self.remove(identifier)
        source = source or (document.source if document else None)
        if run and source:
            at = dt.datetime.now(dt.UTC)
            gone = RunDocument(run=run, document=identifier, source=source, outcome="deleted", status="deleted", at=at)
            self.rows.append(gone)

    def move_judgements(self, document: str, other: str) -> bool:
        """Let the judgements of a document follow its words to another; return whether that could be done."""
        try:
            self.engine.move_judgements({document: other})
        except DamagedError as error:
            _log.warning("judgements of document %s cannot follow its text to %s: %s", document, other, error)
            return False
        return True


def compare_others_again(ledger: Ledger, entry: LedgerRow) -> None:
    """Note, before a document goes or changes, that those with its key are to be compared again."""
    others = [other.id for other in ledger.of_key(entry.key) if other.id != entry.id and other.marks]
    for other in ledger.known(others).values():
        if not other.unlinked and ledger.claim(other.id):
            ledger.write(replace(other, unlinked=True))
