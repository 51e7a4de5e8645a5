"""`python -m benchmarks.evaluate`: the documented shapes, tables for people, and exit codes."""

import pytest

from benchmarks.evaluate.commands import main
from tests.portal.conftest import run_here

WRONG_USE, NOT_THERE = 2, 3
NUMBER = (float, None)
RETRIEVAL = {"ndcg@10": float, "recall@100": float, "mrr@10": float, "queries": int}
NODE = {"rows": int, "positives": int, "accuracy": float, "f1": float, "auc": NUMBER}
TAGGING = {"macro_accuracy": float, "macro_f1": float, "auc": NUMBER, "ece": float, "coverage": float}
TAGGING |= {"per_node": {str: NODE}, "accepted_precision": NUMBER}
SPAN = {"line": int, "start": int, "end": int, "theme": str, "surface": str, "text": str}
THEMES = {"precision": float, "recall": float, "f1": float, "false_positives": [SPAN], "false_negatives": [SPAN]}


@pytest.fixture
def evaluate(tmp_path):
    """Run a command by the small encoder; the home is not made."""

    def run(*arguments, code=0):
        encoder = ("--encoder", "all-MiniLM-L6-v2")
        done = run_here(*arguments, "--home", tmp_path / "home", *encoder, command=main)
        assert not (tmp_path / "home").exists()
        assert done.code == code, done.err
        assert code == 0 or done.out == ""
        return done

    return run


@pytest.fixture
def judged(samples):
    return samples / "judged"


@pytest.mark.model
@pytest.mark.parametrize("mode", [(), ("--mode", "text"), ("--mode", "vector")])
def test_retrieval(evaluate, judged, assert_shape, mode):
    done = evaluate("retrieval", judged / "licences", *mode, "--json")
    assert_shape(done.json, RETRIEVAL)
    assert done.json["queries"] == 2


@pytest.mark.model
def test_tagging(evaluate, judged, assert_shape):
    done = evaluate("tagging", judged / "tags.csv", "--model", "oecd-dtmm", "--json")
    assert_shape(done.json, TAGGING)
    assert done.json["per_node"]


def test_themes(evaluate, judged, tmp_path, assert_shape):
    wrong = tmp_path / "labels.jsonl"
    labels = (judged / "themes.jsonl").read_text(encoding="utf-8").replace('"start": 42', '"start": 43')
    wrong.write_text(labels, encoding="utf-8")
    done = evaluate("themes", wrong, "--json")
    assert_shape(done.json, THEMES)
    assert len(done.json["false_positives"]) == len(done.json["false_negatives"]) == 1
    shown = evaluate("themes", wrong)
    assert all(part in shown.out for part in ("precision", "0.000", "Found and not labelled", "“Single Window”"))


@pytest.mark.model
def test_people_get_a_table(evaluate, judged):
    done = evaluate("retrieval", judged / "licences")
    assert all(part in done.out for part in ("licences (hybrid)", "ndcg@10", "1.000", "queries"))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("retrieval",), WRONG_USE, ["DIR"]),
        (("retrieval", "x", "--mode", "magic"), WRONG_USE, ["magic", "hybrid"]),
        (("retrieval", "no-folder"), NOT_THERE, ["no-folder", "corpus.jsonl"]),
        (("tagging", "no.csv"), NOT_THERE, ["no.csv"]),
        (("themes", "no.jsonl"), NOT_THERE, ["no.jsonl"]),
        (("tagging", "x.csv", "--model", "no-model"), WRONG_USE, ["no-model"]),
    ],
)
def test_bad_use(evaluate, arguments, code, words):
    done = evaluate(*arguments, code=code)
    assert all(word in done.err for word in words), done.err


def test_a_broken_line_is_named(evaluate, tmp_path):
    for name in ("corpus.jsonl", "queries.jsonl"):
        (tmp_path / name).write_text('{"_id": "a", "text": "b"}\n', encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("query\tdocument\tgain\na\tc\t1\n", encoding="utf-8")
    done = evaluate("retrieval", tmp_path, code=WRONG_USE)
    assert f"{tmp_path / 'qrels.tsv'}:2" in done.line


def test_a_model_that_trained_the_scorer_is_refused(evaluate, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("text,node,label\nA text,data_standards,yes\n", encoding="utf-8")
    done = evaluate("tagging", labels, code=WRONG_USE)
    assert all(word in done.line for word in ("dcmm-interop", "--fit"))


ROWS = 12
MEASURE = {"name": str, "value": NUMBER, "low": NUMBER, "high": NUMBER, "n": int}
DECISION = {
    "paper": str,
    "kind": {"missed", "wrong", "verb", "addressee", "deadline"},
    "line": (int, None),
    "text": str,
}
DECISION |= {"judged": (str, None), "given": (str, None)}
DECISIONS = {"papers": int, "rows": int, "measures": {str: [MEASURE]}, "mistakes": [DECISION]}


def test_decisions(evaluate, judged, samples, assert_shape):
    arguments = ("decisions", judged / "decisions", "--papers", samples / "papers")
    done = evaluate(*arguments, "--json")
    assert_shape(done.json, DECISIONS)
    assert (done.json["papers"], done.json["rows"]) == (2, ROWS)
    assert {one["name"]: one["n"] for one in done.json["measures"]["all"]}["found"] == ROWS


def test_people_get_the_measures_of_decisions_and_the_mistakes(evaluate, judged, samples, tmp_path):
    rows = (judged / "decisions" / "decisions.jsonl").read_text(encoding="utf-8")
    (tmp_path / "decisions.jsonl").write_text(rows.replace('"adopted"', '"approved"'), encoding="utf-8")
    shown = evaluate("decisions", tmp_path, "--papers", samples / "papers")
    assert all(part in shown.out for part in ("decisions (1 paper)", "found", "1.000", "addressee_invented"))
    assert "verb  PM9003E1a.pdf, line 1: approved, found adopted" in shown.out


def test_papers_that_are_not_there(evaluate, judged):
    assert "--papers" in evaluate("decisions", judged / "decisions", code=NOT_THERE).err
