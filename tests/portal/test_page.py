"""Reports as web pages: nothing that a paper or a person gave is executed, or turns what stands beside it."""

import re
from html.parser import HTMLParser

from portal.page import grid, page, section, text
from portal.relevance_page import relevance_page
from tests.portal.hostile_texts import EVERYTHING

HOSTILE = f"{EVERYTHING} <img src=x onerror=alert(1)> ' onmouseover='x' \" &lt;"
SHOWN = {
    "rank": 1,
    "paper": HOSTILE,
    "title": HOSTILE,
    "standing": HOSTILE,
    "date": HOSTILE,
    "language": HOSTILE,
    "pages": [1],
}
CASE = {
    "passed": False,
    "name": HOSTILE,
    "query": HOSTILE,
    "mode": HOSTILE,
    "documents": 1,
    "filters": [HOSTILE],
    "why": HOSTILE,
    "findings": [{"expected": HOSTILE, "diagnosis": HOSTILE}, {"expected": HOSTILE, "diagnosis": None}],
    "shown": [SHOWN],
}


class Elements(HTMLParser):
    """The elements and the attributes of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def assert_plain(made):
    found = Elements(made)
    assert not found.tags & {"script", "img", "iframe", "object", "link", "a"}
    assert not {name for name in found.attributes if name.startswith("on")}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", made)


def test_the_parts_of_a_page_are_text():
    table = grid([HOSTILE], [f"<tr><td>{text(HOSTILE)}</td></tr>"])
    assert_plain(page(HOSTILE, [section(HOSTILE, text(HOSTILE)), table]))


def test_the_report_of_relevance_cases_is_text():
    report = {"results": [CASE, CASE | {"passed": True}], "failed": 1, "passed": 1, "cases": 2}
    assert_plain(relevance_page(report | {"about": HOSTILE, "index": HOSTILE}))
