"""`review` and `retrain`: what a person says on the command line, its shape, and mistakes in one line."""

import pytest

from configs.settings import load_settings
from pipelines.review.records import ReviewRecords
from pipelines.storage.state import State
from tests.dummy_encoder import fit_classifier

pytestmark = pytest.mark.model

WRONG_USE, NOT_THERE = 2, 3
TEXT = (str, None)
MODALITY = ({"achieved", "planned", "recommended", "lacking"}, None)
LABEL = {
    "id": int,
    "at": str,
    "author": str,
    "act": str,
    "action": {"accept", "reject", "set"},
    "tag": str,
    "document": str,
    "quote": str,
    "offset": int,
    "kind": {"tag"},
    "model": str,
    "model_version": str,
    "provenance": {"official", "derived", "provisional"},
    "judged": str,
    "dimension": str,
    "level": TEXT,
    "modality": MODALITY,
    "subject": TEXT,
    "statement": str,
}
THEME_LABEL = {name: LABEL[name] for name in ("id", "at", "author", "action", "tag", "document", "quote", "offset")}
THEME_LABEL |= {"kind": {"theme"}, "theme": str, "label": str, "why": TEXT}
HISTORY = {"labels": [LABEL | {"passage": TEXT, "start": int, "end": int, "loose": bool}]}
TAG = {
    "id": str,
    "model": str,
    "model_version": str,
    "provenance": str,
    "dimension": str,
    "level": TEXT,
    "subject": TEXT,
    "modality": MODALITY,
    "confidence": float,
    "status": {"accepted", "suggested", "hidden"},
    "start": int,
    "end": int,
    "statement": str,
    "by": str,
}
SYMBOL = dict.fromkeys(("raw", "prefix", "serial", "language", "version", "variant"), TEXT)
QUEUE = {
    "tags": [
        {
            "id": str,
            "tag": TAG,
            "passage": {
                "id": str,
                "text": str,
                "section": [str],
                "paragraphs": [str],
                "pages": [int],
                "language": TEXT,
            },
            "document": {
                "id": str,
                "key": str,
                "symbol": (SYMBOL, None),
                "title": TEXT,
                "source": str,
                "body": TEXT,
                "date": TEXT,
                "language": TEXT,
            },
        }
    ],
    "waiting": int,
    "labels": int,
    "loose": int,
}
SHARE = (float, None)
MEASURES = {
    "precision": SHARE,
    "recall": SHARE,
    "f1": float,
    "ece": float,
    "coverage": float,
    "accepted_precision": SHARE,
    "log_loss": float,
}
BOTH = {"labels": int, "positives": int, "papers": int, "before": MEASURES, "after": MEASURES}
RETRAIN = BOTH | {
    "model": str,
    "provenance": str,
    "version": TEXT,
    "at": str,
    "kept": bool,
    "reason": TEXT,
    "folds": int,
    "tagged": int,
    "macro_f1_before": float,
    "macro_f1_after": float,
    "per_node": {str: BOTH},
}
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


def test_the_way_of_a_reviewer(ask, assert_shape, passage):
    """List, accept, correct, reject: every answer has its shape, and the matrix follows at once."""
    queue = ask("review", "list", "-k", "2")
    assert_shape(queue, QUEUE)
    one = queue["tags"][0]
    assert_shape(ask("review", "accept", one["id"], "--author", "Ana"), {"labels": [LABEL]})
    assert ask("review", "list")["waiting"] == queue["waiting"] - 1
    ask("review", "set", one["id"], "--dimension", "legal_framework", "--level", "L3", "--modality", "achieved")
    filters = [f"--filter={value}" for value in ("dimension=legal_framework", "level=L3", "modality=achieved")]
    assert ask("search", "", *filters)["documents"] == 1
    cells = {(c["dimension"], c["level"], c["modality"]): c["documents"] for c in ask("matrix")["cells"]}
    assert cells["legal_framework", "L3", "achieved"] == 1
    ask("review", "reject", one["id"])
    assert ask("search", "", *filters)["documents"] == 0
    history = ask("review", "history", one["id"])
    assert_shape(history, HISTORY)
    assert [label["action"] for label in history["labels"]] == ["reject", "set", "accept"]
    assert history["labels"][-1]["author"] == "person:Ana"
    assert history["labels"][0]["author"]


def test_what_was_said_is_recorded_as_on_the_review_page(ask, home, passage):
    name = ask("review", "list", "-k", "1")["tags"][0]["id"]
    (said,) = ask("review", "accept", name, "--author", "Ana")["labels"]
    with ReviewRecords(State(load_settings(home))) as records:
        ((record,),) = records.of_author("person:Ana", limit=9)
    assert (record.item, record.verdict, record.slice, record.act) == (name, "accept", None, said["act"])
    assert record.judgement.id == said["id"]


def test_a_tag_is_added_and_its_values_emptied(ask, passage):
    added = ("--quote", "thanked the Secretariat", "--dimension", "strategy_governance", "--subject", "Norland")
    (label,) = ask("review", "set", passage, *added, "--level", "L1")["labels"]
    (hit,) = ask("search", "", "--filter", "subject=norland")["hits"]
    shown = {tag["id"]: tag for tag in hit["passages"][0]["maturity"]}
    assert shown[label["tag"]]["level"] == "L1"
    (again,) = ask("review", "set", label["tag"], "--level", "null")["labels"]
    assert (again["level"], again["subject"], again["quote"]) == (None, "Norland", "thanked the Secretariat")


def test_two_processes_say_something_at_once(ask, start, home, passage):
    (one,) = ask("review", "set", passage, "--quote", SENTENCES[0], "--dimension", "legal_framework")["labels"]
    running = [start("review", "accept", one["tag"], "--author", f"p{n}", "--home", home) for n in range(4)]
    assert [process.wait(120) for process in running] == [0] * 4
    for process in running:
        process.communicate()
    said = ask("review", "history", one["tag"])["labels"]
    assert sorted(label["author"] for label in said[:4]) == [f"person:p{n}" for n in range(4)]
    assert [label["id"] for label in said] == [5, 4, 3, 2, 1]


def test_people_can_read_it(cli, home, passage):
    done = cli("review", "list", "-k", "1", "--home", home)
    assert "not judged yet; 0 judgements so far" in done.out
    words = ("--quote", SENTENCES[1], "--dimension", "process_automation", "--author", "Ana")
    said = cli("review", "set", passage, *words, "--home", home)
    assert "Ana: set process_automation, no level, no claim" in said.out
    assert "“Declarations are lodged electronically" in cli("review", "history", "--home", home).out
    for outcome in (done, said):
        assert max(map(len, outcome.out.splitlines())) <= 120


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["accept"], "ID"),
        (["accept", "nothing"], "no such tag"),
        (["reject", "0000000000000000-0:a:0"], "no such tag"),
        (["set", "nothing", "--level", "L1"], "no such tag"),
        (["set", "nothing", "--modality", "perhaps"], "perhaps"),
        (["list", "--dimension", "weather"], "no dimension weather"),
        (["list", "--filter", "colour=red"], "colour"),
        (["list", "-k", "0"], "-k"),
        (["nosuch"], "nosuch"),
    ],
)
def test_mistakes_are_one_line(cli, home, arguments, words):
    options = [] if arguments == ["nosuch"] else ["--home", home]
    done = cli("review", *arguments, *options)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert words in done.line


def test_a_tag_keeps_a_dimension(cli, home, ask):
    tag = ask("review", "list")["tags"][0]["id"]
    done = cli("review", "set", tag, "--dimension", "null", "--home", home)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert "a tag has a dimension" in done.line


@pytest.mark.parametrize(
    "arguments", [["review", "list"], ["review", "accept", "x"], ["review", "history"], ["retrain"]]
)
def test_without_an_index_there_is_nothing_to_say(cli, tmp_path, arguments):
    done = cli(*arguments, "--home", tmp_path / "empty")
    assert (done.code, done.out) == (NOT_THERE, "")
    assert "ingest first" in done.line
    assert not (tmp_path / "empty").exists()


def test_retrain_without_judgements(cli, home):
    done = cli("retrain", "--home", home)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert "review list" in done.line


def test_without_a_classifier_there_is_nothing_to_teach(ask, cli, home, passage):
    ask("review", "set", passage, "--quote", SENTENCES[0], "--dimension", "legal_framework")
    done = cli("retrain", "--home", home)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert "models fit" in done.line


def test_a_report_of_what_was_not_kept(ask, cli, assert_shape, home, passage):
    """One paper cannot be tried on another; what it says is reported all the same."""
    fit_classifier(load_settings(home))
    for sentence in SENTENCES[:2]:
        ask("review", "set", passage, "--quote", sentence, "--dimension", "legal_framework")
    report = ask("retrain")
    assert_shape(report, RETRAIN)
    assert (report["kept"], report["labels"], report["positives"]) == (False, 1, 1)
    assert "one paper" in report["reason"]
    done = cli("retrain", "--home", home)
    assert done.code == 0
    assert "Not kept" in done.out


def test_review_loads_no_model(process, home):
    code = (
        "import atexit, sys\n"
        "from portal.cli import main\n"
        "atexit.register(lambda: print([n for n in ('torch', 'spacy', 'prefect', 'openvino') if n in sys.modules]))\n"
        "main(sys.argv[1:])"
    )
    done = process("review", "list", "--home", home, code=code)
    assert done.out.splitlines()[-1] == "[]"
