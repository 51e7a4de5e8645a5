"""`sources list`, `check` and `run` over folders, one of which may be away."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.dummy_encoder import dummy_encoders

CHECKOUT = Path(__file__).resolve().parents[3]
OPTIONS = ("--encoder", "all-MiniLM-L6-v2")


@pytest.fixture(autouse=True, scope="module")
def _dummy(tmp_path_factory):
    with dummy_encoders(tmp_path_factory.mktemp("cache")):
        yield


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def configure(home, tmp_path):
    """A function that makes folders with papers, by their names, and configures them."""

    def make(**papers):
        rows = []
        for name, count in papers.items():
            folder = tmp_path / name
            folder.mkdir()
            for number in range(count):
                text = f"zpaper{name}{number}\n\nThe single window of country {number} was launched.\n"
                (folder / f"{number}.txt").write_text(text)
            row = {"name": name, "kind": "folder", "path": str(folder), "quiet_seconds": 0}
            rows.append(row | {"deletions": {"policy": "withdraw"}})
        (home / "sources.yaml").write_text(json.dumps({"sources": rows}))
        return tmp_path

    return make


@pytest.fixture
def ask(cli, home):
    def run(*arguments):
        return cli(*arguments, "--home", home, *OPTIONS)

    return run


def test_nothing_is_configured(ask, home):
    for arguments in (("sources", "list"), ("sources", "check"), ("sources", "run", "--all")):
        done = ask(*arguments)
        assert (done.code, done.out) == (0, "")
        assert str(home / "sources.yaml") in done.err
    assert ask("sources", "list", "--json").json == []


def test_a_source_is_listed_with_what_its_last_run_left(ask, configure):
    configure(one=2)
    (before,) = ask("sources", "list", "--json").json
    assert (before["name"], before["last_at"], before["fresh"], before["items"]) == ("one", None, None, 0)
    assert ask("sources", "run", "one").code == 0
    (after,) = ask("sources", "list", "--json").json
    assert (after["last_status"], after["fresh"], after["items"], after["withdrawn"]) == ("done", True, 2, 0)
    shown = ask("sources", "list").out
    assert "fresh" in shown
    assert "2 items, 0 failed; 0 documents withdrawn" in shown


def test_one_that_is_away_does_not_keep_the_others(ask, configure):
    folder = configure(first=1, second=2)
    (folder / "first").rename(folder / "elsewhere")
    done = ask("sources", "run", "--all", "--json")
    assert done.code == 3
    assert [(one["source"], one.get("indexed"), bool(one["error"])) for one in done.json] == [
        ("first", 0, True),
        ("second", 2, False),
    ]
    assert f"{folder}/first: cannot be read" in done.err
    checked = ask("sources", "check", "--json")
    assert checked.code == 3
    assert [bool(one["problems"]) for one in checked.json] == [True, False]
    assert checked.json[0]["problems"][0]["remedy"]
    assert ask("sources", "check", "second").code == 0


def test_documents_that_failed_are_told_by_the_exit_code(ask, configure):
    folder = configure(one=1)
    (folder / "one" / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    done = ask("sources", "run", "one")
    assert done.code == 1
    assert "1 indexed" in done.out
    assert "broken.pdf" in done.out
    assert ask("sources", "run", "one", "--only", "failed", "--json").json[0]["found"] == 1


def test_too_much_that_is_gone_is_let_go_when_it_is_allowed(ask, configure):
    folder = configure(one=3)
    assert ask("sources", "run", "one").code == 0
    for path in (folder / "one").iterdir():
        path.unlink()
    done = ask("sources", "run", "one", "--json")
    assert (done.code, done.json[0]["kept"], done.json[0]["withdrawn"]) == (3, 3, 0)
    assert "--allow-mass-deletion" in done.err
    done = ask("sources", "run", "one", "--allow-mass-deletion")
    assert done.code == 0
    assert "Its source no longer has 3 documents" in done.out


def test_a_withdrawn_document_is_shown_as_such(ask, configure):
    folder = configure(one=2)
    ask("sources", "run", "one")
    paper = folder / "one" / "0.txt"
    assert "withdrawn" not in ask("show", paper, "--json").json
    paper.unlink()
    ask("sources", "run", "one")
    day = time.strftime("%Y-%m-%d", time.gmtime())
    assert ask("show", paper, "--json").json["withdrawn"] == day
    assert f"withdrawn          {day}" in ask("show", paper).out
    hits = ask("search", "single window", "--mode", "text", "--json").json["hits"]
    assert sorted(hit["document"].get("withdrawn", "") for hit in hits) == ["", day]
    assert f"withdrawn since {day}" in ask("search", "zpaperone0", "--mode", "text").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sources", "run"), "no source is named"),
        (("sources", "run", "one", "--all"), "--all takes no names"),
        (("sources", "run", "two"), "has no source 'two': there are one"),
        (("sources", "check", "two"), "has no source 'two'"),
    ],
)
def test_mistakes_are_told_in_one_line(ask, configure, arguments, words):
    configure(one=1)
    done = ask(*arguments)
    assert done.code == 2
    assert words in done.line


@pytest.mark.slow
def test_a_run_that_is_told_to_end_ends_in_order(configure, home):
    folder = configure(one=40)
    code = (
        "import sys\nfrom pathlib import Path\nfrom portal.cli import main\n"
        "from tests.dummy_encoder import dummy_encoders\n"
        f"with dummy_encoders(Path({str(folder / 'cache')!r})): main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, "sources", "run", "one", "--home", str(home), *OPTIONS]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "CUSTOMS_LENS_BATCH_DOCUMENTS": "4"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        give_up = time.monotonic() + 300
        while not (home / "state.db").exists():
            assert time.monotonic() < give_up
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 143
    assert b"stopped by SIGTERM" in errors
    assert not (home / "tmp" / "items").exists()
    command += ["--json"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    (report,) = json.loads(done.stdout)
    assert (done.returncode, report["found"], report["failed"]) == (0, 40, 0)
