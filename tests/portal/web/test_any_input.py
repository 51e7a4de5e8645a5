"""No page answers any input with a fault of the server: whatever stands in addresses, headers and forms."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.portal.conftest import copy_of
from tests.portal.web.conftest import asked

pytestmark = pytest.mark.slow

ODD = (
    "", " ", "0", "-1", "9" * 25, "9" * 5000, "1e9", "NaN", "²", "٣", "null", "..", "1..", "9999..1", "\0", "\n",
    "a\r\nb", "[", "http://[", "//x", "%", "{}", "'", "\U0001f600", "\ufffe", "x" * 3000, "2014-02-31", "§46", "last",
)  # fmt: skip
PAPER = "PC9005E1a"
PASSAGE = "{passage}"
PATHS = (
    "/", "/overview.json", "/search.json", "/search.csv", "/search.{odd}", "/complete", f"/similar/{PASSAGE}",
    "/similar/{odd}", "/matrix", "/matrix.{odd}", "/correct", "/review", "/review/add", "/review/quality",
    "/review/bulk", "/review/mine", "/searches",
    "/searches/{odd}.rss", "/sentences", "/sentences.{odd}", "/bodies", "/bodies/{odd}", "/bodies/ptc/sessions/{odd}",
    "/themes/single-window", "/themes/{odd}",
    "/briefings", "/briefings/{odd}", "/briefings/x.{odd}", "/api/v1/briefings/{odd}",
    "/decisions", "/decisions.{odd}", "/trends", "/trends.{odd}", "/trends.svg", "/members/{odd}", "/members/SG.{odd}",
    "/members/go", "/bodies/ptc/sessions/{odd}", "/since/{odd}", "/verify", "/api/v1/decisions", "/api/v1/trends",
    "/api/v1/members/{odd}", "/api/v1/since/{odd}",
    "/runs", "/runs/add", "/runs/last", "/runs/{odd}", "/runs/{odd}/report.html", "/vocabulary", "/about", "/help",
    "/login", "/status",
    f"/documents/{PAPER}/matching", f"/documents/{PAPER}/citation", f"/documents/{PAPER}/citation.{{odd}}",
    f"/thumbnails/{PAPER}/1.png", f"/thumbnails/{PAPER}/{{odd}}.png", "/thumbnails/{odd}/1.png",
    f"/documents/{PAPER}", f"/documents/{PAPER}/pages/1.png", f"/documents/{PAPER}/pages/{{odd}}.png",
    f"/documents/{PAPER}/beside/{{odd}}", f"/documents/{PAPER}/{{odd}}", "/documents/{odd}/file", "/d/{odd}",
    f"/d/{PAPER}/{{odd}}", f"/d/{PAPER}/p{{odd}}", "/static/{odd}", "/metrics", "/{odd}", "/api/v1/search",
    "/api/v1/labels", "/api/v1/runs/{odd}",
)  # fmt: skip
FORMS = (
    "/login", "/logout", "/review", "/review/undo", "/review/twin", "/review/add", "/review/bulk", "/searches",
    "/sentences",
    "/searches/seen", "/searches/delete", "/runs/start", "/runs/again", "/runs/add", "/about", "/api/v1/labels",
    "/correct",
    "/api/v1/corrections", "/verify", "/api/v1/quotes/verify", "/briefings",
)  # fmt: skip
FIELDS = (
    "q", "mode", "sort", "page", "body", "body!", "level!", "from", "to", "version", "year",
    "date", "session", "symbol", "theme", "theme.status", "level",
    "subject", "country", "lang", "view", "passage", "newest", "became", "paragraph", "language", "width",
    "highlight", "item", "next", "offset", "limit", "verdict", "reason", "dimension", "modality", "quote",
    "state", "addressee", "of", "by", "each", "with", "code", "suggested", "text", "citation", "briefing", "pin",
    "act", "address", "added", "items", "status", "before", "back", "judged",
    "judgement", "twin", "name", "search", "source", "key", "document", "documents", "title", "access", "version_of",
)  # fmt: skip
HEADERS = ("Origin", "Host", "Cookie", "Accept", "Accept-Language", "If-None-Match", "Content-Type", "Content-Length")
VALUES = st.sampled_from(ODD) | st.text(max_size=20)


@pytest.fixture(scope="module")
def portal(papers_home, tmp_path_factory):
    """A client of a home of its own: some forms are in order."""
    with asked(copy_of(papers_home, tmp_path_factory.mktemp("any") / "home")) as client:
        yield client


@pytest.fixture(scope="module")
def passage(portal):
    """The id of a passage that there is."""
    return portal.get("/search.json?q=window&mode=text").json()["hits"][0]["passages"][0]["id"]


@given(
    st.sampled_from(PATHS),
    VALUES,
    st.lists(st.tuples(st.sampled_from(FIELDS), VALUES), max_size=5),
    st.dictionaries(st.sampled_from(HEADERS), VALUES, max_size=1),
)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_an_address_is_answered(portal, passage, path, odd, parameters, headers):
    path = path.replace("{odd}", quoted(odd)).replace(PASSAGE, passage)
    asked = "&".join(f"{name}={quoted(value)}" for name, value in parameters)
    answer = portal.get(f"{path}?{asked}", headers=encoded(headers))
    assert answer.status_code in (200, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 410, 413, 421, 422)


@given(
    st.sampled_from(FORMS),
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6),
    st.dictionaries(st.sampled_from(HEADERS), VALUES, max_size=1),
)
@example("/login", {}, {"Origin": "http://["})
@example("/review/twin", {"judgement": "9" * 5000}, {})
@example("/review/twin", {"judgement": "9" * 25}, {})
@example("/login", {}, {"Content-Length": "9" * 5000})
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_a_form_is_answered(portal, path, fields, headers):
    body = "&".join(f"{name}={quoted(value)}" for name, value in fields.items()).encode()
    answer = portal.post(path, content=body, headers=encoded(headers))
    assert answer.status_code in (200, 201, 303, 400, 401, 403, 404, 405, 413, 415, 421, 422)


def quoted(value):
    """Return a value as bytes in an address: those of UTF-8, and no letter as it is."""
    return "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass"))


def encoded(headers):
    """Return headers as a server could get them: no line ends."""
    return {name: value.encode("utf-8", "surrogatepass").translate(None, b"\r\n\0") for name, value in headers.items()}
