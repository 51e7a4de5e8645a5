"""The digest: the new papers of all saved searches in one document, each paper described once."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from configs.bodies import load_bodies
from extractors.document import Document, Value
from pipelines.alerts.check import Alert
from pipelines.alerts.matching import NewHit
from pipelines.alerts.sessions import DigestSession
from pipelines.search.reasons import Quotation, reason
from pipelines.storage.saved_searches import SavedSearch
from pipelines.viewing.originals import file_name

MOST_PAPERS = 100
"""Number of papers that a digest describes for each search: mails have a size limit."""


class DigestPaper(Value):
    """A new paper of a search.

    `name` is its symbol, `title` its title or the name of its file; `facts` are body, date and language. `reason`,
    `quote` and `citation` are those of the passage that this search found. `above` names the search under which the
    paper is described, where it is one before this. `link` leads to the passage in the portal, if that has an address.
    """

    key: str
    name: str | None
    title: str
    facts: str
    reason: str
    quote: Quotation
    citation: str
    above: str | None = None
    link: str | None = None


class DigestSection(Value):
    """A saved search with new papers: its query, its papers by rank, and the number of further ones.

    `session` is the latest session of the body of the search, if it has some of the new papers.
    """

    search: str
    question: str
    papers: tuple[DigestPaper, ...]
    more: int = 0
    session: DigestSession | None = None

    @property
    def total(self) -> int:
        """All new papers of the search."""
        return len(self.papers) + self.more


class Digest(Value):
    """The new papers of saved searches at a time (UTC); `quiet` are the searches without new papers.

    `papers` counts each paper once, even if several searches match it.
    """

    made: dt.datetime
    papers: int
    sections: tuple[DigestSection, ...]
    quiet: tuple[str, ...]

    @property
    def title(self) -> str:
        """The digest on one line, for the subject of a mail."""
        if not self.papers:
            return "Customs Lens: nothing new"
        papers = "1 new paper" if self.papers == 1 else f"{self.papers:,} new papers"
        return f"Customs Lens: {papers} in {', '.join(section.search for section in self.sections)}"


def digest_of(
    alerts: Sequence[Alert],
    made: dt.datetime,
    *,
    portal: str | None = None,
    sessions: Mapping[str, DigestSession] | None = None,
) -> Digest:
    """Return the digest of the new papers of some searches; `portal` is the URL of the portal.

    `sessions` are the latest sessions by the names of the searches that show them (`sessions_of`).
    """
    described: dict[str, SavedSearch] = {}
    told = sessions or {}
    sections = tuple(_section(alert, described, portal, told.get(alert.search.name)) for alert in alerts if alert.hits)
    return Digest(
        made=made,
        papers=len({hit.document.key for alert in alerts for hit in alert.hits}),
        sections=sections,
        quiet=tuple(alert.search.title for alert in alerts if not alert.hits),
    )


def question_of(search: SavedSearch) -> str:
    """Return the query and filters of a search on one line."""
    query = f"“{search.query}”" if search.query else ""
    return ", ".join(filter(None, [query, *search.filters]))


def named_in_words(document: Document) -> tuple[str | None, str]:
    """Return the symbol, if any, and title of a document, else the name of its file."""
    title = " ".join((document.title or "").split()) or file_name(document)
    return (document.symbol.raw if document.symbol else None), title


def portal_link(portal: str | None, hit: NewHit) -> str | None:
    """Return the URL of the best passage of a paper in the portal; None without the portal's URL."""
    if not portal:
        return None
    return f"{portal.rstrip('/')}/documents/{hit.document.id}?passage={quote(hit.passages[0].id)}#mark"


def facts_of(document: Document) -> Iterator[str]:
    """Yield body, date, language and access class of a document, as far as known."""
    body = load_bodies().get(document.body) if document.body else None
    if named := body.name.en if body else document.body_name:
        yield named
    if document.date:
        yield document.date
    if document.language:
        yield document.language
    if document.access:
        yield f"access: {document.access}"


def _section(
    alert: Alert, described: dict[str, SavedSearch], portal: str | None, session: DigestSession | None
) -> DigestSection:
    search = alert.search
    papers = tuple(_paper(hit, described.setdefault(hit.document.key, search), search, portal) for hit in _shown(alert))
    return DigestSection(
        search=search.title,
        question=question_of(search),
        papers=papers,
        more=len(alert.hits) - len(papers),
        session=session,
    )


def _shown(alert: Alert) -> Sequence[NewHit]:
    return alert.hits[:MOST_PAPERS]


def _paper(hit: NewHit, first: SavedSearch, search: SavedSearch, portal: str | None) -> DigestPaper:
    symbol, title = named_in_words(hit.document)
    return DigestPaper(
        key=hit.document.key,
        name=symbol,
        title=title,
        facts=" · ".join(facts_of(hit.document)),
        reason=reason(hit.why),
        quote=hit.quote,
        citation=hit.citation,
        above=None if first == search else first.title,
        link=portal_link(portal, hit),
    )
