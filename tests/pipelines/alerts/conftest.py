"""Alerts that are made by hand, for the documents that are made of them."""

import datetime as dt

import pytest

from extractors.document import Document, Symbol
from index.results import PassageHit
from pipelines.alerts.check import Alert
from pipelines.alerts.matching import NewHit
from pipelines.search.reasons import WhyMatched, quotation
from pipelines.storage.saved_searches import SavedSearch

AT = dt.datetime(2024, 3, 1, 6, 30, tzinfo=dt.UTC)


@pytest.fixture
def hit():
    """A function that gives a new paper with a sentence that holds `window`."""

    def make(number=1, text="A window of Arvenia is planned.", **fields):
        identifier, symbol = f"{number:016x}", f"PC{number:04}E1a"
        start = text.find("window")
        marks = ((start, start + 6),) if start >= 0 else ()
        best = PassageHit(id=f"{identifier}-0", text=text, score=1.0, highlights=marks)
        values = {"id": identifier, "key": f"PC{number:04}", "sha256": "0" * 64, "media_type": "application/pdf"}
        values |= {"source": f"file:///papers/{symbol}.pdf", "status": "read", "title": f"Paper {number}"}
        values |= {"symbol": Symbol(raw=symbol), "body": "ptc", "date": dt.date(2024, 2, 1), "language": "en"}
        said = {"why": WhyMatched(words=("window",)), "quote": quotation(best), "citation": f"{symbol}, § 46, p. 12"}
        paper = Document(**(values | fields))
        return NewHit(document=paper, matching=1, score=1.0, passages=(best,), new=(identifier,), **said)

    return make


@pytest.fixture
def alert():
    """A function that gives a saved search with papers that are new for it."""

    def make(name="windows", *hits, **fields):
        values = {"query": "window", "mode": "text", "saved": AT, "seen": AT, "look": 1}
        return Alert(search=SavedSearch(name=name, **(values | fields)), hits=hits)

    return make
