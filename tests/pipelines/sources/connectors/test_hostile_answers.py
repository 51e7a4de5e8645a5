"""Whatever a server sends, a connector makes valid items of it or says what is wrong; nothing else is raised."""

from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from hypothesis import example, given, settings
from hypothesis import strategies as st

from configs.recipes import load_recipe
from configs.system.redaction import without_secrets
from extractors.document import Document
from pipelines.sources.connectors.contract import SourceItem
from pipelines.sources.connectors.feed import read_feed
from pipelines.sources.connectors.imap_session import Head
from pipelines.sources.connectors.listing_pages import read_listing
from pipelines.sources.connectors.mailbox import _header, _message_id, _parsed, _subject
from pipelines.sources.connectors.sidecar_file import as_sidecar
from pipelines.sources.connectors.web_items import known_url
from pipelines.sources.web.retries import Clock, Retries
from pipelines.sources.web.web_client import Validators, WebPage
from pipelines.sources.web.web_urls import host_of, joined, origin

UNECE = load_recipe("unece", Path())
DOCUMENT = Document(id="0" * 16, key="x", sha256="0" * 64, source="https://unece.org/x", media_type="text/html")

texts = st.text(max_size=40)
links = st.one_of(
    texts, st.sampled_from(["a.pdf", "http://[::1/a.pdf", "//x:y@unece.org:99999/a.pdf", "?sig=abcdefgh", ""])
)
spans = st.sampled_from(["", "colspan=2", "rowspan=3", "colspan=0", "rowspan=x", "colspan=-1"])
cells = st.builds(
    lambda text, link, span: f"<td {span}>{escape(text)}<a href='{escape(link)}'>{escape(text)}</a></td>",
    text=st.one_of(texts, st.just("Item 4 (b)"), st.just("ECE/TRANS/WP.30/2031/7")),
    link=links,
    span=spans,
)
rows = st.lists(cells, max_size=5).map(lambda found: f"<tr>{''.join(found)}</tr>")


def page(content: bytes, charset: str | None = None) -> WebPage:
    return WebPage("https://unece.org/meeting", content, charset, Validators())


@settings(max_examples=150, deadline=None)
@given(heading=texts, found=st.lists(rows, max_size=6))
def test_what_a_page_says_is_a_valid_sidecar(heading, found):
    head = "<tr><th>Document title / Symbol</th><th>ENG</th><th>FRE</th></tr>"
    text = f"<h1>171st session, {escape(heading)}</h1><table>{head}{''.join(found)}</table>"
    listed = read_listing(page(text.encode("utf-8", "replace"), "utf-8"), UNECE)
    assert listed.problem is None
    for link in listed.links:
        name = known_url(link.url)
        SourceItem(id=name, uri=name, path=urlsplit(name).path, sidecar=link.fields)
        if sidecar := as_sidecar(link.fields, name):
            sidecar.apply(DOCUMENT)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300), charset=st.sampled_from([None, "utf-8", "nonsense", "utf-16"]))
@example(content=b"\x00", charset=None)
@example(content=b"<table><tr>", charset=None)
def test_any_bytes_are_a_page_or_a_problem(content, charset):
    listed = read_listing(page(content, charset), UNECE)
    assert listed.problem or listed.links


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300), title=texts, link=links)
@example(content=b"<rss version='2.0'><channel><item><link>http://[</link></item></channel></rss>", title="", link="")
def test_any_bytes_are_a_feed_or_none(content, title, link):
    whole = (
        f"<rss version='2.0'><channel><item><title>{escape(title)}</title><link>{escape(link)}</link></item></channel>"
    )
    for found in (content, whole.encode("utf-8", "replace"), b"<feed xmlns='http://www.w3.org/2005/Atom'>" + content):
        feed = read_feed(page(found))
        for url, fields in feed.files:
            assert host_of(url)
            if sidecar := as_sidecar(fields, url):
                sidecar.apply(DOCUMENT)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200), value=texts)
@example(content=b"From: <@\r\nMessage-ID: <>\r\nSubject: =?x?q?y?=\r\n\r\n", value="")
def test_any_headers_have_a_name_and_a_subject(content, value):
    written = f"Message-ID: {value}\r\nFrom: {value}\r\nSubject: {value}\r\n\r\n".encode("utf-8", "replace")
    for found in (content, written):
        head = Head(1, 2, found)
        message = _parsed(head)
        assert _message_id(message, head)
        assert _subject(message)
        assert isinstance(_header(message, "From"), str)


@given(url=links, link=links)
def test_texts_that_are_no_urls_raise_nothing(url, link):
    assert isinstance(host_of(joined(url, link)), str)
    assert bool(origin(url)) == bool(host_of(url))


@given(url=st.from_regex(r"https?://[a-z]{1,9}\.example/[^\s#]{0,20}", fullmatch=True))
def test_the_name_of_a_file_on_the_web_is_one_of_its_own(url):
    try:
        name = known_url(url)
    except ValueError:
        return
    assert known_url(name) == name
    assert without_secrets(name) == name


@given(value=texts)
def test_any_retry_after_is_a_wait_or_none(value):
    class Response:
        headers = {"Retry-After": value}  # noqa: RUF012

    asked = Retries("x.example", Clock()).asked(Response())
    assert asked is None or asked >= 0
