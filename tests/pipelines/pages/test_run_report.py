"""The report of a run as a page: whole by itself, with everything that papers say as text."""

import datetime as dt

import pytest
from lxml import html

from pipelines.ingest.freshness import SourceFreshness
from pipelines.pages.environment import single_page
from pipelines.runs.failures import RunFailure
from pipelines.runs.gaps import AbsentPaper, MissingTwin, Series, SeriesGap
from pipelines.runs.report import Listing, ReportedPaper, RunReport
from pipelines.storage.run_records import ParagraphChanges, RunSummary

AT = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
NOTHING = Listing(total=0, items=())
PARAGRAPHS = ParagraphChanges(added=("4",), removed=("9",), changed=("2", "3"), unnumbered=1, more=5)
NAMED = {"source": "file:///papers/<b>.pdf", "name": "PC0001E1a", "title": "<script>alert(1)</script>", "body": "ptc"}
PAPER = ReportedPaper(document="a", paragraphs=PARAGRAPHS, **NAMED)
TRIED = {"stage": "read", "attempts": 3, "first_at": AT, "last_at": AT, "quarantined": True}
SAID = {"status": "malformed", "error": "<img src=x>", "remedy": "get another copy"}
FAILURE = RunFailure(source="file:///papers/broken.pdf", document="b", **TRIED, **SAID)


def report(**fields):
    given = dict.fromkeys(("new", "changed", "deleted", "failed", "needs_ocr", "without_theme"), NOTHING)
    given |= dict.fromkeys(("twins_missing", "absent", "series"), NOTHING) | {"sources": (), "terms": ()}
    given |= dict.fromkeys(("again", "duplicates", "absent_elsewhere", "unread", "terms_from"), 0)
    run = RunSummary(id="r1", source="file:///papers", started=AT, ended=AT, status="done", found=12345, indexed=2)
    return RunReport(**(given | {"run": run, "at": AT} | fields))


GAPS = (SeriesGap(first=3, last=5), SeriesGap(first=7, last=7))
SERIES = Series(series="PC", body="ptc", known=9, first=1, last=20, missing=4, gaps=GAPS, stretches=0)
FULL = report(
    changed=Listing(total=205, items=(PAPER,)),
    failed=Listing(total=1, items=(FAILURE,)),
    absent=Listing(total=1, items=(AbsentPaper(symbol="PC0009E1a", citing=7, cited_by=("PC0001E1a",)),)),
    absent_elsewhere=3,
    series=Listing(total=1, items=(SERIES,)),
    twins_missing=Listing(total=1, items=(MissingTwin(paper="PC0002E1a", body="ptc", has="en", lacks="fr"),)),
    sources=(SourceFreshness(source="quiet", configured=True, fresh_days=5, stale=True),),
)


@pytest.fixture(scope="module")
def tree():
    return html.fromstring(single_page("run_report.html", report=FULL))


def test_the_page_needs_nothing_else_and_shows_what_papers_say_as_text(tree):
    assert tree.xpath("//script | //img | //link | //iframe | //b") == []
    assert [address for address in tree.xpath("//@src | //@href") if not address.startswith("#")] == []
    assert "<script>alert(1)</script>" in tree.text_content()
    assert "@media print" in tree.xpath("string(//style)")
    assert "prefers-color-scheme: dark" in tree.xpath("string(//style)")


@pytest.mark.parametrize(
    "said",
    [
        *("12,345 documents were found", "and 204 more", "added § 4", "removed § 9", "reworded § 2, 3"),
        *("1 paragraph without a number", "and 5 more", "in quarantine", "get another copy", "PC0009E1a"),
        *("3 more are of series", "3–5, 7", "9 from 1 to 20", "en without fr", "nothing new for more than 5 days"),
    ],
)
def test_the_page_says_what_the_report_says(tree, said):
    assert said in " ".join(tree.text_content().split())


def test_an_empty_run_says_so():
    text = html.fromstring(single_page("run_report.html", report=report())).text_content()
    assert "Nothing new came." in text
    assert "Nothing failed." in text
