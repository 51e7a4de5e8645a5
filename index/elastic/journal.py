"""The journal of an index: the document states that are hidden from readers, and the active writers.

A state of a document is a generation: the document's row and the rows of its passages, all named for it. Rows of two
generations never share an id. Elasticsearch changes row by row; what readers see changes atomically with one row, the
journal, which lists the hidden generations:

1. Before any row of a new generation is written, it is entered as *coming*.
2. Its passages are written, and after them the document's row: where it exists, all other rows exist.
3. `flush` makes them searchable, and then enters, in one write, the generations that they replace as *going* and
   the new ones not at all. From then on readers see the new state.
4. Going generations are deleted and struck out.

Any number of workers write at once. Each writes the journal on condition that nobody changed it since it was read,
and reads it again otherwise. An entry names its writer. Those of a dead one are taken over: a coming generation
without its document's row goes, one with it is brought to step 3. Readers leave out whatever is entered
(`index.elastic.snapshot`).
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal, Protocol

from configs.system.errors import UnavailableError
from extractors.document import Value
from index.elastic.client import Cluster, cluster_errors, rows_named
from index.elastic.rows import STATE

JOURNAL = "journal"
JUDGEMENTS = "judgements"
_CONFLICT = 409


class TakenOverError(UnavailableError):
    """Another worker took over the entries of this one, whose heartbeat was overdue."""


class Worker(Protocol):
    """A writer of the index: `name` marks its entries, and identifies it to people.

    `state` is the id of the state that the index is to belong to.
    """

    state: str

    @property
    def name(self) -> str:
        """The name of this worker, never used again."""

    def living(self, names: Collection[str]) -> set[str]:
        """Return the names of the other workers that are alive."""


class HiddenGeneration(Value):
    """A generation that is hidden from readers; its passages have the places below `passages`."""

    document: str
    generation: str
    passages: int
    state: Literal["coming", "going"]
    writer: str = ""


class Journal(Value):
    """The content of the journal's row.

    `index` names the version of the index that it belongs to, `commits` counts the changes of what readers see,
    `writers` how often each worker has changed the journal; `alone` is the only worker, where there is just one.
    `judgements` holds the last judgement of each store of judgements that was applied to the index.
    """

    index: str = ""
    commits: int = 0
    entries: tuple[HiddenGeneration, ...] = ()
    writers: Mapping[str, int] = {}
    alone: str | None = None
    judgements: Mapping[str, int] = {}

    @property
    def snapshot_id(self) -> tuple[str, int]:
        """An id that changes whenever the visible documents change."""
        return self.index, self.commits

    @property
    def hidden(self) -> list[str]:
        """The generations that are hidden from readers."""
        return sorted({entry.generation for entry in self.entries})

    def by(self, writer: str) -> tuple[HiddenGeneration, ...]:
        """Return the entries of one writer."""
        return tuple(entry for entry in self.entries if entry.writer == writer)


def read(cluster: Cluster) -> Journal:
    """Return the current journal, before and after a refresh."""
    return _read(cluster)[0]


def note_judgements(cluster: Cluster, judgements: Mapping[str, int]) -> None:
    """Note the id of the last judgement of each store that was applied to the index."""
    with cluster_errors(cluster.url):
        cluster.client.index(
            index=cluster.documents, id=JUDGEMENTS, document={"record": STATE, "state": dict(judgements)}
        )


class JournalWriter:
    """Changes the journal for one of the workers that write the index.

    With `alone` there may be no other worker. Raises `UnavailableError` where another worker demands to be alone or,
    with `alone`, where there is any other; a method does so where another worker declared this one dead and took
    over its entries.
    """

    def __init__(self, cluster: Cluster, worker: Worker, *, alone: bool = False) -> None:
        self._cluster = cluster
        self._worker = worker
        self.name = worker.name
        self._own: tuple[HiddenGeneration, ...] = ()
        self._journal, self._place = _read(cluster)
        self._change(lambda journal: self._joined(journal, alone=alone))

    def read(self) -> Journal:
        """Return the journal as it is now."""
        self._journal, self._place = _read(self._cluster)
        return self._journal

    def write(
        self,
        entries: Iterable[HiddenGeneration] | Callable[[Journal], Iterable[HiddenGeneration]],
        *,
        commit: bool = False,
    ) -> tuple[HiddenGeneration, ...]:
        """Replace the entries of this worker, and return the new ones.

        They may depend on the journal. `commit` says that the visible documents change.
        """

        def changed(journal: Journal) -> Journal:
            self._check(journal)
            given = entries(journal) if callable(entries) else entries
            own = tuple(entry.model_copy(update={"writer": self.name}) for entry in given)
            others = tuple(entry for entry in journal.entries if entry.writer != self.name)
            return journal.model_copy(update={"entries": others + own, "commits": journal.commits + commit})

        self._own = self._change(changed).by(self.name)
        return self._own

    def take_over(self) -> tuple[HiddenGeneration, ...]:
        """Take over the entries of writers that are dead, and return them."""
        self.read()
        names = {entry.writer for entry in self._journal.entries} - {self.name}
        dead = names - self._worker.living(names)
        if not dead:
            return ()

        def changed(journal: Journal) -> Journal:
            entries = (
                one.model_copy(update={"writer": self.name}) if one.writer in dead else one for one in journal.entries
            )
            return journal.model_copy(update={"entries": tuple(entries)})

        before, self._own = self._own, self._change(changed).by(self.name)
        return tuple(entry for entry in self._own if entry not in before)

    def confirm(self) -> None:
        """Check that no other worker took over the entries of this one."""
        self._check(self.read())

    def release(self) -> None:
        """Leave the writers of the index; remaining entries are taken over by the next worker."""

        def changed(journal: Journal) -> Journal:
            writers = {name: count for name, count in journal.writers.items() if name != self.name}
            alone = None if journal.alone == self.name else journal.alone
            return journal.model_copy(update={"writers": writers, "alone": alone})

        self._change(changed)

    def _joined(self, journal: Journal, *, alone: bool) -> Journal:
        """Return the journal with this worker among those that are alive."""
        others = self._worker.living(journal.writers.keys() - {self.name})
        if journal.alone in others:
            raise self._refusal(journal.alone, "is reindexing it or goes back to an earlier version")
        if alone and others:
            raise self._refusal(min(others), "is writing it")
        writers = {name: journal.writers[name] for name in others}
        return journal.model_copy(
            update={
                "index": journal.index or uuid.uuid4().hex,
                "writers": {**writers, self.name: journal.writers.get(self.name, 0)},
                "alone": self.name if alone else None,
            }
        )

    def _refusal(self, other: str | None, doing: str) -> UnavailableError:
        message = f"{self._cluster.url}/{self._cluster.passages}: worker {other} {doing}"
        return UnavailableError(message, "wait until it is done")

    def _check(self, journal: Journal) -> None:
        if set(journal.by(self.name)) != set(self._own):
            message = f"{self._cluster.url}/{self._cluster.passages}: another process took this one for dead"
            raise TakenOverError(message, "run the same command again")

    def _change(self, changed: Callable[[Journal], Journal]) -> Journal:
        """Change the journal and return it; repeated on the newest state where another worker wrote first."""
        while True:
            wanted = changed(self._journal)
            number = self._journal.writers.get(self.name, 0) + 1
            if self.name in wanted.writers:
                wanted = wanted.model_copy(update={"writers": {**wanted.writers, self.name: number}})
            if self._write(wanted):
                return self._journal
            self._journal, self._place = _read(self._cluster)
            if self._journal.writers.get(self.name) == number or self.name not in {
                *self._journal.writers,
                *wanted.writers,
            }:
                return self._journal  # the write succeeded, and only its response was lost

    def _write(self, wanted: Journal) -> bool:
        """Write the journal; return False where another process changed it since it was read."""
        state = wanted.model_dump(mode="json", exclude={"judgements"})
        place = self._place or {"op_type": "create"}
        client = self._cluster.client.options(ignore_status=_CONFLICT)
        with cluster_errors(self._cluster.url):
            answer = client.index(
                index=self._cluster.documents, id=JOURNAL, document={"record": STATE, "state": state}, **place
            )
        if answer.meta.status == _CONFLICT:
            return False
        self._journal, self._place = wanted, _place(answer)
        return True


def _read(cluster: Cluster) -> tuple[Journal, dict[str, Any] | None]:
    """Return the journal with its sequence number, by which a concurrent change is detected."""
    journal, judgements = rows_named(cluster, cluster.documents, [JOURNAL, JUDGEMENTS])
    said = judgements["_source"]["state"] if judgements.get("found") else {}
    if not journal.get("found"):
        return Journal(judgements=said), None
    return Journal(**journal["_source"]["state"], judgements=said), _place(journal)


def _place(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of the cluster
    return {"if_seq_no": answer["_seq_no"], "if_primary_term": answer["_primary_term"]}
