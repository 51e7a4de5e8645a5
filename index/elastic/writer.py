"""Writes documents to the cluster by the protocol of `index.elastic.journal`."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import numpy as np

from extractors.document import Document
from index.analysis import Analysis
from index.elastic import bulk
from index.elastic.client import Cluster, cluster_errors
from index.elastic.conditions import Body, closing_fields
from index.elastic.journal import HiddenGeneration, Journal, JournalWriter, TakenOverError, Worker
from index.elastic.judgement_overlay import JudgementOverlay
from index.elastic.rows import (
    DOCUMENT,
    SPELLING,
    content_name,
    content_of,
    document_row,
    document_row_id,
    new_generation,
    passage_row_id,
    passage_rows,
)
from index.results import Vector

Spelling = tuple[str, str, str, str | None]
"""Language, plain term, term, and the access class of the paper that has it."""

_BATCH = 64
"""Documents that may wait to be seen: so many of one writer stand in the journal at most."""
_MOST_STATES = 10_000
"""States of documents that are seen at once: one of each in a batch."""


class Writer:
    """Changes an index as one of the workers in its journal; `close` removes it from there.

    `reapply` is called with documents that became visible and were judged after they were put. With `alone` there
    may be no other worker meanwhile.
    """

    def __init__(
        self,
        cluster: Cluster,
        analysis: Analysis,
        judgements: JudgementOverlay,
        dimension: int,
        reapply: Callable[[Collection[str]], None],
        worker: Worker,
        *,
        alone: bool = False,
    ) -> None:
        self._cluster, self._analysis, self._judgements, self._dimension = cluster, analysis, judgements, dimension
        self._reapply = reapply
        self._known_spellings: set[Spelling] = set()
        self._coming: dict[str, HiddenGeneration] = {}
        self._going: list[HiddenGeneration] = []
        self._journal = JournalWriter(cluster, worker, alone=alone)
        try:
            self.flush()
        except BaseException:
            self._journal.release()
            raise

    @property
    def is_behind(self) -> bool:
        """Whether documents were put or deleted since the last flush."""
        return bool(self._coming or self._going)

    def put(self, document: Document, vectors: Vector, versions: Mapping[str, str]) -> None:
        """Store a document; it is safe when this returns. Raises `RowsRefusedError` where the cluster refuses it."""
        wanted = (len(document.passages), self._dimension)
        if vectors.shape != wanted:
            raise ValueError(f"{document.id}: vectors of shape {vectors.shape}, {wanted} are needed")
        if not np.isfinite(vectors).all():
            raise ValueError(f"{document.id}: a vector holds a number that is not finite")
        if len(self._coming) >= _BATCH or document.id in {entry.document for entry in self._entries()}:
            self.flush()
        content = content_name(document, vectors, versions)
        if content in {
            content_of(entry.generation) for entry in self._visible_as_going([document.id], self._journal.read())
        }:
            return
        entry = HiddenGeneration(
            document=document.id, generation=new_generation(content), passages=len(document.passages), state="coming"
        )
        self._journal.write([*self._entries(), entry])
        try:
            spellings = self._write(document, vectors, entry.generation, versions)
            self._journal.confirm()
        except TakenOverError:
            self._delete([entry])  # after a takeover the journal no longer hides these rows
            raise
        except BaseException:
            self._going.append(entry.model_copy(update={"state": "going"}))
            raise
        self._known_spellings |= spellings
        self._coming[document.id] = entry

    def remove(self, document_id: str) -> bool:
        """Delete a document; return whether it existed. It is invisible to readers from now on."""
        if document_id in self._coming:
            self.flush()
        found: list[HiddenGeneration] = []

        def entries(journal: Journal) -> list[HiddenGeneration]:
            found[:] = self._visible_as_going([document_id], journal)
            return [*self._entries(), *found]

        if self._visible_as_going([document_id], self._journal.read()):
            self._journal.write(entries, commit=True)
            self._going += found
        return bool(found)

    def flush(self) -> None:
        """Make what was put visible, and delete the rows of replaced generations, those of killed writers too."""
        if taken := self._journal.take_over():
            self._take_over(taken)
        if not self.is_behind:
            return
        self._refresh()
        replaced: list[HiddenGeneration] = []

        def entries(journal: Journal) -> list[HiddenGeneration]:
            replaced[:] = self._visible_as_going(self._coming, journal)
            return [*self._going, *replaced]

        self._journal.write(entries, commit=True)
        came, self._coming = self._coming, {}
        self._going += replaced
        self._delete(self._going)
        self._refresh()
        self._journal.write((), commit=True)
        self._going = []
        if late := self._judgements.late(came):
            self._reapply(late)

    def close(self) -> None:
        """Leave the workers of the index; call `flush` before it."""
        self._journal.release()

    def _entries(self) -> list[HiddenGeneration]:
        return [*self._coming.values(), *self._going]

    def _take_over(self, taken: Collection[HiddenGeneration]) -> None:
        """Move the entries of dead writers to the step that `flush` completes."""
        for entry in taken:
            with cluster_errors(self._cluster.url):
                whole = entry.state == "coming" and self._cluster.client.exists(
                    index=self._cluster.documents, id=document_row_id(entry.document, entry.generation)
                )
            if whole and entry.document not in self._coming:
                self._coming[entry.document] = entry
            else:
                self._going.append(entry.model_copy(update={"state": "going"}))

    def _visible_as_going(self, documents: Collection[str], journal: Journal) -> list[HiddenGeneration]:
        """Return the visible states of documents as entries that are going."""
        states: Body = {
            "bool": {"filter": [{"term": {"record": DOCUMENT}}, {"terms": {"document": sorted(documents)}}]}
        }
        query = {"bool": {"filter": [states], "must_not": [{"terms": {"generation": journal.hidden}}]}}
        fields = ["document", "generation", "passages"]
        with cluster_errors(self._cluster.url):
            answer = self._cluster.client.search(
                index=self._cluster.documents, query=query, source_includes=fields, size=_MOST_STATES
            )
        return [HiddenGeneration(state="going", **hit["_source"]) for hit in answer["hits"]["hits"]]

    def _write(
        self, document: Document, vectors: Vector, generation: str, versions: Mapping[str, str]
    ) -> set[Spelling]:
        """Write the rows of a generation, that of the document last; return the spellings of its words."""
        spellings: set[Spelling] = set()
        bulk.write(self._cluster, self._passages(document, vectors, generation, versions, spellings))
        bulk.write(self._cluster, map(self._spelling, spellings - self._known_spellings))
        row = {"_index": self._cluster.documents, "_id": document_row_id(document.id, generation)}
        bulk.write(self._cluster, [{**row, "_source": document_row(document, generation, versions)}])
        return spellings

    def _passages(
        self,
        document: Document,
        vectors: Vector,
        generation: str,
        versions: Mapping[str, str],
        spellings: set[Spelling],
    ) -> Iterator[bulk.Action]:
        laid = self._judgements.apply_to(document, versions)
        rows = passage_rows(document, vectors, generation, self._analysis, laid)
        for place, (row, odd) in enumerate(rows):
            spellings |= {(*one, document.access) for one in odd}
            name = passage_row_id(document.id, generation, place)
            yield {"_index": self._cluster.passages, "_id": name, "_source": row}

    def _delete(self, entries: Iterable[HiddenGeneration]) -> None:
        bulk.write(self._cluster, (action for entry in entries for action in self._deletions(entry)))

    def _deletions(self, entry: HiddenGeneration) -> Iterable[bulk.Action]:
        """Yield the bulk actions that delete a generation."""
        for place in range(entry.passages):
            name = passage_row_id(entry.document, entry.generation, place)
            yield {"_op_type": "delete", "_index": self._cluster.passages, "_id": name}
        name = document_row_id(entry.document, entry.generation)
        yield {"_op_type": "delete", "_index": self._cluster.documents, "_id": name}

    def _spelling(self, spelling: Spelling) -> bulk.Action:
        language, plain, term, access = spelling
        return {
            "_op_type": "create",
            "_index": self._cluster.documents,
            "_id": " ".join([SPELLING, language, plain, term, *filter(None, [access])]),
            "_source": {
                "record": SPELLING,
                "spelling": f"{language} {plain}",
                "term": term,
                **closing_fields(access),
            },
        }

    def _refresh(self) -> None:
        with cluster_errors(self._cluster.url):
            self._cluster.client.indices.refresh(index=[self._cluster.passages, self._cluster.documents])
