"""Search on judged queries: an index of the documents in a temporary home, and each query asked alone."""

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import Field

from configs.settings import Settings
from configs.system.errors import UsageError
from extractors.document import Document, Value
from extractors.text.language import language_of
from index.filters import Filters
from index.results import Mode, SearchRequest
from index.search import search
from pipelines.evaluation.collection import Collection, JudgedQuery, JudgedText, load_collection
from pipelines.evaluation.documents import Progress, text_document
from pipelines.evaluation.measures import ndcg, recall, reciprocal_rank
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
