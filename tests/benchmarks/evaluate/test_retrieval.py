"""`evaluate retrieval`: rankings with known measures, collections that are none, and a slice of a public one."""

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks.evaluate import retrieval
from benchmarks.evaluate.retrieval import evaluate_retrieval, load_collection
from configs.classifier import TRAINING
from configs.settings import load_settings
from configs.system.errors import ConfigError, UnavailableError, UsageError

CORPUS = [
    {"_id": "barge", "title": "Barges", "text": "Duties on river barges were lowered in spring."},
    {"_id": "anchor", "title": "", "text": "Anchor, anchor and again: anchor."},
    {"_id": 3, "text": "A long note on ropes, sails, masts, lamps and one anchor.", "metadata": {"language": "en"}},
    {"_id": "empty", "title": None, "text": ""},
]
QUERIES = [{"_id": "q1", "text": "river barges"}, {"_id": "q2", "text": "anchor"}, {"_id": "unjudged", "text": "sails"}]
HEADER = "query-id\tcorpus-id\tscore"
QRELS = [HEADER, "q1\tbarge\t1", "q2\t3\t2", "q2\tbarge\t0", "unjudged\tbarge\t0"]
SLICE = 200
FLOOR = 0.43


def lines(rows):
    return [json.dumps(row) for row in rows]


@pytest.fixture
def collection(tmp_path):
    """Write a collection, some of its files as given; None leaves one out."""

    def write(**changed):
        folder = tmp_path / "judged"
        folder.mkdir(exist_ok=True)
        files = {"corpus": lines(CORPUS), "queries": lines(QUERIES), "qrels": QRELS} | changed
        for name, content in files.items():
            path = folder / f"{name}.{'tsv' if name == 'qrels' else 'jsonl'}"
            if content is not None:
                path.write_text("\n".join(content) + "\n", encoding="utf-8")
        return folder

    return write


@pytest.fixture
def homes(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_measures_of_rankings_that_are_known(collection, settings, warm, homes):
    found = evaluate_retrieval(settings, collection(), mode="text")
    second = 1 / math.log2(3)  # the note with one anchor comes behind the one with three
    assert found.model_dump(by_alias=True) == {
        "ndcg@10": pytest.approx((1 + second) / 2),
        "recall@100": 1.0,
        "mrr@10": pytest.approx(0.75),
        "queries": 2,
    }
    assert list(homes.iterdir()) == []
    assert not settings.home.exists()


def test_a_query_that_finds_nothing_counts(collection, settings, warm):
    queries = [*lines(QUERIES), json.dumps({"_id": "lost", "text": "zeppelin"})]
    found = evaluate_retrieval(settings, collection(queries=queries, qrels=[*QRELS, "lost\tanchor\t1"]), mode="text")
    assert (found.queries, found.recall) == (3, pytest.approx(2 / 3))


@pytest.mark.model
def test_each_mode_ranks_as_search_does(collection, settings, warm):
    folder = collection(queries=lines([{"_id": "q", "text": "lights of a ship"}]), qrels=[HEADER, "q\t3\t1"])
    assert evaluate_retrieval(settings, folder, mode="text").recall == 0.0
    assert evaluate_retrieval(settings, folder, mode="vector").mrr == 1.0
    assert evaluate_retrieval(settings, folder).recall == 1.0


def test_an_interrupted_evaluation_leaves_nothing_behind(collection, settings, warm, homes, monkeypatch):
    def interrupt(*_):
        assert list(homes.iterdir())
        raise KeyboardInterrupt

    monkeypatch.setattr(retrieval, "reader", interrupt)
    with pytest.raises(KeyboardInterrupt):
        evaluate_retrieval(settings, collection())
    assert list(homes.iterdir()) == []


@pytest.mark.parametrize("name", ["corpus", "queries", "qrels"])
def test_a_file_that_is_missing_is_named(collection, name):
    folder = collection(**{name: None})
    with pytest.raises(UnavailableError, match=rf"{name}\.\w+: cannot be read"):
        load_collection(folder)


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(UnavailableError, match="nowhere: no such folder"):
        load_collection(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("corpus", [*lines(CORPUS), "{"], r"corpus\.jsonl:5: broken JSON"),
        ("corpus", ["", '{"_id": "a"}'], r"corpus\.jsonl:2: text: this field is missing"),
        ("corpus", ['["a"]'], r"corpus\.jsonl:1: .*object"),
        ("corpus", lines([CORPUS[0], CORPUS[0]]), r"corpus\.jsonl:2: the id barge stands twice"),
        ("corpus", [], r"corpus\.jsonl: there is nothing in it"),
        ("queries", ['{"_id": "q1", "text": 7}'], r"queries\.jsonl:1: text"),
        ("qrels", QRELS[1:], r"qrels\.tsv:1: there is no header"),
        ("qrels", [HEADER, "q9\tbarge\t1"], r"qrels\.tsv:2: there is no q9 in queries\.jsonl"),
        ("qrels", [HEADER, "q1\tbarge\t1", "q1\tship\t1"], r"qrels\.tsv:3: there is no ship in corpus\.jsonl"),
        ("qrels", [HEADER, "q1\tbarge\tyes"], r"qrels\.tsv:2: the score 'yes' is no number"),
        ("qrels", [HEADER, "q1 barge 1"], r"qrels\.tsv:2: 1 columns"),
        ("qrels", [HEADER, "q1\tbarge\t0"], r"qrels\.tsv: no query has a relevant document"),
    ],
)
def test_what_is_no_collection_is_named_by_file_and_line(collection, name, content, message):
    folder = collection(**{name: content})
    with pytest.raises(ConfigError, match=message):
        load_collection(folder)


def test_text_in_another_charset_is_named_by_its_line(collection):
    folder = collection()
    (folder / "queries.jsonl").write_bytes(b'{"_id": "q1", "text": "x"}\n{"_id": "q2", "text": "\xe9"}\n')
    with pytest.raises(ConfigError, match=r"queries\.jsonl:2: is not UTF-8"):
        load_collection(folder)


def test_a_query_that_search_refuses_is_named_before_any_work(collection, settings):
    queries = lines([*QUERIES[:1], {"_id": "q2", "text": "year:soon"}])
    with pytest.raises(UsageError, match=r"queries\.jsonl:2: query, character 6"):
        evaluate_retrieval(settings, collection(queries=queries, qrels=QRELS[:3]))
    assert not settings.home.exists()


@pytest.fixture(scope="module")
def cranfield(shared, tmp_path_factory):
    """The first documents of Cranfield and the queries that they answer."""
    folder = tmp_path_factory.mktemp("judged")
    subprocess.run([sys.executable, str(shared / "benchmarks" / "convert.py"), str(folder)], check=True)
    found = folder / "cranfield"
    kept = (found / "corpus.jsonl").read_text(encoding="utf-8").splitlines()[:SLICE]
    (found / "corpus.jsonl").write_text("\n".join(kept), encoding="utf-8")
    known = {json.loads(line)["_id"] for line in kept}
    header, *rows = (found / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    rows = [row for row in rows if row.split("\t")[1] in known]
    (found / "qrels.tsv").write_text("\n".join([header, *rows]), encoding="utf-8")
    return found


@pytest.mark.corpus
@pytest.mark.model
@pytest.mark.slow
def test_both_halves_together_beat_each_alone(cranfield: Path, warm, tmp_path):
    settings = load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2")
    found = {mode: evaluate_retrieval(settings, cranfield, mode=mode) for mode in ("text", "vector", "hybrid")}
    assert found["hybrid"].ndcg >= max(FLOOR, found["text"].ndcg, found["vector"].ndcg)
    assert found["hybrid"].recall >= max(found["text"].recall, found["vector"].recall)


@pytest.mark.model
@pytest.mark.parametrize("count", [0, 1])
def test_texts_that_trained_the_classifier_are_told(collection, tmp_path, caplog, count):
    with TRAINING.open(encoding="utf-8") as file:
        trained = json.loads(file.readline())["text"]
    corpus = [row | {"text": trained} if count and row is CORPUS[0] else row for row in CORPUS]
    evaluate_retrieval(load_settings(tmp_path / "home"), collection(corpus=lines(corpus)), mode="text")
    told = f"1 of {len(CORPUS)} texts trained the classifier of themes"
    assert (told in caplog.text, "too good" in caplog.text) == (bool(count), bool(count))
