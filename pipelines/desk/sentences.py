"""The sentences with statements: the words that tags are based on, their subjects, and their places."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from extractors.document import Document, MaturityTag, Modality, Passage, TagStatus, Value
from extractors.maturity.judgements import is_by_person
from extractors.text.superscripts import without_note_marks
from index.fields import year_of
from index.filters import Filters, condition
from pipelines.search.cells import Value as Cell
from pipelines.viewing.citations import cite

if TYPE_CHECKING:
    from pipelines.search.service import SearchService


class Statement(Value):
    """One thing that a paper says: the words, what they claim, of whom, and where they stand.

    `modality` is null where a tag is a topic; `is_judged` says that a person accepted, corrected or rejected it.
    """

    tag: str
    dimension: str
    modality: Modality | None
    level: str | None
    subject: str | None = None
    status: TagStatus
    confidence: float
    is_judged: bool = False
    text: str
    citation: str
    document: str
    passage: str
    symbol: str | None
    title: str | None
    body: str | None
    sessions: tuple[int, ...]
    date: str | None
    year: str | None
    language: str | None
    themes: tuple[str, ...]


class Sentences(Value):
    """A page of sentences, the latest first; `papers` and `total` count all of them.

    `papers` is what a search with the same filters counts. `withheld` sentences are in neither: a reviewer is to judge
    them without knowing what another one said.
    """

    papers: int
    total: int
    withheld: int
    offset: int
    sentences: tuple[Statement, ...]


class _TaggedSentence(NamedTuple):
    document: Document
    passage: Passage
    tag: MaturityTag

    def names(self, theme: str) -> bool:
        """Return whether the words that the tag rests on name a theme."""
        named = (one for one in self.passage.named if one.id == theme)
        return any(self.tag.start <= one.start and one.end <= self.tag.end for one in named)


def sentences(
    service: "SearchService",
    filters: Filters,
    *,
    withheld: Collection[str] = (),
    naming: str | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> Sentences:
    """Return the sentences whose tags match the filters, accepted tags unless a filter names the status.

    Filters of tags apply jointly to one tag; those of themes to the passage around it. Of several versions of a paper
    one counts, the one with the most statements. `withheld` are the ids of tags that are left out. All count, but where
    they are to be `naming` a theme only those are given whose own words name it. Raises as `SearchService`.
    """
    tagged = _one_version(_matching(service, filters))
    shown = [one for one in latest_first(map(_statement, tagged)) if one.tag not in withheld]
    names = {one.tag.id for one in tagged if naming is None or one.names(naming)}
    given = [one for one in shown if one.tag in names]
    return Sentences(
        papers=len({one.document for one in shown}),
        total=len(shown),
        withheld=len(tagged) - len(shown),
        offset=offset,
        sentences=tuple(given[offset : None if limit is None else offset + limit]),
    )


def latest_first(statements: Iterable[Statement]) -> list[Statement]:
    """Return statements in the order of their papers, those of one paper in the order of the text."""
    return sorted(statements, key=lambda one: (one.date or one.year or "", one.symbol or one.document), reverse=True)


def best_first(statements: Iterable[Statement], most: int | None = None) -> list[Statement]:
    """Return statements, a sentence of each paper before its next: judged ones, the most certain, then advice.

    With `most`, those of so many sentences; one that a paper says twice is given once.
    """
    ranked = sorted(statements, key=lambda one: (one.modality == "recommended", not one.is_judged, -one.confidence))
    said: dict[str, dict[str, int]] = defaultdict(dict)
    for one in ranked:
        said[one.document].setdefault(one.text, len(said[one.document]))
    ordered = sorted(ranked, key=lambda one: said[one.document][one.text])
    if most is None:
        return ordered
    places: dict[tuple[str, str], str] = {}
    for one in ordered:
        places.setdefault((one.document, one.text), one.passage)
    shown = dict(list(places.items())[:most])
    return [one for one in ordered if shown.get((one.document, one.text)) == one.passage]


def _matching(service: "SearchService", filters: Filters) -> list[_TaggedSentence]:
    conditions = filters.of_tags()
    if not filters.asks_for_tags:
        filters = filters.narrowed(conditions)  # without it, passages without tags would be read too
    with service.engine() as engine:
        return [
            _TaggedSentence(document, passage, tag)
            for document, passages in engine.passages(filters)
            for passage in passages
            for tag in sorted(passage.maturity, key=lambda one: (one.start, one.dimension))
            if all(one.accepts(getattr(tag, one.field)) for one in conditions)
        ]


def _one_version(said: Sequence[_TaggedSentence]) -> list[_TaggedSentence]:
    """Return the statements of one version of each paper, the one with the most; of equal ones the lowest id."""
    counts: dict[str, dict[str, int]] = {}
    for one in said:
        versions = counts.setdefault(one.document.key, {})
        versions[one.document.id] = versions.get(one.document.id, 0) + 1
    best = {key: min(found, key=lambda name, found=found: (-found[name], name)) for key, found in counts.items()}  # type: ignore[misc]
    return [one for one in said if best[one.document.key] == one.document.id]


def _statement(said: _TaggedSentence) -> Statement:
    document, passage, tag = said
    return Statement(
        tag=tag.id,
        dimension=tag.dimension,
        modality=tag.modality,
        level=tag.level,
        subject=tag.subject,
        status=tag.status,
        confidence=tag.confidence,
        is_judged=is_by_person(tag.by),
        text=without_note_marks(" ".join(passage.text[tag.start : tag.end].split())),
        citation=cite(document, passage, (tag.start, tag.end)),
        document=document.id,
        passage=passage.id,
        symbol=document.symbol.raw if document.symbol else None,
        title=document.title,
        body=document.body,
        sessions=document.sessions,
        date=document.date,
        year=year_of(document),
        language=document.language,
        themes=tuple(sorted({one.id for one in passage.themes})),
    )


STATED = condition("claim", ["stated"])
"""The filter that excludes topics: only statements count."""
CLAIM = (
    "dimension", "modality", "level", "status", "confidence", "text", "citation", "symbol", "date", "body", "document",
    "passage",
)  # fmt: skip
"""The columns of a claim, and of its place."""
COLUMNS = ("administration", *CLAIM, "title", "tag")
"""The columns of sentences as a table."""


def claim_cells(said: Statement) -> tuple[Cell, ...]:
    """Return the cells of a statement in the order of `CLAIM`."""
    return tuple(getattr(said, name) for name in CLAIM)


def cells_of(found: Sentences) -> Iterator[tuple[Cell, ...]]:
    """Yield the cells of statements in the order of `COLUMNS`, one row each."""
    for said in found.sentences:
        yield (said.subject, *claim_cells(said), said.title, said.tag)
