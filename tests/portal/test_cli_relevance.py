"""`evaluate relevance`: the sample papers hold what experts expect, and what fails is told why."""

import json

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
        file.write_text(
            yaml.safe_dump({"cases": [{"name": f"case {n}", "why": "so"} | one for n, one in enumerate(cases)]})
        )
        return cli("evaluate", "relevance", file, "--home", sample_home, *options)

    return run


@pytest.fixture
def diagnosis(evaluate):
    """The diagnosis of the one case that fails."""

    def run(**case):
        done = evaluate(case)
        assert (done.code, done.json["failed"]) == (1, 1), done.out
        (finding,) = (one for one in done.json["results"][0]["findings"] if one["diagnosis"])
        return finding["diagnosis"]

    return run


def test_the_samples_hold_what_experts_expect(cli, sample_home):
    done = cli("evaluate", "relevance", CASES, "--home", sample_home, "--json")
    assert [case for case in done.json["results"] if not case["passed"]] == []
    assert (done.code, done.json["passed"], done.json["failed"]) == (0, done.json["cases"], 0)
    assert done.json["cases"] >= 25


def test_a_paper_that_stands_behind_is_told_with_its_ranks(diagnosis):
    said = diagnosis(query="interconnected single windows", within=1, contains=["NC9001E1a"])
    assert said.startswith("NC9001E1a stands at ")
    assert "by meaning rank" in said


def test_a_word_that_shuts_a_paper_out_is_named(diagnosis):
    said = diagnosis(query="+blockchain market stall", mode="text", contains=["NC9001E1a"])
    assert said == "NC9001E1a is not matched by word: no passage of it holds blockchain."


def test_words_that_never_stand_together_are_told(diagnosis):
    said = diagnosis(query="+Draskia +awning +courts +carton", mode="text", contains=["NC9001E1a"])
    assert said.endswith("each word stands in some passage of it, and none holds all of them.")


def test_a_filter_that_shuts_a_paper_out_is_named(diagnosis):
    said = diagnosis(query="market stall", filters=["year=2014..2016"], contains=["NC9001E1a"])
    assert said == "NC9001E1a is shut out by the filter year=2014..2016."


def test_a_paper_that_is_not_there_is_told(diagnosis):
    assert diagnosis(query="customs", contains=["PC9999"]) == "The index holds no paper PC9999."


def test_a_paper_that_should_not_be_there_is_told_with_its_ranks(diagnosis):
    said = diagnosis(query="market stall", mode="text", excludes=["NC9001"])
    assert said.startswith("NC9001 stands at 1: by word rank 1")
    assert "stall" in said


def test_a_wrong_order_is_told_with_both_ranks(diagnosis):
    said = diagnosis(query="artificial intelligence", mode="text", sort="date", order=["EC9001", "SP9001"])
    assert "EC9001 stands at " in said
    assert "SP9001 stands at 1" in said


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"field": {"language": "fr"}, "query": '"market stall"'}, "NC9001E1a has en."),
        ({"documents": 3, "query": '"market stall"'}, "1 match."),
        ({"field": {"language": "fr"}, "query": '"zebra crossing"'}, "No document is shown."),
    ],
)
def test_other_expectations_are_told_with_what_is_there(diagnosis, case, said):
    assert diagnosis(mode="text", **case) == said


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


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"cases": [{"name": "a", "query": "x", "why": "y"}]}, "expects nothing"),
        ({"cases": [{"name": "a", "query": "x", "why": "y", "contains": ["P"]}] * 2}, "stands there 2 times"),
        ({"cases": [{"name": "a", "query": "year:abc", "why": "y", "contains": ["P"]}]}, "case 'a'"),
        (
            {"cases": [{"name": "a", "query": "x", "filters": ["colour=red"], "why": "y", "contains": ["P"]}]},
            "case 'a'",
        ),
        ({"cases": [{"name": "a", "query": "x", "why": "y", "field": {"theme": "x"}}]}, "cases.yaml:1: "),
        ({"cases": []}, "cases.yaml:1: cases"),
    ],
)
def test_broken_cases_are_refused_in_a_sentence(cli, sample_home, tmp_path, broken, said):
    file = tmp_path / "cases.yaml"
    file.write_text(json.dumps(broken))
    done = cli("evaluate", "relevance", file, "--home", sample_home)
    assert done.code == 2
    assert said in done.line


def test_a_file_that_is_missing_is_code_3(cli, sample_home, tmp_path):
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
    (result,) = evaluate({"query": query, "within": 5, "excludes": [hit["document"]["id"] for hit in found]}).json[
        "results"
    ]
    titles = [hit["document"]["title"] for hit in found]
    assert [one["title"] for one in result["shown"]] == titles
