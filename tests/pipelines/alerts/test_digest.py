"""The digest: each paper once, as a page and as text, whatever papers and names hold."""

import html5lib
import pytest
from lxml import html

from pipelines.alerts.digest import MOST_PAPERS, digest_of
from pipelines.alerts.digest_text import digest_text
from pipelines.alerts.sessions import DigestSession
from pipelines.pages.environment import single_page
from tests.pipelines.alerts.conftest import AT

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e&\"'"


@pytest.fixture
def both(hit, alert):
    """Two searches that share a paper, and one with nothing new."""
    return digest_of(
        [
            alert("windows", hit(1), hit(2)),
            alert("plans", hit(2), filters=("body=ptc",), mode="hybrid"),
            alert("quiet"),
        ],
        AT,
        portal="https://papers.example/",
    )


def page(digest):
    text = single_page("digest.html", digest=digest)
    html5lib.HTMLParser(strict=True).parse(text)
    return html.fromstring(text)


def test_a_paper_of_several_searches_is_described_once(both):
    assert both.papers == 2
    assert both.title == "Customs Lens: 2 new papers in windows, plans"
    text = digest_text(both)
    assert text.count("A window of Arvenia is planned.") == 2  # one a paper
    assert "described under windows" in text
    assert len(page(both).xpath("//blockquote")) == 2


def test_the_text_says_what_is_new_why_and_where(both):
    assert digest_text(both) == (
        "windows: 2 new (“window”)\n"
        "\n"
        "- PC0001E1a Paper 1\n"
        "  Permanent Technical Committee · 2024-02-01 · en\n"
        "  “A window of Arvenia is planned.”\n"
        "  PC0001E1a, § 46, p. 12 — word: window\n"
        "  https://papers.example/documents/0000000000000001?passage=0000000000000001-0#mark\n"
        "\n"
        "- PC0002E1a Paper 2\n"
        "  Permanent Technical Committee · 2024-02-01 · en\n"
        "  “A window of Arvenia is planned.”\n"
        "  PC0002E1a, § 46, p. 12 — word: window\n"
        "  https://papers.example/documents/0000000000000002?passage=0000000000000002-0#mark\n"
        "\n"
        "plans: 1 new (“window”, body=ptc)\n"
        "\n"
        "- PC0002E1a Paper 2\n"
        "  described under windows\n"
        "  PC0002E1a, § 46, p. 12 — word: window\n"
        "\n"
        "Nothing new: quiet.\n"
        "\n"
        "Customs Lens, 2024-03-01 06:30 UTC\n"
    )


def test_the_page_needs_nothing_else_and_marks_the_words(both):
    found = page(both)
    assert found.xpath("//script | //link | //img | //iframe | //@style | //*[starts-with(name(@*), 'on')]") == []
    assert [mark.text for mark in found.xpath("//mark")] == ["window", "window"]
    assert found.xpath("//h3/a/@href")[0].endswith("?passage=0000000000000001-0#mark")
    assert "url(" not in found.xpath("//style")[0].text
    assert "default-src 'none'" in found.xpath("//meta[@http-equiv]/@content")[0]


def test_what_the_session_of_a_body_brought_stands_below_its_search(hit, alert):
    told = DigestSession(
        title="Permanent Technical Committee, session 252",
        counts="1 paper, 1 decision",
        decisions=(("The Committee approved the plan.", "PC0001E1a, § 4"),),
        revisions=("PC0001E1b revises PC0001E1a: 2 paragraphs differ",),
        link="https://papers.example/bodies/ptc/sessions/252",
    )
    digest = digest_of([alert("ptc", hit(1), filters=("body=ptc",))], AT, sessions={"ptc": told})
    text = digest_text(digest)
    lines = (
        "  Permanent Technical Committee, session 252: 1 paper, 1 decision\n"
        "  - The Committee approved the plan.\n"
        "    PC0001E1a, § 4\n"
        "  - PC0001E1b revises PC0001E1a: 2 paragraphs differ\n"
        "  https://papers.example/bodies/ptc/sessions/252\n"
    )
    assert lines in text
    assert page(digest).xpath("//h3/a/@href") == ["https://papers.example/bodies/ptc/sessions/252"]
    assert "approved the plan" not in digest_text(digest, most=len(text) - len(lines))


def test_nothing_new_is_said_in_few_words(alert):
    digest = digest_of([alert("a"), alert("b")], AT)
    assert digest.title == "Customs Lens: nothing new"
    assert digest_text(digest).startswith("Nothing new: a, b.\n")
    assert "Nothing new: a, b." in page(digest).text_content()
    assert "No searches are saved." in digest_text(digest_of([], AT))


def test_what_comes_from_papers_and_names_is_text(hit, alert):
    given = hit(1, f"A window {HOSTILE} opened.", title=HOSTILE, body=None, body_name=HOSTILE, access=HOSTILE)
    digest = digest_of([alert(HOSTILE, given, query=HOSTILE, filters=(f"symbol={HOSTILE}",)), alert(f"b{HOSTILE}")], AT)
    text, tree = single_page("digest.html", digest=digest), page(digest)
    assert tree.xpath("//script") == []
    assert text.count("alert(1)") > 5
    for made in (text, digest_text(digest)):
        assert "\x1b" not in made
        assert "\u202e" not in made


def test_a_paper_without_symbol_and_title_is_named_by_its_file(hit, alert):
    digest = digest_of([alert("a", hit(1, symbol=None, title=None))], AT)
    assert "- PC0001E1a.pdf\n" in digest_text(digest)


@pytest.mark.parametrize("most", [5000, 1000, 200, 100, 20])
def test_a_text_that_has_to_be_short_names_fewer_papers_and_counts_all(hit, alert, most):
    digest = digest_of([alert("windows", *map(hit, range(1, 61)))], AT)
    text = digest_text(digest, most=most)
    assert len(text) <= most
    assert text.startswith("windows: 60 new")


def test_no_search_has_more_papers_than_anybody_reads(hit, alert):
    digest = digest_of([alert("windows", *map(hit, range(1, MOST_PAPERS + 6)))], AT)
    assert (digest.papers, len(digest.sections[0].papers), digest.sections[0].more) == (MOST_PAPERS + 5, MOST_PAPERS, 5)
    assert "and 5 more" in digest_text(digest)
    assert "and 5 more" in page(digest).text_content()
