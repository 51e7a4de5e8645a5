"""`retrain`: the shape of its report, and what it ends with where nothing is learnt."""

import pytest

from configs.settings import load_settings
from index.filters import EVERY_CLASS
from pipelines.review.training import RetrainReport
from tests import answers
from tests.dummy_encoder import fit_classifier
from tests.portal.test_cli_shapes import assert_whole

pytestmark = pytest.mark.model

WRONG_USE, NOT_THERE = 2, 3
SENTENCES = (
    "A law on electronic signatures was adopted by the parliament of Arvenia in 2021.",
    "Declarations are lodged electronically at every office of Arvenia.",
    "The delegate of Norland thanked the Secretariat for the working document.",
)


@pytest.fixture
def home(cli, tmp_path):
    """A home with one paper, made by the small encoder, which its settings name."""
    (tmp_path / "paper.txt").write_text("\n\n".join(SENTENCES))
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\n")
    assert cli("ingest", tmp_path / "paper.txt", "--home", home).code == 0
    return home


@pytest.fixture
def ask(cli, home):
    def run(*arguments):
        done = cli(*arguments, "--home", home, "--json")
        assert done.code == 0, done.err
        return done.json

    return run


@pytest.fixture
def passage(ask):
    return ask("search", "signatures", "--mode", "text")["hits"][0]["passages"][0]["id"]


@pytest.fixture
def judge(home, passage):
    """A function that stores what a person says of sentences of the passage."""

    def said(*sentences):
        change = {"dimension": "legal_framework"}
        at = load_settings(home)
        for sentence in sentences:
            answers.judge(at, "set", [passage], "person:Ana", access_classes=EVERY_CLASS, change=change, quote=sentence)

    return said


def test_without_an_index_there_is_nothing_to_learn(cli, tmp_path):
    done = cli("retrain", "--home", tmp_path / "empty")
    assert (done.code, done.out) == (NOT_THERE, "")
    assert "ingest first" in done.line
    assert not (tmp_path / "empty").exists()


def test_retrain_without_judgements(cli, home):
    done = cli("retrain", "--home", home)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert "the page /review" in done.line


def test_a_report_of_what_was_not_kept(ask, judge, cli, home):
    """One paper cannot be tried on another; what it says is reported all the same."""
    fit_classifier(load_settings(home))
    judge(*SENTENCES[:2])
    report = ask("retrain")
    assert_whole(report, RetrainReport)
    assert (report["kept"], report["labels"], report["positives"]) == (False, 1, 1)
    assert "one paper" in report["reason"]
    done = cli("retrain", "--home", home)
    assert done.code == 0
    assert "Not kept" in done.out
