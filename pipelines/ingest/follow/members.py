"""The access class of documents inside others: a member, such as an attachment, is as restricted as its containers.

The ledger has two classes of a member. `access` is its own class, without the mails and PDFs that contain it
(`pipelines.sources.source`), in the row of every document; `shown` is the class with which it is indexed, which is at
least as strict as its own and those of its containers. A class that a person sets replaces `access`.

A container and its members are read and committed one by one, in any order and by any worker. So until the row of a
container says that its current state was read, its members are indexed as `unknown`: visible only to readers of every
class. Once its class is known or changes, the members in the index get their new class and stay as they are otherwise.
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
"""Keys of the `versions` of a row: the two classes, where "" is none, and the state of the innermost container in which
the member was found: until the row of the container has this state, its class does not count."""


def container_ids(uri: str) -> list[str]:
    """Return the ids of the mails and PDFs that contain a document, the innermost first."""
    return [document_id(container) for container in document_containers(uri)]


def state_of(sha256: str, description: str) -> str:
    """Return the state of a document as text: the hash of its bytes, and its description."""
    return f"{sha256} {description}"


def is_waiting(uri: str, rows: Mapping[str, LedgerRow], found_in: str | None) -> bool:
    """Return whether the innermost container has not been read yet in the state in which the document was found."""
    row = next(map(rows.get, container_ids(uri)), None)
    if found_in is None or (row and row.outcome == "indexed" and _state(row) == found_in):
        return False
    return bool(container_ids(uri))


def shown_class(uri: str, own: str | None, rows: Mapping[str, LedgerRow], found_in: str | None) -> str | None:
    """Return the class to index a document with, from its own class and the rows of its containers."""
    containers = map(rows.get, container_ids(uri))
    classes = (row.versions.get(OWN, UNKNOWN) if row and row.outcome == "indexed" else UNKNOWN for row in containers)
    return combined(own, *classes, UNKNOWN if is_waiting(uri, rows, found_in) else None)


def has_current_class(entry: LedgerRow, rows: Mapping[str, LedgerRow], found_in: str | None = None) -> bool:
    """Return whether a document is indexed with the class that follows from the rows of its containers.

    `found_in` is the current state of the innermost one. A row from a repair has no class, but its document is read
    again in any case.
    """
    if SHOWN not in entry.versions:
        return True
    waits = entry.versions.get(WAITS)
    if waits and found_in not in (None, waits):
        return False
    return (shown_class(entry.source, entry.versions[OWN], rows, waits) or "") == entry.versions[SHOWN]


class MemberAccess:
    """Sets the class of documents inside others; see `Follower`."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self._engine, self._ledger = engine, ledger

    def prepare(self, draft: Draft) -> None:
        """Set the class of a document from its containers, and restrict its members; no member becomes more open."""
        uri, before = draft.document.source, draft.before
        found_in = draft.container or (before.versions.get(WAITS) if before else None)
        classes = self.classes(uri, draft.document.access, found_in)
        draft.notes |= classes
        draft.document = draft.document.model_copy(update={"access": classes[SHOWN] or None})
        if before is None or not closing_names(classes[OWN]) <= closing_names(before.versions.get(OWN)):
            self.close(uri, draft.document.access)

    def classes(self, uri: str, own: str | None, found_in: str | None) -> dict[str, str]:
        """Return the versions about its class for the row of a document that is about to be put."""
        rows = self._container_rows(uri)
        waits = {WAITS: found_in} if found_in and is_waiting(uri, rows, found_in) else {}
        return {OWN: own or "", SHOWN: shown_class(uri, own, rows, found_in) or "", **waits}

    def close(self, uri: str, access: str | None) -> None:
        """Restrict the members of a document that is about to be put to its class; no member becomes more open."""
        names = closing_names(access)
        rows = [row for row in self._member_rows([uri]) if not names <= closing_names(row.versions[SHOWN])]
        if rows:
            self._engine.flush()  # so that pending writes of them are not lost
        for row in rows:
            self._set_class(row, {**row.versions, SHOWN: combined(row.versions[SHOWN], access) or ""})

    def follow(self, changes: Changes) -> bool:
        """Set the class of the documents whose rows were written, and of their members, by the rows.

        Where two workers commit a container and its member at the same time, the last one to get here sees both.
        """
        written = changes.written
        own = self._ledger.known([name for name, uri in written.items() if container_ids(uri)])
        rows = {row.id: row for row in self._member_rows(set(written.values()))} | {
            name: row for name, row in own.items() if SHOWN in row.versions
        }
        count = 0
        for row in rows.values():
            classes = self.classes(row.source, row.versions[OWN], row.versions.get(WAITS))
            if classes != {name: row.versions[name] for name in (OWN, SHOWN, WAITS) if name in row.versions}:
                count += self._set_class(row, classes)
        return count > 0

    def with_wrong_class(self) -> list[str]:
        """Return the sources of the members that are indexed with another class than theirs.

        This includes those whose row comes from a repair and has no class.
        """
        rows = [one for one in self._ledger.entries() if one.source.startswith(INSIDE) and one.blobs]
        return [row.source for row in rows if not self._has_right_class(row)]

    def _has_right_class(self, row: LedgerRow) -> bool:
        document = self._engine.document(row.id, access_classes=EVERY_CLASS)
        if document is None:
            return True  # it is not in the index
        own, rows = row.versions.get(OWN), self._container_rows(row.source)
        return own is not None and document.access == shown_class(row.source, own, rows, row.versions.get(WAITS))

    def _member_rows(self, containers: Collection[str]) -> Iterator[LedgerRow]:
        """Yield the rows of the indexed members of some containers, at any depth."""
        while containers:
            found = [row.id for row in self._ledger.members(containers)]
            rows = self._ledger.known(found).values()
            yield from (row for row in rows if SHOWN in row.versions)
            containers = [row.source for row in rows]

    def _container_rows(self, uri: str) -> Mapping[str, LedgerRow]:
        """Return the rows of the containers of a document."""
        containers = container_ids(uri)
        return self._ledger.known(containers) if containers else {}

    def _set_class(self, row: LedgerRow, classes: Mapping[str, str]) -> bool:
        """Set the class of a document in the index and in its row; return whether it is in the index."""

        def with_class(document: Document) -> Document:
            return document.model_copy(update={"access": classes[SHOWN] or None})

        found = self._engine.revise(row.id, with_class, access_classes=EVERY_CLASS)
        if found and self._ledger.claim(row.id):  # a worker who has claimed it sets the class later, in `follow`
            kept = {name: version for name, version in row.versions.items() if name != WAITS}
            # papers of another class are no versions of it any more
            self._ledger.write(replace(row, versions={**kept, **classes}, unlinked=bool(row.marks)))
        return found


def _state(row: LedgerRow) -> str:
    return state_of(row.sha256, row.versions.get("sidecar", ""))
