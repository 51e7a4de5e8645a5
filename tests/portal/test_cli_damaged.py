"""A damaged state: questions are answered without judgements, judgements refused, and a copy comes back."""

import os
import shutil
import stat

import pytest

from configs.settings import load_settings
from configs.system.errors import UnavailableError
from index.filters import EVERY_CLASS
from tests import answers

NOT_THERE = 3
PAPER = "The national single window has been connected to those of two neighbouring countries since 2018."

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def made(tmp_path_factory, cli):
    """A home with a paper whose tag a person rejected, and the id of the tag."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "paper.txt").write_text(PAPER)
    home = ("--home", folder / "home")
    done = cli("ingest", folder / "paper.txt", *home, "--encoder", "all-MiniLM-L6-v2")
    assert done.code == 0, done.err
    (folder / "home" / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\n")
    (hit,) = cli("search", "window", *home, "--json").json["hits"]
    tag = hit["passages"][0]["maturity"][0]["id"]
    answers.judge(load_settings(folder / "home"), "reject", [tag], "person:Ana", access_classes=EVERY_CLASS)
    return folder / "home", tag


def overwrite(path):
    path.write_bytes(b"no database" * 1000)


def flip(path):
    data = bytearray(path.read_bytes())
    data[100 : len(data)] = bytes(byte ^ 0x55 for byte in data[100:])
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def folder(path):
    path.unlink()
    path.mkdir()


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def link(path):
    path.unlink()
    path.symlink_to(path.with_name("nowhere") / "state.db")


def state(path):
    """What lies at a path, and what it holds."""
    found = path.lstat()
    return stat.S_IFMT(found.st_mode), path.read_bytes() if stat.S_ISREG(found.st_mode) else None


@pytest.fixture(
    params=[overwrite, *(pytest.param(one, marks=pytest.mark.long) for one in (flip, cut, empty, folder, pipe, link))]
)
def home(request, made, tmp_path):
    """A home whose state is damaged."""
    home = shutil.copytree(made[0], tmp_path / "home")
    for companion in home.glob("state.db-*"):
        companion.unlink()
    request.param(home / "state.db")
    return home


@pytest.mark.parametrize(
    "command",
    [
        ("search", "window"),
        ("search", "window", "--facet", "dimension", "--filter", "modality=achieved", "--filter", "status=suggested"),
        ("matrix",),
        ("themes",),
        ("show", "{paper}", "--full"),
    ],
    ids=" ".join,
)
def test_a_question_is_answered_without_judgements_and_says_so_once(cli, made, home, command, caplog):
    paper = made[0].parent / "paper.txt"
    done = cli(*(part.format(paper=paper) for part in command), "--home", home, "--json")
    assert done.code == 0, done.err
    assert PAPER in done.out or command[0] in ("matrix", "themes")
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    (said,) = [one for one in warnings if "judgements are left out" in one]
    assert str(home / "state.db") in said
    assert "run customs-lens doctor --repair" in said
    assert all("which documents are withdrawn" in one for one in warnings if one != said)


@pytest.mark.parametrize("home", [overwrite], indirect=True)
def test_it_says_so_on_standard_error(process, home):
    done = process("search", "window", "--home", home, "--json")
    assert (done.code, done.json["documents"]) == (0, 1)
    line, *_ = done.err.strip().splitlines()
    assert "state.db: the state is damaged: file is not a database" in line


def test_a_judgement_is_refused_with_what_helps(made, home):
    before = state(home / "state.db")
    with pytest.raises(UnavailableError, match=r"state\.db") as refused:
        answers.judge(load_settings(home), "accept", [made[1]], "person:Ana", access_classes=EVERY_CLASS)
    assert "run customs-lens doctor --repair" in str(refused.value)
    assert state(home / "state.db") == before


def test_doctor_puts_the_newest_copy_in_its_place(cli, made, home):
    done = cli("doctor", "--home", home)
    assert done.code == NOT_THERE
    assert "FAIL judgements" in done.out
    done = cli("doctor", "--repair", "--home", home)
    assert done.code == 0, done.out
    assert "done state.db" in done.out
    history = answers.history(load_settings(home), access_classes=EVERY_CLASS)
    assert [(one.judgement.tag, one.judgement.action) for one in history] == [(made[1], "reject")]
    assert sum(os.path.lexists(one / "state.db") for one in (home / "damaged").iterdir()) == 1


def test_a_backup_is_kept_ends_with_1_and_is_restored_with_what_a_copy_has(cli, made, home, tmp_path):
    done = cli("backup", tmp_path / "backup.zip", "--home", home)
    assert done.code == 1
    assert "state.db" in done.out.partition("Not whole")[2]
    done = cli("restore", tmp_path / "backup.zip", "--home", tmp_path / "other")
    assert done.code in (0, 1), done.err
    history = answers.history(load_settings(tmp_path / "other"), access_classes=EVERY_CLASS)
    assert [(one.judgement.tag, one.judgement.action) for one in history] == [(made[1], "reject")]


def test_papers_are_taken_in_when_it_is_repaired(cli, made, home):
    before = state(home / "state.db")
    ingest = ("ingest", made[0].parent / "paper.txt", "--force", "--home", home, "--json")
    assert cli(*ingest).code == NOT_THERE
    assert state(home / "state.db") == before
    assert cli("doctor", "--repair", "--home", home).code == 0
    assert cli(*ingest).json["indexed"] == 1
    history = answers.history(load_settings(home), access_classes=EVERY_CLASS)
    assert [(one.judgement.tag, one.is_unanchored) for one in history] == [(made[1], False)]


def test_without_a_copy_doctor_lets_work_go_on(cli, made, home):
    shutil.rmtree(home / "copies")
    done = cli("doctor", "--repair", "--home", home)
    assert "LEFT state.db" in done.out
    assert "restore a backup" in " ".join(done.out.split())
    answers.judge(load_settings(home), "accept", [made[1]], "person:Ana", access_classes=EVERY_CLASS)
    assert len(list((home / "copies").glob("state-*"))) == 1
