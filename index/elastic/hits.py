"""Hits of the cluster's answers: the passages that match, and the papers that they belong to, in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from index.elastic.conditions import Body, shown_field
from index.results import EVERY_PASSAGE, Sort

_EXACT = 40_000
"""Up to so many distinct values are counted exactly in a total: the most that Elasticsearch offers, for 256 KB …"""
_EXACT_IN_PARTS = 3_000
"""… and in each part of a count, of which there may be thousands: 16 KB each."""
_ROW = ["document", "key", "generation", "ordinal"]
_THEMES = [shown_field("theme"), shown_field("theme.suggested")]


def distinct(field: str, *, in_parts: bool = False) -> Body:
    """Return the count of the distinct values of a field, of all rows or in each part of them."""
    return {"cardinality": {"field": field, "precision_threshold": _EXACT_IN_PARTS if in_parts else _EXACT}}


PAPERS = distinct("key")


class Row(NamedTuple):
    """A passage that matched: its document and paper, the `_index` and `_id` of its row, its score and its themes.

    `close` says whether it is close to the query.
    """

    document: str
    key: str
    generation: str
    ordinal: int
    row_index: str
    row_id: str
    score: float
    themes: frozenset[str] = frozenset()
    suggested: frozenset[str] = frozenset()
    close: bool = True


class Paper(NamedTuple):
    """A paper of the hit set: the best passages of the version with the best one, those that are close first."""

    rows: tuple[Row, ...]

    @property
    def best(self) -> Row:
        """The best passage."""
        return self.rows[0]

    @property
    def close(self) -> bool:
        """Whether any of its passages is close, shown or not."""
        return self.best.close


@dataclass(frozen=True)
class HitSet:
    """The passages and papers that are listed, and the papers of the requested page.

    `query` matches the close passages, which are so many passages and papers; `not_close`, `listed` and `has_words`
    are those of `SearchResult`. `words` and `near` are the best passages by word and by meaning, best first (None
    where that was not asked), and `all_words` says whether those by word hold all words of the query, or any;
    `has_all` whether any passage has all.
    """

    query: Body
    passages: int
    documents: int
    page: tuple[Paper, ...]
    not_close: int = 0
    listed: int = 0
    has_all: bool = True
    has_words: bool = True
    words: Sequence[Row] | None = None
    near: Sequence[Row] | None = None
    all_words: bool = True


@dataclass(frozen=True)
class PageRequest:
    """The papers of a hit set that are requested, and how many passages of each; `close_only` leaves out the others.

    With `document` it is the paper whose best passage belongs to that document.
    """

    offset: int
    k: int
    passages: int
    sort: Sort
    close_only: bool = False
    document: str | None = None

    @property
    def wants_all(self) -> bool:
        """Whether every passage of the requested papers is wanted."""
        return self.passages >= EVERY_PASSAGE or self.document is not None

    def of(self, papers: tuple[Paper, ...]) -> tuple[Paper, ...]:
        """Return the requested ones of all papers."""
        if self.document is not None:
            return tuple(one for one in papers if one.best.document == self.document)
        return papers[self.offset : self.offset + self.k]


def papers_asked_for(rows: Iterable[Row], wanted: PageRequest, dates: dict[str, str]) -> tuple[Paper, ...]:
    """Return the requested papers of the passages."""
    return wanted.of(papers_in_order(rows, wanted, dates))


def papers_in_order(rows: Iterable[Row], wanted: PageRequest, dates: dict[str, str]) -> tuple[Paper, ...]:
    """Return the papers of passages, those that are close before others, best first or by dates the newest first."""
    best: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: not row.close):
        own = best.setdefault(row.key, [])
        if not own or (row.document == own[0].document and len(own) < wanted.passages):
            own.append(row)
    found = [Paper(tuple(own)) for own in best.values()]
    if wanted.sort == "date":
        found.sort(key=lambda paper: paper.best.document)
        found.sort(key=lambda paper: (paper.close, dates.get(paper.best.document, "")), reverse=True)
    return tuple(found)


def near_rows(answer: dict[str, Any]) -> list[Row]:
    """Return the nearest passages with their dot products: Elasticsearch gives 1 + x, or 1 / (1 - x) for x < 0."""
    found = read_rows(answer["hits"]["hits"])
    rows = [row._replace(score=row.score - 1 if row.score >= 1 else 1 - 1 / row.score) for row in found]
    return sorted(rows, key=lambda row: (-row.score, row.document, row.ordinal))


def named_rows(rows: Iterable[Row]) -> Body:
    """Return the query that matches the given passages."""
    return {"constant_score": {"filter": {"ids": {"values": [row.row_id for row in rows]}}}}


def read_rows(hits: Iterable[dict[str, Any]], score: float | None = None) -> list[Row]:
    """Return the passages of the hits of an answer, with a score of their own where one is given."""
    return [_row(hit, hit["_score"] if score is None else score) for hit in hits]


def _row(hit: dict[str, Any], score: float) -> Row:
    document, key, generation, ordinal = (hit["fields"][name][0] for name in _ROW)
    themes, suggested = (frozenset(hit["fields"].get(name, ())) for name in _THEMES)
    return Row(document, key, generation, ordinal, hit["_index"], hit["_id"], score, themes, suggested)


def row_values() -> Body:
    """Return the part of a search body that requests the fields of a `Row` alone."""
    return {"_source": False, "docvalue_fields": [*_ROW, *_THEMES]}


def passage_count(answer: dict[str, Any]) -> int:
    """Return how many passages a query matches."""
    return int(answer["hits"]["total"]["value"])


def paper_count(answer: dict[str, Any]) -> int:
    """Return how many papers a query matches, from the answer to the aggregation `PAPERS`."""
    return int(answer["aggregations"]["papers"]["value"])
