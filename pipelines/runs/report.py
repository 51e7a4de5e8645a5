"""The report of one run: new papers, changes, failures, and gaps of the collection.

What the run did comes from the ledger. What is said of papers, and what is missing, is as the index has it when the
report is made.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from configs.settings import Settings
from configs.vocabulary import load_vocabulary
from extractors.document import Document, Value
from extractors.paper_date import PaperDate
from index.filters import AccessClasses, may_read_all
from index.protocol import Engine
from pipelines.ingest.freshness import SourceFreshness, freshness
from pipelines.ingest.paragraphs import paragraph_changes
from pipelines.runs.failures import RunFailure
from pipelines.runs.gaps import AbsentPaper, MissingTwin, Series, absent_papers, missing_twins, series_gaps
from pipelines.runs.history import RunDetails, run_details
from pipelines.runs.survey import Survey, name_of, of_documents, survey
from pipelines.runs.visible import visible_runs
from pipelines.search.service import reader
from pipelines.storage.opening import open_storage, opened_ledger
from pipelines.storage.run_records import ParagraphChanges, RunDocument, RunSummary
from pipelines.vocabulary.term_candidates import DiscoveryInput, TermCandidate, discover, known_phrases

_MOST = 200
"""Entries of a list; its total counts all."""
_MOST_GAPS = 30
_MOST_TERMS = 20
_MOST_TEXTS = 500
"""Papers of a run in which terms are looked for: what is new in more of them is found in these too."""
_MOST_EDITIONS = 100
"""New editions that are compared with the one before."""

T = TypeVar("T")


class Listing(Value, Generic[T]):
    """A list, of which the first entries are given; `total` counts all."""

    total: int
    items: tuple[T, ...]

    @classmethod
    def of(cls, items: Sequence[T]) -> "Listing[T]":
        """Return a list cut to what a report holds."""
        return cls(total=len(items), items=tuple(items[:_MOST]))


class ReportedPaper(Value):
    """A document of a run by its id and source, and, as far as the index has it, what it is.

    `paragraphs` says what changed: against its bytes before, or, for a new edition, against the one of `edition_of`.
    """

    document: str
    source: str
    name: str
    title: str | None = None
    body: str | None = None
    language: str | None = None
    date: PaperDate | None = None
    access: str | None = None
    edition_of: str | None = None
    paragraphs: ParagraphChanges | None = None


class RunReport(Value):
    """The report of a run, made `at` (UTC).

    `new`, `changed`, `again`, `duplicates`, `deleted`, `failed`, `needs_ocr` and `without_theme` are documents of the
    run. `twins_missing`, `absent` and `series` are of the whole collection, `absent_elsewhere` counts cited papers of
    series of which it has none, and `unread` its documents without usable text. `terms` are candidates for themes in
    the new and changed papers, looked for in the first `terms_from` of them.
    """

    run: RunSummary
    at: dt.datetime
    sources: tuple[SourceFreshness, ...]
    new: Listing[ReportedPaper]
    changed: Listing[ReportedPaper]
    again: int
    duplicates: int
    deleted: Listing[ReportedPaper]
    failed: Listing[RunFailure]
    needs_ocr: Listing[ReportedPaper]
    without_theme: Listing[ReportedPaper]
    twins_missing: Listing[MissingTwin]
    absent: Listing[AbsentPaper]
    absent_elsewhere: int
    series: Listing[Series]
    unread: int
    terms: tuple[TermCandidate, ...]
    terms_from: int


def run_report(settings: Settings, run_id: str, *, terms: bool = True, access_classes: AccessClasses) -> RunReport:
    """Return the report of a run, by its id, how that begins, or `last`; of papers that a reader may see.

    Without `terms` no candidates are looked for, which needs the encoder. Failures and documents of which neither the
    index nor a tombstone knows the class are told to who may read every paper alone. Raises `NotFoundError` for a run
    that there is not, `UnavailableError` where the ledger or the index cannot be read.
    """
    details = run_details(settings, run_id)
    deleted = _deleted(settings, details, access_classes)
    if not may_read_all(access_classes):
        details = details.model_copy(update={"failures": ()})
    indexed = {row.document: row for row in details.documents if row.outcome == "indexed"}
    fresh = {name for name, row in indexed.items() if row.event != "again"}
    if not open_storage(settings).has_index():
        found = Survey()
        editions: dict[str, tuple[str, ParagraphChanges]] = {}
    else:
        with reader(settings) as engine:
            found = survey(
                engine, indexed.keys(), texts_of=fresh, most_texts=_MOST_TEXTS, access_classes=access_classes
            )
            new = [name for name in fresh if indexed[name].event != "changed"]
            editions = _editions(engine, of_documents(found, new), access_classes)
    if not may_read_all(access_classes):
        seen = tuple(row for row in details.documents if row.document in found.papers)
        details = details.model_copy(update={"documents": seen})
    absent, elsewhere = absent_papers(found)
    (run,) = visible_runs(settings, [details.run], access_classes=access_classes)
    return RunReport(
        run=run,
        at=dt.datetime.now(dt.UTC),
        sources=visible_runs(settings, freshness(settings), access_classes=access_classes),
        new=Listing.of(_papers(details, found, ("new", None), editions)),
        changed=Listing.of(_papers(details, found, ("changed",), editions)),
        again=sum(row.event == "again" for row in details.documents),
        duplicates=sum(row.outcome == "duplicate" for row in details.documents),
        deleted=Listing.of(deleted),
        failed=Listing.of(details.failures),
        needs_ocr=Listing.of([_of(one) for one in _sorted(found) if one.status == "needs_ocr"]),
        without_theme=Listing.of([_of(one) for one in _sorted(found) if _has_no_theme(one, found)]),
        twins_missing=Listing.of(missing_twins(found)),
        absent=Listing.of(absent),
        absent_elsewhere=elsewhere,
        series=Listing.of(series_gaps(found, _MOST_GAPS)),
        unread=found.unread,
        terms=_terms(settings, found) if terms else (),
        terms_from=min(len(of_documents(found, fresh)), _MOST_TEXTS),
    )


def _papers(
    details: RunDetails,
    found: Survey,
    events: tuple[str | None, ...],
    editions: Mapping[str, tuple[str, ParagraphChanges]],
) -> list[ReportedPaper]:
    rows = [row for row in details.documents if row.outcome == "indexed" and row.event in events]
    return [_paper(row, found.papers.get(row.document), editions) for row in rows]


def _paper(
    row: RunDocument, document: Document | None, editions: Mapping[str, tuple[str, ParagraphChanges]]
) -> ReportedPaper:
    if document is None:
        name = row.source.rsplit("/", maxsplit=1)[-1]
        return ReportedPaper(document=row.document, source=row.source, name=name, paragraphs=row.paragraphs)
    before, changes = editions.get(row.document, (None, row.paragraphs))
    return _of(document).model_copy(update={"edition_of": before, "paragraphs": changes})


def _deleted(settings: Settings, details: RunDetails, access_classes: AccessClasses) -> list[ReportedPaper]:
    """Return the documents that the run deleted, by what stayed of them."""
    rows = [row for row in details.documents if row.outcome == "deleted"]
    with opened_ledger(settings) as ledger:
        names = [row.document for row in rows]
        left = ledger.tombstones(names, access_classes=access_classes) if ledger and names else []
    stones = {one.id: one for one in left}
    papers = []
    for row in rows:
        stone = stones.get(row.document)
        if stone:
            name, title = stone.symbol or stone.title, stone.title if stone.symbol else None
            facts = {"title": title, "access": stone.access, **({"name": name} if name else {})}
            papers.append(_paper(row, None, {}).model_copy(update=facts))
        elif may_read_all(access_classes):
            papers.append(_paper(row, None, {}))
    return papers


def _of(document: Document) -> ReportedPaper:
    return ReportedPaper(
        document=document.id,
        source=document.source,
        name=name_of(document),
        title=document.title,
        body=document.body,
        language=document.language,
        date=document.date,
        access=document.access,
    )


def _sorted(found: Survey) -> list[Document]:
    return sorted(found.papers.values(), key=lambda one: one.source)


def _has_no_theme(document: Document, found: Survey) -> bool:
    return document.status == "read" and document.id not in found.with_theme


def _editions(
    engine: Engine, new: Mapping[str, Document], access_classes: AccessClasses
) -> dict[str, tuple[str, ParagraphChanges]]:
    """Return the previous edition and the changes of each new document that is a later edition, by their ids."""
    found: dict[str, tuple[str, ParagraphChanges]] = {}
    for name, header in new.items():
        if len(found) == _MOST_EDITIONS:
            break
        before = _edition_before(engine, header, access_classes)
        after = engine.document(name, access_classes=access_classes, full=True) if before else None
        if before and after:
            found[name] = (name_of(before), paragraph_changes(before, after))
    return found


def _edition_before(engine: Engine, header: Document, access_classes: AccessClasses) -> Document | None:
    """Return the previous edition of a paper in its language, as a whole document; by symbol."""
    if not header.symbol:
        return None
    others = (engine.document(name, access_classes=access_classes) for name in header.revisions)
    earlier = [one for one in others if one and one.symbol and one.symbol.raw < header.symbol.raw]
    if not earlier:
        return None
    last = max(earlier, key=lambda one: (one.symbol.raw if one.symbol else "", one.id))
    return engine.document(last.id, access_classes=access_classes, full=True)


def _terms(settings: Settings, found: Survey) -> tuple[TermCandidate, ...]:
    if not found.texts:
        return ()
    vocabulary = load_vocabulary(settings.vocabulary)
    return discover(settings, DiscoveryInput(found.texts, vocabulary, known_phrases(vocabulary)), limit=_MOST_TERMS)
