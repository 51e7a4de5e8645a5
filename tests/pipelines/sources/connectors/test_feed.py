"""Feeds on a real server: which links of entries are papers, and what they say of them."""

import pytest

from configs.settings import load_settings
from configs.sources import FeedConfig
from pipelines.sources.connectors.contract import SourceAwayError
from pipelines.sources.connectors.feed import FeedConnector
from tests.pipelines.sources.connectors.scripted_server import Answer, FreeClock

RSS = """<?xml version="1.0"?>
<rss version="2.0"><channel><title>Papers</title><link>https://customs.example/</link>
<item><title>Report of the &lt;b&gt;Committee&lt;/b&gt;</title><link>/papers/report.pdf</link>
  <pubDate>Tue, 06 May 2031 23:30:00 -0200</pubDate></item>
<item><title>Two languages</title><link>/news/2</link>
  <enclosure url="/papers/two-e.pdf" type="application/pdf" length="9"/>
  <enclosure url="/papers/two-f.pdf" type="application/pdf" length="9"/>
  <enclosure url="/papers/two.jpg" type="image/jpeg" length="9"/></item>
<item><title>A page alone</title><link>/news/3</link></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Papers</title><id>x</id>
<entry><title>Note</title><id>1</id><updated>2031-05-06T10:00:00Z</updated>
<link rel="alternate" href="papers/note.docx"/><link rel="enclosure" href="papers/download?id=7"/></entry></feed>"""


@pytest.fixture
def source(server, tmp_path):
    config = FeedConfig(name="news", kind="feed", url=f"{server.url}/feed")
    source = FeedConnector(config, load_settings(tmp_path), clock=FreeClock().clock)
    yield source
    source.close()


def test_files_that_are_linked_or_enclosed_are_items(server, source):
    server.answers["/feed"] = Answer(RSS.encode(), headers={"Content-Type": "application/rss+xml"})
    (page,) = source.changes(None)
    assert {item.path: item.sidecar for item in page.items} == {
        "papers/report.pdf": {"title": "Report of the Committee", "date": "2031-05-07"},
        "papers/two-e.pdf": {"title": "Two languages"},
        "papers/two-f.pdf": {"title": "Two languages"},
    }
    assert not page.is_listing


def test_atom_is_read_too(server, source):
    server.answers["/feed"] = Answer(ATOM.encode(), headers={"Content-Type": "application/atom+xml"})
    (page,) = source.changes(None)
    assert {item.path for item in page.items} == {"papers/note.docx", "papers/download?id=7"}
    assert page.items[0].sidecar["date"] == "2031-05-06"


def test_entries_that_fall_out_are_not_gone(server, source):
    server.answers["/feed"] = Answer(RSS.encode())
    (before,) = source.changes(None)
    server.answers["/feed"] = Answer(b'<rss version="2.0"><channel><title>Papers</title></channel></rss>')
    (after,) = source.changes(before.cursor)
    assert not after.items
    assert not after.gone
    assert not after.is_listing


def test_a_feed_that_is_as_it_was_is_not_sent_again(server, source):
    def feed(request):
        if request.headers.get("If-None-Match") == '"1"':
            return Answer(status=304)
        return Answer(RSS.encode(), headers={"ETag": '"1"'})

    server.answers["/feed"] = feed
    (first,) = source.changes(None)
    (again,) = source.changes(first.cursor)
    assert len(first.items) == 3
    assert (again.items, again.cursor) == ((), first.cursor)


@pytest.mark.parametrize("content", [b"<html><body>Moved</body></html>", b"", b'<rss version="2.0"><channel><item'])
def test_what_is_no_feed_is_no_empty_one(server, source, content):
    server.answers["/feed"] = Answer(content)
    with pytest.raises(SourceAwayError, match=r"no RSS or Atom feed|is broken"):
        list(source.changes(None))
    (problem,) = source.check()
    assert "feed itself" in problem.remedy


def test_entities_of_files_are_not_read(server, source, tmp_path):
    (tmp_path / "secret").write_text("secret words")
    feed = RSS.replace("<rss", f'<!DOCTYPE rss [<!ENTITY e SYSTEM "{(tmp_path / "secret").as_uri()}">]><rss')
    server.answers["/feed"] = Answer(feed.replace("Two languages", "Two &e;").encode())
    (page,) = source.changes(None)
    assert "secret" not in repr(page)


def test_a_feed_that_breaks_off_is_asked_for_again(server, source):
    server.answers["/feed"] = Answer(RSS.partition("Two")[0].encode(), headers={"ETag": '"1"'})
    (page,) = source.changes(None)
    assert [item.path for item in page.items] == ["papers/report.pdf"]
    list(source.changes(page.cursor))
    assert "If-None-Match" not in server.asked("/feed")[-1].headers
