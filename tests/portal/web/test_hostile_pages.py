"""Texts that are written to do harm, on every page: shown as text, whole, and never executed."""

import re
from urllib.parse import quote

import html5lib
import pytest
from lxml import html

from tests.portal.hostile_texts import EVERYTHING, build_home
from tests.portal.web.conftest import asked

_COMMANDS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    home = tmp_path_factory.mktemp("hostile") / "home"
    return home, build_home(home, EVERYTHING)


PAGES = (
    "/",
    "/?sort=date",
    "/?q=customs&mode=text",
    "/?q={text}&mode=text",
    "/?theme={text}&mode=text",
    "/documents/{id}",
    "/documents/{id}?view=text&passage={id}-1",
    "/documents/{id}/matching?q=customs&mode=text",
    "/documents/{id}/citation?passage={id}-1",
    "/?q=customs&mode=text&body!={text}&from={text}",
    "/similar/{id}-1",
    "/matrix",
    "/matrix?by={text}",
    "/sentences",
    "/sentences?subject={text}&theme={text}",
    "/decisions",
    "/decisions?addressee={text}",
    "/trends?of={text}",
    "/vocabulary?of={text}",
    "/vocabulary?each=body",
    "/members",
    "/members/{text}",
    "/since/{text}",
    "/verify",
    "/review",
    "/review/bulk",
    "/review/mine?before={text}",
    "/review/add?passage={id}-1",
    "/searches",
    "/vocabulary",
    "/bodies",
    "/bodies/{text}",
    "/bodies/ptc",
    "/bodies/ptc/sessions/{text}",
    "/themes/{text}",
    "/themes/single-window",
    "/about",
    "/login?next={text}",
    "/d/{text}",
    "/d/{id}/§{text}",
    "/documents/{text}",
    "/nothing/{text}",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_text_is_text(hostile, page):
    home, papers = hostile
    with asked(home) as client:
        answer = client.get(page.format(text=quote(EVERYTHING.encode("utf-8", "replace"), safe=""), id=papers[0].id))
    assert answer.status_code < 500, answer.text[:500]
    if answer.status_code in (302, 303):
        assert answer.headers["location"].startswith("/")
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
def test_an_absurd_query_is_answered(portal_of_samples, query):
    for address in ("/?mode=text&q=", "/?q=", "/api/v1/search?q=", "/complete?q="):
        answer = portal_of_samples.get(address + quote(query))
        assert answer.status_code < 500, (address, answer.text[:300])


@pytest.fixture(scope="module")
def portal_of_samples(hostile):
    with asked(hostile[0]) as client:
        yield client
