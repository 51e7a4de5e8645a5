"""Listing pages on a real server: what their tables and headings say of papers, and lists that cannot be trusted."""

import base64
import zlib

import pytest
import yaml

from configs.recipes import load_recipe
from configs.settings import load_settings
from configs.sources import ListingConfig
from extractors.document import Document
from pipelines.sources.connectors.contract import CursorExpiredError, SourceAwayError
from pipelines.sources.connectors.listing import ListingConnector
from pipelines.sources.connectors.listing_pages import read_listing
from pipelines.sources.connectors.sidecar_file import as_sidecar
from pipelines.sources.web.web_client import Validators, WebPage
from tests.pipelines.sources.connectors.scripted_server import Answer, FreeClock, html

MEETING = """
<html><head><title>Meeting</title></head><body>
<h1>Working Party on Customs Questions (171st session)</h1>
<div class="event-date">03 - 06 February 2031 Geneva</div>
<nav><a href="/about.pdf">About us</a></nav>
<h2>Agenda item 1. Adoption of the agenda</h2>
<table>
 <thead><tr><th>Document title / Symbol</th><th>ENG</th><th>FRE</th><th>RUS</th></tr></thead>
 <tbody>
 <tr><td>Provisional agenda<br>ECE/TRANS/WP.30/401</td>
     <td><a href="/files/401e.docx">DOC</a> <a href="/files/401e.pdf#page=1">PDF</a></td>
     <td><a href="/files/401f.pdf">PDF</a></td><td></td></tr>
 </tbody>
</table>
<h2>Agenda item 4 (b): Data exchange</h2>
<h3>Informal documents</h3>
<table>
 <tr><th>Document title / Symbol</th><th>ENG</th><th>FRE</th><th>RUS</th></tr>
 <tr><td rowspan="2">Note on messages (ECE/TRANS/WP.30/2031/7)</td><td><a href="/files/7e.pdf">PDF</a></td>
     <td><a href="/files/7f.pdf">PDF</a></td><td><a href="https://documents.un.org/7r.pdf">PDF</a></td></tr>
 <tr><td><a href="/files/7e-add1.pdf">Annex</a></td><td>-</td><td><a href="https://elsewhere.example/x.pdf">?</a></td></tr>
 <tr><td><a href="/files/slides.pptx">Slides of the secretariat</a></td><td></td><td></td><td></td></tr>
</table>
<h2>Other documents</h2>
<table>
 <tr><th>Document title / Symbol</th><th>ENG</th></tr>
 <tr><th colspan="2">Item 5: Other business</th></tr>
 <tr><td>Letter</td><td><a href="/files/letter.pdf">PDF</a></td></tr>
</table>
<table><tr><th>Hotel</th></tr><tr><td><a href="/hotels.pdf">List</a></td></tr></table>
</body></html>
"""


@pytest.fixture
def connector(server, tmp_path):
    made = []

    def connected(recipe="unece", **values):
        config = ListingConfig(name="wp30", kind="listing", url=f"{server.url}/wp30", recipe=recipe, **values)
        made.append(ListingConnector(config, load_settings(tmp_path), clock=FreeClock().clock))
        return made[-1]

    yield connected
    for one in made:
        one.close()


def read(text, recipe, url="https://unece.org/wp30"):
    page = WebPage(url, text.encode(), "utf-8", Validators())
    return read_listing(page, recipe)


def everything(connector, cursor=None):
    pages = list(connector.changes(cursor))
    items = {item.path: item for page in pages for item in page.items}
    return items, [problem for page in pages for problem in page.problems], pages[-1].cursor


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    return read(MEETING, load_recipe("unece", tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def fields(listed):
    return {link.url.removeprefix("https://unece.org/files/"): dict(link.fields) for link in listed.links}


class TestMeetingPage:
    def test_each_language_version_is_a_paper(self, fields):
        names = ("401e.pdf", "401f.pdf", "7e.pdf", "7f.pdf", "7e-add1.pdf", "slides.pptx", "letter.pdf")
        assert set(fields) == {*names, "https://documents.un.org/7r.pdf"}

    def test_versions_share_title_symbol_and_body(self, fields):
        shared = {
            "title": "Note on messages",
            "symbol": {"raw": "ECE/TRANS/WP.30/2031/7"},
            "body": "unece-wp30",
            "agenda_item": "4 (b)",
            "sessions": [171],
            "meeting_dates": {"start": "2031-02-03", "end": "2031-02-06"},
        }
        assert fields["7e.pdf"] == {**shared, "language": "en"}
        assert fields["7f.pdf"] == {**shared, "language": "fr"}
        assert fields["https://documents.un.org/7r.pdf"] == {**shared, "language": "ru"}

    @pytest.mark.parametrize(
        ("name", "field", "value"),
        [
            ("7e-add1.pdf", "symbol", {"raw": "ECE/TRANS/WP.30/2031/7"}),  # of a cell that spans rows
            ("401e.pdf", "language", "en"),  # the preferred one of several formats
            ("401e.pdf", "agenda_item", "1"),
            ("slides.pptx", "title", "Slides of the secretariat"),  # a title that is the link
            ("slides.pptx", "language", None),
            ("slides.pptx", "symbol", None),
            ("letter.pdf", "agenda_item", "5"),  # a heading ends the item above, and a row may be one
        ],
    )
    def test_fields_of_a_paper_come_from_its_row_and_what_stands_above(self, fields, name, field, value):
        assert fields[name].get(field) == value

    def test_links_to_other_servers_are_left_out(self, listed):
        assert listed.elsewhere == ("https://elsewhere.example/x.pdf",)
        assert listed.problem is None

    def test_sidecars_are_valid(self, fields):
        document = Document(id="0" * 16, key="x", sha256="0" * 64, source="https://unece.org/x", media_type="text/html")
        for name, given in fields.items():
            applied = as_sidecar(given, name).apply(document)
            assert applied.sessions == (171,)
        keys = {as_sidecar(fields[name], name).apply(document).key for name in ("7e.pdf", "7f.pdf")}
        assert len(keys) == 1


def test_all_links_to_files_are_papers_of_the_plain_recipe(tmp_path):
    listed = read(MEETING, load_recipe("links", tmp_path))
    assert len(listed.links) == 10
    assert all(not link.fields for link in listed.links)


PDF = '<a href="5.pdf">PDF</a>'


def row(cells, tag="td"):
    return f"<tr>{''.join(f'<{tag}>{one}</{tag}>' for one in cells)}</tr>"


@pytest.mark.parametrize(
    ("head", "cells", "fields"),
    [
        (
            row(["Title", "Symbol", "English"], "th"),
            ["Room list", "Informal document No. 5", PDF],
            [{"title": "Room list", "symbol": {"raw": "Informal document No. 5"}, "language": "en"}],
        ),
        (row(["Title", "ENG", "FRE"], "th"), ["List", PDF, PDF], [{"title": "List"}]),
        (
            row(["Title", "ENG", "FRE"], "th"),  # a link of the title takes no language from a version
            [PDF.replace("PDF", "List"), PDF, PDF.replace("5", "6")],
            [{"title": "List", "language": "en"}, {"title": "List", "language": "fr"}],
        ),
        (
            '<tr><td colspan="2">Documents</td></tr>' + row(["Title", "English"]),
            ["List", PDF],
            [{"title": "List", "language": "en"}],
        ),
        (row(["Title", "English"], "th"), ["words " * 1000, PDF], [{"language": "en"}]),
    ],
)
def test_columns_say_what_a_paper_is(tmp_path, head, cells, fields):
    listed = read(f"<table>{head}{row(cells)}</table>", load_recipe("unece", tmp_path))
    assert [link.fields for link in listed.links] == fields


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
def test_a_page_that_does_not_name_its_charset_in_a_header(tmp_path, encoding):
    meta = "" if encoding == "utf-8" else f"<meta charset={encoding}>"
    text = f"""{meta}<table><tr><th>Title</th><th>Français</th><th>English</th></tr>
    <tr><td>Réunion</td><td><a href="5.pdf">PDF</a></td><td></td></tr></table>"""
    page = WebPage("https://unece.org/x", text.encode(encoding), None, Validators())
    (link,) = read_listing(page, load_recipe("unece", tmp_path)).links
    assert link.fields == {"title": "Réunion", "language": "fr"}


def test_a_table_that_spans_billions_is_a_problem(tmp_path):
    rows = "<tr><td rowspan=1000 colspan=1000>x</td></tr>" * 1000
    listed = read(f"<table>{rows}</table>", load_recipe("unece", tmp_path))
    assert "too large" in listed.problem


class TestConnector:
    def test_items_are_known_by_their_urls(self, server, connector):
        one = "<a href='/p/one%20two.pdf;jsessionid=AB12CD34EF56?download=1#x'>x</a>"
        server.answers["/wp30"] = html(f"{one}<a href='/p/signed.pdf?sig=abcdefgh'>y</a>")
        server.answers["/p/signed.pdf"] = lambda request: Answer(status=200 if request.query else 403, body=b"%PDF")
        source = connector("links")
        items, _, _ = everything(source)
        names = ("p/one%20two.pdf?download=1", "p/signed.pdf")
        assert {item.id for item in items.values()} == {f"{server.url}/{name}" for name in names}
        assert set(items) == {"p/one two?download=1.pdf", "p/signed.pdf"}
        with source.open(items["p/signed.pdf"]) as stream:
            assert stream.read() == b"%PDF"

    def test_the_version_of_a_file_comes_from_its_server(self, server, connector):
        server.answers["/wp30"] = html("<a href='/a.pdf'>x</a><a href='/lost.pdf'>y</a>")
        server.answers["/a.pdf"] = Answer(b"%PDF", headers={"Last-Modified": "Tue, 06 May 2031 08:00:00 GMT"})
        items, problems, _ = everything(connector("links"))
        assert (items["a.pdf"].size, items["a.pdf"].modified.hour) == (4, 8)
        assert items["lost.pdf"].fingerprint == ""
        assert not problems

    def test_a_list_that_goes_on_is_followed_to_its_end(self, server, connector):
        server.answers["/wp30"] = html("<a href='/1.pdf'>x</a><a rel=next href='/wp30/2'>next</a>")
        server.answers["/wp30/2"] = html("<a href='/2.pdf'>x</a><a rel=next href='/wp30'>first</a>")
        items, problems, _ = everything(connector("links"))
        assert set(items) == {"1.pdf", "2.pdf"}
        assert not problems

    def test_further_pages_may_be_named(self, server, connector):
        server.answers["/wp30"] = html("<a href='/1.pdf'>x</a>")
        server.answers["/old"] = html("<a href='/1.pdf'>x</a><a href='/2.pdf'>x</a>")
        items, _, _ = everything(connector("links", pages=("/old",)))
        assert set(items) == {"1.pdf", "2.pdf"}

    def test_a_page_that_is_as_it_was_is_not_sent_again_and_lists_the_same(self, server, connector):
        def page(request):
            if request.headers.get("If-None-Match"):
                return Answer(status=304)
            return html("<a href='/1.pdf'>x</a>", ETag='"1"')

        server.answers["/wp30"] = page
        first, _, cursor = everything(connector("links"))
        again, problems, after = everything(connector("links"), cursor)
        assert again == first
        assert after == cursor
        assert not problems

    def test_a_signed_link_is_in_no_cursor(self, server, connector):
        server.answers["/wp30"] = html("<a href='/1.pdf?sig=secretsecret'>x</a>", ETag='"1"')
        _, _, cursor = everything(connector("links"))
        everything(connector("links"), cursor)
        assert all("If-None-Match" not in request.headers for request in server.asked("/wp30"))

    def test_a_signed_page_is_in_no_cursor(self, server, connector):
        server.answers["/wp30"] = html("<a href='/1.pdf'>x</a>", ETag='"1"')
        server.answers["/more"] = html("<a href='/2.pdf'>x</a>", ETag='"2"')
        signed = "/more?sig=secretsecret"
        items, _, cursor = everything(connector("links", pages=(signed,)))
        assert set(items) == {"1.pdf", "2.pdf"}
        assert "secretsecret" not in zlib.decompress(base64.urlsafe_b64decode(cursor)).decode()

    def test_another_recipe_asks_for_everything(self, server, connector, tmp_path):
        server.answers["/wp30"] = html("<a href='/1.pdf'>x</a>", ETag='"1"')
        _, _, cursor = everything(connector("links"))
        (tmp_path / "own.yaml").write_text(yaml.safe_dump({"version": 1, "description": "x", "links": "//a[@href]"}))
        with pytest.raises(CursorExpiredError):
            everything(connector("own.yaml"), cursor)
        with pytest.raises(CursorExpiredError):
            everything(connector("links"), "of another version")


class TestListsThatCannotBeTrusted:
    def test_a_page_without_the_table(self, server, connector):
        server.answers["/wp30"] = html("<h1>We have a new site</h1><a href='/1.pdf'>x</a>")
        source = connector()
        items, (problem,), _ = everything(source)
        assert not items
        assert problem.place.endswith("/wp30")
        assert "no table of papers" in problem.reason
        (said,) = source.check()
        assert "recipe 'unece'" in said.remedy
        with pytest.raises(SourceAwayError, match="no table of papers"):
            source.ids()

    def test_a_page_that_suddenly_lists_nothing_however_often(self, server, connector):
        table = "<table><tr><th>Title</th><th>ENG</th></tr>{}</table>"
        server.answers["/wp30"] = html(table.format("<tr><td>A</td><td><a href='/1.pdf'>x</a></td></tr>"))
        _, problems, cursor = everything(connector())
        assert not problems
        server.answers["/wp30"] = html(table.format(""))
        for _ in range(2):
            _, (problem,), cursor = everything(connector(), cursor)
            assert "listed 1 before" in problem.reason

    def test_a_table_before_its_first_paper_is_none(self, server, connector):
        server.answers["/wp30"] = html("<table><tr><th>Title</th><th>ENG</th></tr></table>")
        assert everything(connector())[:2] == ({}, [])

    def test_a_page_without_links(self, server, connector):
        server.answers["/wp30"] = html("")
        _, (problem,), _ = everything(connector("links"))
        assert problem.reason

    def test_a_further_page_that_is_missing(self, server, connector):
        server.answers["/wp30"] = html("<a href='/1.pdf'>x</a>")
        items, (problem,), cursor = everything(connector("links", pages=("/old",)))
        assert set(items) == {"1.pdf"}
        assert "/old: the server answers 404" in problem.reason
        assert cursor

    def test_a_list_without_an_end(self, server, connector, tmp_path):
        recipe = {"version": 1, "description": "x", "links": "//a[@href]", "next": "//a[@rel]", "most_pages": 3}
        (tmp_path / "own.yaml").write_text(yaml.safe_dump(recipe))
        for number in range(9):
            name = f"/wp30{'/' * bool(number)}{number or ''}"
            server.answers[name] = html(f"<a href='/{number}.pdf'>x</a><a rel=next href='/wp30/{number + 1}'>n</a>")
        items, (problem,), _ = everything(connector("own.yaml"))
        assert len(items) == 4
        assert "most_pages" in problem.reason
