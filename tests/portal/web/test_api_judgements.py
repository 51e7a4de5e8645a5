"""Judgements by the API: who may judge, what is stored, what is refused."""

import json

import pytest

from tests.portal.web.conftest import asked, keys_of


@pytest.fixture
def clients(own_home):
    """A client, and the headers of a key of each role."""
    keys = keys_of(own_home, reader="reader", reviewer="reviewer")
    with asked(own_home) as client:
        yield client, keys, own_home


def a_tag(client, headers):
    found = client.get("/api/v1/search?mode=text&dimension=data_standards", headers=headers).json()
    return next(tag for tag in found["hits"][0]["passages"][0]["maturity"] if tag["status"] == "accepted")


def test_a_reviewer_judges_in_the_name_of_the_key_and_it_counts_at_once(clients):
    client, headers, home = clients
    tag = a_tag(client, headers["reader"])
    said = client.post("/api/v1/labels", json={"action": "reject", "ids": [tag["id"]]}, headers=headers["reviewer"])
    assert said.status_code == 201, said.text
    (judgement,) = said.json()["labels"]
    assert (judgement["author"], judgement["action"], judgement["tag"]) == ("key:reviewer", "reject", tag["id"])
    passage = client.get(f"/api/v1/passages/{tag['id'].partition(':')[0]}", headers=headers["reader"]).json()
    assert [one["status"] for one in passage["maturity"] if one["id"] == tag["id"]] in ([], ["rejected"])
    told = client.get(f"/api/v1/labels?of={tag['id']}", headers=headers["reader"]).json()
    assert (told["total"], told["labels"][0]["quote"], told["labels"][0]["loose"]) == (1, judgement["quote"], False)
    line = json.loads((home / "audit.jsonl").read_text().splitlines()[-1])
    assert (line["who"], line["verdict"], line["item"]) == ("key:reviewer", "reject", tag["id"])
    assert (line["act"], line["judgement"]) == ("judgement", judgement["act"])


def test_what_was_judged_is_taken_back_on_the_page(clients):
    client, headers, _ = clients
    tag = a_tag(client, headers["reader"])
    said = client.post("/api/v1/labels", json={"action": "reject", "ids": [tag["id"]]}, headers=headers["reviewer"])
    (judgement,) = said.json()["labels"]
    assert judgement["act"] in client.get("/review/mine", headers=headers["reviewer"]).text
    form = {"act": judgement["act"], "next": "/review/mine"}
    undone = client.post("/review/undo", data=form, headers=headers["reviewer"], follow_redirects=False)
    assert undone.status_code == 303, undone.text
    assert a_tag(client, headers["reader"]) == tag
    assert judgement["act"] not in client.get("/review/mine", headers=headers["reviewer"]).text


def test_a_field_that_is_given_as_null_is_emptied_and_others_stay(clients):
    client, headers, _ = clients
    tag = a_tag(client, headers["reader"])
    said = {"action": "set", "ids": [tag["id"]], "change": {"level": None, "modality": "lacking"}}
    (judgement,) = client.post("/api/v1/labels", json=said, headers=headers["reviewer"]).json()["labels"]
    assert (judgement["level"], judgement["modality"], judgement["dimension"]) == (None, "lacking", tag["dimension"])


def test_a_reader_does_not_judge(clients):
    client, headers, home = clients
    tag = a_tag(client, headers["reader"])
    refused = client.post("/api/v1/labels", json={"action": "reject", "ids": [tag["id"]]}, headers=headers["reader"])
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    assert client.get("/api/v1/labels", headers=headers["reader"]).json()["total"] == 0
    log = home / "audit.jsonl"
    assert "judgement" not in (log.read_text() if log.exists() else "")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"action": "accept", "ids": ["nothing"]}, 400),
        ({"action": "accept", "ids": []}, 422),
        ({"action": "praise", "ids": ["x"]}, 422),
        ({"action": "accept"}, 422),
        ({"action": "accept", "ids": ["x"], "author": "somebody else"}, 422),
        ([], 422),
    ],
)
def test_what_cannot_be_stored_is_explained(clients, said, code):
    client, headers, home = clients
    refused = client.post("/api/v1/labels", json=said, headers=headers["reviewer"])
    assert (refused.status_code, refused.headers["content-type"]) == (code, "application/problem+json"), refused.text
    log = home / "audit.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    assert not [one for one in lines if one["act"] == "judgement" and not {"intended", "refused"} & one.keys()]


def test_what_another_website_sends_is_not_stored(clients):
    client, headers, _ = clients
    said = {"action": "accept", "ids": ["x"]}
    for header in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert client.post("/api/v1/labels", json=said, headers=headers["reviewer"] | header).status_code == 403
