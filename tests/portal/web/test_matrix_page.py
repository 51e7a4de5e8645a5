"""The matrix page: each number is the count of the search that it opens."""

import re

import pytest
from lxml import html

pytestmark = pytest.mark.model


@pytest.mark.parametrize("narrowed", ["", "?body=ptc", "?theme=single-window", "?modality=achieved"])
def test_each_number_is_the_count_of_its_search(portal, narrowed):
    tree = html.fromstring(portal.get(f"/matrix{narrowed}").text)
    links = tree.xpath("//table//td//a")
    assert links
    for link in links:
        found = html.fromstring(portal.get(link.get("href")).text)
        count = re.match(r"\s*(\d+)", found.xpath("string(//div[@class='summary']//strong)"))[1]
        assert count == link.text.strip(), link.get("href")


def test_zeros_and_levels_not_stated_are_there(portal):
    tree = html.fromstring(portal.get("/matrix").text)
    assert tree.xpath("//td/span[@class='zero']")
    assert tree.xpath("//thead//th[last()]")[0].text_content() == "level not stated"
    assert "derived" in tree.xpath("string(//p[@class='banner'])")


def test_the_matrix_as_a_file(portal):
    assert portal.get("/matrix.json").json()["cells"]
    assert portal.get("/matrix.csv").text.count("\n") > 50
    assert portal.get("/matrix.xlsx").content[:2] == b"PK"


def test_two_selections_are_compared_cell_by_cell(portal):
    address = "/matrix?year=2012..2018&with.year=2019..2025"
    tree = html.fromstring(portal.get(address).text)
    cells = tree.xpath("//table[@class='matrix']//td")
    assert len(tree.xpath("//span[@class='other']")) == len(cells)
    moved = [one for one in cells if "moved" in one.get("class")]
    assert 0 < len(moved) < len(cells)
    links = [link.get("href") for cell in moved for link in cell.xpath(".//span[@class='other']/a")]
    assert links
    assert all("year=2019..2025" in link for link in links)


def test_a_comparison_by_an_unknown_field_is_refused(portal):
    answer = portal.get("/matrix?with.colour=red")
    assert answer.status_code == 400
    assert "colour" in answer.text
