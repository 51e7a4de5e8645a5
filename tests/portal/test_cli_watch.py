"""`watch` as people run it: a process of its own over a real folder, with a dummy encoder."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from hashlib import sha256

import psutil
import pytest

from index.embedded.lock import WriterLock
from tests.portal.conftest import clean_environment
from tests.states import ledger_of

pytestmark = pytest.mark.slow

RUN = """
import sys
from pathlib import Path
from portal.cli import main
from tests.dummy_encoder import dummy_encoders
from tests.states import ledger_of
with dummy_encoders(Path(sys.argv[1])):
    main(sys.argv[2:])
"""
PATIENCE = 120.0
IN_TIME = 15.0
"""Seconds in which it has to end: ten, and some for a machine that is busy."""
QUIET = "0.4"


class Watching:
    """A folder that is watched by a process; `rows` are the papers of its home by name, with their outcomes."""

    def __init__(self, folder, home, cache, *options):
        self.folder, self.home = folder, home
        self._log = (folder.parent / "err").open("w+b")
        command = [sys.executable, "-c", RUN, cache, "watch", folder, "--home", home, "--quiet", QUIET, *options]
        command += ["--encoder", "all-MiniLM-L6-v2", "--workers", "1"]
        self.process = subprocess.Popen(
            [str(part) for part in command],
            env=clean_environment(),
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

    @property
    def said(self):
        return (self.folder.parent / "err").read_text(encoding="utf-8")

    def rows(self):
        with closing(ledger_of(self.home)) as ledger:
            return {one.source.rsplit("/", 1)[-1]: one for one in ledger.entries()}

    def until(self, condition, what=""):
        give_up = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < give_up, f"{what}: {self.said}"
            time.sleep(0.2)  # a look opens the ledger: many would take the time of the run

    def until_taken(self, *names):
        self.until(lambda: self.rows().keys() == set(names), names)

    def stop(self, number=signal.SIGTERM):
        began = time.monotonic()
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=PATIENCE)
        self._log.close()
        return self.process.returncode, out.decode(), time.monotonic() - began

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()
        self._log.close()


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def watching(tmp_path, cache):
    """A function that begins to watch the folder `papers`."""
    begun = []
    (tmp_path / "papers").mkdir()

    def begin(*options):
        begun.append(Watching(tmp_path / "papers", tmp_path / "home", cache, *options))
        return begun[-1]

    yield begin
    for one in begun:
        one.kill()


def write(folder, name, text="A single window of Arvenia is planned for all ports."):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(f"{text} {name}", encoding="utf-8")


def test_papers_are_ingested_as_they_arrive_and_a_signal_ends_it(watching, tmp_path):
    (tmp_path / "home" / "index").mkdir(parents=True)
    lock = WriterLock(tmp_path / "home" / "index" / "lock")
    write(tmp_path / "papers", "there.txt")
    watch = watching("--json")
    watch.until(lambda: "is writing this index" in watch.said)
    assert f"process {os.getpid()} on " in watch.said
    lock.release()
    watch.until_taken("there.txt")

    (watch.folder / "there.txt").unlink()  # it stays in the index
    for name in ("unfinished.txt.part", ".copied.txt.Xy12", "~$open.txt", ".git/object.txt"):
        write(watch.folder, name)
    write(tmp_path, "moved/in.txt")
    (tmp_path / "moved").rename(watch.folder / "moved")
    with (watch.folder / "slow.txt").open("w", encoding="utf-8") as file:
        for number in range(12):
            file.write(f"Paragraph {number} of a paper that is copied slowly.\n\n")
            file.flush()
            time.sleep(float(QUIET) / 3)
    watch.until_taken("there.txt", "in.txt", "slow.txt")
    assert watch.rows()["slow.txt"].sha256 == sha256((watch.folder / "slow.txt").read_bytes()).hexdigest()

    write(watch.folder, "slow.txt", "It says something else now.")
    (watch.folder / "unfinished.txt.part").rename(watch.folder / "finished.txt")
    watch.until_taken("there.txt", "in.txt", "slow.txt", "finished.txt")
    digest = sha256((watch.folder / "slow.txt").read_bytes()).hexdigest()
    watch.until(lambda: watch.rows()["slow.txt"].sha256 == digest)
    code, out, took = watch.stop()
    assert code == 0
    assert took < IN_TIME
    summary = json.loads(out)
    assert (summary["failed"], summary["deleted"]) == (0, 0)
    assert "by notifications of the system" in watch.said


def test_what_vanished_is_deleted_if_asked_for_unless_it_is_too_much(watching, tmp_path):
    for name in ("a.txt", "b.txt", "c.txt"):
        write(tmp_path / "papers", name)
    watch = watching("--delete-missing", "--polling", "--every", "0.3")
    watch.until_taken("a.txt", "b.txt", "c.txt")
    (watch.folder / "b.txt").unlink()
    watch.until_taken("a.txt", "c.txt")
    shutil.move(watch.folder, tmp_path / "away")
    watch.until(lambda: "is not there; nothing is deleted" in watch.said)
    watch.folder.mkdir()  # as a disk that is not mounted looks
    watch.until(lambda: "all 2 documents are missing" in watch.said)
    code, out, _ = watch.stop(signal.SIGINT)
    assert code == 0
    assert "3 indexed, 0 failed, 1 deleted" in out
    assert watch.rows().keys() == {"a.txt", "c.txt"}
    assert "by polling every 0.3 s" in watch.said


def test_a_signal_ends_a_run_within_seconds_and_keeps_what_is_finished(watching, tmp_path):
    for number in range(60):
        write(tmp_path / "papers", f"{number:02}.txt", f"Paper {number}. " * 400)
    watch = watching()
    watch.until(lambda: (watch.home / "blobs").is_dir() and len(list((watch.home / "blobs").glob("*/*/*"))) > 8)
    code, _, took = watch.stop()
    assert code == 0
    assert took < IN_TIME
    assert [one for one in psutil.process_iter() if _group_of(one) == watch.process.pid] == []
    assert {one.outcome for one in watch.rows().values()} == {"indexed"}
    assert len(watch.rows()) < 60


def _group_of(process):
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return None


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [("nowhere", 3, "no such folder"), ("/", 2, "root of the file system"), ("file", 2, "is no folder")],
)
def test_what_cannot_be_watched_is_one_line(cli, tmp_path, monkeypatch, name, code, words):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    done = cli("watch", name, "--home", tmp_path / "home")
    assert (done.code, done.out) == (code, "")
    assert words in done.line
    assert not (tmp_path / "home").exists()
