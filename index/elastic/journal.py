"""The journal of an index: which states of documents nobody is to see, and who is writing.

A state of a document is a generation: the document's row and the rows of its passages, all named for it. Rows of
two generations of one document never share an id. What Elasticsearch holds changes row by row; what readers see
changes at once, by one row, the journal, which lists the generations that are not to be seen:

1. Before any row of a new generation is written, it is entered as *coming*.
2. Its passages are written, and after them the document's row: its being there says that all the others are.
3. `flush` makes them searchable, and then enters, in one write, the generations that they replace as *going* and
   the new ones not at all. This is the moment in which readers see the new state.
4. Going generations are deleted and struck out.

A writer that finds entries of a dead one goes on from there: a coming generation without its document's row goes,
one with it is brought to step 3. Readers leave out whatever is entered (`index.elastic.moment`).
"""

import logging
import os
import socket
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from configs.errors import UnavailableError
from extractors.document import Value
from index.elastic.client import Cluster, cluster_errors, explained
from index.elastic.rows import STATE

JOURNAL = "journal"
LABELS = "labels"
_ALIVE_SECONDS = 120
"""A writer on another machine that has written nothing for so long may be taken for dead …"""
_FORGOTTEN_SECONDS = 3600
"""… and so may one on this machine, whose number may be another process's by then."""
_CONFLICT, _UNAVAILABLE = 409, 503

_log = logging.getLogger(__name__)


class Entry(Value):
    """A generation that is not to be seen; its passages have the places below `passages`."""

    document: str
    generation: str
    passages: int
    state: Literal["coming", "going"]


class Claim(Value):
    """The writer, and when it wrote the journal last (seconds since 1970)."""

    host: str
    process: int
    name: str
    at: float


class Journal(Value):
    """What the row says.

    `index` names the version of the index that it belongs to, `commits` counts the changes of what readers see, and
    `labels` holds the last label of each home that was laid over it.
    """

    index: str = ""
    commits: int = 0
    entries: tuple[Entry, ...] = ()
    claim: Claim | None = None
    labels: Mapping[str, int] = {}

    @property
    def moment(self) -> tuple[str, int]:
        """What does not change while readers see the same."""
        return self.index, self.commits

    @property
    def hidden(self) -> list[str]:
        """The generations that are not to be seen."""
        return sorted({entry.generation for entry in self.entries})


def read(cluster: Cluster) -> Journal:
    """Return the journal as it is now, whether it was made searchable or not."""
    return _read(cluster)[0]


def note_labels(cluster: Cluster, labels: Mapping[str, int]) -> None:
    """Note the id of the last label of each home that was laid over the index."""
    with cluster_errors(cluster.url):
        cluster.client.index(index=cluster.documents, id=LABELS, document={"record": STATE, "state": dict(labels)})


class JournalWriter:
    """The journal in the hands of the one process that may write the index.

    Raises `UnavailableError` where another process is at it; a method does so where another one took over.
    """

    held: ClassVar[set[str]] = set()
    """The names of the writers of this process; one that could not tell the cluster that it ended is not among them."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.journal, self._place = _read(cluster)
        other = self.journal.claim
        if other and _is_alive(other):
            message = f"{cluster.url}/{cluster.passages}: process {other.process} on {other.host} is writing it"
            raise UnavailableError(message, "wait until it is done")
        self._name = uuid.uuid4().hex
        self.write(self.journal.entries)
        self.held.add(self._name)

    def write(self, entries: Iterable[Entry], *, commit: bool = False) -> None:
        """Put entries in place of those that there are; `commit` says that readers see something else from now on."""
        claim = Claim(host=socket.gethostname(), process=os.getpid(), name=self._name, at=time.time())
        if not self._write(entries, claim, commit=commit):
            message = f"{self._cluster.url}/{self._cluster.passages}: another process has begun to write it"
            raise UnavailableError(message, "wait until it is done, and run the same command again")

    def release(self) -> None:
        """Let others write."""
        self.held.discard(self._name)
        if not self._write(self.journal.entries, None, commit=False):
            _log.info("%s: another process writes the index already", self._cluster.url)

    def _write(self, entries: Iterable[Entry], claim: Claim | None, *, commit: bool) -> bool:
        """Return whether the journal was as this process left it, and is now as it should be."""
        commits = self.journal.commits + commit
        index = self.journal.index or uuid.uuid4().hex
        changed = Journal(index=index, commits=commits, entries=tuple(entries), claim=claim)
        state = changed.model_dump(mode="json", exclude={"labels"})
        place = self._place or {"op_type": "create"}
        client = self._cluster.client.options(ignore_status=_CONFLICT)
        with cluster_errors(self._cluster.url):
            answer = client.index(
                index=self._cluster.documents, id=JOURNAL, document={"record": STATE, "state": state}, **place
            )
        if answer.meta.status == _CONFLICT:
            return False
        self._place = _place(answer)
        self.journal = changed
        return True


def _read(cluster: Cluster) -> tuple[Journal, dict[str, Any] | None]:
    """Return the journal, and where it stood, so that a change of it by someone else is noticed."""
    with cluster_errors(cluster.url):
        journal, labels = cluster.client.mget(index=cluster.documents, ids=[JOURNAL, LABELS])["docs"]
    for row in (journal, labels):
        if "error" in row:
            raise explained(cluster.url, _UNAVAILABLE, row["error"])
    said = labels["_source"]["state"] if labels.get("found") else {}
    if not journal.get("found"):
        return Journal(labels=said), None
    return Journal(**journal["_source"]["state"], labels=said), _place(journal)


def _place(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of the cluster
    return {"if_seq_no": answer["_seq_no"], "if_primary_term": answer["_primary_term"]}


def _is_alive(claim: Claim) -> bool:
    silent = time.time() - claim.at
    if claim.host != socket.gethostname():
        return silent < _ALIVE_SECONDS
    if claim.process == os.getpid():
        return claim.name in JournalWriter.held
    return silent < _FORGOTTEN_SECONDS and Path(f"/proc/{claim.process}").exists()
