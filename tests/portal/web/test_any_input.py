"""No page answers any input with a fault of the server: whatever stands in addresses, headers and forms."""

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.web.routes import routers_in
from tests.portal.conftest import copy_of
from tests.portal.web.conftest import asked
from tests.portal.web.test_two_homes import routes

pytestmark = pytest.mark.slow

ODD = (
    "", " ", "0", "-1", "9" * 25, "9" * 5000, "1e9", "NaN", "²", "٣", "null", "..", "1..", "9999..1", "\0", "\n",
    "a\r\nb", "[", "http://[", "//x", "%", "{}", "'", "\U0001f600", "\ufffe", "x" * 3000, "2014-02-31", "§46", "last",
)  # fmt: skip
KNOWN = {
    "document_id": "PC9005E1a", "passage_id": "{passage}", "other_id": "PC9002E1a", "number": "1", "kind": "csv",
    "body": "ptc", "session": "204", "theme": "single-window", "code": "SG", "run_id": "last", "what": "tags",
    "path": "PC9005E1a/p{odd}",
}  # fmt: skip
"""What names in the paths of routes may stand for, beside what is odd."""
ROUTES = sorted(found for router in routers_in("portal.web.routes") for found in routes(router))
PATHS = [path for path, method in ROUTES if method == "GET"] + ["/static/{odd}", "/{odd}"]
FORMS = [path for path, method in ROUTES if method == "POST"] + ["/about"]
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
    st.sets(st.sampled_from(sorted(KNOWN))),
    VALUES,
    st.lists(st.tuples(st.sampled_from(FIELDS), VALUES), max_size=5),
    st.dictionaries(st.sampled_from(HEADERS), VALUES, max_size=1),
)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_an_address_is_answered(portal, passage, path, known, odd, parameters, headers):
    values = {name: KNOWN[name].format(passage=passage, odd=quoted(odd)) for name in known}
    path = re.sub(r"\{(\w+)[^}]*\}", lambda name: values.get(name[1], quoted(odd)), path)
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
