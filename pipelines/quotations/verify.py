"""Verification of quotations: whether a paper has these words, and where its citation says."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from configs.obligation import load_obligation_words
from configs.settings import Settings
from extractors.document import Document, Passage, Reference, Value
from extractors.text.places import places_of_span
from index.filters import AccessClasses
from pipelines.quotations.cited import Cited, cited_in, numbers_in
from pipelines.quotations.letters import parts_of
from pipelines.quotations.paper_text import PaperText
from pipelines.quotations.printed import Span
from pipelines.quotations.wording import Compared, WordDifference, compare, said, weighs
from pipelines.search.requests import SearchParameters, search_request
from pipelines.search.service import SearchService
from pipelines.viewing.citations import cite, name_of
from pipelines.viewing.document_view import find_paragraphs
from pipelines.viewing.permalinks import newest_version, permalink_of
from pipelines.viewing.withdrawn import Withdrawn

QuoteStatus: TypeAlias = Literal["verified", "repaired", "differs", "not_found"]
PaperStatus: TypeAlias = Literal["current", "changed", "superseded", "withdrawn"]

MOST_CHARACTERS = 20_000
"""Of a quotation."""
_PAPERS = 10
"""Number of papers, ranked by words, that are searched for a quotation without a named paper."""
_ASKED_WORDS = 40
_LONGEST_WORD = 200
"""Length limit of a word in a search: queries are bounded, and papers have no longer ones."""
_KEPT = 32
"""Number of cached paper texts: the quotations of a speech are from few papers."""
_WORD = re.compile(r"\w+")
_BRACKETS = re.compile(r"(?<!\w)\[([^\[\]]*[^\W\d_][^\[\]]*)\](?!\w)")


class Verdict(Value):
    """What became of a quotation.

    - `verified`: the paper says these words, at the place that the citation names, if it names one.
    - `repaired`: papers say these words, and elsewhere: `citation` has the right place; `difference` says where the
      paper has no place like the one cited.
    - `differs`: the words at `citation` are like these; `difference` says in words how they differ, `differences` each.
    - `not_found`: nothing that this reader may see is like it.

    `paper` says what became of the paper since: `superseded` by a newer version, `withdrawn` from its source, or
    `changed` since its words were copied, where that is known.
    """

    status: QuoteStatus
    paper: PaperStatus | None = None
    text: str
    cited: str | None = None
    difference: str | None = None
    differences: tuple[WordDifference, ...] = ()
    citation: str | None = None
    url: str | None = None
    document: str | None = None
    passage: str | None = None
    page: int | None = None
    sha256: str | None = None


class _Occurrence(NamedTuple):
    """The occurrence of a quotation in a paper; `named` is the id of the paper that the citation names."""

    paper: PaperText
    spans: tuple[Span, ...]
    cited: Cited
    citation: str | None
    named: str | None

    @property
    def is_named(self) -> bool:
        """Whether the citation names the paper."""
        if self.named:
            return self.paper.document.id == self.named
        return f"{self.citation or ''},".startswith(f"{name_of(self.paper.document)},")

    @property
    def is_cited(self) -> bool:
        """Whether its place agrees with the citation, as far as that names one."""
        return (self.named is None or self.is_named) and self.cited.is_at(self.paper.places_at(self.spans))

    @property
    def is_right(self) -> bool:
        """Whether its paper and place agree with the citation, if there is one."""
        return not self.citation or (self.is_cited and (self.is_named or self.cited == Cited()))

    @property
    def left_out(self) -> str | None:
        """The first significant word between the parts of the quotation."""
        return weighs(self.paper.left_out(self.spans), self.paper.document.language)


class Verifier:
    """Verifies quotations for one reader over one search service."""

    def __init__(
        self,
        settings: Settings,
        service: SearchService,
        withdrawn: Withdrawn,
        *,
        access_classes: AccessClasses,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """`check` is called before each step of the work, and raises to cancel it."""
        self._settings, self._service, self._withdrawn, self._classes = settings, service, withdrawn, access_classes
        self._check = check
        self._text_of = lru_cache(_KEPT)(self._read)
        self._statuses: dict[str, PaperStatus] = {}

    def verify(self, text: str, citation: str | None = None) -> Verdict:
        """Return the verdict on a quotation with its citation.

        A gap in it (`[…]`) may leave out a part of the same paragraph that has no number, negation or modal verb. Words
        in square brackets that the paper does not print are an editor's, and may only be added to what it says.
        """
        text = text[:MOST_CHARACTERS]
        parts = parts_of(text)
        if not parts:
            return Verdict(status="not_found", text=text, cited=citation)
        cited = cited_in(citation or "")
        named = self._named(cited, citation or "")
        papers: list[PaperText] = []
        stretches: list[_Occurrence] = []
        for paper in self._candidates(text, first=named):
            papers.append(paper)
            readings = dict.fromkeys((parts, parts_of(_as_edited(text, paper.document.language))))
            spans = next(filter(None, (tuple(paper.spans_of(one)) for one in readings)), ())
            found = [_Occurrence(paper, one, cited, citation, named) for one in spans]
            stretches += found
            if any(one.is_right and (one.is_named or not citation) and not one.left_out for one in found):
                break  # no other paper can match better
        if stretches:
            return self._found(text, citation, stretches)
        return self._nearest(text, citation, papers)

    def taken_from(self, document: Document, passage: Passage, span: Span, text: str, citation: str | None) -> Verdict:
        """Return the verdict on a quotation from a span of an unchanged passage."""
        return self._verdict("verified", text, citation, passage, span, document=document, passage=passage)

    def verify_reference(self, reference: Reference) -> Verdict:
        """Return the verdict on a reference: whether its place exists; `differs` if the paper lacks it."""
        self._check()
        annex = f"Annex {reference.annex}" if reference.annex else None
        paragraph = f"§ {reference.paragraph}" if reference.paragraph else None
        text = ", ".join(filter(None, (reference.symbol, annex, paragraph)))
        with self._service.engine() as engine:
            document = engine.document(reference.symbol, access_classes=self._classes, full=True)
        if document is None:
            return Verdict(status="not_found", text=text, cited=text)
        places = {
            number or annex: find_paragraphs(document, number, annex=reference.annex)
            for number in numbers_in(reference.paragraph) or (None,)
            if number or annex
        }
        lacking = next((name for name, found in places.items() if not found), None)
        first = next((place for found in places.values() for place in found), None)
        passage = first.passage if first else None
        place = lacking if lacking == annex else f"paragraph {lacking}"
        return Verdict(
            status="differs" if lacking else "verified",
            paper=self._status_of(document),
            text=text,
            cited=text,
            difference=f"the paper has no {place}" if lacking else None,
            citation=name_of(document) if lacking else text,
            url=f"/documents/{document.id}" + (f"?passage={passage}" if passage else ""),
            document=document.id,
            passage=passage,
            page=first.page if first else None,
            sha256=document.sha256,
        )

    def _named(self, cited: Cited, citation: str) -> str | None:
        """Return the id of the paper that a citation names by its symbol, or at its start by its id or symbol."""
        names = [cited.symbol, citation.partition(",")[0].strip() or None]
        with self._service.engine() as engine:
            found = (engine.document(name, access_classes=self._classes) for name in names if name)
            document = next(filter(None, found), None)
        return document.id if document else None

    def _candidates(self, text: str, *, first: str | None) -> Iterator[PaperText]:
        """Yield the named paper, its versions, and the papers that share the most words with a text."""
        seen: set[str] = set()
        for name in self._names(text, first):
            self._check()
            if name not in seen and (paper := self._text_of(name)):
                yield paper
            seen.add(name)

    def _names(self, text: str, first: str | None) -> Iterator[str]:
        if first:
            yield first
            if paper := self._text_of(first):
                yield from (*paper.document.twins, *paper.document.revisions)
        words = [word for word in _WORD.findall(text) if len(word) <= _LONGEST_WORD][:_ASKED_WORDS]
        asked = " ".join(f'"{word}"' if word.isupper() else word for word in words)
        parameters = SearchParameters(q=asked, mode="text", limit=_PAPERS, expand=False)
        request = search_request(self._settings, parameters, access_classes=self._classes, passages=1)
        yield from (hit.document.id for hit in self._service.search(request, sentences=False).hits)

    def _read(self, document_id: str) -> PaperText | None:
        with self._service.engine() as engine:
            document = engine.document(document_id, access_classes=self._classes, full=True)
        return PaperText(document) if document else None

    def _found(self, text: str, citation: str | None, stretches: Sequence["_Occurrence"]) -> Verdict:
        """Return the verdict on words that papers contain: for the cited stretch, else the first one."""
        ordered = sorted(stretches, key=lambda one: (not one.is_cited, not one.is_named))
        best = next((one for one in ordered if not one.left_out), ordered[0])
        paper, spans, weight = best.paper, best.spans, best.left_out
        status: QuoteStatus = "differs" if weight else "verified" if best.is_right else "repaired"
        difference = f"what is left out says “{weight}”" if weight else None
        cited = self._text_of(best.named) if best.named and status == "repaired" else None
        if cited and not any(best.cited.is_at((one,)) for one in cited.places):
            difference = "the paper has no such place"
        return self._verdict(
            status,
            text,
            citation,
            paper,
            (spans[0][0], spans[-1][1]),
            document=paper.document,
            passage=paper.passage_at(spans[0][0]),
            difference=difference,
            differences=(WordDifference(kind="left_out", quotation="", paper=weight),) if weight else (),
        )

    def _nearest(self, text: str, citation: str | None, papers: Iterable[PaperText]) -> Verdict:
        """Return the verdict on words that no paper contains: for the most similar stretch, if any."""
        best: tuple[PaperText, Compared] | None = None
        for paper in papers:
            self._check()
            for start, stretch in paper.paragraphs():
                compared = compare(text, stretch)
                if compared and (best is None or compared.share > best[1].share):
                    best = paper, compared._replace(start=start + compared.start, end=start + compared.end)
        if best is None:
            return Verdict(status="not_found", text=text, cited=citation)
        paper, compared = best
        return self._verdict(
            "differs",
            text,
            citation,
            paper,
            (compared.start, compared.end),
            document=paper.document,
            passage=paper.passage_at(compared.start),
            difference=said(compared.differences) or "its signs or the order of its words differ",
            differences=compared.differences,
        )

    def _verdict(
        self,
        status: QuoteStatus,
        text: str,
        citation: str | None,
        source: PaperText | Passage,
        span: Span,
        *,
        document: Document,
        passage: Passage,
        difference: str | None = None,
        differences: tuple[WordDifference, ...] = (),
    ) -> Verdict:
        """Return a verdict on words in a span of a source: a whole paper, or a passage of it."""
        paper, is_note = self._status_of(document), passage.kind == "note"
        place = next(iter(places_of_span(source.places, *span)), None)
        return Verdict(
            status=status,
            paper=paper,
            text=text,
            cited=citation,
            difference=difference,
            differences=differences,
            citation=cite(document, passage if is_note else source, None if is_note else span),
            url=permalink_of(document, None if is_note else place) or f"/documents/{document.id}?passage={passage.id}",
            document=document.id,
            passage=passage.id,
            page=place.page if place else None,
            sha256=document.sha256,
        )

    def _status_of(self, document: Document) -> PaperStatus:
        if document.id not in self._statuses:
            with self._service.engine() as engine:
                newest = newest_version(engine, document, access_classes=self._classes)
            is_withdrawn = self._withdrawn.since({document.id})
            self._statuses[document.id] = "withdrawn" if is_withdrawn else "superseded" if newest else "current"
        return self._statuses[document.id]


def _as_edited(text: str, language: str | None) -> str:
    """Return a quotation without an editor's words in square brackets.

    Words that no gap may leave out stay, and so do all where most words are in brackets: little would be left to find.
    """
    inside = sum(len(_WORD.findall(one)) for one in _BRACKETS.findall(text))
    if 2 * inside >= len(_WORD.findall(text)) or language not in load_obligation_words().limits:
        return text
    return _BRACKETS.sub(lambda one: one[0] if weighs(one[1], language) else "", text)
