"""The one writer: documents put and taken out as `index.elastic.journal` says."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import numpy as np

from extractors.document import Document
from index.analysis import Analysis
from index.elastic import bulk
from index.elastic.client import Cluster, cluster_errors
from index.elastic.journal import Entry, JournalWriter
from index.elastic.laid import LabelsLaid
from index.elastic.rows import (
    DOCUMENT,
    SPELLING,
    document_row,
    document_row_id,
    generation_of,
    passage_row_id,
    passage_rows,
)
from index.protocol import Vector

Spelling = tuple[str, str, str]

_BATCH = 64
"""Documents that may wait to be seen: so many stand in the journal at most."""


class Writer:
    """Changes an index; made by the process that has its journal, which it gives up on `close`.

    `relabel` is called with documents that readers see from now on and that were labelled after they were put.
    """

    def __init__(
        self,
        cluster: Cluster,
        analysis: Analysis,
        labels: LabelsLaid,
        dimension: int,
        relabel: Callable[[Collection[str]], None],
    ) -> None:
        self._cluster, self._analysis, self._labels, self._dimension = cluster, analysis, labels, dimension
        self._relabel = relabel
        self._known_spellings: set[Spelling] = set()
        self._journal = JournalWriter(cluster)
        self._coming = {entry.document: entry for entry in self._journal.journal.entries if entry.state == "coming"}
        self._going = [entry for entry in self._journal.journal.entries if entry.state == "going"]
        self._replaced: list[Entry] = []
        if self.is_behind:
            self._take_over()

    @property
    def is_behind(self) -> bool:
        """Whether documents were put or taken out that readers do not see so yet."""
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
        generation = generation_of(document, vectors, versions)
        before = self._states(document.id)
        if generation in {entry.generation for entry in before}:
            return
        entry = Entry(document=document.id, generation=generation, passages=len(document.passages), state="coming")
        self._journal.write([*self._entries(), entry])
        try:
            spellings: set[Spelling] = set()
            bulk.write(self._cluster, self._passages(document, vectors, generation, versions, spellings))
            bulk.write(self._cluster, map(self._spelling, sorted(spellings - self._known_spellings)))
            row = {"_index": self._cluster.documents, "_id": document_row_id(document.id, generation)}
            bulk.write(self._cluster, [{**row, "_source": document_row(document, generation, versions)}])
        except BaseException:
            self._going.append(entry.model_copy(update={"state": "going"}))
            raise
        self._known_spellings |= spellings
        self._coming[document.id] = entry
        self._replaced += before

    def remove(self, document_id: str) -> bool:
        """Take a document out; return whether it was there. Readers do not see it from now on."""
        if document_id in self._coming:
            self.flush()
        found = self._states(document_id)
        if found:
            self._going += [entry.model_copy(update={"state": "going"}) for entry in found]
            self._journal.write(self._entries(), commit=True)
        return bool(found)

    def flush(self) -> None:
        """Let readers see what was put, and delete what they do not see any more."""
        if not self.is_behind:
            return
        self._refresh()
        came, self._coming = self._coming, {}
        self._going += [entry.model_copy(update={"state": "going"}) for entry in self._replaced]
        self._replaced = []
        self._journal.write(self._entries(), commit=True)
        bulk.write(self._cluster, (action for entry in self._going for action in self._deletions(entry)))
        self._refresh()
        self._going = []
        self._journal.write((), commit=True)
        if late := self._labels.late(came):
            self._relabel(late)

    def close(self) -> None:
        """Let others write; `flush` comes before it."""
        self._journal.release()

    def _entries(self) -> list[Entry]:
        return [*self._coming.values(), *self._going]

    def _take_over(self) -> None:
        """Go on where a writer that died has left the index."""
        self._refresh()
        for entry in list(self._coming.values()):
            with cluster_errors(self._cluster.url):
                there = self._cluster.client.exists(
                    index=self._cluster.documents, id=document_row_id(entry.document, entry.generation)
                )
            if there:
                others = self._states(entry.document)
                self._replaced += [one for one in others if one.generation != entry.generation]
            else:
                self._going.append(self._coming.pop(entry.document).model_copy(update={"state": "going"}))
        self.flush()

    def _states(self, document_id: str) -> list[Entry]:
        """Return the searchable states of a document that are not going already."""
        query = {"bool": {"filter": [{"term": {"record": DOCUMENT}}, {"term": {"document": document_id}}]}}
        with cluster_errors(self._cluster.url):
            answer = self._cluster.client.search(
                index=self._cluster.documents, query=query, source_includes=["generation", "passages"], size=100
            )
        going = {entry.generation for entry in self._going}
        found = (hit["_source"] for hit in answer["hits"]["hits"])
        return [Entry(document=document_id, state="going", **row) for row in found if row["generation"] not in going]

    def _passages(
        self,
        document: Document,
        vectors: Vector,
        generation: str,
        versions: Mapping[str, str],
        spellings: set[Spelling],
    ) -> Iterator[bulk.Action]:
        tags = self._labels.tags_of(document, versions)
        rows = passage_rows(document, vectors, generation, self._analysis, tags)
        for place, (row, odd) in enumerate(rows):
            spellings |= odd
            name = passage_row_id(document.id, generation, place)
            yield {"_index": self._cluster.passages, "_id": name, "_source": row}

    def _deletions(self, entry: Entry) -> Iterable[bulk.Action]:
        """Yield what takes a generation out."""
        for place in range(entry.passages):
            name = passage_row_id(entry.document, entry.generation, place)
            yield {"_op_type": "delete", "_index": self._cluster.passages, "_id": name}
        name = document_row_id(entry.document, entry.generation)
        yield {"_op_type": "delete", "_index": self._cluster.documents, "_id": name}

    def _spelling(self, spelling: Spelling) -> bulk.Action:
        language, plain, term = spelling
        return {
            "_op_type": "create",
            "_index": self._cluster.documents,
            "_id": f"{SPELLING} {language} {plain} {term}",
            "_source": {"record": SPELLING, "spelling": f"{language} {plain}", "term": term},
        }

    def _refresh(self) -> None:
        with cluster_errors(self._cluster.url):
            self._cluster.client.indices.refresh(index=[self._cluster.passages, self._cluster.documents])
