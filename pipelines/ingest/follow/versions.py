"""Links between versions of one paper, found by their content: language versions, editions, file formats.

A linked document has the key of the paper of which it is a version, and the reason. It is compared with the few
documents that share rare marks with it (`extractors.likeness`), once after its commit, and again when a document with
the same key is deleted or changes. The ledger records pending comparisons, so that a killed run loses no link, and a
run without changes compares nothing.
"""

import logging
import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from extractors.document import Document, VersionOf
from extractors.likeness import Features, likeness
from extractors.metadata import own_key
from index.filters import EVERY_CLASS
from index.protocol import Engine
from pipelines.ingest.follow.protocol import Changes, Draft
from pipelines.ingest.writer import compare_others_again
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger

_MOST_COMPARED = 8
"""Number of documents that one is compared with: those that share most marks with it."""
_SHARED = 8
"""Number of marks of which one has to be shared: versions share nearly all, papers of a series one or two."""
_MOST_ROUNDS = 3
"""Rounds of comparison: the paper to which a version is linked may itself get another key."""
_KEPT = 16
LINKED = "linked"
"""Name in the `versions` of a row whose key comes from a stored link."""
_ID = re.compile(r"[0-9a-f]{16}")

DocumentReader: TypeAlias = Callable[[str], Document | None]
"""Returns the whole document of an id with its current link."""

_log = logging.getLogger(__name__)


class VersionLinks:
    """Links the documents of an index, using its ledger; see `Follower`."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self._engine, self._ledger = engine, ledger
        self._linked: dict[str, tuple[str, VersionOf | None]] = {}
        """Key and link of the documents that were linked since `follow` began: readers may not see them so yet."""

    def prepare(self, draft: Draft) -> None:
        """Preserve the link of a document; a correction by a person takes precedence."""
        draft.marks = Features(draft.document).marks
        if draft.before and draft.before.blobs and not draft.document.version_of:
            self._preserve_link(draft, draft.before)
        if draft.document.version_of:
            draft.notes[LINKED] = "1"

    def follow(self, changes: Changes) -> bool:  # noqa: ARG002 - the ledger says so of documents that a killed run left
        """Compare the committed documents, and documents whose linked versions were deleted."""
        self._linked = {}
        read = lru_cache(_KEPT)(self._read)
        queue = deque(entry.id for entry in self._ledger.unlinked())
        rounds, done = Counter[str](), []
        while queue:
            name = queue.popleft()
            entry = self._ledger.entry(name)
            if rounds[name] >= _MOST_ROUNDS or entry is None or entry.outcome != "indexed":
                continue
            rounds[name] += 1
            others = self._compare(entry, read)
            if others is not None:
                queue += others
                done.append(name)
            if name in self._linked:
                read.cache_clear()
        self._ledger.note_linked(done)
        return bool(self._linked)

    def _preserve_link(self, draft: Draft, before: LedgerRow) -> None:
        """Give a document the link of its indexed state, if its text is unchanged.

        If it changed, the documents linked to it are compared again.
        """
        document = draft.document
        if draft.marks == before.marks:
            if document.key == before.key:
                return
            held = self._engine.document(document.id, access_classes=EVERY_CLASS)
            if held and held.version_of:
                draft.document = document.model_copy(update={"key": held.key, "version_of": held.version_of})
                return
        compare_others_again(self._ledger, before)

    def _compare(self, entry: LedgerRow, read: DocumentReader) -> list[str] | None:
        """Link one document; return further documents to compare because of that, None if it is not visible yet."""
        names = self._candidates(entry)
        if not names and LINKED not in entry.versions:
            return []  # the usual case: no version of another document, before and now
        whole = read(entry.id)
        if whole is None:
            return None
        link, others = link_of(whole, [one for name in names if (one := read(name))])
        key = link.key if link else key_alone(whole)
        if (key, link) != (whole.key, whole.version_of):
            self._link(entry, key, link)
        if entry.key == key:
            return others
        left = [one.id for one in self._ledger.of_key(entry.key) if one.id != entry.id]
        if self._ledger.claim(entry.id):
            versions = {name: version for name, version in entry.versions.items() if name != LINKED}
            versions |= {LINKED: "1"} if link else {}
            self._ledger.write(replace(entry, key=key, versions=versions, unlinked=False))
        return [*others, *left]

    def _candidates(self, entry: LedgerRow) -> list[str]:
        """Return the documents to compare with; two documents with official keys are not compared."""
        counts = self._ledger.marked(entry.marks)
        fewest = max(1, len(entry.marks) // _SHARED)
        near = [name for name, count in counts.items() if name != entry.id and count >= fewest]
        rows = self._ledger.known(near)
        names = [name for name, row in rows.items() if not (_has_official_key(entry) and _has_official_key(row))]
        return sorted(names, key=lambda name: (-counts[name], name))[:_MOST_COMPARED]

    def _link(self, entry: LedgerRow, key: str, link: VersionOf | None) -> None:
        update = {"key": key, "version_of": link}
        self._engine.revise(entry.id, lambda one: one.model_copy(update=update), access_classes=EVERY_CLASS)
        self._linked[entry.id] = key, link
        what = f"a version of {link.key}: {link.reason}" if link else "no version of another paper any more"
        _log.info("%s: %s", entry.source, what)

    def _read(self, name: str) -> Document | None:
        found = self._engine.document(name, access_classes=EVERY_CLASS, full=True)
        if found is None or found.id != name:
            return None
        key, link = self._linked.get(name, (found.key, found.version_of))
        return found.model_copy(update={"key": key, "version_of": link})


def link_of(document: Document, others: list[Document]) -> tuple[VersionOf | None, list[str]]:
    """Return the link of a document to the paper of some candidates, and which of these have another key.

    All are whole documents. The link uses the paper with an official key, else that of the lowest id, whichever came
    first; papers with different official keys are never linked. A correction by a person takes precedence.
    """
    if document.version_of and document.version_of.by:
        return document.version_of, []
    own = key_alone(document)
    alike: list[tuple[tuple[bool, str], Document, str]] = []
    parted: list[str] = []
    for other in others:
        both = is_official(own) and is_official(key_alone(other))
        if other.access != document.access or (both and own != key_alone(other)):
            parted += [other.id] if other.version_of and other.key == document.key else []
            continue
        if reason := likeness(document, other):
            alike.append((_rank(other), other, reason))
    first = min(alike, key=lambda one: one[0], default=None)
    link = None
    if first and first[0] < _rank(document) and not is_official(own):
        link = VersionOf(key=first[1].key, reason=first[2])
    key = link.key if link else own
    again = [other.id for _, other, _ in alike if other.key != key and not is_official(key_alone(other))]
    return link, [*again, *parted]


def key_alone(document: Document) -> str:
    """Return the key of a document from its own metadata, without a link."""
    return own_key(document) if document.version_of else document.key


def is_official(key: str) -> bool:
    """Return whether a key is derived from a symbol or number instead of an id."""
    return not _ID.fullmatch(key)


def _has_official_key(entry: LedgerRow) -> bool:
    return LINKED not in entry.versions and is_official(entry.key)


def _rank(document: Document) -> tuple[bool, str]:
    return not is_official(key_alone(document)), document.id
