"""Members: who is listed, and what their pages say of them."""

import re

from lxml import html

from configs.settings import load_settings
from tests.portal.web.conftest import asked


def told_of(own_home, count):
    """A client of a home in which so many sentences were said to be of Singapore."""
    with asked(own_home) as client:
        stated = client.get("/sentences.json?status=accepted&claim=stated").json()["sentences"]
        for said in [one for one in stated if one["document"] == stated[0]["document"]][:count]:
            change = {name: said[name] or "null" for name in ("dimension", "level", "modality")}
            sent = client.post("/review", data={"item": said["tag"], "verdict": "set", "subject": "SG", **change})
            assert sent.status_code == 303
        yield client


def counted(text):
    """The papers and statements that a text counts."""
    return tuple(map(int, re.search(r"(\d+) papers?, (\d+) statements?", text).groups()))


def test_one_of_whom_little_is_said_is_not_listed_and_its_page_says_so(own_home):
    for client in told_of(own_home, 1):
        listed = html.fromstring(client.get("/members").text)
        assert not listed.xpath("//ul[contains(@class, 'members')]/li")
        assert listed.xpath("//p[@class='note']/a/@href") == ["/members/SG"]
        page = html.fromstring(client.get("/members/singapour").text)
        assert counted(page.xpath("string(//hgroup)")) == (1, 1)
        assert "too little is said" in page.xpath("string(//p[@class='banner'])")


def test_the_list_and_the_page_count_alike_and_a_line_has_three_sentences(own_home, monkeypatch):
    monkeypatch.setattr("pipelines.desk.profile._FEWEST_STATEMENTS", 1)
    for client in told_of(own_home, 20):
        (tile,) = html.fromstring(client.get("/members").text).xpath("//ul[contains(@class, 'members')]/li")
        page = html.fromstring(client.get(tile.xpath("string(a/@href)")).text)
        papers, statements = counted(page.xpath("string(//hgroup)"))
        assert (papers, statements) == counted(tile.text_content())
        lines = page.xpath("//main//section[@class='sentences']")
        assert lines
        assert sum(len(one.xpath(".//blockquote")) for one in lines) == statements
        for one in lines:
            shown = one.xpath("div/div/ul/li")
            assert len(shown) == min(3, len(one.xpath(".//blockquote")))
            assert all("judged by a person" in said.text_content() for said in shown)


def test_an_administration_of_ones_own_has_a_page_and_is_a_filter(own_home, tmp_path):
    names = tmp_path / "names.yaml"
    names.write_text("administrations: [{id: XA, iso3: XAR, en: [Arvenia], fr: [Arvénie]}]", encoding="utf-8")
    (own_home / "settings.yaml").write_text(f"gazetteer: {names}\n", encoding="utf-8")
    assert load_settings(own_home).gazetteer == str(names)
    with asked(own_home) as client:
        assert client.get("/members/go", params={"code": "arvénie"}).headers["location"] == "/members/XA"
        assert "Arvenia" in client.get("/members/XA").text
        assert client.get("/search.json", params={"country": "XA"}).json()["documents"] == 0
        assert client.get("/search.json", params={"country": "Atlantis"}).status_code == 400


def test_a_level_that_nobody_judged_is_shown_as_doubtful(portal):
    said = portal.get("/sentences.json?status=accepted&claim=stated").json()["sentences"]
    levels = [one for one in said if one["level"]]
    assert levels
    assert not any(one["is_judged"] for one in levels)
    shown = html.fromstring(portal.get("/sentences?status=accepted&claim=stated&level!=null").text)
    facts = [one.text_content() for one in shown.xpath("//li/p[strong[contains(@class, 'modality-of')]]")]
    assert facts
    assert all(re.search(r"L\d [^·]* \?", one) for one in facts)
