"""Texts that are written to do harm, on every page: shown as text, whole, and never executed."""

import re
from urllib.parse import quote

import html5lib
import pytest
from lxml import html

from tests.portal.hostile_texts import EVERYTHING, build_home
from tests.portal.web.conftest import asked
from tests.portal.web.test_any_input import ROUTES

_COMMANDS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A client of a home that is full of such texts, and the id of one of its papers."""
    home = tmp_path_factory.mktemp("hostile") / "home"
    papers = build_home(home, EVERYTHING)
    with asked(home) as client:
        yield client, papers[0].id


NAMED = {"document_id": "{id}", "other_id": "{id}", "passage_id": "{id}-1", "body": "ptc", "theme": "single-window"}
"""What names in the paths of pages stand for where they stand for what there is."""
PATHS = [re.sub(r":path\b", "", path) for path, method in ROUTES if method == "GET" and not path.startswith("/api/")]
PAGES = sorted(
    {re.sub(r"\{(\w+)\}", lambda name: NAMED.get(name[1], "{text}"), path) for path in PATHS}
    | {re.sub(r"\{\w+\}", "{text}", path) for path in PATHS}
)
ASKED = (
    "/?sort=date", "/?q=customs&mode=text", "/?q={text}&mode=text", "/?theme={text}&mode=text",
    "/documents/{id}?view=text&passage={id}-1", "/documents/{id}/matching?q=customs&mode=text",
    "/documents/{id}/citation?passage={id}-1", "/?q=customs&mode=text&body!={text}&from={text}", "/matrix?by={text}",
    "/sentences?subject={text}&theme={text}", "/decisions?addressee={text}", "/trends?of={text}",
    "/vocabulary?of={text}", "/vocabulary?each=body", "/review/mine?before={text}", "/review/add?passage={id}-1",
    "/login?next={text}", "/d/{id}/§{text}",
)  # fmt: skip


@pytest.mark.parametrize("page", [*PAGES, *ASKED])
def test_a_hostile_text_is_text(hostile, page):
    client, name = hostile
    answer = client.get(page.format(text=quote(EVERYTHING.encode("utf-8", "replace"), safe=""), id=name))
    assert answer.status_code < 500 or page == "/documents/{id}/file", answer.text[:500]  # the home has no originals
    if answer.status_code in (302, 303):
        assert answer.headers["location"].startswith("/")
        return
    if not answer.headers["content-type"].startswith("text/html"):
        return
    assert not _COMMANDS.search(answer.text)
    tree = html.fromstring(answer.text)
    assert [one.get("src") for one in tree.xpath("//script")] == ["/static/portal.js"]
    assert not tree.xpath("//@onerror | //@onclick | //@style")
    assert all(one.startswith(("/", "#", "?")) for one in tree.xpath("//a/@href"))
    html5lib.HTMLParser(strict=True).parse(answer.text)


@pytest.mark.parametrize(
    "query", ["x" * 10_000, "a " * 5000, "(" * 5000, '"' * 999, "year:" * 2000, "%" * 3000, "\x00"]
)
def test_an_absurd_query_is_answered(hostile, query):
    for address in ("/?mode=text&q=", "/?q=", "/api/v1/search?q=", "/complete?q="):
        answer = hostile[0].get(address + quote(query))
        assert answer.status_code < 500, (address, answer.text[:300])
