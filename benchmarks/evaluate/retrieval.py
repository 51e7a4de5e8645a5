"""Search on judged queries: an index of the documents in a temporary home, and each query asked alone.

A judged collection is in BEIR form: documents, queries, and which documents answer which query.
"""

import logging
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from benchmarks.evaluate.documents import text_document
from benchmarks.evaluate.ranking import ndcg, recall, reciprocal_rank
from configs.settings import Settings
from configs.system.errors import ConfigError, UnavailableError, UsageError
from extractors.document import Document, Value
from extractors.text.language import language_of
from index.filters import Filters
from index.results import Mode, SearchRequest
from index.search import search
from pipelines.fitting.examples import Progress
from pipelines.fitting.passages import JudgedRow, read_jsonl, read_lines
from pipelines.search.query_reader import QueryReader
from pipelines.search.requests import fusion_of
from pipelines.search.service import reader
from pipelines.stages import components, tagging
from pipelines.storage.opening import open_storage

_log = logging.getLogger(__name__)

_DEPTH, _RECALL_DEPTH = 10, 100
_TOO_GOOD = "figures of hybrid search are too good, for their themes were known beforehand"
_BATCH = 256
"""Documents whose passages are encoded together: the encoder sorts them by length."""
_OPEN = Filters(access_classes=frozenset())
"""The texts of a judged collection have no access class."""
_CORPUS, _QUERIES, _QRELS = "corpus.jsonl", "queries.jsonl", "qrels.tsv"
_COLUMNS = ("query-id", "corpus-id", "score")


class About(JudgedRow):
    """What a collection says of a text beside it: its ISO 639-1 language, where known."""

    language: str | None = None


class JudgedText(JudgedRow):
    """A document or a query; its id may be written as a number."""

    id: str = Field(alias="_id", coerce_numbers_to_str=True, min_length=1)
    title: str | None = None
    text: str
    metadata: About | None = None

    @property
    def language(self) -> str | None:
        """The language that the collection gives."""
        return self.metadata.language if self.metadata else None


@dataclass(frozen=True)
class JudgedQuery:
    """A query with at least one relevant document; `gains` are those of its judged documents, by id.

    `place` is the file and line that it comes from, for errors.
    """

    text: str
    gains: Mapping[str, float]
    place: str

    @property
    def relevant(self) -> frozenset[str]:
        """The documents that answer it."""
        return frozenset(name for name, gain in self.gains.items() if gain > 0)


@dataclass(frozen=True)
class Collection:
    """The documents in the order of the file, and the queries that can be scored."""

    documents: tuple[JudgedText, ...]
    queries: tuple[JudgedQuery, ...]


class RetrievalMeasures(Value):
    """Means over queries, as fractions; JSON (`by_alias`) names them as the literature does, with their depths."""

    ndcg: float = Field(serialization_alias=f"ndcg@{_DEPTH}")
    recall: float = Field(serialization_alias=f"recall@{_RECALL_DEPTH}")
    mrr: float = Field(serialization_alias=f"mrr@{_DEPTH}")
    queries: int


def evaluate_retrieval(
    settings: Settings, folder: Path, *, mode: Mode = "hybrid", progress: Progress = lambda *_: None
) -> RetrievalMeasures:
    """Return how well search ranks the documents of a collection for its judged queries.

    A query that finds nothing counts as 0. The home of the settings is left alone: an embedded index is
    made in a temporary one. Raises as `load_collection` and the engine do, and `UsageError` for a query that search
    refuses.
    """
    collection = load_collection(folder)
    requests = [_request(query, mode, settings) for query in collection.queries]
    with tempfile.TemporaryDirectory(prefix="customs-lens-evaluate-") as home:
        own = settings.model_copy(update={"home": Path(home), "index": "embedded"})
        tools = components.PipelineComponents(own)
        names = fill_index(own, tools, collection, progress)
        if seen := tools.classifier.seen_among(row.text for row in collection.documents) if tools.classifier else 0:
            _log.warning("%d of %d texts trained the classifier of themes: %s", seen, len(names), _TOO_GOOD)
        rows = []
        read_query = QueryReader(own, tools.encoder)
        with reader(own) as engine:
            for query, request in zip(collection.queries, requests, strict=True):
                hits = search(engine, request, read_query).hits
                rows.append(_measures([names[hit.document.id] for hit in hits], query))
                progress(len(rows), len(requests), "queries")
    ndcg_mean, recall_mean, mrr_mean = np.mean(rows, axis=0).tolist()
    return RetrievalMeasures(ndcg=ndcg_mean, recall=recall_mean, mrr=mrr_mean, queries=len(rows))


def _request(query: JudgedQuery, mode: Mode, settings: Settings) -> SearchRequest:
    """Return the request that `search` would make of a query, checked before any work is done."""
    request = SearchRequest(
        filters=_OPEN,
        query=query.text,
        mode=mode,
        k=_RECALL_DEPTH,
        passages=1,
        expand=settings.expand,
        fusion=fusion_of(settings),
    )
    try:
        _ = request.parsed
    except UsageError as error:
        raise UsageError(f"{query.place}: {error.message}", error.remedy) from error
    return request


def fill_index(
    settings: Settings, tools: components.PipelineComponents, collection: Collection, progress: Progress
) -> dict[str, str]:
    """Put the documents into the index and return the collection's id for each of theirs."""
    names: dict[str, str] = {}
    engine = open_storage(settings).open_engine(tools.identity, write=True)
    try:
        for start in range(0, len(collection.documents), _BATCH):
            batch = collection.documents[start : start + _BATCH]
            documents = [tagging.name_themes(split_judged(row, tools), tools) for row in batch]
            read = tagging.understand([one for own in documents for one in own.passages], tools)
            start_of_next = 0
            for row, document in zip(batch, documents, strict=True):
                own = slice(start_of_next, start_of_next + len(document.passages))
                about = tagging.add_about_themes(document, read.vectors[own], read.themes[own], tools)
                engine.put(about, read.vectors[own], versions=tools.versions)
                names[document.id] = row.id
                start_of_next = own.stop
            progress(len(names), len(collection.documents), "documents")
    finally:
        engine.close()
    return names


def split_judged(row: JudgedText, tools: components.PipelineComponents) -> Document:
    """Return a document of a collection with its passages, made as those of a paper with this title are.

    It has no themes and no maturity tags yet.
    """
    document = text_document(row.id, row.text, title=row.title, language=row.language)
    given = row.language
    return tagging.split(document, tools, language_of=(lambda _: given) if given else language_of)


def _measures(ranking: Sequence[str], query: JudgedQuery) -> tuple[float, float, float]:
    return (
        ndcg(ranking, query.gains, _DEPTH),
        recall(ranking, query.relevant, _RECALL_DEPTH),
        reciprocal_rank(ranking, query.relevant, _DEPTH),
    )


def load_collection(folder: Path) -> Collection:
    """Return the collection in a folder: `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`, which has a header.

    Queries without a relevant document are left out. Raises `UnavailableError` where the folder or a file is not
    there and `ConfigError`, naming file and line, for what is no such row and for an id that no row has.
    """
    if not folder.is_dir():
        raise UnavailableError(f"{folder}: no such folder", f"name one with {_CORPUS}, {_QUERIES} and {_QRELS}")
    documents = _texts(folder / _CORPUS)
    queries = _texts(folder / _QUERIES)
    gains: dict[str, dict[str, float]] = {name: {} for name in queries}
    for line, query, document, gain in _judgments(folder / _QRELS):
        for name, known, file in ((query, queries, _QUERIES), (document, documents, _CORPUS)):
            if name not in known:
                message = f"there is no {name} in {file}"
                raise ConfigError(folder / _QRELS, message, line=line, remedy="take the line out or add it there")
        gains[query][document] = gain
    judged = (
        JudgedQuery(row.text, gains[name], f"{folder / _QUERIES}:{line}") for name, (line, row) in queries.items()
    )
    scored = tuple(query for query in judged if query.relevant)
    if not scored:
        raise ConfigError(folder / _QRELS, "no query has a relevant document", remedy="give one a score above 0")
    return Collection(tuple(row for _, row in documents.values()), scored)


def _texts(path: Path) -> dict[str, tuple[int, JudgedText]]:
    found: dict[str, tuple[int, JudgedText]] = {}
    for line, row in read_jsonl(path, JudgedText):
        if row.id in found:
            raise ConfigError(path, f"the id {row.id} stands twice", line=line, remedy="each has to have its own")
        found[row.id] = (line, row)
    if not found:
        raise ConfigError(path, "there is nothing in it", remedy="write one JSON object a line")
    return found


def _judgments(path: Path) -> Iterator[tuple[int, str, str, float]]:
    """Yield line, query, document and gain of each judgment; what the columns of the header are called is free."""
    header_passed = False
    for line, text in read_lines(path):
        cells = [cell.strip() for cell in text.split("\t")]
        if len(cells) != len(_COLUMNS):
            remedy = f"there have to be three, with tabs between them: {', '.join(_COLUMNS)}"
            raise ConfigError(path, f"{len(cells)} columns", line=line, remedy=remedy)
        query, document, score = cells
        gain = _number(score)
        if header_passed and gain is None:
            raise ConfigError(path, f"the score {score!r} is no number", line=line, remedy="0 is not relevant")
        if gain is None:
            header_passed = True
        elif not header_passed:
            raise ConfigError(path, "there is no header", line=line, remedy=f"begin with {', '.join(_COLUMNS)}")
        else:
            yield line, query, document, gain


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
