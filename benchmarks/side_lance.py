"""The LanceDB side of the benchmark of the index (`pip install lancedb`).

A table of passages with a full-text index a language (stems, stop words, positions), IVF_SQ over the vectors and an
index for each field that is filtered or counted. A search gives the best 20 passages; an answer reads their texts and
fields too. Facets read the fields of all passages that match and count documents, as our engine does.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generated import DIMENSION, LANGUAGES, PASSAGES, Paper, Question
from index.ranking.fusion import Ranked, fused

lancedb, ask = import_module("lancedb"), import_module("lancedb.query")
pa, pc = import_module("pyarrow"), import_module("pyarrow.compute")  # installed for benchmarks alone

BEST, FUSED = 20, 100
"""Passages of a ranking, and of each of two that are fused."""
_PROBES, _REFINE = 20, 4
_NARROW = "body = 'ptc' AND kind = 'report'"
_TABLE = "passages"
_FIELDS = ("body", "kind", "year", "language", "themes", "dimensions", "levels")
_SHOWN = ["row", "document", *_FIELDS, *(f"text_{language}" for language in LANGUAGES)]
_BATCH = 1000
"""Papers that are added at once."""
_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("document", pa.int64()),
        ("body", pa.string()),
        ("kind", pa.string()),
        ("language", pa.string()),
        ("year", pa.int32()),
        ("themes", pa.list_(pa.string())),
        ("dimensions", pa.list_(pa.string())),
        ("levels", pa.list_(pa.string())),
        *((f"text_{language}", pa.string()) for language in LANGUAGES),
        ("vector", pa.list_(pa.float32(), DIMENSION)),
    ]
)


def build(folder: Path, papers: Iterable[Paper]) -> None:
    """Make a table of papers with its indexes."""
    table = lancedb.connect(folder).create_table(_TABLE, schema=_SCHEMA, mode="overwrite")
    numbered = enumerate(papers)
    while some := list(islice(numbered, _BATCH)):
        table.add(_batch(some))
    for language, name in zip(LANGUAGES, ("English", "French"), strict=True):
        table.create_fts_index(f"text_{language}", with_position=True, language=name)
    for field in ("body", "kind", "language"):
        table.create_scalar_index(field, index_type="BITMAP")
    for field in ("themes", "dimensions", "levels"):
        table.create_scalar_index(field, index_type="LABEL_LIST")
    for field in ("year", "document", "row"):
        table.create_scalar_index(field, index_type="BTREE")
    table.create_index(metric="cosine", vector_column_name="vector", index_type="IVF_SQ")


class Lance:
    """A table opened; each method is a measure, and gives the rows of passages or a count."""

    def __init__(self, folder: Path) -> None:
        self._table = lancedb.connect(folder).open_table(_TABLE)

    def words(self, question: Question) -> list[int]:
        """Rank passages by three words."""
        return self._rows(self._by_words(question, BEST, ["row"]))

    def phrase(self, question: Question) -> list[int]:
        """Rank passages by a phrase."""
        return self._rows(self._by_phrase(question, ["row"]))

    def near(self, question: Question) -> list[int]:
        """Rank passages by a vector."""
        return self._rows(self._near(question, BEST, ["row"]))

    def near_narrow(self, question: Question) -> list[int]:
        """Rank the passages that one in a hundred papers has by a vector."""
        return self._rows(self._near(question, BEST, ["row"], narrow=True))

    def hybrid(self, question: Question, *, narrow: bool = False) -> list[int]:
        """Rank passages by three words and a vector."""
        words = self._rows(self._by_words(question, FUSED, ["row"], narrow=narrow))
        near = self._rows(self._near(question, FUSED, ["row"], narrow=narrow))
        by_words, by_meaning = (Ranked(np.array(one, np.int64), np.zeros(len(one))) for one in (words, near))
        rows, scores = fused(by_words, by_meaning)
        found: list[int] = rows[np.argsort(-scores)[:BEST]].tolist()
        return found

    def hybrid_narrow(self, question: Question) -> list[int]:
        """Rank the passages that one in a hundred papers has by three words and a vector."""
        return self.hybrid(question, narrow=True)

    def facets(self, question: Question) -> int:
        """Count the values of fields in all papers that a word matches."""
        query = ask.MatchQuery(question.word, f"text_{question.language}")
        everything = self._table.count_rows()
        found = self._table.search(query, query_type="fts").select(["document", *_FIELDS]).limit(everything).to_arrow()
        _, first = np.unique(found["document"].to_numpy(), return_index=True)
        for field in _FIELDS[:4]:
            found.take(first)[field].combine_chunks().value_counts()
        for field in _FIELDS[4:]:
            column = found[field].combine_chunks()
            owners = found["document"].combine_chunks().take(pc.list_parent_indices(column))
            pairs = pa.table({"value": pc.list_flatten(column), "document": owners})
            pairs.group_by(["value", "document"]).aggregate([]).group_by("value").aggregate([("document", "count")])
        return len(first)

    def words_answer(self, question: Question) -> int:
        """Rank passages by three words and read them."""
        return len(self._by_words(question, BEST, _SHOWN).to_pylist())

    def phrase_answer(self, question: Question) -> int:
        """Rank passages by a phrase and read them."""
        return len(self._by_phrase(question, _SHOWN).to_pylist())

    def near_answer(self, question: Question) -> int:
        """Rank passages by a vector and read them."""
        return len(self._near(question, BEST, _SHOWN).to_pylist())

    def near_narrow_answer(self, question: Question) -> int:
        """Rank the passages that one in a hundred papers has by a vector and read them."""
        return len(self._near(question, BEST, _SHOWN, narrow=True).to_pylist())

    def hybrid_answer(self, question: Question) -> int:
        """Rank passages by three words and a vector and read them."""
        return self._read(self.hybrid(question))

    def hybrid_narrow_answer(self, question: Question) -> int:
        """Rank the passages that one in a hundred papers has by three words and a vector and read them."""
        return self._read(self.hybrid(question, narrow=True))

    def _by_words(self, question: Question, most: int, columns: list[str], *, narrow: bool = False) -> Any:  # noqa: ANN401 - a table of pyarrow
        query = ask.MatchQuery(question.words, f"text_{question.language}")
        asked = self._table.search(query, query_type="fts").select(columns).limit(most)
        return (asked.where(_NARROW, prefilter=True) if narrow else asked).to_arrow()

    def _by_phrase(self, question: Question, columns: list[str]) -> Any:  # noqa: ANN401 - a table of pyarrow
        query = ask.PhraseQuery(question.phrase, f"text_{question.language}")
        return self._table.search(query, query_type="fts").select(columns).limit(BEST).to_arrow()

    def _near(self, question: Question, most: int, columns: list[str], *, narrow: bool = False) -> Any:  # noqa: ANN401 - a table of pyarrow
        asked = self._table.search(question.vector, vector_column_name="vector").distance_type("cosine")
        asked = asked.select(columns).limit(most).nprobes(_PROBES).refine_factor(_REFINE)
        return (asked.where(_NARROW, prefilter=True) if narrow else asked).to_arrow()

    def _read(self, rows: Sequence[int]) -> int:
        wanted = ", ".join(map(str, rows))
        return len(self._table.search().where(f"row IN ({wanted})").select(_SHOWN).to_arrow().to_pylist())

    @staticmethod
    def _rows(found: Any) -> list[int]:  # noqa: ANN401 - a table of pyarrow
        rows: list[int] = found["row"].to_pylist()
        return rows


def _batch(papers: Sequence[tuple[int, Paper]]) -> Any:  # noqa: ANN401 - a table of pyarrow
    columns: dict[str, list[Any]] = {field.name: [] for field in _SCHEMA}
    for number, (document, _) in papers:
        for passage in document.passages:
            row = {
                "row": number * PASSAGES + passage.ordinal,
                "document": number,
                "body": document.body,
                "kind": document.kind,
                "language": document.language,
                "year": int(document.date[:4]) if document.date else None,
                "themes": [theme.id for theme in passage.themes],
                "dimensions": [tag.dimension for tag in passage.maturity],
                "levels": [tag.level for tag in passage.maturity],
                **{f"text_{one}": passage.text if one == document.language else None for one in LANGUAGES},
            }
            for name, value in row.items():
                columns[name].append(value)
    vectors = np.concatenate([vectors for _, (_, vectors) in papers]).ravel()
    arrays = [
        pa.FixedSizeListArray.from_arrays(pa.array(vectors), DIMENSION)
        if field.name == "vector"
        else pa.array(columns[field.name], field.type)
        for field in _SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)
