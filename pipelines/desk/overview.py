"""The overview of the collection for the start page, counting papers that a reader may see.

Every count equals that of a search with the same filters.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from configs.bodies import load_bodies
from configs.maturity import load_model
from configs.settings import Settings
from configs.vocabulary import load_vocabulary
from extractors.document import MODALITIES, Document, DocumentHeader, Modality, Value
from index.fields import FieldName
from index.filters import AccessClasses, Condition, Filters, condition
from index.results import SearchRequest, SearchResult, ThemeCount
from pipelines.desk.headers import Headers
from pipelines.desk.kept import RevisionCache
from pipelines.search.service import SearchService
from pipelines.storage.opening import opened_ledger

MOST_BODIES = 6
"""Number of bodies in a chart: more colours are hard to distinguish; other papers form one part."""
_MOST_THEMES = 10
_MOST_PAPERS = 6
_NEW_DAYS = 7
_LATE_YEARS = 4
"""Number of years before the latest that count as recent."""
_COMMON = 0.9
"""Share of the most frequent theme above which a theme is too general for an example."""


class BodyCounts(Value):
    """The papers of a body and its sub-bodies, by year (`none` without a date). `body` is null for all other papers."""

    body: str | None
    papers: int
    by_year: dict[str, int]


class DimensionCounts(Value):
    """Papers with an accepted tag of a dimension, by what the tags claim; a paper may have several."""

    dimension: str
    by_modality: dict[str, int]


class ThemePapers(Value):
    """Papers with a passage about a theme."""

    theme: str
    papers: int


class Example(Value):
    """An example query with results: about a theme, and possibly of a body or since a year."""

    theme: str
    body: str | None = None
    since: int | None = None


class Overview(Value):
    """The number of papers that a reader may see, by body, year, language and subject.

    `papers` have text, `unread` are scans without any. A paper counts once, in `languages` each of its versions.
    `latest` are those of the latest date, `new` those ingested first in the last days, as far as the runs are known.
    """

    papers: int
    passages: int
    unread: int
    years: dict[str, int]
    bodies: dict[str, int]
    languages: dict[str, int]
    by_body: tuple[BodyCounts, ...]
    themes: tuple[ThemePapers, ...]
    dimensions: tuple[DimensionCounts, ...]
    latest: tuple[DocumentHeader, ...]
    new: tuple[DocumentHeader, ...]
    new_papers: int
    examples: tuple[Example, ...]


class Overviews:
    """Computes overviews, once for a revision of the index and a day; safe for several threads."""

    def __init__(self, settings: Settings, service: SearchService, headers: Headers) -> None:
        self._settings, self._service, self._headers = settings, service, headers
        self._cache: RevisionCache[tuple[AccessClasses, dt.date], Overview] = RevisionCache(service, judged=True)

    def of(self, access_classes: AccessClasses) -> Overview:
        """Return the overview for a reader; raises `UnavailableError` where nothing was ingested yet."""
        key = access_classes, dt.datetime.now(dt.UTC).date()
        return self._cache.get(key, lambda: self._compute(Filters(access_classes=access_classes)))

    def _compute(self, everything: Filters) -> Overview:
        held = everything.access_classes
        found = self._count(everything, "year", "body", "language", latest=_MOST_PAPERS)
        years, bodies, languages = (_values(found, field) for field in ("year", "body", "language"))
        documents = self._headers.documents(access_classes=held)
        themes = [one for one in self._service.themes(everything).themes if one.documents]
        new = self._new(documents)
        return Overview(
            papers=found.documents,
            passages=found.passages,
            unread=len({one.key for one in documents if one.status == "needs_ocr"}),
            years=dict(sorted(years.items())),
            bodies=bodies,
            languages=languages,
            by_body=tuple(self._by_body(everything, bodies, years, found.documents)),
            themes=tuple(ThemePapers(theme=one.id, papers=one.documents) for one in themes[:_MOST_THEMES]),
            dimensions=tuple(self.dimensions(everything)),
            latest=tuple(hit.document for hit in found.hits),
            new=tuple(new[:_MOST_PAPERS]),
            new_papers=min(len(new), found.documents),  # a paper without text is new, but in no count of the search
            examples=tuple(self._examples(everything, themes, years)),
        )

    def _count(self, filters: Filters, *facets: FieldName, latest: int = 1) -> SearchResult:
        asked = SearchRequest(filters=filters, mode="text", facets=facets, k=latest, passages=1, sort="date")
        return self._service.search(asked, sentences=False)

    def _by_body(
        self, everything: Filters, bodies: Mapping[str, int], years: Mapping[str, int], papers: int
    ) -> Iterator[BodyCounts]:
        """Yield the bodies with the most papers, none of them a sub-body of another, and the remaining papers."""
        known = load_bodies()
        others, rest = Counter(years), papers
        for body in main_bodies(bodies):
            found = self._count(everything.narrowed([condition("body", [body], known.descendants)]), "year")
            by_year = _values(found, "year")
            others.subtract(by_year)
            rest -= found.documents
            yield BodyCounts(body=body, papers=found.documents, by_year=by_year)
        left = {year: count for year, count in others.items() if count > 0}
        if left:
            yield BodyCounts(body=None, papers=max(rest, 0), by_year=left)

    def dimensions(self, everything: Filters) -> Iterator[DimensionCounts]:
        """Yield the dimensions in the order of the model, with the papers that make a statement about each."""
        model = load_model(self._settings.model)
        counts = {
            claim: _values(self._count(everything.narrowed(_claim(claim)), "dimension"), "dimension")
            for claim in MODALITIES
        }
        for one in model.dimensions:
            yield DimensionCounts(
                dimension=one.id, by_modality={claim: counts[claim].get(one.id, 0) for claim in MODALITIES}
            )

    def _new(self, documents: Sequence[Document]) -> list[Document]:
        """Return the recently ingested papers, the latest first."""
        since = dt.datetime.now(dt.UTC) - dt.timedelta(days=_NEW_DAYS)
        came: dict[str, dt.datetime] = {}
        with opened_ledger(self._settings) as ledger:
            for run in ledger.runs() if ledger else ():
                if (run.ended or since) < since:
                    break
                rows = ledger.run_documents(run.id, "indexed") if ledger else ()
                came |= {row.document: row.at for row in rows if row.event == "new" and row.at >= since}
        by_key = {one.key: one for one in sorted(documents, key=lambda one: one.language != "en") if one.id in came}
        known = {one.key for one in documents if one.id not in came}  # another version is not a new paper
        found = [one for key, one in by_key.items() if key not in known]
        return sorted(found, key=lambda one: (came[one.id], one.id), reverse=True)

    def _examples(
        self, everything: Filters, themes: Sequence[ThemeCount], years: Mapping[str, int]
    ) -> Iterator[Example]:
        """Yield one example query of each kind that has results, each about another theme."""
        labels = {concept.id: concept.name() for concept in load_vocabulary(self._settings.vocabulary).concepts}
        most = max((one.documents for one in themes), default=0) * _COMMON
        pool = [one for one in themes if one.documents < most] or list(themes)
        latest = max((int(year) for year in years if year.isdecimal()), default=None)
        for kind in ("body", "late", "plain"):
            of_kind = (_example(kind, theme, latest) for theme in pool[:_MOST_THEMES])
            plain = (_example("plain", theme, latest) for theme in pool[:_MOST_THEMES])
            for asked in filter(None, (*of_kind, *plain)):
                if self._has_results(everything, asked, labels.get(asked.theme, "")):
                    pool = [theme for theme in pool if theme.id != asked.theme]
                    yield asked
                    break

    def _has_results(self, everything: Filters, asked: Example, label: str) -> bool:
        """Return whether a search for a label, with the body and since the year of the example, has results."""
        conditions = [condition("body", [asked.body], load_bodies().descendants)] if asked.body else []
        conditions += [condition("year", [f"{asked.since}.."])] if asked.since else []
        filters = everything.narrowed(conditions)
        request = SearchRequest(filters=filters, query=label, mode="text", k=1, passages=1)
        return self._service.search(request, sentences=False).documents > 0


def _example(kind: str, theme: ThemeCount, latest: int | None) -> Example | None:
    if kind == "body":
        bodies = theme.by_body
        return Example(theme=theme.id, body=max(bodies, key=lambda one: bodies[one])) if bodies else None
    if kind == "late":
        return Example(theme=theme.id, since=latest - _LATE_YEARS) if latest else None
    return Example(theme=theme.id)


def main_bodies(counts: Mapping[str, int], most: int = MOST_BODIES) -> list[str]:
    """Return at most this many bodies, the largest first, none of which is a sub-body of another.

    `counts` are papers by their own body. If there is room, a body with papers of its sub-bodies alone is replaced by
    these: the papers of one organisation are divided by its committees.
    """
    known = load_bodies()
    parents = {body.id: body.parent for body in known.bodies}
    totals: Counter[str] = Counter()
    below: dict[str | None, set[str]] = {}
    for name, count in counts.items():
        body: str | None = name
        while body is not None:
            totals[body] += count
            below.setdefault(parents.get(body), set()).add(body)
            body = parents.get(body)
    chosen = below.get(None, set())
    while True:
        room = max(most - len(chosen), 0) + 1  # replacing a body by a single sub-body needs no more room
        parted = [one for one in chosen if not counts.get(one) and len(below[one]) <= room]
        if not parted:
            return sorted(chosen, key=lambda one: (-totals[one], one))[:most]
        largest = max(parted, key=lambda one: (totals[one], one))
        chosen = chosen - {largest} | below[largest]


def _claim(modality: Modality) -> list[Condition]:
    return [condition("modality", [modality])]


def _values(found: SearchResult, field: FieldName) -> dict[str, int]:
    return {str(one.value): one.count for one in found.facets.get(field, ()) if one.value is not None}
