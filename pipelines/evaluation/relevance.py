"""Relevance cases: queries with expected results, evaluated on the index of a home; each failure has a diagnosis.

They are written by people who know the papers.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from configs.settings import Settings
from configs.system.errors import ConfigError, UsageError
from configs.system.yamlfile import ConfigValue, load_yaml
from extractors.document import Document, Value
from extractors.paper_date import PaperDate
from index.encoder import open_encoder
from index.facts import document_facts
from index.filters import AccessClasses
from index.protocol import Engine
from index.results import Hit, Mode, SearchRequest
from index.search import ReadQuery, prepare_request
from pipelines.evaluation.diagnosis import Diagnoses, file_name, is_named, standing
from pipelines.search.query_reader import QueryReader
from pipelines.search.requests import SearchParameters, search_request
from pipelines.search.service import reader

DocumentField: TypeAlias = Literal[
    "body", "kind", "language", "year", "date", "session", "symbol", "access", "agenda_item", "action", "decision"
]
"""The fields of a document that a filter may name."""
Progress = Callable[[int, int, str], None]
"""Called with what is done, how much there is, and of what."""


class RelevanceCase(ConfigValue):
    """A question, what its answer has to look like, and why.

    Papers are named by their symbol in any spelling (`PC9001` stands for every version of it, `PC9001F1a` for one) or
    by the name of their file. Expectations hold for the first `within` documents.
    """

    name: str = Field(min_length=1, description="a short name, once in the file")
    query: str = Field(description="as typed into a search; empty for what the filters leave")
    mode: Literal["hybrid", "text", "vector"] = "hybrid"
    filters: tuple[str, ...] = Field((), description="field=value, as for --filter")
    sort: Literal["relevance", "date"] = "relevance"
    within: int = Field(10, ge=1, le=100, description="how many documents are looked at")
    contains: tuple[str, ...] = Field((), description="papers that have to be among them")
    excludes: tuple[str, ...] = Field((), description="papers that may not be among them")
    order: tuple[str, ...] = Field((), description="papers that have to be among them in this order")
    field: dict[DocumentField, tuple[str, ...]] = Field(
        default_factory=dict, description="fields of the documents shown, and the values that each may have"
    )
    documents: int | None = Field(None, ge=0, description="how many documents have to match in all")
    why: str = Field(min_length=1, description="what an expert would say to whoever asks why this is expected")

    @field_validator("field", mode="before")
    @classmethod
    def _lists(cls, given: object) -> object:
        """Take one value for a list of one."""
        if not isinstance(given, dict):
            return given
        return {name: value if isinstance(value, list | tuple) else [value] for name, value in given.items()}

    @model_validator(mode="after")
    def _expects_something(self) -> "RelevanceCase":
        if not (self.contains or self.excludes or self.order or self.field or self.documents is not None):
            raise ValueError("expects nothing: give contains, excludes, order, field or documents")
        return self


class RelevanceCases(ConfigValue):
    """A file of cases."""

    version: Literal[1] = 1
    about: str = ""
    cases: tuple[RelevanceCase, ...] = Field(min_length=1)


def load_cases(path: Path) -> RelevanceCases:
    """Return the cases of a file; raises as `load_yaml` does, and `ConfigError` for a name that comes twice."""
    found = load_yaml(path, RelevanceCases)
    (name, times), *_ = Counter(case.name for case in found.cases).most_common(1)
    if times > 1:
        raise ConfigError(path, f"the name '{name}' stands there {times} times", remedy="give each case its own")
    return found


class Finding(Value):
    """One expectation of a case in words, and why it is not met; None where it is."""

    expected: str
    diagnosis: str | None = None


class ShownPaper(Value):
    """A paper of an answer at its rank, from 1: its symbol or file, its best passage, and how that came there."""

    rank: int
    paper: str
    title: str | None
    language: str | None
    date: PaperDate | None
    pages: tuple[int, ...]
    passage: str
    standing: str


class CaseResult(Value):
    """A case as written, whether all its expectations are met, how many documents match and which are shown."""

    name: str
    query: str
    mode: Mode
    filters: tuple[str, ...]
    why: str
    passed: bool
    documents: int
    findings: tuple[Finding, ...]
    shown: tuple[ShownPaper, ...]


class RelevanceReport(Value):
    """How an index of some kind answers the cases of a file, which says what it is about."""

    about: str
    index: str
    cases: int
    passed: int
    failed: int
    results: tuple[CaseResult, ...]


def evaluate_relevance(
    settings: Settings, path: Path, *, access_classes: AccessClasses, progress: Progress = lambda *_: None
) -> RelevanceReport:
    """Return how the index of a home answers the cases of a file.

    Raises as `load_cases` and the engine do, and `UsageError`, naming the case, for a query or filter that cannot be
    read.
    """
    given = load_cases(path)
    requests = [_request(settings, path, case, access_classes) for case in given.cases]
    results = []
    with reader(settings) as engine:
        read_query = QueryReader(settings, open_encoder(settings))
        for case, request in zip(given.cases, requests, strict=True):
            results.append(_result(case, request, engine, read_query))
            progress(len(results), len(requests), case.name)
    passed = sum(result.passed for result in results)
    return RelevanceReport(
        about=given.about,
        index=settings.index,
        cases=len(results),
        passed=passed,
        failed=len(results) - passed,
        results=tuple(results),
    )


def _request(settings: Settings, path: Path, case: RelevanceCase, access_classes: AccessClasses) -> SearchRequest:
    """Return the search request of a case; all requests are checked before the first one is run."""
    try:
        asked = SearchParameters(q=case.query, mode=case.mode, sort=case.sort, limit=case.within, explain=True)
        return search_request(settings, asked, case.filters, access_classes=access_classes)
    except UsageError as error:
        raise UsageError(f"{path}: case '{case.name}': {error.message}", error.remedy) from error


def _result(case: RelevanceCase, request: SearchRequest, engine: Engine, read_query: ReadQuery) -> CaseResult:
    request, vector = prepare_request(request, read_query)
    answer = engine.search(request, vector)
    diagnoses = Diagnoses(engine, request, vector)
    findings = tuple(_findings(case, answer.hits, answer.documents, diagnoses))
    return CaseResult(
        name=case.name,
        query=case.query,
        mode=case.mode,
        filters=case.filters,
        why=case.why,
        passed=not any(finding.diagnosis for finding in findings),
        documents=answer.documents,
        findings=findings,
        shown=tuple(_shown(rank, hit) for rank, hit in enumerate(answer.hits, 1)),
    )


def _findings(case: RelevanceCase, hits: Sequence[Hit], documents: int, diagnoses: Diagnoses) -> Iterator[Finding]:
    """Yield every expectation of a case."""
    for name in case.contains:
        missing = None if _place(hits, name) else diagnoses.of_missing(name)
        yield Finding(expected=f"{name} is among the first {case.within}", diagnosis=missing)
    for name in case.excludes:
        place = _place(hits, name)
        wrong = diagnoses.of_shown(name, place, hits[place - 1]) if place else None
        yield Finding(expected=f"{name} is not among the first {case.within}", diagnosis=wrong)
    if case.order:
        yield Finding(expected=", then ".join(case.order), diagnosis=_out_of_order(case.order, hits, diagnoses))
    for field, values in case.field.items():
        allowed = " or ".join(values)
        others = _other_values(field, values, hits)
        yield Finding(expected=f"{field} of every document shown is {allowed}", diagnosis=others)
    if case.documents is not None:
        counted = f"{documents} match." if documents != case.documents else None
        yield Finding(expected=f"{case.documents} documents match", diagnosis=counted)


def _out_of_order(names: Sequence[str], hits: Sequence[Hit], diagnoses: Diagnoses) -> str | None:
    places = {name: _place(hits, name) for name in names}
    found = [place for place in places.values() if place]
    if len(found) == len(places) and found == sorted(found):
        return None
    reasons = (
        diagnoses.of_shown(name, place, hits[place - 1]) if place else diagnoses.of_missing(name)
        for name, place in places.items()
    )
    return " ".join(reasons)


def _other_values(field: str, values: Sequence[str], hits: Sequence[Hit]) -> str | None:
    wanted = {value.casefold() for value in values}
    others = []
    for hit in hits:
        own = [value for name, value in document_facts(hit.document) if name == field]
        if wanted.isdisjoint(value.casefold() for value in own):
            others.append(f"{_name(hit.document)} has {', '.join(own) or 'none'}")
    if not hits:
        return "No document is shown."
    return f"{'; '.join(others)}." if others else None


def _place(hits: Sequence[Hit], name: str) -> int | None:
    """Return the rank, from 1, of the first document in the result that a name refers to."""
    return next((rank for rank, hit in enumerate(hits, 1) if is_named(hit.document, name)), None)


def _shown(rank: int, hit: Hit) -> ShownPaper:
    best = hit.passages[0]
    return ShownPaper(
        rank=rank,
        paper=_name(hit.document),
        title=hit.document.title,
        language=hit.document.language,
        date=hit.document.date,
        pages=best.pages,
        passage=best.id,
        standing=standing(best.explain),
    )


def _name(document: Document) -> str:
    return document.symbol.raw if document.symbol else file_name(document)
