"""The page of sentences: what it shows of each, who judges there, and what it withholds."""

import re

import pytest

from pipelines.review import ordering
from tests.portal.web.conftest import asked, keys_of, page


@pytest.fixture
def keyed(own_home, monkeypatch):
    """A client of a home with keys, and the headers of each; nothing is of the audit slice."""
    monkeypatch.setattr(ordering, "AUDIT_SHARE", 0)
    keys = keys_of(own_home, ana="reviewer", bo="reviewer", rita="reader")
    with asked(own_home) as found:
        yield found, keys


def sentences(tree):
    return tree.xpath("//section[@data-part]/ol/li")


def items(tree):
    return tree.xpath("//form[@class='judging']/input[@name='item']/@value")


def totals(tree):
    found = re.match(r"(\d+) statements?, (\d+) papers?", tree.xpath("string(//section/p[@class='note'])"))
    return int(found[1]), int(found[2])


def test_each_sentence_is_a_quotation_with_its_place_and_its_claim(portal):
    tree = page(portal, "/sentences?dimension=interoperability_collaboration")
    shown = sentences(tree)
    assert len(shown) == min(totals(tree)[0], 10)
    for one in shown:
        passage = one.xpath(".//a[contains(@href, '/documents/')]/@href")[0]
        of_paper = re.match(r"/documents/(\w+)\?passage=(\w+-\d+)#mark", passage)
        text = portal.get(f"/api/v1/passages/{of_paper[2]}").json()["text"]
        assert one.xpath("string(blockquote)") in " ".join(text.split())
        assert one.xpath("string(.//strong)") in ("achieved", "planned", "recommended", "lacking", "topic")


def test_a_list_is_named_by_what_it_is_of_and_a_tag_by_who_accepted_it(portal):
    tree = page(portal, "/sentences?claim=stated&dimension=interoperability_collaboration&modality=achieved")
    assert tree.xpath("string(//section[@data-part]/h2)") == "Interoperability and collaboration – achieved"
    for one in sentences(tree):
        assert re.search(r"accepted by the program \(\d+\s?%\)", one.text_content())


def test_pages_of_sentences_follow_each_other(portal):
    whole = portal.get("/sentences.json?status=suggested").json()
    pages = -(-whole["total"] // 10)
    assert pages > 1
    texts = []
    for number in range(1, pages + 1):
        tree = page(portal, f"/sentences?status=suggested&page={number}")
        texts += [one.xpath("string(blockquote)") for one in sentences(tree)]
    said = [(one["passage"], one["text"]) for one in whole["sentences"]]
    assert len(said) > len(set(said))  # some words rest under several tags, and stand on a page once
    assert texts == [text for at in range(0, len(said), 10) for _, text in dict.fromkeys(said[at : at + 10])]
    assert sorted((one["date"] or "" for one in whole["sentences"]), reverse=True) == [
        one["date"] or "" for one in whole["sentences"]
    ]


def test_files_hold_all_sentences(portal):
    total = portal.get("/sentences.json").json()["total"]
    lines = portal.get("/sentences.csv").text.splitlines()
    assert lines[0].startswith("\ufeffadministration,dimension,modality") or lines[0].startswith("administration")
    assert len(lines) == total + 1
    assert portal.get("/sentences.xlsx").content[:2] == b"PK"


def test_a_modality_narrows_and_is_taken_away_again(portal):
    tree = page(portal, "/sentences?dimension=interoperability_collaboration")
    link = tree.xpath("//nav[@class='about']/a[text()='achieved']/@href")[0]
    narrowed = page(portal, link)
    assert {one.xpath("string(.//strong)") for one in sentences(narrowed)} == {"achieved"}
    back = narrowed.xpath("//nav[@class='about']/a[@aria-current]/@href")[0]
    assert totals(page(portal, back)) == totals(tree)


def test_a_reviewer_accepts_rejects_and_takes_back(keyed):
    client, keys = keyed
    address = "/sentences?dimension=interoperability_collaboration"
    before = page(client, address, headers=keys["ana"])
    item = items(before)[0]
    back = before.xpath("//form[@class='judging']/input[@name='back']/@value")[0]
    sent = client.post("/sentences", data={"item": item, "verdict": "reject", "back": back}, headers=keys["ana"])
    assert sent.status_code == 303
    after = page(client, sent.headers["location"], headers=keys["ana"])
    assert "Rejected" in after.xpath("string(//*[@role='status'])")
    assert totals(after)[0] == totals(before)[0] - 1
    assert item not in items(after)
    undone = client.post("/sentences", data={"verdict": "undo", "back": back}, headers=keys["ana"])
    assert items(page(client, undone.headers["location"], headers=keys["ana"])) == items(before)
    client.post("/sentences", data={"item": item, "verdict": "accept", "back": back}, headers=keys["ana"])
    accepted = page(client, address, headers=keys["ana"])
    assert totals(accepted) == totals(before)
    assert item not in items(accepted)


@pytest.mark.parametrize(("who", "share", "code"), [("rita", 0, 403), ("ana", 1, 400)])
def test_who_may_not_review_and_what_is_of_the_audit_slice_has_no_buttons(keyed, monkeypatch, who, share, code):
    client, keys = keyed
    item = items(page(client, "/sentences", headers=keys["ana"]))[0]
    monkeypatch.setattr(ordering, "AUDIT_SHARE", share)
    assert items(page(client, "/sentences", headers=keys[who])) == []
    assert client.post("/sentences", data={"item": item, "verdict": "accept"}, headers=keys[who]).status_code == code


@pytest.mark.parametrize("verdict", ["accept", "reject"])
def test_what_waits_for_a_second_judgement_is_withheld_from_page_and_files(keyed, monkeypatch, verdict):
    monkeypatch.setattr(ordering, "SECOND_SHARE", 1)
    client, keys = keyed
    before = page(client, "/sentences", headers=keys["bo"])
    item = items(before)[0]
    client.post("/sentences", data={"item": item, "verdict": verdict}, headers=keys["ana"])
    for status in ("accepted", "rejected"):
        of_bo = client.get(f"/sentences.json?status={status}", headers=keys["bo"]).json()
        assert item not in [one["tag"] for one in of_bo["sentences"]]
    after = page(client, "/sentences", headers=keys["bo"])
    assert item not in items(after)
    assert totals(after)[0] == totals(before)[0] - 1
    of_ana = client.get("/sentences.json?status=accepted&status=rejected", headers=keys["ana"]).json()
    assert item in [one["tag"] for one in of_ana["sentences"]]


def test_what_cannot_be_said_is_refused_and_a_list_leads_nowhere_else(keyed):
    client, keys = keyed
    for data in ({}, {"item": "x", "verdict": "set"}, {"item": "x", "verdict": "accept", "back": "mode=z"}):
        assert client.post("/sentences", data=data, headers=keys["ana"]).status_code == 400, data
    item = items(page(client, "/sentences", headers=keys["ana"]))[0]
    data = {"item": item, "verdict": "accept", "back": "https://elsewhere.example/?x=1"}
    sent = client.post("/sentences", data=data, headers=keys["ana"])
    assert sent.headers["location"] == "/sentences?judged=accept"
