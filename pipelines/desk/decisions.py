"""The register of decisions of bodies, with addressees, deadlines, and follow-ups in later papers."""

import datetime as dt
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from configs.bodies import load_bodies
from configs.gazetteer import load_gazetteer
from configs.labels import LabelFinder, alternatives, fold
from configs.proceedings import load_proceedings
from configs.subjects import load_subjects
from extractors.document import Decision, Document, Passage, Reference, Value
from extractors.metadata.symbols import comparable
from extractors.paper_date import days_of
from index.facts import meets
from index.fields import PASSAGE_FIELDS
from index.filters import AccessClasses, Condition, Filters
from index.versions import paper_key
from pipelines.viewing.citations import cite, name_of, plain_number

if TYPE_CHECKING:
    from pipelines.desk.headers import Headers
    from pipelines.search.service import SearchService

DecisionState: TypeAlias = Literal["open", "overdue"]
FollowUpOf: TypeAlias = Literal["paragraph", "decision", "paper"]

STATES: tuple[DecisionState, ...] = get_args(DecisionState)
_DECISION = r"d[eé]cisi[oó]n\s+(?:no\.?\s*|n°\s*)?(\d{1,4}(?:[/.-]\d{1,4})*)"
_NUMBER = re.compile(rf"\({_DECISION}\)", re.IGNORECASE)
_CITED_NUMBER = re.compile(rf"\b{_DECISION}(?![\w/])", re.IGNORECASE)
_PRINTED = 60
"""Length of the beginning of a decision by which it is found in the text of its paper."""
_LONGEST_NAME = 60
"""Length limit of an addressee, which may have clauses: "States Parties that have not yet done so"."""
MEMBERS = "members"
"""The id of addressees for all words for members."""
_OTHER = "other"
"""The id of other verbs: commend, encourage, acknowledge."""
_SHORTEST_NAME = 3
"""Least length of a name of an addressee: a shorter one may be an ordinary word."""


class FollowUp(Value):
    """What a later paper says of a decision: it refers to its paragraph, to its number, or to the paper at large."""

    of: FollowUpOf
    document: str
    symbol: str | None
    title: str | None
    date: str | None
    citation: str
    passage: str | None = None
    text: str | None = None


class RegisteredDecision(Value):
    """A decision of a paper, with its place there.

    `number` is the printed one where it has one (`Decision 9`), `said` the printed verb where `verb` is `other`. The
    paper's meeting began on `meeting_date`; its `date` may be later. `state` is null where no deadline is a date;
    `overdue` says that the deadline passed and that no paper refers to its paragraph or its number, though there are
    `later_papers`: those of its body of a day after its own, and after the deadline where that is a date.
    """

    id: str
    document: str
    symbol: str | None
    title: str | None
    body: str | None
    body_name: str | None
    sessions: tuple[int, ...]
    date: str | None
    meeting_date: str | None = None
    language: str | None
    access: str | None
    verb: str
    said: str | None = None
    number: str | None
    actor: str | None
    addressee: str | None
    deadline: str | None
    deadline_date: str | None
    state: DecisionState | None
    later_papers: int
    text: str
    citation: str
    paragraph: str | None
    page: int | None
    passage: str | None = None
    themes: tuple[str, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()


class DecisionPage(Value):
    """Some of the decisions, the latest first, and how many there are in all and by state."""

    decisions: tuple[RegisteredDecision, ...]
    total: int
    open: int
    overdue: int
    offset: int
    limit: int


class _Citing(NamedTuple):
    document: Document
    reference: Reference


class DecisionRegister:
    """The decisions in the papers of a home, for readers of any access class."""

    def __init__(self, service: "SearchService", headers: "Headers") -> None:
        self._service, self._headers = service, headers

    def page(
        self,
        filters: Filters,
        *,
        state: DecisionState | None = None,
        addressee: str | None = None,
        today: dt.date | None = None,
        language: str | None = None,
        offset: int = 0,
        limit: int = 20,
    ) -> DecisionPage:
        """Return a page of the decisions that match the filters, the latest first.

        Of several versions of one paper the latest counts, in the `language` (ISO 639-1) if there is one. A theme is
        one of the passage with the decision; `addressee` is the name of the addressee, or a part of it.
        """
        rows = self.rows(filters, addressee=addressee, today=today, language=language)
        wanted = _in_state(rows, state)
        return self._page_of(rows, wanted, wanted[offset : offset + limit], filters.access_classes, offset, limit)

    def by_text(
        self,
        filters: Filters,
        *,
        state: DecisionState | None = None,
        addressee: str | None = None,
        language: str | None = None,
        offset: int = 0,
        limit: int = 20,
    ) -> tuple[DecisionPage, int]:
        """Return a page of the decisions whose `offset` and `limit` count the texts of papers, and how many these are.

        The verbs of a sentence and a formula that its paper repeats are one text, whose decisions stand together.
        """
        rows = self.rows(filters, addressee=addressee, language=language)
        texts: dict[tuple[str, str], list[RegisteredDecision]] = defaultdict(list)
        wanted = _in_state(rows, state)
        for one in wanted:
            texts[one.document, one.text].append(one)
        shown = [one for text in list(texts.values())[offset : offset + limit] for one in text]
        return self._page_of(rows, wanted, shown, filters.access_classes, offset, limit), len(texts)

    def _page_of(
        self,
        rows: Sequence[RegisteredDecision],
        wanted: Sequence[RegisteredDecision],
        shown: Sequence[RegisteredDecision],
        held: AccessClasses,
        offset: int,
        limit: int,
    ) -> DecisionPage:
        return DecisionPage(
            decisions=tuple(self._placed(shown, held)),
            total=len(wanted),
            open=sum(one.state == "open" for one in rows),
            overdue=sum(one.state == "overdue" for one in rows),
            offset=offset,
            limit=limit,
        )

    def addressees(self, filters: Filters, language: str | None = None) -> tuple[str, ...]:
        """Return the addressees, the most asked first: ids of gazetteer and bodies, and `MEMBERS`."""
        asked = [one.addressee for one in self.rows(filters, language=language) if one.addressee]
        found = Counter(name for text in asked for names, _, _ in _known_addressees().find(text) for name in names)
        return tuple(sorted(found, key=lambda name: (-found[name], name)))

    def every(self, filters: Filters) -> Iterator[RegisteredDecision]:
        """Yield all decisions that match the filters, the latest first, each with its passage, lazily."""
        yield from self._placed(self.rows(filters), filters.access_classes)

    def rows(
        self,
        filters: Filters,
        *,
        addressee: str | None = None,
        today: dt.date | None = None,
        language: str | None = None,
    ) -> list[RegisteredDecision]:
        """Return all decisions that match the filters, the latest first, without passages, themes and cited texts."""
        held = filters.access_classes
        today = today or dt.datetime.now(dt.UTC).date()
        of_passages = filters.asks_for_passages
        plain = filters if not of_passages else filters.model_copy(update={"conditions": _of_documents(filters)})
        papers = [
            one for one in self._headers.papers(language, access_classes=held) if one.decisions and meets(one, plain)
        ]
        citing = _citing(self._headers.documents(access_classes=held))
        days = _days_by_body(self._headers.papers(language, access_classes=held))
        verbs = [one for one in filters.conditions if one.field == "decision"]
        found = []
        for paper in papers:
            later = [one for one in citing.get(_key(paper), ()) if _is_later(one.document, paper)]
            of_body = days.get(_body_of(paper), ())
            for ordinal, decision in enumerate(paper.decisions):
                if all(one.accepts(decision.verb) != one.negated for one in verbs) and _is_for(decision, addressee):
                    found.append(_row(paper, ordinal, decision, later, of_body, today))
        if of_passages:
            found = self._with_passage(found, filters)
        return sorted(found, key=lambda one: (one.date or "", one.symbol or one.document), reverse=True)

    def _with_passage(self, rows: list[RegisteredDecision], filters: Filters) -> list[RegisteredDecision]:
        """Return the decisions in passages that match the filters."""
        papers = {one.document for one in rows}
        with self._service.engine() as engine:
            kept = {
                document.id: list(passages) for document, passages in engine.passages(filters) if document.id in papers
            }
        return [
            one for one in rows if any(_matches(place, one) for place in _places_of(kept.get(one.document, ()), one))
        ]

    def _placed(self, rows: Sequence[RegisteredDecision], held: AccessClasses) -> Iterator[RegisteredDecision]:
        """Yield decisions with their passages, themes, and the sentences of later papers."""
        papers: dict[str, Document | None] = {}

        def paper(name: str) -> Document | None:
            if name not in papers:
                with self._service.engine() as engine:
                    papers[name] = engine.document(name, access_classes=held, full=True)
            return papers[name]

        for row in rows:
            whole = paper(row.document)
            places = _places_of(whole.passages if whole else (), row)
            places = [one for one in places if _matches(one, row)] or places
            changes: dict[str, object] = {}
            if whole and places:
                passage, start = places[min(_times_before(row, whole), len(places) - 1)]
                span = (start, min(start + len(row.text), f"{passage.text}\n".index("\n", start)))
                themes = [one.id for one in passage.themes if one.kind == "about"]
                changes = {
                    "passage": passage.id,
                    "themes": tuple(dict.fromkeys(themes)),
                    "citation": _with_part(cite(whole, passage, span), row.paragraph or ""),
                }
            changes["follow_ups"] = tuple(_with_sentence(one, paper(one.document), row) for one in row.follow_ups)
            yield row.model_copy(update=changes)


def _in_state(rows: Sequence[RegisteredDecision], state: DecisionState | None) -> Sequence[RegisteredDecision]:
    return [one for one in rows if state is None or one.state == state]


def _row(
    paper: Document,
    ordinal: int,
    decision: Decision,
    later: Iterable[_Citing],
    of_body: Sequence[str],
    today: dt.date,
) -> RegisteredDecision:
    """Return the row of a decision; `of_body` are the dates of the papers of its body, the earliest first."""
    number = _NUMBER.search(decision.text)
    printed = number[1] if number else None
    follow_ups = tuple(_follow_ups(decision, printed, later))
    date = decision.deadline.date if decision.deadline else None
    # A paper can report on it from the end of the deadline on.
    since = max(paper.date or "", days_of(date)[1].isoformat() if date else "")
    later_papers = len(of_body) - bisect_right(of_body, since) if paper.date else 0
    state: DecisionState | None = None
    if date and days_of(date)[1] >= today:
        state = "open"
    elif date and later_papers and all(one.of == "paper" for one in follow_ups):
        state = "overdue"
    day = paper.meeting_dates.start if paper.meeting_dates else None
    place = [f"§ {plain_number(decision.paragraph)}"] if decision.paragraph else []
    place += [f"p. {decision.page}"] if decision.page else []
    return RegisteredDecision(
        id=f"{paper.id}-d{ordinal}",
        document=paper.id,
        symbol=paper.symbol.raw if paper.symbol else None,
        title=paper.title,
        body=decision.body or paper.body,
        body_name=paper.body_name,
        sessions=paper.sessions,
        date=paper.date,
        meeting_date=day.isoformat() if day else None,
        language=paper.language,
        access=paper.access,
        verb=decision.verb,
        said=_printed_verb(paper.decisions[: ordinal + 1]),
        number=printed,
        actor=decision.actor,
        addressee=_shortened(decision.addressee) if decision.addressee else None,
        deadline=decision.deadline.text if decision.deadline else None,
        deadline_date=date,
        state=state,
        later_papers=later_papers,
        text=decision.text,
        citation=", ".join([name_of(paper), *place]),
        paragraph=decision.paragraph,
        page=decision.page,
        follow_ups=follow_ups,
    )


def _follow_ups(decision: Decision, number: str | None, later: Iterable[_Citing]) -> Iterator[FollowUp]:
    """Yield the follow-ups of a decision, one for each later paper, by its most specific reference."""
    found: dict[str, tuple[int, FollowUpOf, _Citing]] = {}
    for one in later:
        of = _refers_to(one.reference, decision, number)
        if of is None:
            continue
        rank = ("paragraph", "decision", "paper").index(of)
        if one.document.id not in found or rank < found[one.document.id][0]:
            found[one.document.id] = (rank, of, one)
    for _, of, one in sorted(found.values(), key=lambda each: (each[0], each[2].document.date or "")):
        document = one.document
        place = [f"p. {one.reference.page}"] if one.reference.page else []
        yield FollowUp(
            of=of,
            document=document.id,
            symbol=document.symbol.raw if document.symbol else None,
            title=document.title,
            date=document.date,
            citation=", ".join([name_of(document), *place]),
        )


def _refers_to(reference: Reference, decision: Decision, number: str | None) -> FollowUpOf | None:
    cited = _CITED_NUMBER.search(reference.symbol)
    if cited:
        return "decision" if cited[1] == number else None
    if reference.annex:
        return None
    if reference.paragraph is None:
        return "paper"
    numbers = [plain_number(one) for one in re.split(r"\s*(?:[-–,]|to|and|à|et)\s*", reference.paragraph)]
    wanted = plain_number(decision.paragraph or "")
    if wanted and wanted in numbers:
        return "paragraph"
    if len(numbers) > 1 and all(one.isdecimal() for one in (*numbers, wanted)):
        return "paragraph" if int(numbers[0]) <= int(wanted) <= int(numbers[-1]) else None
    return None


def _citing(documents: Iterable[Document]) -> Mapping[str, list[_Citing]]:
    """Return the citing papers by the key of the cited paper."""
    found: dict[str, list[_Citing]] = defaultdict(list)
    for document in documents:
        for reference in document.references:
            found[paper_key(reference.symbol) or comparable(reference.symbol)].append(_Citing(document, reference))
    return found


def _key(paper: Document) -> str:
    return paper.key if paper.symbol is None else paper_key(paper.symbol.raw) or comparable(paper.symbol.raw)


def _is_later(document: Document, paper: Document) -> bool:
    """Return whether a document is another paper and not of an earlier day."""
    return document.key != paper.key and bool(document.date and paper.date and document.date >= paper.date)


def _is_for(decision: Decision, addressee: str | None) -> bool:
    if not addressee or not decision.addressee:
        return not addressee
    known = _ids_of_name(addressee)
    if not known:
        return addressee.casefold() in decision.addressee.casefold()
    return any(one & known for one, _, _ in _known_addressees().find(decision.addressee))


@lru_cache(maxsize=128)
def _ids_of_name(name: str) -> frozenset[str]:
    """Return the ids of all names that consist of these words."""
    whole = [0, len(name)]
    return next((one for one, *span in _known_addressees().find(name) if span == whole), frozenset())


@cache
def _known_addressees() -> LabelFinder[frozenset[str]]:
    """Return a matcher of addressees: names of the gazetteer, of bodies and words for members."""
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    named = [(MEMBERS, words.members) for words in load_subjects().languages.values()]
    named += [(one.id, (*one.name, *one.aliases, *one.abbreviations, *one.short)) for one in load_bodies().bodies]
    for one in (each for each in load_gazetteer().entries if each.kind != "instrument"):
        named += [(one.id, tuple(label.text for _, label in one.named.forms()))]
    for name, forms in named:
        for form in (one for one in forms if len(one) >= _SHORTEST_NAME):
            found[fold(form)] |= {name}
    return LabelFinder(found.items())


def _of_documents(filters: Filters) -> tuple[Condition, ...]:
    return tuple(one for one in filters.conditions if one.field not in PASSAGE_FIELDS)


def _days_by_body(papers: Iterable[Document]) -> Mapping[str, list[str]]:
    """Return the dates of the papers of each body, the earliest first; papers without a body form one group."""
    found: dict[str, list[str]] = defaultdict(list)
    for paper in papers:
        if paper.date and _body_of(paper):
            found[_body_of(paper)].append(paper.date)
    return {body: sorted(days) for body, days in found.items()}


def _body_of(paper: Document) -> str:
    return paper.body or paper.body_name or ""


def _places_of(passages: Iterable[Passage], row: RegisteredDecision) -> list[tuple[Passage, int]]:
    """Return the passages with the text of a decision, and where it begins: standard phrases occur in several.

    Where it stands whole, or goes on in a list or another passage, its beginning is another sentence's elsewhere.
    """
    beginning = row.text[:_PRINTED]
    printed = re.compile(rf"{re.escape(beginning)}|{re.escape(beginning.partition(': ')[0])}:\n")
    found = [(passage, match.start()) for passage in passages for match in printed.finditer(passage.text)]
    lines = [passage.text[start:].partition("\n")[0].rstrip() for passage, start in found]
    whole = [
        one for one, line in zip(found, lines, strict=True) if line.startswith(row.text) or row.text.startswith(line)
    ]
    return whole or found


def _with_part(citation: str, paragraph: str) -> str:
    """Return a citation with the lettered part of the paragraph: `§ 11(ii)` for `§ 11`."""
    main, _, part = paragraph.partition("(")
    return re.sub(rf"§ {re.escape(main)}(?![\w(.])", f"§ {paragraph}", citation) if part else citation


def _times_before(row: RegisteredDecision, paper: Document) -> int:
    """Return how many earlier decisions may stand at its places: of the same text, and paragraph if it has a number."""
    ordinal = int(row.id.rpartition("-d")[2])
    own = (row.text, row.verb, row.paragraph, row.page)
    earlier = paper.decisions[:ordinal]
    return sum((one.text, one.verb, row.paragraph and one.paragraph, one.page) == own for one in earlier)


def _matches(found: tuple[Passage, int], row: RegisteredDecision) -> bool:
    """Return whether a place in a passage has the number and the page of a decision, as far as both are known."""
    passage, start = found
    place = next((one for one in passage.places if one.start <= start < one.end), None)
    if place is None:
        return True
    main = (row.paragraph or "").partition("(")[0]
    paragraph, page = place.paragraph or main, place.page or row.page
    same = plain_number(paragraph) == plain_number(main or paragraph)
    return same and page == (row.page or page)


def _shortened(name: str) -> str:
    """Return a name within the length limit: a longer one ends before its last clause within the limit."""
    ends = [one.start() for one in _clauses().finditer(fold(name)) if 0 < one.start() <= _LONGEST_NAME]
    return f"{name[: ends[-1]]} …" if len(name) > _LONGEST_NAME and ends else name


@cache
def _clauses() -> re.Pattern[str]:
    words = load_proceedings()
    relatives, infinitive = alternatives(words.addressees.relatives), alternatives(words.requests.en)
    return re.compile(rf",| {relatives}(?:(?: \w+)? {infinitive})?(?!\w)| {infinitive}(?!\w)")


def _printed_verb(decisions: Sequence[Decision]) -> str | None:
    """Return the printed verb of the last decision if its id is `other`: of an item of a list that above the list."""
    last = decisions[-1]
    if last.verb != _OTHER:
        return None
    main = (last.paragraph or "").partition("(")[0]
    for one in reversed(decisions):
        if one is last or (main and (one.paragraph or "").partition("(")[0] == main):
            above, listed, _ = one.text.partition(": (")
            found = [above[start:end].lower() for _, start, end in _other_verbs().find(above)]
            if found:
                return found[-1 if listed else 0]
    return None


@cache
def _other_verbs() -> LabelFinder[None]:
    verbs = [one for one in load_proceedings().decisions if one.id == _OTHER]
    return LabelFinder((fold(form), None) for one in verbs for form in (*one.en, *one.fr))


def _with_sentence(follow_up: FollowUp, document: Document | None, row: RegisteredDecision) -> FollowUp:
    """Return a follow-up with the passage that refers to the decision's paper, and the sentence."""
    if document is None or row.symbol is None:
        return follow_up
    wanted = comparable(row.symbol)
    for passage in document.passages:
        if wanted in comparable(passage.text):
            return follow_up.model_copy(
                update={"passage": passage.id, "text": passage.text, "citation": cite(document, passage)}
            )
    return follow_up
