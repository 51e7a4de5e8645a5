"""What the API answers: the JSON of the command line, problem details, entity tags."""

import pytest

from index.fields import FIELDS
from portal.web.routes.api.parameters import Narrowing

READS = [
    *("/search?q=single+window&facet=body", "/facets?q=window&facet=year", "/documents?language=fr"),
    *("/documents/PC9005E1a", "/matrix", "/matrix?by=year&body=ptc", "/themes?year=2014"),
    *("/vocabulary", "/models", "/labels", "/searches", "/runs"),
]


def get(portal, address, code=200, **headers):
    answer = portal.get(f"/api/v1{address}", headers=headers)
    assert answer.status_code == code, answer.text
    return answer


def refused(portal, address, code):
    answer = get(portal, address, code)
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == code
    assert found["detail"]
    return found


def first_passage(portal):
    return get(portal, "/search?q=single+window&mode=text").json()["hits"][0]["passages"][0]["id"]


def test_every_filter_field_is_a_parameter_and_so_is_what_it_excludes():
    asked = [f"{field}{way}" for field in FIELDS for way in ("", "!")]
    assert {field.alias or name for name, field in Narrowing.model_fields.items()} == set(asked)
    given = {one: ["a", "b"] for one in asked}
    assert sorted(Narrowing(**given).filters) == sorted(f"{one}={value}" for one in asked for value in "ab")


def test_a_passage_comes_with_its_document_and_its_context(portal):
    passage = first_passage(portal)
    plain = get(portal, f"/passages/{passage}").json()
    assert plain["document"]["id"] == passage.rpartition("-")[0]
    assert "context" not in plain
    assert get(portal, f"/passages/{passage}?context=1").json()["context"].keys() == {"before", "after"}


def test_documents_are_paged_without_gaps(portal):
    whole = get(portal, "/documents?limit=100").json()
    pages = [get(portal, f"/documents?limit=4&offset={start}").json() for start in range(0, whole["total"], 4)]
    assert [one["id"] for page in pages for one in page["documents"]] == [one["id"] for one in whole["documents"]]
    assert len(whole["documents"]) == whole["total"]


def test_facets_are_those_of_the_search(portal):
    asked = "q=window&mode=text&facet=body&facet=year&language=en"
    searched = get(portal, f"/search?{asked}").json()
    found = get(portal, f"/facets?{asked}").json()
    assert found == {name: searched[name] for name in ("query", "mode", "passages", "documents", "facets")}


def test_the_runs_of_the_home_are_listed(portal):
    (run,) = get(portal, "/runs").json()["runs"]
    assert (run["status"], run["found"], run["indexed"]) == ("done", 21, 21)


@pytest.mark.parametrize("address", READS)
def test_who_has_an_answer_already_is_not_sent_it_again(portal, address):
    first = get(portal, address)
    assert "no-cache" in first.headers["cache-control"]
    tag = first.headers["etag"]
    again = get(portal, address, 304, **{"If-None-Match": f'"other", {tag}'})
    assert (again.content, again.headers["etag"]) == (b"", tag)
    assert get(portal, address, **{"If-None-Match": '"other"'}).content


def test_another_answer_has_another_tag(portal):
    tags = {get(portal, f"/search?q={word}&mode=text").headers["etag"] for word in ("window", "single", "port")}
    assert len(tags) == 3


@pytest.mark.parametrize(
    ("address", "code", "told"),
    [
        ("/search?q=x&bdoy=ptc", 422, "bdoy"),
        ("/search?limit=101", 422, "limit"),
        ("/search?offset=-1", 422, "offset"),
        ("/search?offset=99999999999999999999999", 422, "offset"),
        ("/search?mode=magic", 422, "mode"),
        ("/search?facet=colour", 422, "facet"),
        ("/search?q=" + "a" * 10_001, 422, "q"),
        ("/search?" + "&".join(["body=ptc"] * 101), 422, "body"),
        ("/search?year=abc", 400, "year"),
        ("/search?year=2015..2010", 400, "ends before"),
        ("/search?modality=maybe", 400, "modality"),
        ("/search?q=year:2015..2010", 400, "ends before"),
        ("/search?country=Atlantis", 400, "country"),
        ("/facets", 422, "facet"),
        ("/export/tags?colour=red", 422, "colour"),
        ("/export/tags?year=abc", 400, "year"),
        ("/export/tags?format=pdf", 422, "format"),
        ("/export/secrets", 422, "what"),
        ("/documents/nothing", 404, "nothing"),
        ("/passages/nothing", 404, "nothing"),
        ("/passages/%00", 404, "passage"),
        ("/similar/nothing-0", 404, "nothing"),
        ("/nothing", 404, "Not Found"),
    ],
)
def test_what_cannot_be_answered_is_explained(portal, address, code, told):
    assert told in refused(portal, address, code)["detail"]


def test_a_wrong_method_is_refused_with_problem_details(portal):
    answer = portal.delete("/api/v1/search")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


def test_what_commands_a_terminal_is_escaped(portal):
    answer = get(portal, "/search?mode=text&q=%1b%5d0%3bx%07+%e2%80%ae")
    assert b"\x1b" not in answer.content
    assert "\u202e" not in answer.text
    assert answer.json()["query"] == "\x1b]0;x\x07 \u202e"
