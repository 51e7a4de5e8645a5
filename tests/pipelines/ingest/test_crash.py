"""The whole process group is killed at random moments; running it again loses and doubles nothing."""

import contextlib
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from configs.settings import load_settings
from index.filters import EVERY_CLASS
from pipelines.ingest.runs import ingest
from pipelines.maintenance import health
from pipelines.search.service import reader
from tests import answers
from tests.forked import fork_server
from tests.states import ledger_of

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.long]

KILLS = 8
COPIES = 3
REWRITTEN = 12
"""Documents that change between two kills, so that every run has something to do."""
STARTING = (0.1, 4.0)
"""Seconds from the start to the kills that hit a run while it opens the home and the models."""
WORKING = (0.0, 1.5)
"""Seconds from the first document that a run finished to the kills that hit it at work."""
PATIENCE = 600.0


@pytest.fixture
def papers(tmp_path, samples):
    """Text papers made of the samples, each with a word of its own and the number of its edition."""
    folder = tmp_path / "papers"
    folder.mkdir()
    for copy in range(COPIES):
        for source in sorted((samples / "sources").glob("*.md")):
            paragraphs = source.read_text(encoding="utf-8").split("\n\n")
            text = "\n\n".join(paragraphs[copy * 4 + 2 : copy * 4 + 10])
            name = f"zpaper{source.stem}copy{copy}"
            (folder / f"{name}.txt").write_text(f"{name} zedition0\n\n{text}", encoding="utf-8")
    return folder


def rewrite(path, edition):
    first, _, rest = path.read_text(encoding="utf-8").partition("\n")
    path.write_text(f"{first.split()[0]} zedition{edition}\n{rest}", encoding="utf-8")


def run_and_kill(papers, home, seconds, *, at_work):
    """Start an ingestion, kill its process group, and return whether that was before its end."""
    command = fork_server().command("ingest", str(papers), "--home", str(home), "--encoder", "all-MiniLM-L6-v2")
    before = runs_that_finished_a_document(home)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        patience = time.monotonic() + PATIENCE
        while at_work and process.poll() is None and runs_that_finished_a_document(home) <= before:
            assert time.monotonic() < patience
            time.sleep(0.02)
        time.sleep(seconds)
        process.kill()
        _, errors = process.communicate()  # until nothing of it lives that could say something
    assert process.returncode in (-signal.SIGKILL, 0), errors.decode()
    return process.returncode != 0


def runs_that_finished_a_document(home):
    if not (home / "state.db").exists():
        return set()
    with contextlib.closing(sqlite3.connect(home / "state.db")) as ledger:
        try:
            return {run for (run,) in ledger.execute("SELECT DISTINCT run FROM documents")}
        except sqlite3.OperationalError:  # killed before it made the tables
            return set()


def assert_whole(settings, papers):
    """Every document of the folder is there once, in its last edition, and all parts agree."""
    assert [one for one in health.checks(settings) if not one.ok] == []
    names = sorted(path.stem for path in papers.iterdir())
    ledger = ledger_of(settings.home)
    rows = {Path(row.source).stem: row for row in ledger.entries()}
    states = [run.status for run in ledger.runs()]
    ledger.close()
    assert sorted(rows) == names
    assert states[0] == "done"
    assert "running" not in states
    with reader(settings) as engine:
        counts = engine.counts()
    assert counts.documents == len(names)
    assert counts.passages == counts.vectors == sum(row.passages for row in rows.values())
    for path in sorted(papers.iterdir()):
        hits = answers.search(settings, path.stem, mode="text", limit=100, access_classes=EVERY_CLASS)["hits"]
        assert [hit["document"]["source"] for hit in hits] == [f"file://{path}"]
        edition = path.read_text(encoding="utf-8").split(maxsplit=2)[1]
        found = answers.show(settings, f"file://{path}", full=True, access_classes=EVERY_CLASS)
        assert len(found["passages"]) == rows[path.stem].passages
        assert edition in found["passages"][0]["text"]


def test_killed_again_and_again(tmp_path, papers):
    settings = load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2")
    choice = random.Random(11)
    paths = sorted(papers.iterdir())
    killed = []
    for kill in range(KILLS):
        at_work = kill % 4 != 0
        seconds = choice.uniform(*(WORKING if at_work else STARTING))
        killed.append(run_and_kill(papers, settings.home, seconds, at_work=at_work))
        for path in choice.sample(paths, REWRITTEN):
            rewrite(path, kill + 1)
    assert sum(killed) > KILLS // 2
    report = ingest(settings, [str(papers)])
    assert (report.found, report.failed, report.duplicate) == (len(paths), 0, 0)
    assert_whole(settings, papers)
    again = ingest(settings, [str(papers)])
    assert (again.indexed, again.unchanged) == (0, len(paths))
