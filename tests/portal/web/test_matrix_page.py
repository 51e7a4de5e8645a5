"""The matrix page: each number is the count of the search that it opens."""

import re

import pytest
from lxml import html

from tests.portal.web.conftest import asked

NARROWED = ["", "body=ptc", "theme=single-window", "modality=achieved", "status=suggested", "level=L3"]
BOTH = "status=accepted&status=suggested"
BY = ["modality", "level", "year", "body", "subject"]


def papers_of(portal, address):
    """The papers that a page of sentences counts, and those that its search counts."""
    tree = html.fromstring(portal.get(address).text)
    said = int(re.search(r"(\d+) papers?", tree.xpath("string(//section[@data-part]/p[@class='note'])"))[1])
    search = html.fromstring(portal.get(tree.xpath("//section[@data-part]//a[starts-with(@href, '/?')]/@href")[0]).text)
    return said, int(re.match(r"\s*(\d+)", search.xpath("string(//p[@class='summary']//strong)"))[1])


@pytest.mark.parametrize(
    ("narrowed", "by"),
    [*((one, by) for one in NARROWED for by in BY[:2]), ("", "year"), ("", "body"), ("body=ptc", "body")],
)
def test_each_number_counts_the_papers_of_its_sentences_and_of_its_search(portal, narrowed, by):
    tree = html.fromstring(portal.get(f"/matrix?by={by}&{narrowed}").text)
    links = tree.xpath("//table[contains(@class, 'matrix')]//td/a[@class='all' or @class='suggested-count']")
    assert links
    for link in links:
        number = int(link.text.lstrip("+"))
        assert papers_of(portal, link.get("href")) == (number, number), link.get("href")


def test_by_administration_a_row_is_all_that_is_stated_of_one(own_home):
    with asked(own_home) as client:
        said = client.get("/sentences.json?status=accepted").json()["sentences"][0]
        change = {name: said[name] or "null" for name in ("dimension", "level", "modality")}
        sent = client.post("/review", data={"item": said["tag"], "verdict": "set", "subject": "SG", **change})
        assert sent.status_code == 303
        tree = html.fromstring(client.get("/matrix?by=subject").text)
        assert tree.xpath("//table[contains(@class, 'matrix')]/tbody//th/a/@href") == ["/members/SG"]
        (link,) = tree.xpath("//td/a[@class='all']")
        assert f"dimension={said['dimension']}" in link.get("href")
        assert papers_of(client, link.get("href")) == (1, 1)


def test_accepted_and_suggested_stand_apart_and_each_counts_its_own(portal):
    tree = html.fromstring(portal.get(f"/matrix?{BOTH}").text)
    accepted, suggested = (tree.xpath(f"//td/a[@class='{name}']") for name in ("all", "suggested-count"))
    assert len(accepted) > 0
    assert len(suggested) > 0
    assert [one.text for one in accepted] == [
        one.text for one in html.fromstring(portal.get("/matrix").text).xpath("//td/a[@class='all']")
    ]
    for link in suggested[:4]:
        assert "status=suggested" in link.get("href")
        number = int(link.text.lstrip("+"))
        assert papers_of(portal, link.get("href")) == (number, number)


def test_without_being_asked_it_is_by_what_is_claimed_and_shows_no_level(portal):
    heads = html.fromstring(portal.get("/matrix").text).xpath("//table[contains(@class, 'matrix')]/thead//th")
    assert [one.text_content() for one in heads] == ["Dimension", "achieved", "planned", "recommended", "lacking"]


def test_filled_rows_stand_first_in_the_order_of_the_model(portal):
    model = portal.get("/matrix.json").json()["dimensions"]
    rows = html.fromstring(portal.get("/matrix").text).xpath("//table[contains(@class, 'matrix')]/tbody/tr")
    filled = [bool(row.xpath(".//a[@class='all']")) for row in rows]
    shown = [row.xpath("string(th/a/@href)").removeprefix("/about#") for row in rows]
    assert filled == sorted(filled, reverse=True)
    assert shown == sorted(shown, key=lambda one: (not filled[shown.index(one)], model.index(one)))


def test_zeros_are_empty_and_levels_not_stated_stand_apart(portal):
    tree = html.fromstring(portal.get("/matrix?by=level").text)
    empty = tree.xpath("//td[contains(@class, 'empty')]")
    assert empty
    assert not "".join(one.text_content() for one in empty).strip()
    apart = tree.xpath("//thead//th[contains(@class, 'apart')]")
    assert [one.text_content() for one in apart] == ["level not stated"]
    assert len(tree.xpath("//td[contains(@class, 'apart')]")) == len(
        tree.xpath("//table[contains(@class, 'matrix')]/tbody/tr")
    )
    assert "derived" in tree.xpath("string(//hgroup)")


def test_modalities_are_one_bar_that_names_its_parts(portal):
    tree = html.fromstring(portal.get("/matrix?by=level").text)
    cells = tree.xpath("//table[contains(@class, 'matrix')]//td[a[@class='all']]")
    assert any(cell.xpath(".//*[local-name()='rect']") for cell in cells)
    for cell in cells:
        parts = [int(one) for one in re.findall(r"\d+", cell.xpath("string(.//*[local-name()='title'])"))]
        widths = [float(one) for one in cell.xpath(".//*[local-name()='rect']/@width")]
        assert len(parts) == len(widths)
        assert max(parts, default=0) <= int(cell.xpath("string(a[@class='all'])"))
        if widths:
            assert sum(widths) == pytest.approx(100, abs=0.1)


def test_what_it_cannot_be_by_is_refused(portal):
    assert portal.get("/matrix?by=colour").status_code == 400
    assert portal.get("/matrix.csv?by=colour").status_code == 400


@pytest.mark.parametrize("by", BY[2:])
def test_the_file_is_by_what_the_page_is_by(portal, by):
    link = html.fromstring(portal.get(f"/matrix?by={by}&body=ptc").text).xpath("//a[contains(@href, '/matrix.csv')]")[0]
    assert f",{by}" in portal.get(link.get("href")).text.splitlines()[0]


def test_the_matrix_as_a_file(portal):
    assert portal.get("/matrix.json").json()["cells"]
    assert portal.get("/matrix.csv").text.count("\n") > 50
    assert portal.get("/matrix.xlsx").content[:2] == b"PK"


def test_two_selections_are_compared_cell_by_cell(portal):
    address = "/matrix?year=2012..2018&with.year=2019..2025"
    tree = html.fromstring(portal.get(address).text)
    cells = tree.xpath("//table[contains(@class, 'matrix')]//td[not(contains(@class, 'empty'))]")
    assert len(tree.xpath("//span[@class='other']")) == len(cells)
    moved = [one for one in cells if "moved" in one.get("class")]
    assert 0 < len(moved) < len(cells)
    links = [link.get("href") for cell in moved for link in cell.xpath(".//span[@class='other']/a")]
    assert links
    assert all("year=2019..2025" in link for link in links)
    assert papers_of(portal, links[0])[0] > 0


def test_a_comparison_by_an_unknown_field_is_refused(portal):
    answer = portal.get("/matrix?with.colour=red")
    assert answer.status_code == 400
    assert "colour" in answer.text


@pytest.mark.parametrize("by", ["modality", "level", "year"])
def test_filters_that_leave_nothing_are_named_with_the_links_that_drop_them(portal, by):
    tree = html.fromstring(portal.get(f"/matrix?year=3015&body=ptc&by={by}").text)
    assert not tree.xpath("//table[contains(@class, 'matrix')]")
    assert tree.xpath("//div[@id='matrix']/p[@class='empty']")
    year, body = tree.xpath("//p[@class='chosen']/a")
    assert (year.text, body.text) == ("Year: 3015 ✕", "Body: Permanent Technical Committee ✕")
    left = html.fromstring(portal.get(year.get("href")).text)
    assert left.xpath(f"//table[contains(@class, 'by-{by}')]//td/a[@class='all']")
    assert left.xpath("//select[@name='body']/option[@selected]/@value") == ["ptc"]
