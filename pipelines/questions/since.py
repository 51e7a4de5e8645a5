"""The news of the latest session of a body: papers, decisions, changed matrix cells, and revisions.

Sessions are those that the papers name, not the days on which these were ingested.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import product
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from pydantic import Field

from configs.bodies import load_bodies
from configs.system.errors import NotFoundError
from extractors.document import Document, Modality, Value
from extractors.metadata.symbols import comparable
from index.filters import AccessClasses, Filters
from index.protocol import Engine
from index.results import Matrix
from index.versions import natural_order
from pipelines.access.keys import Reader
from pipelines.collection import Collection
from pipelines.desk.decisions import RegisteredDecision
from pipelines.search.requests import filters_of
from pipelines.viewing.citations import cite, plain_number

if TYPE_CHECKING:
    from pipelines.search.service import SearchService

ChangeKind: TypeAlias = Literal["changed", "added", "removed"]
_ALIKE = 0.5
"""Share of two paragraphs' words that are alike where one is the other, changed."""
_MOST_COMPARED = 250_000
"""Pairs of paragraphs of one stretch, which take about a second; where more stand, all is removed and added."""


class SinceParameters(Value):
    """Which session of a body."""

    body: str = Field(description="Id of a body")
    session: int | None = Field(default=None, ge=0, description="This session; without one the latest with papers")


class SessionPaper(Value):
    """A paper of a session."""

    document: str
    symbol: str | None
    title: str | None
    date: str | None
    kind: str | None
    agenda_item: str | None
    language: str | None


class MovedCell(Value):
    """A cell of the matrix in which the session has more or fewer papers than the one before."""

    dimension: str
    level: str | None
    modality: Modality | None
    papers: int
    before: int


class ParagraphChange(Value):
    """A paragraph that a revision changes, adds or removes; `number` as printed."""

    kind: ChangeKind
    number: str | None
    before: str | None
    after: str | None
    citation: str
    passage: str | None


class Revision(Value):
    """A paper of which there is an earlier edition, and what it changes."""

    document: str
    symbol: str | None
    title: str | None
    earlier: str
    earlier_symbol: str | None
    changes: tuple[ParagraphChange, ...]


class SinceSession(Value):
    """What a session of a body brought; `before` is the session of the body before it that has papers.

    Papers `without_session` name none and are of a later day than its papers, or undated: they may be of a later one.
    """

    body: str
    session: int
    before: int | None
    sessions: tuple[int, ...]
    papers: tuple[SessionPaper, ...]
    without_session: tuple[SessionPaper, ...]
    decisions: tuple[RegisteredDecision, ...]
    moved: tuple[MovedCell, ...]
    revised: tuple[Revision, ...]


class _Paragraph(NamedTuple):
    number: str | None
    text: str
    passage: str
    citation: str


def missing_session(body: str, session: int | None, sessions: Sequence[int]) -> NotFoundError:
    """Return the error for a session that has no papers; `sessions` of the body have some."""
    what = f"session {session} of '{body}'" if sessions else f"'{body}'"
    remedy = f"sessions with papers: {', '.join(map(str, sessions[:10]))}" if sessions else "see the facet body"
    return NotFoundError(f"{what}: no paper of the index is of it", remedy)


def answer(collection: Collection, asked: SinceParameters, reader: Reader, language: str | None = None) -> SinceSession:
    """Return what a session of a body brought, its latest without one; papers of its sub-bodies are among them.

    Raises `NotFoundError` for a body without papers of a session that the reader may see, and for another session.
    """
    body, session, held = asked.body, asked.session, reader.access_classes
    every, sessions = _papers_of(collection, body, held, language)
    if not sessions or session not in (None, *sessions):
        raise missing_session(body, session, sessions)
    session = session or sessions[0]
    papers = [one for one in every if session in one.sessions]
    first = min(number for one in papers for number in one.sessions)  # sessions 249 and 250 may be one meeting
    before = next((one for one in sessions if one < first), None)
    wanted = _of_session(body, session, held)
    return SinceSession(
        body=body.casefold(),
        session=session,
        before=before,
        sessions=sessions,
        papers=tuple(_paper(one) for one in sorted(papers, key=lambda one: one.symbol.raw if one.symbol else "~")),
        without_session=_without_session(every, papers),
        decisions=collection.decisions.page(wanted, language=language, limit=1000).decisions,
        moved=tuple(_moved(collection.service, wanted, _of_session(body, before, held) if before else None)),
        revised=tuple(_revised(collection, papers, held)),
    )


def later_papers(
    collection: Collection, body: str, reader: Reader, language: str | None = None
) -> tuple[SessionPaper, ...]:
    """Return the papers of a body that name no session and are undated, or of a later day than its latest session."""
    every, sessions = _papers_of(collection, body, reader.access_classes, language)
    return _without_session(every, [one for one in every if sessions[0] in one.sessions]) if sessions else ()


def _papers_of(
    collection: Collection, body: str, held: AccessClasses, language: str | None
) -> tuple[list[Document], tuple[int, ...]]:
    """Return the papers of a body and its sub-bodies, and its sessions, the latest first."""
    known = {body.casefold(), *(one.casefold() for one in load_bodies().descendants(body.casefold()))}
    every = [
        one for one in collection.headers.papers(language, access_classes=held) if (one.body or "").casefold() in known
    ]
    own = [one for one in every if (one.body or "").casefold() == body.casefold()] or every
    return every, tuple(sorted({number for one in own for number in one.sessions}, reverse=True))


def _without_session(every: Sequence[Document], papers: Sequence[Document]) -> tuple[SessionPaper, ...]:
    """Return those of the papers that name no session and are undated, or of a later day than the `papers` of one."""
    latest = max(one.date or "" for one in papers)
    return tuple(_paper(one) for one in every if not one.sessions and (not one.date or one.date > latest))


def _of_session(body: str, session: int, access_classes: AccessClasses) -> Filters:
    return filters_of([f"body={body}", f"session={session}"], access_classes)


def _paper(document: Document) -> SessionPaper:
    return SessionPaper(
        document=document.id,
        symbol=document.symbol.raw if document.symbol else None,
        title=document.title,
        date=document.date,
        kind=document.kind,
        agenda_item=document.agenda_item,
        language=document.language,
    )


def _moved(service: "SearchService", now: Filters, before: Filters | None) -> Iterator[MovedCell]:
    """Yield the cells with changed numbers of papers, in the order of the matrix."""
    counts = [_cells(service, one) if one else {} for one in (now, before)]
    for place in dict.fromkeys([*counts[0], *counts[1]]):
        papers, earlier = (one.get(place, 0) for one in counts)
        if papers != earlier:
            dimension, level, modality = place
            yield MovedCell(dimension=dimension, level=level, modality=modality, papers=papers, before=earlier)


def _cells(service: "SearchService", filters: Filters) -> dict[tuple[str, str | None, Modality | None], int]:
    matrix = service.matrix(filters)
    assert isinstance(matrix, Matrix)  # it was asked for without a field
    return {(one.dimension, one.level, one.modality): one.documents for one in matrix.cells if one.documents}


def _revised(collection: Collection, papers: Sequence[Document], held: AccessClasses) -> Iterator[Revision]:
    """Yield what those papers change of which the reader may see an earlier edition in the same language."""
    with collection.engine() as engine:
        for paper in papers:
            later = engine.document(paper.id, access_classes=held, full=True)
            earlier = _earlier(engine, later, held) if later else None
            if later and earlier:
                yield Revision(
                    document=later.id,
                    symbol=later.symbol.raw if later.symbol else None,
                    title=later.title,
                    earlier=earlier.id,
                    earlier_symbol=earlier.symbol.raw if earlier.symbol else None,
                    changes=tuple(changes(earlier, later)),
                )


def _earlier(engine: Engine, document: Document, held: AccessClasses) -> Document | None:
    """Return the edition before a document; addenda and corrigenda are no editions of what they belong to."""
    editions = load_bodies().editions
    if document.symbol is None or editions.of(document.symbol.raw).part:
        return None
    found = [engine.document(name, access_classes=held, full=True) for name in document.revisions]
    others = [one for one in found if one and one.symbol and not editions.of(one.symbol.raw).part]
    own = natural_order(document.symbol.raw)
    before = {order: one for one in others if one.symbol and (order := natural_order(one.symbol.raw)) < own}
    return before[max(before)] if before else None


def changes(earlier: Document, later: Document) -> Iterator[ParagraphChange]:
    """Yield what an edition changes of the one before it, paragraph by paragraph, in the order of the text."""
    old, new = list(_paragraphs(earlier)), list(_paragraphs(later))
    before, after = ([_plain(one.text) for one in side] for side in (old, new))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            yield from _aligned(old[a:b], new[c:d])


def _aligned(old: Sequence[_Paragraph], new: Sequence[_Paragraph]) -> Iterator[ParagraphChange]:
    """Yield the changes of a stretch in text order: similar paragraphs are changed, others removed or added."""
    before, after = 0, 0
    for earlier, later in _pairs(old, new):
        yield from map(_removed, old[before:earlier])
        yield from map(_added, new[after:later])
        yield _added(new[later], was=old[earlier].text)
        before, after = earlier + 1, later + 1
    yield from map(_removed, old[before:])
    yield from map(_added, new[after:])


def _added(paragraph: _Paragraph, was: str | None = None) -> ParagraphChange:
    return ParagraphChange(
        kind="added" if was is None else "changed",
        number=paragraph.number,
        before=was,
        after=paragraph.text,
        citation=paragraph.citation,
        passage=paragraph.passage,
    )


def _removed(paragraph: _Paragraph) -> ParagraphChange:
    return ParagraphChange(
        kind="removed",
        number=paragraph.number,
        before=paragraph.text,
        after=None,
        citation=paragraph.citation,
        passage=None,
    )


def _pairs(old: Sequence[_Paragraph], new: Sequence[_Paragraph]) -> list[tuple[int, int]]:
    """Return the pairs of changed paragraphs, in ascending order: those with the most similar words in total."""
    if len(old) * len(new) > _MOST_COMPARED:
        return []
    words = [[Counter(_plain(one.text).split()) for one in side] for side in (old, new)]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    taken: dict[tuple[int, int], float] = {}
    for a, b in product(reversed(range(len(old))), reversed(range(len(new)))):
        alike = _similarity(words[0][a], words[1][b])
        apart = max(best[a + 1][b], best[a][b + 1])
        best[a][b] = max(alike + best[a + 1][b + 1], apart) if alike >= _ALIKE else apart
        if best[a][b] > apart:
            taken[a, b] = alike
    found, a, b = [], 0, 0
    while a < len(old) and b < len(new):
        if (a, b) in taken:
            found.append((a, b))
            a, b = a + 1, b + 1
        elif best[a + 1][b] >= best[a][b + 1]:
            a += 1
        else:
            b += 1
    return found


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of common words of two texts, 0 to 1."""
    return 2 * (one & other).total() / ((one.total() + other.total()) or 1)


def _paragraphs(document: Document) -> Iterator[_Paragraph]:
    """Yield the lines of a document's text but its symbol, each with the number that is printed before it."""
    own = comparable(document.symbol.raw) if document.symbol else None
    for passage in document.passages:
        start = 0
        for line in passage.text.splitlines(keepends=True):
            span = (start, start + len(line.rstrip()))
            start += len(line)
            if line.strip() and not passage.boilerplate and comparable(line) != own:
                place = next((one for one in passage.places if one.start <= span[0] < one.end), None)
                number = plain_number(place.paragraph) if place and place.paragraph else None
                yield _Paragraph(number, " ".join(line.split()), passage.id, cite(document, passage, span))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
