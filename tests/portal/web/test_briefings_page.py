"""Briefings made by the pages alone."""

import pytest
from lxml import html

from tests.portal.web.conftest import asked


@pytest.fixture
def client(own_home):
    with asked(own_home) as found:
        yield found


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def pinned(client, address):
    """Follow the first link to pin something of a page; the briefing is begun with it, or it is added."""
    link = page(client, address).xpath("//a[text()='pin' or text()='Pin the figure']/@href")[0]
    form = page(client, link).xpath("//form[@action='/briefings/pin']") or page(client, link).xpath("//main//form")
    answer = client.post(form[0].action, data={"name": "windows", **dict(form[0].form_values())} | {"name": "windows"})
    assert answer.status_code == 303, answer.text
    return page(client, answer.headers["location"])


def test_passages_decisions_and_figures_are_pinned_from_their_pages(client):
    pinned(client, "/?q=single+window&mode=text")
    pinned(client, "/decisions?body=ptc")
    pinned(client, "/vocabulary?of=theme:single-window")
    tree = pinned(client, "/matrix?year=2014")
    assert len(tree.xpath("//div[@class='briefing']//blockquote")) == 2
    assert len(tree.xpath("//ol[@class='notes']/li")) == 2
    links = tree.xpath("//div[@class='briefing']/section/p/a/@href")
    assert links == ["/vocabulary?of=theme:single-window#trends", "/matrix?year=2014&claim=stated&mode=text"]
    assert all(client.get(one).status_code == 200 for one in links)
    assert not tree.xpath("//section/p[@class='access']")


def test_a_briefing_is_deleted(client):
    pinned(client, "/?q=single+window&mode=text")
    client.post("/briefings/change", data={"briefing": "windows", "act": "delete"})
    assert client.get("/briefings/windows").status_code == 404
