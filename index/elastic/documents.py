"""Reads documents and passages from the rows of the cluster."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from extractors.document import Document, Passage
from index.elastic.conditions import Body, any_of, open_to, shown_field
from index.elastic.rows import DOCUMENT, SPELLING, as_machine_tagged, document_row_id, passage_of
from index.elastic.snapshot import Snapshot
from index.facts import meets
from index.filters import AccessClasses, Filters
from index.links import keys_named, with_links
from index.results import Vector
from index.versions import Version, best_version, plain_symbol

_MOST = 10_000
"""Rows of one answer."""
_AT_ONCE = 500
"""Rows with their texts in one answer."""
_SEED = 1
"""Of the passages that are chosen by chance: the same ones for every reader."""
_ORDER = ["document", "ordinal"]
_WITH_VECTOR: Body = {"exists": {"field": "vector"}}


class State(NamedTuple):
    """A document's state: its id and key, its generation, and the stages' versions."""

    document: str
    key: str
    generation: str
    versions: Mapping[str, str]


def states(snapshot: Snapshot, documents: Collection[str] | None = None, *clauses: Body) -> list[State]:
    """Return the states of the documents whose rows match every clause; of all documents, or of those named."""
    named = [] if documents is None else [{"terms": {"document": sorted(documents)}}]
    found: list[State] = []
    body: Body = {"source_includes": list(State._fields), "sort": ["document", "generation"], "size": _MOST}
    while True:
        hits = snapshot.documents({"term": {"record": DOCUMENT}}, *named, *clauses, **body)["hits"]["hits"]
        found += [State(**hit["_source"]) for hit in hits]
        if len(hits) < _MOST:
            return found
        body["search_after"] = hits[-1]["sort"]


def held(snapshot: Snapshot, documents: Collection[str]) -> set[str]:
    """Return which of the documents, by their ids, have a state."""
    wanted = sorted(documents)
    parts = (wanted[start : start + _MOST] for start in range(0, len(wanted), _MOST))
    return {state.document for part in parts for state in states(snapshot, part)}


def readable_states(snapshot: Snapshot, held: AccessClasses, documents: Collection[str] | None = None) -> list[State]:
    """Return the states of the documents that a reader may see; of all documents, or of those named."""
    return states(snapshot, documents, *open_to(held))


def headers(snapshot: Snapshot, held: AccessClasses, wanted: Sequence[tuple[str, str]]) -> list[Document]:
    """Return documents (without blocks, tables and passages) by id and generation, in order, with their links.

    Links to documents that a reader with these access classes may not see are left out.
    """
    found = [row["header"] for row in _rows(snapshot, wanted, ["header"])]
    versions = papers(snapshot, held, keys_named(found))
    return [Document(**with_links(header, versions)) for header in found]


def whole(snapshot: Snapshot, held: AccessClasses, document: str, generation: str) -> Document:
    """Return a document with its blocks, tables and passages; links as in `headers`."""
    (header,) = headers(snapshot, held, [(document, generation)])
    (row,) = _rows(snapshot, [(document, generation)], ["contents"])
    return Document(**{**dict(header), **row["contents"], "passages": passages(snapshot, generation)})


def as_put(snapshot: Snapshot, state: State, dimension: int) -> tuple[Document, Vector]:
    """Return a document as it was put, and its vectors `(passages, dimension) float32`."""
    (row,) = _rows(snapshot, [(state.document, state.generation)], ["header", "contents"])
    parts = ["text", "detail", "machine", "machine_themes", "vector"]
    own = list(scan(snapshot, [{"term": {"generation": state.generation}}], parts, vectors=True))
    document = Document(**row["header"], **row["contents"], passages=tuple(map(as_machine_tagged, own)))
    vectors = [one.get("vector", [0.0] * dimension) for one in own]
    return document, np.array(vectors, np.float32).reshape(len(own), dimension)


def find(snapshot: Snapshot, held: AccessClasses, name: str) -> tuple[str, str] | None:
    """Return id and generation of the document with this id, source or symbol in any spelling; see `Engine.document`.

    None where there is none that a reader may see.
    """
    wanted = plain_symbol(name)
    for field, value in (("document", name), ("source", name), ("symbols", wanted)):
        rows = _found(snapshot, held, {"term": {field: value}}, ["document", "generation", "language", "symbol"])
        if rows:
            best = best_version(map(_version, range(len(rows)), rows), wanted)
            return best.id, rows[best.doc]["generation"]
    return None


def papers(snapshot: Snapshot, held: AccessClasses, keys: Collection[str]) -> dict[str, list[Version]]:
    """Return the documents of the papers with these keys that a reader may see; a key without any is left out."""
    if not keys:
        return {}
    rows = _found(snapshot, held, {"terms": {"key": sorted(keys)}}, ["document", "key", "language", "symbol"])
    found: dict[str, dict[str, Version]] = defaultdict(dict)
    for place, row in enumerate(rows):
        found[row["key"]][row["document"]] = _version(place, row)
    return {key: list(versions.values()) for key, versions in found.items()}


def passages(snapshot: Snapshot, generation: str) -> tuple[Passage, ...]:
    """Return the passages of a document's state in order, with judgements applied."""
    rows = scan(snapshot, [{"term": {"generation": generation}}], ["text", "detail"])
    return tuple(map(passage_of, rows))


def passages_to_change(snapshot: Snapshot, generation: str) -> list[tuple[Passage, Body]]:
    """Return a document's passages in order with their automatic tags, each with the version of its row."""
    hits = _hits(snapshot, [{"term": {"generation": generation}}], ["text", "detail", "machine", "machine_themes"])
    return [
        (as_machine_tagged(hit["_source"]), {"if_seq_no": hit["_seq_no"], "if_primary_term": hit["_primary_term"]})
        for hit in hits
    ]


def passages_by_document(
    snapshot: Snapshot, held: AccessClasses, filters: list[Body]
) -> Iterator[tuple[Document, tuple[Passage, ...]]]:
    """Yield the documents of the passages that match, each with those passages; links as in `headers`."""
    rows = scan(snapshot, filters, ["document", "generation", "text", "detail"])
    for name, own in groupby(rows, key=lambda row: (row["document"], row["generation"])):
        yield headers(snapshot, held, [name])[0], tuple(map(passage_of, own))


def without_passages(snapshot: Snapshot, filters: Filters) -> Iterator[Document]:
    """Yield the documents without passages that match the filters; links as in `headers`."""
    if filters.asks_for_passages:
        return
    held = filters.access_classes
    empty = [
        (one.document, one.generation) for one in states(snapshot, None, {"term": {"passages": 0}}, *open_to(held))
    ]
    for start in range(0, len(empty), _AT_ONCE):
        found = headers(snapshot, held, empty[start : start + _AT_ONCE])
        yield from (document for document in found if meets(document, filters))


def passage_row(
    snapshot: Snapshot, held: AccessClasses, passage_id: str, *, vector: bool = False
) -> dict[str, Any] | None:
    """Return the row of a passage, with its vector if requested; None where there is none that a reader may see."""
    readable = open_to(held)
    query = {"bool": {"filter": [snapshot.visible, {"term": {"passage": passage_id}}, *readable]}}
    source = {"excludes": ["terms", "words"], "exclude_vectors": not vector}
    hits = snapshot.ask({"query": query, "size": 1, "_source": source})[0]["hits"]["hits"]
    return dict(hits[0]["_source"]) if hits else None


def around(snapshot: Snapshot, places: Sequence[tuple[str, int]], most: int) -> dict[str, list[Passage]]:
    """Return by generation the passages that are at most so many before or after some, by (generation, ordinal)."""
    near: list[Body] = [
        {
            "bool": {
                "filter": [{"term": {"generation": name}}, {"range": {"ordinal": {"gte": at - most, "lte": at + most}}}]
            }
        }
        for name, at in places
    ]
    found: dict[str, list[Passage]] = {name: [] for name, _ in places}
    for row in scan(snapshot, [any_of(near)], ["generation", "text", "detail"]):
        found[row["generation"]].append(passage_of(row))
    return found


def sample(snapshot: Snapshot, most: int) -> tuple[Vector, list[str]]:
    """Return the vectors `(n, dimension)` of a random sample of passages, and the languages of their documents."""
    by_chance = {"random_score": {"seed": _SEED, "field": "_seq_no"}}
    body: Body = {
        "query": {"function_score": {"query": {"bool": {"filter": [snapshot.visible, _WITH_VECTOR]}}, **by_chance}},
        "_source": {"includes": ["vector"], "exclude_vectors": False},
        "docvalue_fields": [shown_field("language")],
        "size": most,
        "track_total_hits": False,
    }
    hits = snapshot.ask(body)[0]["hits"]["hits"]
    languages = [str(hit.get("fields", {}).get(shown_field("language"), [""])[0]) for hit in hits]
    return np.array([hit["_source"]["vector"] for hit in hits], np.float32), languages


def vectors(snapshot: Snapshot, rows: Sequence[str]) -> Vector:
    """Return the vectors `(n, dimension)` of passages by the `_id` of their rows, in order, of those that have one."""
    source = {"includes": ["vector"], "exclude_vectors": False}
    answer = snapshot.ask({"query": {"ids": {"values": list(rows)}}, "_source": source, "size": len(rows)})[0]
    found = {hit["_id"]: hit["_source"].get("vector") for hit in answer["hits"]["hits"]}
    return np.array([found[name] for name in rows if found[name]], np.float32)


def spellings(
    snapshot: Snapshot, held: AccessClasses, plain: Collection[tuple[str, str]]
) -> dict[tuple[str, str], list[str]]:
    """Return the terms of words that have some term without their accents, by (language, plain term).

    Only of words in papers that a reader with these access classes may see.
    """
    if not plain:
        return {}
    wanted = {f"{language} {term}": (language, term) for language, term in plain}
    filters: list[Body] = [{"term": {"record": SPELLING}}, {"terms": {"spelling": sorted(wanted)}}]
    filters += open_to(held)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    answer = snapshot.documents(*filters, source_includes=["spelling", "term"], size=_MOST)
    for hit in answer["hits"]["hits"]:
        found[wanted[hit["_source"]["spelling"]]].append(hit["_source"]["term"])
    return found


def scan(
    snapshot: Snapshot, filters: list[Body], source: list[str], *, vectors: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield the requested fields of the rows that match, by document and in its order."""
    return (hit["_source"] for hit in _hits(snapshot, filters, source, vectors=vectors))


def _hits(
    snapshot: Snapshot, filters: list[Body], source: list[str], *, vectors: bool = False
) -> Iterator[dict[str, Any]]:
    body: Body = {
        "query": {"bool": {"filter": [snapshot.visible, *filters]}},
        "_source": {"includes": source, "exclude_vectors": not vectors},
        "sort": _ORDER,
        "size": _AT_ONCE,
        "track_total_hits": False,
        "seq_no_primary_term": True,
    }
    while True:
        hits = snapshot.ask(body)[0]["hits"]["hits"]
        yield from hits
        if len(hits) < _AT_ONCE:
            return
        body["search_after"] = hits[-1]["sort"]


def _rows(snapshot: Snapshot, wanted: Sequence[tuple[str, str]], source: list[str]) -> list[dict[str, Any]]:
    index = snapshot.cluster.documents
    return snapshot.sources([{"_index": index, "_id": document_row_id(*one), "_source": source} for one in wanted])


def _found(snapshot: Snapshot, held: AccessClasses, query: Body, source: list[str]) -> list[dict[str, Any]]:
    filters = [{"term": {"record": DOCUMENT}}, query, *open_to(held)]
    answer = snapshot.documents(*filters, source_includes=source, sort=["document"], size=_MOST)
    return [hit["_source"] for hit in answer["hits"]["hits"]]


def _version(place: int, row: Mapping[str, Any]) -> Version:
    return Version(place, row["document"], row["language"], row["symbol"])
