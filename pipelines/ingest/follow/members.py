"""The access class of documents that lie in others: whatever closes a mail or a PDF closes what is attached to it.

The ledger has two classes of such a document. `access` is what is said of it without the mails and PDFs around it
(`pipelines.sources.source`), in the row of every document; `shown` is the class with which the index has it, which
closes it at least as far as each of these. A class that a person sets instead would stand in the place of `access`.

A container and what lies in it are read and committed one by one, in any order and by any worker. So until the row of a
container says that it is read as it is now, its members are shown as `unknown`: to nobody but those who see every
paper. As soon as its class is known, or is another one, the index takes them over as they are, with their new class.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from extractors.access import UNKNOWN, closing_names, combined
from extractors.document import Document, document_id
from index.filters import EVERY_CLASS
from index.protocol import Engine
from pipelines.ingest.follow.protocol import Changes, Draft
from pipelines.sources.source import INSIDE, document_containers
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger

OWN, SHOWN, WAITS = "access", "shown", "container"
"""Names among the `versions` of a row: of the two classes, where "" is none, and of the state that its innermost
container has to have before that counts for the document, which was found in it then."""


def container_ids(uri: str) -> list[str]:
    """Return the ids of the mails and PDFs that a document lies in, the innermost first."""
    return [document_id(container) for container in document_containers(uri)]


def state_of(sha256: str, description: str) -> str:
    """Return the bytes and the description of a document in one text."""
    return f"{sha256} {description}"


def is_waiting(uri: str, rows: Mapping[str, LedgerRow], found_in: str | None) -> bool:
    """Return whether the innermost container of a document is not read in the state that the document was found in."""
    row = next(map(rows.get, container_ids(uri)), None)
    if found_in is None or (row and row.outcome == "indexed" and _state(row) == found_in):
        return False
    return bool(container_ids(uri))


def shown_class(uri: str, own: str | None, rows: Mapping[str, LedgerRow], found_in: str | None) -> str | None:
    """Return the class to show a document with, by the rows of its containers and what is said of it without these."""
    around = map(rows.get, container_ids(uri))
    classes = (row.versions.get(OWN, UNKNOWN) if row and row.outcome == "indexed" else UNKNOWN for row in around)
    return combined(own, *classes, UNKNOWN if is_waiting(uri, rows, found_in) else None)


def is_shown_right(entry: LedgerRow, rows: Mapping[str, LedgerRow], found_in: str | None = None) -> bool:
    """Return whether a document of the index is shown with the class that the rows of its containers say.

    `found_in` is the state of the innermost one now. A row that a repair made says no class: its document is read again
    anyhow.
    """
    if SHOWN not in entry.versions:
        return True
    waits = entry.versions.get(WAITS)
    if waits and found_in not in (None, waits):
        return False
    return (shown_class(entry.source, entry.versions[OWN], rows, waits) or "") == entry.versions[SHOWN]


class MemberAccess:
    """Gives documents inside others their class; see `Follower`."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self._engine, self._ledger = engine, ledger

    def prepare(self, draft: Draft) -> None:
        """Show a document with the class that its containers leave it, and close what lies in it; open nothing."""
        uri, before = draft.document.source, draft.before
        found_in = draft.container or (before.versions.get(WAITS) if before else None)
        classes = self.classes(uri, draft.document.access, found_in)
        draft.notes |= classes
        draft.document = draft.document.model_copy(update={"access": classes[SHOWN] or None})
        if before is None or not closing_names(classes[OWN]) <= closing_names(before.versions.get(OWN)):
            self.close(uri, draft.document.access)

    def classes(self, uri: str, own: str | None, found_in: str | None) -> dict[str, str]:
        """Return what the row of a document says of its class that is about to be put."""
        rows = self._known(uri)
        waits = {WAITS: found_in} if found_in and is_waiting(uri, rows, found_in) else {}
        return {OWN: own or "", SHOWN: shown_class(uri, own, rows, found_in) or "", **waits}

    def close(self, uri: str, access: str | None) -> None:
        """Close what lies in a document that is about to be put, as far as its class closes it; open nothing."""
        rows = [row for row in self._inside([uri]) if not closing_names(access) <= closing_names(row.versions[SHOWN])]
        if rows:
            self._engine.flush()  # what waits of them is not to be lost
        for row in rows:
            self._show(row, {**row.versions, SHOWN: combined(row.versions[SHOWN], access) or ""})

    def follow(self, changes: Changes) -> bool:
        """Show the documents of which rows were written, and what lies in them, as the rows say.

        Of a container and a member that two workers committed at the same time, the one who comes here last sees both
        rows.
        """
        written = changes.written
        own = self._ledger.known([name for name, uri in written.items() if container_ids(uri)])
        rows = {row.id: row for row in self._inside(set(written.values()))} | {
            name: row for name, row in own.items() if SHOWN in row.versions
        }
        count = 0
        for row in rows.values():
            classes = self.classes(row.source, row.versions[OWN], row.versions.get(WAITS))
            if classes != {name: row.versions[name] for name in (OWN, SHOWN, WAITS) if name in row.versions}:
                count += self._show(row, classes)
        return count > 0

    def wrong(self) -> list[str]:
        """Return the sources of documents inside others that the index has with another class than theirs.

        So are those of which a row that a repair made does not say what closes them.
        """
        rows = [one for one in self._ledger.entries() if one.source.startswith(INSIDE) and one.blobs]
        return [row.source for row in rows if not self._is_right(row)]

    def _is_right(self, row: LedgerRow) -> bool:
        document = self._engine.document(row.id, access_classes=EVERY_CLASS)
        if document is None:
            return True  # it is not shown at all
        own = row.versions.get(OWN)
        waits = row.versions.get(WAITS)
        return own is not None and document.access == shown_class(row.source, own, self._known(row.source), waits)

    def _inside(self, containers: Collection[str]) -> Iterator[LedgerRow]:
        """Yield the rows of documents inside others, at any depth, of which the index has something."""
        while containers:
            found = [row.id for row in self._ledger.members(containers)]
            rows = self._ledger.known(found).values()
            yield from (row for row in rows if SHOWN in row.versions)
            containers = [row.source for row in rows]

    def _known(self, uri: str) -> Mapping[str, LedgerRow]:
        """Return the rows of the containers of a document."""
        containers = container_ids(uri)
        return self._ledger.known(containers) if containers else {}

    def _show(self, row: LedgerRow, classes: Mapping[str, str]) -> bool:
        """Show a document with the class that its row is to say; return whether the index has it."""

        def shown(document: Document) -> Document:
            return document.model_copy(update={"access": classes[SHOWN] or None})

        found = self._engine.revise(row.id, shown, access_classes=EVERY_CLASS)
        if found and self._ledger.claim(row.id):  # another worker who has it comes to `follow` later
            kept = {name: version for name, version in row.versions.items() if name != WAITS}
            # papers of other classes are no versions of it any more
            self._ledger.write(replace(row, versions={**kept, **classes}, unlinked=bool(row.marks)))
        return found


def _state(row: LedgerRow) -> str:
    return state_of(row.sha256, row.versions.get("sidecar", ""))
