"""The input and output values of search engines: requests, results, counts.

Their dumps are the JSON shapes that callers rely on (`model_dump(mode="json")`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from itertools import product, takewhile
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, field_serializer, field_validator

from extractors.document import (
    Document,
    DocumentHeader,
    MaturityTag,
    Modality,
    Passage,
    PassageKind,
    PassageTheme,
    Place,
    Value,
)
from index.fields import FieldName
from index.filters import AccessClasses, Condition, Filters, may_read_all
from index.judgements.store import AnyJudgement
from index.query.parser import Query, parse_query
from index.query.suggestions import EmptyResultDiagnosis
from index.query.tree import ThemeName
from index.ranking.explanation import Explanation
from index.ranking.fusion import DEFAULT, Fusion
from index.ranking.theme_shares import QueryTheme

K = TypeVar("K")

Mode: TypeAlias = Literal["hybrid", "text", "vector"]
Sort: TypeAlias = Literal["relevance", "date"]
TrendField: TypeAlias = Literal["year", "body", "subject"]
Vector: TypeAlias = NDArray[np.float32]

NEAREST = 1000
"""Passages that a query vector matches: the nearest ones after the filters."""
ENOUGH_DOCUMENTS = 10
"""Where fewer documents than this have all words of a query, passages with any of them match."""

MOST_HITS = 10_000
"""Documents of one answer, at most."""
EVERY_PASSAGE = 10_000
"""A number of passages that no document exceeds."""
MOST_CONTEXT = 10
"""Passages on either side of a hit that may be requested, at most."""


def _without_surrogates(query: object) -> object:
    """Replace bytes of a command line that are not UTF-8."""
    return query.encode("utf-8", "replace").decode() if isinstance(query, str) else query


QueryText: TypeAlias = Annotated[str, BeforeValidator(_without_surrogates)]


class SearchRequest(Value):
    """A search: the query as typed, filters, the facets to count, and which documents to show.

    `k` documents are shown from `offset` on, each with at most `passages` of its passages. `context` is the number of
    passages to add before and after each of them, `explain` adds why each ranks where it does. With `disjunctive` a
    facet is counted without the `filters` on its own field: each count is then that of another value in place of the
    chosen ones. With `expand` words that are a label of a theme match its other labels too, where the engine has a
    vocabulary, and the others match their translations. `fusion` merges the two rankings of hybrid search. `themes` are
    those that the query is about: hybrid search with `expand` ranks passages about them higher. With `close_only`
    passages that are not close to the query are not listed. With `of_document`, an id, only the hit of this document is
    shown, if it is listed; the counts stay the same.
    """

    filters: Filters
    query: QueryText = ""
    mode: Mode = "hybrid"
    facets: tuple[FieldName, ...] = ()
    disjunctive: bool = False
    k: int = Field(default=10, ge=1, le=MOST_HITS)
    offset: int = Field(default=0, ge=0)
    sort: Sort = "relevance"
    passages: int = Field(default=3, ge=1)
    context: int = Field(default=0, ge=0, le=MOST_CONTEXT)
    explain: bool = False
    expand: bool = True
    fusion: Fusion = DEFAULT
    themes: tuple[QueryTheme, ...] = ()
    close_only: bool = False
    of_document: str | None = None

    @cached_property
    def parsed(self) -> Query:
        """The query, parsed; raises `QueryError`."""
        return parse_query(self.query)

    def facet_filters(self, conditions: Iterable[Condition]) -> dict[FieldName, Filters]:
        """Return the filters of the facets that are counted without the filters on their own field.

        Conditions of the query are part of them, also on that field.
        """
        return {field: self._without([field], conditions) for field in self._filtered_facets}

    def widest_filters(self, conditions: Iterable[Condition]) -> Filters:
        """Return filters that admit whatever any of `facet_filters` or the filters of the hits admit."""
        return self._without(self._filtered_facets, conditions)

    @property
    def _filtered_facets(self) -> tuple[FieldName, ...]:
        filtered = {one.field for one in self.filters.conditions if not one.negated}
        return tuple(field for field in self.facets if self.disjunctive and field in filtered)

    def _without(self, fields: Collection[FieldName], conditions: Iterable[Condition]) -> Filters:
        return self.filters.without(fields).narrowed(conditions)

    @property
    def weights(self) -> Fusion:
        """The fusion of the two rankings of hybrid search, for this query."""
        return self.fusion.for_query(self.parsed.plain)

    @property
    def boosting_themes(self) -> tuple[QueryTheme, ...]:
        """The themes that raise the rank of passages about them."""
        return self.themes if self.mode == "hybrid" and self.expand else ()

    @property
    def needs_vector(self) -> bool:
        """Whether the answer depends on the query's vector."""
        return self.mode != "text" and bool(self.parsed.plain.strip())


class Neighbour(Value):
    """A passage that stands before or after another one."""

    id: str
    text: str
    pages: tuple[int, ...] = ()
    paragraphs: tuple[str, ...] = ()


class Context(Value):
    """What stands around a passage in its section, in the order of the paper."""

    before: tuple[Neighbour, ...] = ()
    after: tuple[Neighbour, ...] = ()

    @classmethod
    def of(cls, passage: Passage, others: Iterable[Passage], most: int) -> "Context":
        """Return at most `most` passages on either side of a passage, taken from `others` of its document."""
        near = {
            one.ordinal: Neighbour(id=one.id, text=one.text, pages=one.pages, paragraphs=one.paragraphs)
            for one in others
            if one.section == passage.section
        }
        place = passage.ordinal
        before = list(takewhile(bool, map(near.get, range(place - 1, place - 1 - most, -1))))
        after = takewhile(bool, map(near.get, range(place + 1, place + 1 + most)))
        return cls(before=tuple(filter(None, reversed(before))), after=tuple(filter(None, after)))


def _is_none(value: object) -> bool:
    return value is None


class PassageHit(Value):
    """A passage that matched; `highlights` are spans of its text that hold words of the query.

    `nearest` is the sentence nearest in meaning to the query, where no word of it stands in the text. It, `context` and
    `explain` are left out of the JSON unless they were requested. `score` is null where it is withheld. `close` says
    whether it has all words of the query or is near enough in meaning, and not just the nearest of all.
    """

    id: str
    close: bool = True
    kind: PassageKind = "text"
    note: str | None = None
    text: str
    score: float | None
    highlights: tuple[tuple[int, int], ...] = ()
    pages: tuple[int, ...] = ()
    paragraphs: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    section: tuple[str, ...] = ()
    themes: tuple[PassageTheme, ...] = ()
    maturity: tuple[MaturityTag, ...] = ()
    nearest: tuple[int, int] | None = Field(default=None, exclude_if=_is_none)
    context: Context | None = Field(default=None, exclude_if=_is_none)
    explain: Explanation | None = Field(default=None, exclude_if=_is_none)

    @classmethod
    def of(
        cls,
        passage: Passage,
        score: float,
        highlights: tuple[tuple[int, int], ...],
        *,
        close: bool = True,
        context: Context | None = None,
        explain: Explanation | None = None,
    ) -> "PassageHit":
        """Return the hit of a passage."""
        return cls(
            id=passage.id,
            close=close,
            kind=passage.kind,
            note=passage.note,
            text=passage.text,
            score=score,
            highlights=highlights,
            pages=passage.pages,
            paragraphs=passage.paragraphs,
            places=passage.places,
            section=passage.section,
            themes=passage.themes,
            maturity=passage.maturity,
            context=context,
            explain=explain,
        )

    def without_numbers(self) -> "PassageHit":
        """Return the passage without its score and the numbers that explain it."""
        explain = self.explain.without_numbers() if self.explain else None
        return self.model_copy(update={"score": None, "explain": explain})


class Hit(Value):
    """A paper that matched: the version with the best passage, and the best passages of that version.

    `score` is that of the best passage; null where it is withheld. `close` says whether any passage of the paper is
    close, shown or not; `matching` is how many passages of this version are.
    """

    document: Document
    close: bool = True
    matching: int
    score: float | None
    passages: tuple[PassageHit, ...]

    @field_validator("passages")
    @classmethod
    def _text_first(cls, passages: tuple[PassageHit, ...]) -> tuple[PassageHit, ...]:
        """Show running text before notes and lists."""
        return tuple(sorted(passages, key=lambda one: one.kind != "text"))

    @field_serializer("document", mode="plain")
    def _header(self, document: Document) -> DocumentHeader:
        return document


class FacetValue(Value):
    """A value of a field and the papers of the hit set that have it."""

    value: str | int | None
    count: int


class ExpandedTheme(Value):
    """Words of the query that are a label of a theme; `labels` are its preferred ones by language."""

    text: str
    theme: str
    labels: dict[str, str]

    @classmethod
    def of(cls, name: ThemeName) -> "ExpandedTheme":
        """Return a theme that the query names."""
        return cls(text=name.text, theme=name.theme, labels={label.language: label.text for label in name.names})


class SearchResult(Value):
    """The answer: how many passages and papers are close to the query, those requested, and the facets of all of them.

    `took_ms` is set where the whole answer is made (`index.search`). What is listed holds `not_close` passages besides,
    and `listed` papers in all, those that are close first. `has_words` says whether a passage has a word of the query.

    `expanded` are the themes that the query named; `about` those that it is about, by which passages gained; `hints`
    say why nothing matches, where nothing does by word. `undated` is how many papers match but for a filter of time,
    which leaves them out because they have no date; null without such a filter.
    """

    query: str
    mode: Mode
    took_ms: float = 0.0
    passages: int
    documents: int
    undated: int | None = None
    not_close: int = 0
    listed: int = 0
    has_words: bool = True
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[FacetValue, ...]] = Field(default_factory=dict)
    expanded: tuple[ExpandedTheme, ...] = ()
    about: tuple[QueryTheme, ...] = ()
    hints: EmptyResultDiagnosis | None = None

    def shown_to(self, held: AccessClasses) -> "SearchResult":
        """Return the answer as a reader with these access classes gets it.

        The rarity of words and the mean vector are those of all papers of the index. So scores and ranks reveal
        something of papers that a reader may not see: only readers with every class get them.
        """
        if may_read_all(held):
            return self
        hits = (
            hit.model_copy(
                update={"score": None, "passages": tuple(passage.without_numbers() for passage in hit.passages)}
            )
            for hit in self.hits
        )
        return self.model_copy(update={"hits": tuple(hits)})


class MatrixModel(Value):
    """What a matrix needs to know of a maturity model: its ids in order and its provenance."""

    id: str
    provenance: Literal["official", "derived", "provisional"]
    dimensions: tuple[str, ...]
    levels: tuple[str, ...] = ()


class MatrixCell(Value):
    """Papers and passages with a tag of this dimension, level (null: without one) and modality."""

    dimension: str
    level: str | None
    modality: Modality
    documents: int
    passages: int


class TrendCell(MatrixCell):
    """A cell for one value of the field that the matrix is split by."""

    value: str | int | None


class Matrix(Value):
    """Dimension × level × modality; every combination has a cell, zeros included."""

    model: str
    provenance: str
    dimensions: tuple[str, ...]
    levels: tuple[str, ...]
    cells: tuple[MatrixCell, ...]


class TrendMatrix(Value):
    """The matrix for each value of one field."""

    model: str
    provenance: str
    by: TrendField
    dimensions: tuple[str, ...]
    levels: tuple[str, ...]
    cells: tuple[TrendCell, ...]


def matrix_of(
    model: MatrixModel,
    by: TrendField | None,
    keys: Mapping[str | int | None, K],
    counts: Callable[[K, str, str | None, Modality], tuple[int, int]],
) -> Matrix | TrendMatrix:
    """Return a matrix with every cell; `counts` gives papers and passages of a cell, by the engine's key of a value.

    `keys` has the key of each value that the matrix is split `by`; for a matrix without a split, that of None.
    """

    def cell(key: K, coordinates: tuple[str, str | None, Modality]) -> dict[str, Any]:
        documents, passages = counts(key, *coordinates)
        return dict(zip(MatrixCell.model_fields, (*coordinates, documents, passages), strict=True))

    grid = list(product(model.dimensions, (*model.levels, None), get_args(Modality)))
    about = {"model": model.id, "provenance": model.provenance}
    axes = {"dimensions": model.dimensions, "levels": model.levels}
    if by is None:
        return Matrix(**about, **axes, cells=tuple(MatrixCell(**cell(keys[None], place)) for place in grid))
    trend = (TrendCell(value=one, **cell(keys[one], place)) for one, place in product(sorted(keys, key=str), grid))
    return TrendMatrix(**about, **axes, by=by, cells=tuple(trend))


class Total(Value):
    """Papers and passages in all: the denominator."""

    documents: int
    passages: int


class ThemeCount(Value):
    """How often a theme is named, in papers and passages, and in papers by year and body."""

    id: str
    label: str
    documents: int
    passages: int
    by_year: dict[str, int]
    by_body: dict[str, int]


class ThemeCounts(Value):
    """The themes of the filtered papers, the most frequent first."""

    total: Total
    themes: tuple[ThemeCount, ...]


class Counts(Value):
    """What an index holds: documents (files), papers (their versions counted once), passages and vectors."""

    documents: int
    papers: int
    passages: int
    vectors: int


class PlacedJudgement(Value):
    """A judgement and the passage that holds its words now, with offsets into its text.

    `passage` is null where the document is deleted or its text has changed: the judgement has no anchor.
    """

    judgement: AnyJudgement
    passage: str | None = None
    start: int = 0
    end: int = 0

    @property
    def is_unanchored(self) -> bool:
        """Whether no passage holds its words now."""
        return self.passage is None


class Check(Value):
    """One finding about the health of a part: of an index, or of another part of a home."""

    name: str
    ok: bool
    detail: str
    remedy: str | None = None
