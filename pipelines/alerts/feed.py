"""The latest papers of saved searches as an Atom feed (RFC 4287)."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

from lxml import etree

from configs.settings import Settings
from configs.system.controls import page_text
from index.filters import AccessClasses
from index.results import Hit
from pipelines.alerts.check import named, visible_ids
from pipelines.alerts.digest import named_in_words, portal_link
from pipelines.alerts.matching import NewHit, SelectedPaper, matching, versions_of
from pipelines.search.reasons import reason
from pipelines.search.service import SearchService
from pipelines.storage.opening import open_storage
from pipelines.storage.saved_searches import Arrival, SavedSearch

MEDIA_TYPE = "application/atom+xml"
MOST_PAPERS = 50
"""Number of papers of a search in a feed: feed readers store earlier ones."""
_ATOM = "http://www.w3.org/2005/Atom"
_NAMESPACES: dict[Any, str] = {None: _ATOM}
_IDS = uuid.uuid5(uuid.NAMESPACE_DNS, "customs-lens")
"""The name space of ids. They are made of ids of documents: a paper keeps its own, a new version of it has another."""
_NOT_IN_XML = re.compile(r"[\ufffe\uffff]")


class _Arrivals(NamedTuple):
    """The arrival times of the documents that a reader may see."""

    known: Mapping[str, Arrival]

    def latest(self, after: int, hit: Hit) -> list[str]:
        """Return the latest version of a paper, of those that arrived after an arrival."""
        came = [one for one in versions_of(hit) & self.known.keys() if self.known[one].number > after]
        return sorted(came, key=lambda one: (self.known[one].number, one))[-1:]

    def order(self, found: SelectedPaper) -> tuple[int, str, str]:
        """Return the sort key of the latest papers; papers that arrived together are sorted by date."""
        return self.known[found.versions[0]].number, found.hit.document.date or "", found.versions[0]

    def newest(self, found: Sequence[SelectedPaper]) -> list[SelectedPaper]:
        """Return the latest papers, newest first."""
        return sorted(found, key=self.order, reverse=True)[:MOST_PAPERS]


class _Entry(NamedTuple):
    """A paper in a feed: its arrival, and the searches that match it, each with its hit."""

    at: dt.datetime
    hits: dict[SavedSearch, NewHit]


def feed(
    settings: Settings,
    service: SearchService,
    names: Sequence[str] = (),
    *,
    access_classes: AccessClasses,
    portal: str | None = None,
) -> bytes:
    """Return the feed of all saved searches, or of the named ones: each paper once, with its searches as categories.

    A search includes papers that arrived since it was saved. Nothing is marked as seen. `portal` is the URL of the
    portal, to which entries link. Raises `UsageError` for a name without a search.
    """
    with closing(open_storage(settings).open_searches()) as store:
        searches = named(store.all(), names)
        with service.engine() as engine:
            visible = visible_ids(engine, access_classes=access_classes)
        store.arrive(visible)  # so that each has a constant time
        came = store.arrivals(after=min((one.arrival for one in searches), default=0))
        arrivals = _Arrivals({name: one for name, one in came.items() if name in visible})
    entries: dict[str, _Entry] = {}
    for search in searches:
        for hit in matching(
            settings,
            service,
            search,
            partial(arrivals.latest, search.arrival),
            access_classes=access_classes,
            select=arrivals.newest,
        ):
            at = arrivals.known[hit.new[0]].at
            entries.setdefault(hit.new[0], _Entry(at, {})).hits[search] = hit
    return _written(searches, entries, portal)


def _written(searches: Sequence[SavedSearch], entries: Mapping[str, _Entry], portal: str | None) -> bytes:
    names, titles = [search.name for search in searches], [search.title for search in searches]
    updated = max([*(entry.at for entry in entries.values()), *(search.saved for search in searches)], default=None)
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap=_NAMESPACES)
    _add(root, "id", _id("feed", *names))
    _add(root, "title", f"Customs Lens: {', '.join(titles)}" if titles else "Customs Lens")
    _add(root, "updated", (updated or dt.datetime.fromtimestamp(0, dt.UTC)).isoformat())
    _add(etree.SubElement(root, f"{{{_ATOM}}}author"), "name", "Customs Lens")
    latest_first = sorted(entries.items(), key=lambda one: (one[1].at, one[0]), reverse=True)
    for document, entry in latest_first:
        _add_entry(root, document, entry, portal)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _add_entry(root: etree._Element, document: str, entry: _Entry, portal: str | None) -> None:
    first = next(iter(entry.hits.values()))
    element = etree.SubElement(root, f"{{{_ATOM}}}entry")
    _add(element, "id", _id("document", document))
    _add(element, "title", " ".join(filter(None, named_in_words(first.document))))
    _add(element, "updated", entry.at.isoformat())
    if link := portal_link(portal, first):
        etree.SubElement(element, f"{{{_ATOM}}}link", rel="alternate", href=_text(link))
    for search in entry.hits:
        etree.SubElement(element, f"{{{_ATOM}}}category", term=_text(search.title))
    _add(element, "content", "\n".join(_lines(entry)))


def _lines(entry: _Entry) -> Iterator[str]:
    """Yield the lines of an entry: for each search the matching sentence, its place, and the reason of the match."""
    for search, hit in entry.hits.items():
        yield f"“{hit.quote.text}”"
        yield " — ".join(filter(None, [hit.citation, reason(hit.why), search.title]))


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = _text(text)


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", page_text(text))


def _id(*parts: str) -> str:
    return uuid.uuid5(_IDS, "\n".join(parts)).urn
