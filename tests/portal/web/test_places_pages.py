"""The pages of bodies, sessions and themes: each count is that of the search that it leads to."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from configs.vocabulary import load_vocabulary
from portal.web.charts import bars_of, columns_of, spark, stacked
from tests.portal.web.conftest import page


def searched(portal, address):
    """The papers of the search that an address of the search page asks for."""
    asked = urlsplit(address)
    assert asked.path == "/", address
    return portal.get(f"/search.json?{asked.query}&mode=text").json()["documents"]


def number(text):
    return int(re.search(r"\d+", text)[0])


def test_the_bodies_are_listed_with_their_papers(portal):
    rows = page(portal, "/bodies").xpath("//ul[@class='body-list']/li")
    assert rows
    for row in rows:
        body = row.xpath(".//a/@href")[0].rpartition("/")[2]
        papers = number(row.xpath("string(*[@class='count'])"))
        assert papers == searched(portal, f"/?body={body}")
        of_years = [number(one.partition(":")[2]) for one in row.xpath(".//*[local-name()='title']/text()")]
        assert sum(of_years) <= papers


@pytest.mark.parametrize("address", ["/bodies/ptc", "/bodies/ptc/sessions/{session}", "/themes/single-window"])
def test_each_count_of_a_page_is_that_of_its_search(portal, address):
    session = page(portal, "/bodies/ptc").xpath("//a[contains(@href, '/sessions/')]/@href")[0].rpartition("/")[2]
    tree = page(portal, address.format(session=session))
    of_place = parse_qs(urlsplit(tree.xpath("//p[@class='ways']/a[contains(@href, '/matrix')]/@href")[0]).query)
    hidden = tree.xpath("//form[@role='search']/input[@type='hidden']")
    assert {one.get("name"): [one.get("value")] for one in hidden} == of_place
    whole = "&".join(f"{name}={value[0]}" for name, value in of_place.items())
    assert number(tree.xpath("string(//p[@class='ways']/span)")) == searched(portal, f"/?{whole}")
    counted = tree.xpath("//ul[@class='bars']//a[@class='count'] | //figure//table//td/a")
    assert counted
    for link in counted:
        assert int(link.text) == searched(portal, link.get("href")), link.get("href")
    for link in tree.xpath("//ul[@class='bars']//a[starts-with(@href, '/sentences')]/@href"):
        assert portal.get(link).status_code == 200


def test_the_papers_of_a_session_are_all_there_and_lead_on(portal):
    body = page(portal, "/bodies/ptc")
    name = body.xpath("string(//h1)")
    assert name not in body.xpath("//ul[@class='papers']/li/p/span/text()"), "it repeats whose page it is"
    assert name in page(portal, "/themes/single-window").xpath("//ul[@class='papers']/li/p/span/text()")
    links = body.xpath("//a[contains(@href, '/bodies/ptc/sessions/')]")
    for link in links:
        session = page(portal, link.get("href"))
        assert len(session.xpath("//ul[@class='papers']/li")) == number(link.xpath("string(small)"))
    newest = page(portal, links[0].get("href"))
    assert newest.xpath("//a[@rel='prev']/@href") == [links[1].get("href")]
    assert not newest.xpath("//a[@rel='next']")


@pytest.mark.parametrize(
    ("session", "said"),
    [
        (250, "compared with session 240; sessions 241 to 248 are not here"),
        (204, "the first session with papers"),
    ],
)
def test_a_session_says_which_ones_before_it_are_not_here(portal, session, said):
    assert said in page(portal, f"/bodies/ptc/sessions/{session}").xpath("string(//hgroup)")


def test_a_session_shows_a_row_for_each_text_that_it_decided(portal):
    lead = portal.get("/since/ptc")
    assert lead.status_code == 303
    table = page(portal, lead.headers["location"]).xpath("//table[contains(@class, 'decisions')]/tbody")[0]
    decided = portal.get("/api/v1/since/ptc").json()["decisions"]
    assert len(table.xpath("tr[td]")) == len({(one["document"], one["text"]) for one in decided}) > 0
    papers = table.xpath("tr/th[@scope='rowgroup']/a/@href")
    assert papers == list(dict.fromkeys(f"/documents/{one['document']}" for one in decided))
    one = decided[0]
    (place,) = table.xpath(f"tr/td/a[contains(@href, '{one['passage']}') and @title='{one['citation']}']")
    assert f"{one['symbol']}, {place.text}" == one["citation"]


@pytest.mark.parametrize(("body", "papers"), [("policy-commission", 1), ("ptc", 0)])
def test_a_body_and_its_session_name_later_papers_of_no_session(portal, body, papers):
    nameless = portal.get(f"/api/v1/since/{body}").json()["without_session"]
    assert len(nameless) == papers
    for address in (f"/bodies/{body}", portal.get(f"/since/{body}").headers["location"]):
        named = page(portal, address).xpath("//details[contains(summary, 'no session')]//a/@href")
        assert named == [f"/documents/{one['document']}" for one in nameless]


def test_a_theme_has_its_labels_its_neighbours_and_its_sentences(portal):
    concept = load_vocabulary("digital-customs").concept("single-window")
    tree = page(portal, "/themes/single-window")
    said = tree.xpath("string(//dl[@class='labels'])")
    assert all(label.text in said for _, label in concept.every_label())
    heads = tree.xpath("//section[@class='sentences']//h3")
    assert heads
    assert tree.xpath("//section[@class='sentences']//li/blockquote")
    for head in heads:
        modality = head.text.strip()
        link = head.xpath("a")[0]
        rest = page(portal, link.get("href"))
        assert number(link.text) == number(rest.xpath("string(//section/p[@class='note'])"))
        shown = [one.xpath("string(blockquote)") for one in head.getparent().xpath(".//li")]
        every = [one.xpath("string(blockquote)") for one in rest.xpath("//ol/li")]
        words = [label.text.casefold() for _, label in concept.every_label()]
        naming = [one for one in every if any(word in one.casefold() for word in words)]
        assert len(shown) == min(3, len(naming))
        assert set(shown) <= set(naming)
        said = [one.xpath(".//strong")[0].text for one in head.getparent().xpath(".//li")]
        assert said == [modality] * len(shown)


def test_themes_of_a_group_stand_by_their_papers_and_lead_to_their_pages(portal):
    tiles = page(portal, "/vocabulary").xpath("//ul[@class='theme-tiles']/li")
    assert len(tiles) == len(load_vocabulary("digital-customs").concepts)
    for tile in tiles[:12]:
        theme = tile.get("id")
        assert tile.xpath("a/@href") == [f"/themes/{theme}"]
        found = re.match(r"\d+", tile.xpath("string(*[@class='count'])"))
        assert (int(found[0]) if found else 0) == searched(portal, f"/?theme={theme}")


@pytest.mark.parametrize(
    "address", ["/bodies/nothing", "/themes/nothing", "/bodies/ptc/sessions/x", "/bodies/nothing/sessions/1"]
)
def test_what_there_is_not_is_not_found(portal, address):
    assert portal.get(address).status_code == 404


def test_a_session_without_papers_is_not_found_and_those_with_papers_are_named(portal):
    latest = page(portal, "/bodies/ptc").xpath("//a[contains(@href, '/sessions/')]/@href")[0].rpartition("/")[2]
    said = page(portal, "/bodies/ptc/sessions/9999", 404).xpath("string(//section[@class='empty'])")
    assert "session 9999 of 'ptc'" in said
    assert latest in said
    assert portal.get("/api/v1/since?body=ptc&session=9999").status_code == 404


def test_an_addressee_whom_no_decision_asks_leads_to_those_who_are_asked(portal):
    links = page(portal, "/decisions?addressee=Martian").xpath("//p[@class='empty']/a/@href")
    assert links
    for link in links:
        assert page(portal, f"/decisions{link}").xpath("//table[contains(@class, 'decisions')]/tbody/tr"), link
    assert page(portal, "/decisions?addressee=Membres&lang=fr").xpath("//tbody/tr")
    near = page(portal, "/decisions?addressee=Memberz&lang=en").xpath("//p[@class='empty']/a/text()")
    assert near[0] == "Members"
    for address in ("/decisions", "/decisions?addressee=Members&state=open"):
        assert not page(portal, address).xpath("//p[@class='empty']")


@pytest.mark.parametrize("address", ["/themes/3d-printing"])
def test_what_has_no_papers_says_so(portal, address):
    answer = portal.get(address)
    if answer.status_code == 200:
        assert "There is no paper of it that you may read." in answer.text


def test_parts_of_a_bar_fill_it_and_leave_nothing_out():
    found = stacked({"a": 1, "b": 0, "c": 3})
    assert [(one.of, one.papers, one.start, one.length) for one in found] == [("a", 1, 0, 25), ("c", 3, 25, 75)]
    assert stacked({}) == ()
    bars = bars_of({"x": {"a": 4}, "y": {"a": 1, "b": 1}, "z": {}})
    assert [(one.of, one.papers, one.length) for one in bars] == [("x", 4, 100), ("y", 2, 50)]


def test_columns_stand_on_each_other_and_gaps_stay_gaps():
    chart = columns_of({"a": {2010: 2, 2012: 1}, "b": {2010: 2}})
    assert [one.time for one in chart.columns] == [2010, 2011, 2012]
    assert [one.total for one in chart.columns] == [4, 0, 1]
    (_, _, top_a, height_a), (_, _, top_b, height_b) = chart.columns[0].parts
    assert top_b + height_b == pytest.approx(top_a, abs=0.2)
    assert height_a == pytest.approx(height_b)
    assert [label for _, label in chart.grid] == [0, 2, 4]
    assert columns_of({"a": {}}) is None


def test_a_small_chart_is_as_high_as_its_most():
    assert spark({2001: 4, 2003: 2}, range(2000, 2004)) == ((25, 100, 2001, 4), (75, 50, 2003, 2))
    assert spark({}, range(2000, 2004)) == ()


def test_decisions_about_a_theme_stand_in_a_passage_about_it(portal):
    found = 0
    for theme in ("single-window", "data-standardization", "risk-management", "interoperability"):
        answer = portal.get(f"/api/v1/decisions?theme={theme}&limit=100").json()
        everything = portal.get("/api/v1/decisions?limit=100").json()["decisions"]
        about = [one["id"] for one in everything if theme in one["themes"]]
        assert [one["id"] for one in answer["decisions"]] == about
        found += len(about)
    assert found
