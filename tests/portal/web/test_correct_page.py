"""Correcting papers in the portal and by the API: what holds at once, who may, and what is asked once more."""

import json

import pytest
from lxml import html

from tests.portal.web.conftest import asked, keys_of, page

PAPER = "PC9005E1a"


@pytest.fixture
def keyed(own_home):
    """A client of a home with keys, and the headers of each."""
    keys = keys_of(own_home, ada="admin", ben=("reviewer", []), rita=("reader", []))
    with asked(own_home) as found:
        yield found, keys


def document(client, name=PAPER, **more):
    answer = client.get(f"/api/v1/documents/{name}", **more)
    return answer.json() if answer.status_code == 200 else None


def form_of(tree):
    """The fields of the form as a browser sends them."""
    return dict(tree.xpath("//form[@action='/correct']")[0].form_values())


def save(client, name, code=303, **changed):
    """Change some fields of the form of a paper and send it."""
    answer = client.post("/correct", data=form_of(page(client, f"/correct?document={name}")) | changed)
    assert answer.status_code == code, answer.text
    return answer


def words(tree):
    return " ".join(tree.text_content().split())


class TestThePage:
    def test_corrects_what_is_changed_in_its_form_alone(self, client):
        name = document(client)["id"]
        tree = page(client, f"/documents/{name}")
        (link,) = tree.xpath("//a[starts-with(@href, '/correct')]/@href")
        assert link == f"/correct?document={name}"
        answer = save(client, name, date="2024-02-29", body="hsc", session="71, 72")
        assert answer.headers["location"] == f"/documents/{name}?stored=yes"
        found = document(client)
        assert (found["date"], found["body"], found["sessions"]) == ("2024-02-29", "hsc", [71, 72])
        assert [(one["field"], one["value"], one["by"]) for one in found["corrected"]] == [
            ("date", "2024-02-29", "local"),
            ("body", "hsc", "local"),
            ("session", "71, 72", "local"),
        ]
        shown = words(page(client, answer.headers["location"]))
        assert "Saved, and shown from now on." in shown
        assert "29 February 2024" in shown
        assert "Corrected by people: Date, Body, Session" in shown
        assert "Harmonized System Committee · was read as “Permanent Technical Committee” local" in shown
        assert name in client.get("/?body=hsc&year=2024&mode=text").text

    def test_shows_what_was_read_and_takes_it_back(self, client):
        name = document(client)["id"]
        save(client, name, title="Mine", version_of="PC9002E1a")
        tree = page(client, f"/correct?document={name}")
        assert (form_of(tree)["title"], form_of(tree)["version_of"]) == ("Mine", document(client, "PC9002E1a")["id"])
        assert "corrected by local on" in words(tree)
        assert "was read as “SUMMARY REPORT" in words(tree)
        save(client, name, undo_title="yes", version_of="")
        assert document(client)["title"].startswith("SUMMARY REPORT")
        assert document(client)["corrected"] == []

    def test_parts_a_paper_from_its_versions(self, client):
        name = document(client, "PC9004E1a")["id"]
        (twin,) = document(client, name)["twins"]
        save(client, name, empty_version_of="yes")
        assert (document(client, name)["twins"], document(client, twin)["twins"]) == ([], [])
        assert "Version of" in words(page(client, f"/documents/{name}"))

    def test_shows_a_mistake_with_what_was_typed(self, client):
        name = document(client)["id"]
        tree = html.fromstring(save(client, name, code=400, date="2024-02-30", title="Mine").text)
        assert "date: '2024-02-30' is no date" in words(tree)
        assert (form_of(tree)["title"], form_of(tree)["date"]) == ("Mine", "2024-02-30")
        assert tree.xpath("//*[@aria-invalid]/@name") == ["date"]
        answer = client.post("/correct", data=form_of(tree) | {"date": "2024-02-28"})
        assert (answer.status_code, document(client)["title"]) == (303, "Mine")

    def test_asks_once_more_before_it_opens_a_paper(self, client, own_home):
        name = document(client)["id"]
        save(client, name, access="restricted")
        answer = save(client, name, code=200, access="public", title="Mine")
        tree = html.fromstring(answer.text)
        assert "restricted → public" in words(tree)
        assert (document(client)["access"], document(client)["title"] == "Mine") == ("restricted", False)
        answer = client.post("/correct", data=form_of(tree))
        assert (answer.status_code, document(client)["access"], document(client)["title"]) == (303, "public", "Mine")
        lines = [json.loads(line) for line in (own_home / "audit.jsonl").read_text().splitlines()]
        assert [line.get("intended") for line in lines if "access=public" in line.get("set", "")] == [True, None]

    def test_corrects_several_papers_from_a_list(self, client):
        tree = page(client, "/?q=single+window&mode=text")
        names = tree.xpath("//input[@name='document'][@form='choose']/@value")[:2]
        (target,) = tree.xpath("//form[@id='choose']")
        assert (target.get("action"), target.get("method")) == ("/correct", "get")
        before = [document(client, name) for name in names]
        form = form_of(page(client, "/correct", params={"document": names, "next": "/?q=single+window"}))
        assert not {"title", "symbol"} & set(form), "no two papers have one title"
        answer = client.post("/correct", data=form | {"kind": "note", "empty_date": "yes"})
        tree = page(client, answer.headers["location"])
        assert tree.xpath("//p[@role='status']/a/@href") == ["/?q=single+window"]
        for one, old in zip((document(client, name) for name in names), before, strict=True):
            assert (one["kind"], one["date"], one["title"]) == ("note", None, old["title"])
        form = form_of(tree) | {"undo_kind": "yes", "undo_date": "yes"}
        assert client.post("/correct", data=form).status_code == 303
        assert [document(client, name) for name in names] == before

    def test_leads_nowhere_else_and_takes_nothing_from_another_website(self, client):
        name = document(client)["id"]
        tree = page(client, f"/correct?document={name}&next=https://example.org/")
        assert form_of(tree)["next"] == "/"
        headers = {"Sec-Fetch-Site": "cross-site"}
        assert client.post("/correct", data={"documents": name, "title": "x"}, headers=headers).status_code == 403
        assert page(client, "/correct", 404) is not None
        assert "Corriger ce que l’on sait" in words(page(client, f"/correct?document={name}&lang=fr"))


class TestTheApi:
    def test_corrects_papers_and_gives_them_back(self, client):
        names = [document(client, name)["id"] for name in (PAPER, "PC9002E1a")]
        said = {"documents": [PAPER, names[1]], "values": {"date": "2024-02-29", "session": None}}
        answer = client.post("/api/v1/corrections", json=said)
        assert (answer.status_code, answer.json()["waiting"]) == (201, False)
        assert [(one["id"], one["date"], one["sessions"]) for one in answer.json()["documents"]] == [
            (name, "2024-02-29", []) for name in names
        ]
        answer = client.post("/api/v1/corrections", json={"documents": names, "undo": ["date", "session"]})
        assert [one["corrected"] for one in answer.json()["documents"]] == [[], []]

    @pytest.mark.parametrize(
        ("said", "code", "detail"),
        [
            ({"values": {"colour": "red"}}, 400, "'colour' is no field that can be corrected"),
            ({"values": {"body": "hsx"}}, 400, "body: 'hsx' is no body"),
            ({"values": {"access": "sekret"}}, 400, "access: 'sekret' is no access class here"),
            ({"documents": ["nothing"], "values": {"body": "hsc"}}, 404, "'nothing': no document"),
            ({"undo": ["date"]}, 400, "date: nobody corrected it"),
            ({}, 400, "nothing to correct"),
            ({"values": {"date": 3}}, 422, "values.date"),
            ({"documents": []}, 422, "documents"),
        ],
    )
    def test_explains_what_it_refuses(self, client, said, code, detail):
        answer = client.post("/api/v1/corrections", json={"documents": [PAPER]} | said)
        assert (answer.status_code, answer.json()["detail"].startswith(detail)) == (code, True), answer.text
        assert document(client)["corrected"] == []

    def test_wants_it_confirmed_that_a_paper_is_opened(self, client):
        close, opened = ({"documents": [PAPER], "values": {"access": one}} for one in ("restricted", "public"))
        assert client.post("/api/v1/corrections", json=close).status_code == 201
        answer = client.post("/api/v1/corrections", json=opened)
        assert (answer.status_code, document(client)["access"]) == (400, "restricted")
        assert "confirm" in answer.json()["remedy"]
        answer = client.post("/api/v1/corrections", json=opened | {"confirmed": True})
        assert answer.json()["documents"][0]["access"] == "public"


class TestWhoMay:
    def test_is_a_reviewer_but_for_the_class(self, keyed):
        client, headers = keyed
        title, access = ({"documents": [PAPER], "values": one} for one in ({"title": "Mine"}, {"access": "restricted"}))
        for name, codes in {"rita": (403, 403), "ben": (201, 403), "ada": (201, 201)}.items():
            answers = [client.post("/api/v1/corrections", json=said, headers=headers[name]) for said in (title, access)]
            assert tuple(answer.status_code for answer in answers) == codes
        ada = document(client, headers=headers["ada"])
        assert [one["by"] for one in ada["corrected"]] == ["key:ada", "key:ada"]
        assert document(client, headers=headers["ben"]) is None
        assert client.post("/api/v1/corrections", json=title, headers=headers["ben"]).status_code == 404

    def test_is_offered_it(self, keyed):
        client, headers = keyed
        name = document(client, headers=headers["ada"])["id"]
        for who, fields in {"ada": 8, "ben": 7, "rita": 0}.items():
            tree = page(client, f"/documents/{name}", headers=headers[who])
            assert bool(tree.xpath("//a[starts-with(@href, '/correct')]")) == bool(fields)
            listed = page(client, "/?q=window&mode=text", headers=headers[who])
            assert bool(listed.xpath("//button[@form='choose']")) == bool(fields)
            tree = page(client, f"/correct?document={name}", 200 if fields else 403, headers=headers[who])
            assert len(tree.xpath("//input[starts-with(@name, 'was_')]")) == fields
        assert (
            client.post("/correct", data={"documents": name, "title": "x"}, headers=headers["rita"]).status_code == 403
        )
        sent = {"documents": name, "access": "restricted"}
        assert client.post("/correct", data=sent, headers=headers["ben"]).status_code == 403

    def test_learns_nothing_of_a_paper_that_they_may_not_read(self, keyed):
        client, headers = keyed
        name = document(client, headers=headers["ada"])["id"]
        said = {"documents": [PAPER], "values": {"access": "restricted", "title": "Zsecret"}}
        assert client.post("/api/v1/corrections", json=said, headers=headers["ada"]).status_code == 201
        texts = []
        for one in (name, "0123456789abcdef"):
            answers = [
                client.get(f"/correct?document={one}", headers=headers["ben"]),
                client.post("/correct", data={"documents": one, "title": "x"}, headers=headers["ben"]),
                client.post(
                    "/api/v1/corrections", json={"documents": [one], "values": {"title": "x"}}, headers=headers["ben"]
                ),
            ]
            assert [answer.status_code for answer in answers] == [404, 404, 404]
            texts.append([answer.text.replace(one, "") for answer in answers])
        assert texts[0] == texts[1]
        assert document(client, headers=headers["ada"])["title"] == "Zsecret"
