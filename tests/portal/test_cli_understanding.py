"""`models fit`, and `benchmarks.evaluate understanding` of what it fitted; what is wrong is named."""

import shutil

import numpy as np
import pytest

from benchmarks.evaluate.commands import main
from benchmarks.evaluate.report import UnderstandingReport
from configs.settings import load_settings
from configs.system.tensors import read_tensors, write_tensors
from index.encoder import encoder_identity
from pipelines.fitting import network, run
from pipelines.fitting.run import FitReport
from pipelines.stages.components import PipelineComponents
from pipelines.storage import classifiers
from pipelines.storage.classifiers import fitted_path
from tests.judged_texts import committee_rows, paper_rows, training_rows, write_rows
from tests.portal.conftest import run_here
from tests.portal.test_cli_shapes import assert_whole

pytestmark = pytest.mark.model

DONE, WRONG_USE, NOT_THERE = 0, 2, 3
MEASURES = {
    "themes_f1",
    "themes_precision",
    "themes_recall",
    "accepted_right",
    "stated_accepted",
    "stated_shown",
    "main_first",
    "modality_right",
    "level_right",
    "level_invented",
    "level_given_right",
    "modality_or_none_right",
    "accepted_all_right",
    "accepted_topics_right",
    "stated_found",
    "stated_average_precision",
    "subjects_right",
    "subjects_found",
    "accepted_without_tag",
    "surplus_tags",
    "level_most_frequent",
    "themes_ece",
    "tags_ece",
}
SCORED, ALL = 10, 11
"""Judged passages that have a weight, and all of them."""


@pytest.fixture(scope="session")
def judged_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judged")
    write_rows(folder / "committee.jsonl", committee_rows())
    write_rows(folder / "papers.jsonl", paper_rows())
    return folder


@pytest.fixture(scope="session")
def small_training(tmp_path_factory):
    """A function that lets the product train on few passages for a moment, and ship no classifier."""
    folder = tmp_path_factory.mktemp("training")
    write_rows(folder / "training.jsonl", training_rows())

    def apply(patch):
        patch.setattr(run, "TRAINING", folder / "training.jsonl")
        patch.setattr(network, "EPOCHS", 1)
        patch.setattr(classifiers, "SHIPPED", folder)

    return apply


@pytest.fixture(autouse=True)
def _small(monkeypatch, small_training):
    small_training(monkeypatch)


@pytest.fixture(scope="session")
def fitted(tmp_path_factory, small_training, judged_folder):
    """A home with a fitted classifier, and what `models fit` said of it; tests only read it."""
    home = tmp_path_factory.mktemp("fitted") / "home"
    with pytest.MonkeyPatch.context() as patch:
        small_training(patch)
        done = run_here("models", "fit", "--judged", judged_folder, "--folds", "2", "--home", home, "--json")
    assert done.code == DONE, done.err
    return home, done.json


@pytest.fixture
def own_home(fitted, tmp_path):
    """A home with that classifier, for changing it."""
    return shutil.copytree(fitted[0], tmp_path / "home")


def unweighted():
    return [row | {"weight": None} for row in paper_rows()]


def broken():
    first, second, *_ = paper_rows()
    return [first, second | {"about": "lunch"}]


def untagged():
    return [row | {"tags": []} for row in committee_rows()]


def evaluate(folder, home, *arguments):
    return run_here("understanding", folder, "--home", home, *arguments, command=main)


# fit


def test_fit_says_what_it_fitted_and_keeps_it_in_the_home(fitted):
    home, report = fitted
    assert_whole(report, FitReport)
    trained = len(list(training_rows()))
    assert (report["model"], report["dimensions"], report["passages"]) == ("dcmm-interop", 8, trained + ALL)
    file = fitted_path(home, encoder_identity(load_settings(home)))
    assert report["file"] == str(file)
    assert [one for one in home.rglob("*") if one.is_file()] == [file]


@pytest.mark.long
def test_fit_without_judged_passages_tells_people(cli, tmp_path):
    done = cli("models", "fit", "--folds", "2", "--home", tmp_path / "home")
    assert done.code == DONE, done.err
    said = " ".join(done.out.split())
    assert f"multilingual-e5-small and dcmm-interop: fitted to {len(list(training_rows()))} passages." in said
    assert "tags all documents again" in said
    assert list((tmp_path / "home" / "classifiers").iterdir())


def test_the_home_uses_what_was_fitted(fitted, tmp_path):
    home, report = fitted
    before, after = (
        PipelineComponents(load_settings(tmp_path)).versions,
        PipelineComponents(load_settings(home)).versions,
    )
    assert {name for name in before if before[name] != after[name]} == {"tag"}
    assert report["version"] in after["tag"]


def test_tags_are_made_by_what_was_fitted(cli, fitted, tmp_path):
    home, report = fitted
    text = tmp_path / "text.txt"
    text.write_text("The single window of Arvenia connects nine agencies, and traders file once.", encoding="utf-8")
    done = cli("tag", text, "--home", home, "--json")
    assert done.code == DONE, done.err
    tags = [tag for passage in done.json["passages"] for tag in passage["maturity"]]
    assert tags
    assert {tag["by"].rpartition("/")[2] for tag in tags} == {report["version"]}


def test_the_next_ingest_tags_again_and_the_one_after_it_does_not(cli, fitted, tmp_path):
    home = tmp_path / "home"
    paper = tmp_path / "paper.txt"
    paper.write_text("The single window of Arvenia connects nine agencies.\n", encoding="utf-8")
    outcomes = []
    for _ in range(2):
        for _ in range(2):
            done = cli("ingest", paper, "--home", home, "--json")
            assert done.code == DONE, done.err
            outcomes.append((done.json["indexed"], done.json["unchanged"]))
        shutil.copytree(fitted[0] / "classifiers", home / "classifiers", dirs_exist_ok=True)
    assert outcomes == [(1, 0), (0, 1), (1, 0), (0, 1)]
    (passage,) = cli("show", paper, "--full", "--home", home, "--json").json["passages"]
    assert all(fitted[1]["version"] in tag["by"] for tag in passage["maturity"])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--folds", "1"), WRONG_USE, ["--folds 1 ", "at least 2"]),
        (("--folds", "0"), WRONG_USE, ["--folds 0 "]),
        (("--folds", "100"), WRONG_USE, ["from 3 papers", "at most 3"]),
        (("--folds", "two"), WRONG_USE, ["two"]),
        (("--judged", "no-folder"), NOT_THERE, ["no-folder", "committee.jsonl", "papers.jsonl"]),
        (("--folds", "2", "--model", "oecd-dtmm"), WRONG_USE, ["maturity model", "--model"]),
        (("--folds", "2", "--model", "no-model"), WRONG_USE, ["no-model"]),
    ],
)
def test_what_cannot_be_fitted_is_refused_and_nothing_is_kept(cli, tmp_path, arguments, code, words):
    done = cli("models", "fit", *arguments, "--home", tmp_path / "home")
    assert (done.code, done.out) == (code, "")
    assert all(word in done.line for word in words), done.line
    assert not (tmp_path / "home").exists()


def test_judged_passages_without_any_weight_are_too_few_to_fit(cli, tmp_path):
    write_rows(tmp_path / "papers.jsonl", unweighted())
    done = cli("models", "fit", "--judged", tmp_path, "--home", tmp_path / "home")
    assert done.code == WRONG_USE
    assert "from 0 papers" in done.line


def test_a_home_where_nothing_can_be_kept_is_told_before_anything_is_fitted(cli, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "classifiers").touch()
    done = cli("models", "fit", "--folds", "2", "--home", home)
    assert done.code in (WRONG_USE, NOT_THERE)
    assert str(home / "classifiers") in done.line


# evaluate


def test_evaluate_gives_measures_by_set(fitted, judged_folder):
    done = evaluate(judged_folder, fitted[0], "--json")
    assert done.code == DONE, done.err
    assert_whole(done.json, UnderstandingReport)
    assert (done.json["folds"], done.json["passages"], done.json["seen"]) == (None, SCORED, SCORED)
    assert {name: one["passages"] for name, one in done.json["sets"].items()} == {"committee": 6, "papers": 4}
    for one in done.json["sets"].values():
        assert {row["name"] for row in one["measures"]} == MEASURES
        assert {row["kind"] for row in one["false_positives"] + one["false_negatives"]} <= {"theme", "dimension"}
    assert {"single-window"} <= {row["id"] for row in done.json["sets"]["committee"]["themes"]}


def test_people_get_a_table_and_a_page_and_are_told_what_was_seen_in_training(fitted, judged_folder, tmp_path):
    done = evaluate(judged_folder, fitted[0], "--html", tmp_path / "page.html")
    assert done.code == DONE, done.err
    said = " ".join(done.out.split())
    assert all(part in said for part in ("understanding (10 passages)", "committee", "papers", "themes_f1", "interval"))
    assert f"{SCORED} of the passages were seen in training" in said
    assert "--folds 5" in said
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(part in page for part in ("Themes shown, micro F1", "committee: 6 passages", "too good to be true"))


def test_of_other_passages_none_was_seen_in_training(fitted, tmp_path):
    rows = [row | {"text": f"{row['text']} This was said again."} for row in committee_rows()]
    write_rows(tmp_path / "committee.jsonl", rows)
    assert "None of the passages was seen in training." in evaluate(tmp_path, fitted[0]).out


def test_folds_answer_without_a_classifier_and_leave_no_home(judged_folder, tmp_path):
    done = evaluate(judged_folder, tmp_path / "home", "--folds", "2", "--json")
    assert done.code == DONE, done.err
    assert_whole(done.json, UnderstandingReport)
    assert (done.json["folds"], done.json["passages"], done.json["seen"]) == (2, SCORED, 0)
    assert not (tmp_path / "home").exists()
    done = evaluate(judged_folder, tmp_path / "home", "--folds", "2", "--html", tmp_path / "page.html")
    assert done.code == DONE, done.err
    for text in (done.out, (tmp_path / "page.html").read_text(encoding="utf-8")):
        assert "fitted without its paper (2 folds)" in " ".join(text.split())


@pytest.mark.parametrize(
    ("home", "rows", "arguments", "code", "words"),
    [
        ("none", ..., "", NOT_THERE, ["no classifier", "multilingual-e5-small", "models fit"]),
        ("fitted", ..., "--encoder all-MiniLM-L6-v2", NOT_THERE, ["all-MiniLM-L6-v2"]),
        ("fitted", ..., "--folds 1", WRONG_USE, ["--folds 1 ", "at least 2"]),
        ("fitted", ..., "--folds -2", WRONG_USE, ["--folds -2 "]),
        ("fitted", ..., "--folds 9", WRONG_USE, ["from 8 papers", "at most 8"]),
        (
            "fitted",
            ...,
            "--model oecd-dtmm",
            WRONG_USE,
            ["other dimensions", "oecd-dtmm", "legal_framework", "--model"],
        ),
        ("fitted", None, "", NOT_THERE, ["{folder}", "committee.jsonl", "papers.jsonl"]),
        ("fitted", {}, "", NOT_THERE, ["{folder}", "committee.jsonl", "papers.jsonl"]),
        ("fitted", {"papers": unweighted}, "", NOT_THERE, ["no passage has a weight"]),
        ("fitted", {"papers": broken}, "", WRONG_USE, ["{folder}/papers.jsonl:2: about"]),
        ("fitted", {"committee": untagged}, "--model oecd-dtmm", NOT_THERE, ["no classifier", "oecd-dtmm"]),
    ],
)
def test_what_cannot_be_measured_is_one_line(fitted, judged_folder, tmp_path, home, rows, arguments, code, words):
    folder = judged_folder if rows is ... else tmp_path / "judged"
    if isinstance(rows, dict):
        folder.mkdir()
        for name, made in rows.items():
            write_rows(folder / f"{name}.jsonl", made())
    done = evaluate(folder, fitted[0] if home == "fitted" else tmp_path / "home", *arguments.split())
    assert (done.code, done.out) == (code, "")
    assert all(word.format(folder=folder) in done.line for word in words), done.line


# a broken classifier


def no_weights(file):
    file.write_bytes(b"\0" * 100)


def no_note(file):
    write_tensors(file, read_tensors(file, "")[0], {})


def an_array_missing(file):
    arrays, about = read_tensors(file, "")
    del arrays["network.queries"]
    write_tensors(file, arrays, about)


def an_array_of_another_shape(file):
    arrays, about = read_tensors(file, "")
    arrays["network.queries"] = np.zeros((2, 2), np.float32)
    write_tensors(file, arrays, about)


@pytest.mark.parametrize("damage", [no_weights, no_note, an_array_missing, an_array_of_another_shape])
@pytest.mark.parametrize("command", ["tag", "ingest"])
def test_a_broken_classifier_is_named_with_what_to_do(cli, own_home, tmp_path, damage, command):
    (file,) = (own_home / "classifiers").iterdir()
    damage(file)
    paper = tmp_path / "paper.txt"
    paper.write_text("The single window of Arvenia connects nine agencies.\n", encoding="utf-8")
    done = cli(command, paper, "--home", own_home)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert all(word in done.line for word in (str(file), "models fit")), done.line


def test_a_broken_classifier_is_replaced_by_fitting_again(cli, own_home, judged_folder, fitted):
    (file,) = (own_home / "classifiers").iterdir()
    no_weights(file)
    done = cli("models", "fit", "--judged", judged_folder, "--folds", "2", "--home", own_home, "--json")
    assert done.code == DONE, done.err
    assert done.json["version"] == fitted[1]["version"]
    assert evaluate(judged_folder, own_home).code == DONE
