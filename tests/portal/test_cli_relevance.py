"""`evaluate relevance`: the sample papers hold what experts expect, and what fails is told why."""

import json
import re

import pytest
import yaml

from tests.portal.conftest import CHECKOUT

pytestmark = pytest.mark.model

CASES = CHECKOUT / "tests" / "relevance" / "samples.yaml"


@pytest.fixture
def evaluate(cli, sample_home, tmp_path):
    """Evaluate cases over the samples; returns the outcome."""

    def run(*cases, options=("--json",)):
        file = tmp_path / "cases.yaml"
        named = [{"name": f"case {n}", "why": "so"} | one for n, one in enumerate(cases)]
        file.write_text(yaml.safe_dump({"cases": named}))
        return cli("evaluate", "relevance", file, "--home", sample_home, *options)

    return run


def test_the_samples_hold_what_experts_expect(cli, sample_home):
    done = cli("evaluate", "relevance", CASES, "--home", sample_home, "--json")
    assert [case for case in done.json["results"] if not case["passed"]] == []
    assert (done.code, done.json["passed"], done.json["failed"]) == (0, done.json["cases"], 0)
    assert done.json["cases"] >= 25


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (
            {"query": "interconnected single windows", "within": 1, "contains": ["NC9001E1a"]},
            ["^NC9001E1a stands at ", "by meaning rank"],
        ),
        (
            {"query": "+blockchain market stall", "mode": "text", "contains": ["NC9001E1a"]},
            [r"^NC9001E1a is not matched by word: no passage of it holds blockchain\.$"],
        ),
        (
            {"query": "+Draskia +awning +courts +carton", "mode": "text", "contains": ["NC9001E1a"]},
            [r"each word stands in some passage of it, and none holds all of them\.$"],
        ),
        (
            {"query": "market stall", "filters": ["year=2014..2016"], "contains": ["NC9001E1a"]},
            [r"^NC9001E1a is shut out by the filter year=2014\.\.2016\.$"],
        ),
        ({"query": "customs", "contains": ["PC9999"]}, [r"^The index holds no paper PC9999\.$"]),
        (
            {"query": "market stall", "mode": "text", "excludes": ["NC9001"]},
            ["^NC9001 stands at 1: by word rank 1", "stall"],
        ),
        (
            {"query": "artificial intelligence", "mode": "text", "sort": "date", "order": ["EC9001", "SP9001"]},
            ["EC9001 stands at ", "SP9001 stands at 1"],
        ),
        ({"field": {"language": "fr"}, "query": '"market stall"', "mode": "text"}, [r"^NC9001E1a has en\.$"]),
        ({"documents": 3, "query": '"market stall"', "mode": "text"}, [r"^1 match\.$"]),
        ({"field": {"language": "fr"}, "query": '"zebra crossing"', "mode": "text"}, [r"^No document is shown\.$"]),
    ],
)
def test_what_is_not_as_expected_is_told_with_ranks_words_and_filters(evaluate, case, said):
    done = evaluate(case)
    assert (done.code, done.json["failed"]) == (1, 1), done.out
    (finding,) = (one for one in done.json["results"][0]["findings"] if one["diagnosis"])
    assert [one for one in said if not re.search(one, finding["diagnosis"])] == [], finding["diagnosis"]


def test_people_get_the_failures_and_a_page(evaluate, tmp_path):
    page = tmp_path / "page.html"
    failing = {"query": "customs <b>", "mode": "text", "contains": ["PC9999"]}
    passing = {"query": "market stall", "mode": "text", "contains": ["NC9001"]}
    done = evaluate(failing, passing, options=("--html", page))
    assert done.code == 1
    assert "The index holds no paper PC9999." in done.out
    assert "1 of 2 cases passed (embedded index)." in done.out
    html = page.read_text()
    assert html.index("What is not as expected") < html.index("What is as expected")
    assert "customs &lt;b&gt;" in html
    assert "<script" not in html


CASE = {"name": "a", "query": "x", "why": "y", "contains": ["P"]}


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ([CASE | {"contains": []}], "expects nothing"),
        ([CASE] * 2, "stands there 2 times"),
        ([CASE | {"query": "year:abc"}], "case 'a'"),
        ([CASE | {"filters": ["colour=red"]}], "case 'a'"),
        ([CASE | {"field": {"theme": "x"}}], "cases.yaml:1: "),
        ([], "cases.yaml:1: cases"),
    ],
)
def test_broken_cases_are_refused_in_a_sentence(cli, sample_home, tmp_path, cases, said):
    file = tmp_path / "cases.yaml"
    file.write_text(json.dumps({"cases": cases}))
    done = cli("evaluate", "relevance", file, "--home", sample_home)
    assert done.code == 2
    assert said in done.line
    assert cli("evaluate", "relevance", tmp_path / "none.yaml", "--home", sample_home).code == 3


@pytest.mark.parametrize("words", ["0", "1"])
def test_cases_are_asked_as_search_asks_by_the_settings(cli, evaluate, sample_home, monkeypatch, words):
    monkeypatch.setenv("CUSTOMS_LENS_FUSION", "weighted")
    monkeypatch.setenv("CUSTOMS_LENS_FUSION_WORDS", words)
    query = "interconnected single windows"
    found = cli("search", query, "-k", "5", "--explain", "--home", sample_home, "--json").json["hits"]
    counted = [one["explain"]["fused"] for hit in found for one in hit["passages"]]
    assert not any(one["words" if words == "0" else "meaning"] for one in counted)
    assert any(one["meaning" if words == "0" else "words"] for one in counted)
    excluded = [hit["document"]["id"] for hit in found]
    (result,) = evaluate({"query": query, "within": 5, "excludes": excluded}).json["results"]
    titles = [hit["document"]["title"] for hit in found]
    assert [one["title"] for one in result["shown"]] == titles
