"""What runs write down of what they did with each document."""

import datetime as dt
from contextlib import closing

import pytest

from configs.system.errors import UnavailableError
from pipelines.ingest.plan import Item
from pipelines.ingest.planners import StagePlanner
from pipelines.ingest.recorded import open_run, recorded_run
from pipelines.sources.source import Source
from tests.states import ledger_of

PAPER = "1. The Committee adopted the agenda.\n\n2. The Secretariat presented {word} to the delegates of the session.\n"


def write(folder, name, word):
    (folder / name).write_text(PAPER.format(word=word), encoding="utf-8")


@pytest.fixture
def history(settings):
    def read(run):
        with closing(ledger_of(settings.home)) as ledger:
            return {row.source.rsplit("/", maxsplit=1)[-1]: row for row in ledger.run_documents(run)}

    return read


def failing(papers):
    path = papers / "broken.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"no paper at all " * 50)
    return path


def test_rows_of_what_was_done_and_none_of_what_was_left_alone(take_in, papers, history, settings):
    write(papers, "a.txt", "projects")
    write(papers, "b.txt", "figures")
    write(papers, "c.txt", "figures")
    failing(papers)
    rows = history(take_in().run)
    assert {name: (row.outcome, row.event, row.stage) for name, row in rows.items()} == {
        "a.txt": ("indexed", "new", "index"),
        "b.txt": ("indexed", "new", "index"),
        "c.txt": ("duplicate", None, "read"),
        "broken.pdf": ("failed", None, "read"),
    }
    assert min(rows[name].seconds for name in ("a.txt", "b.txt", "broken.pdf")) > 0
    assert rows["a.txt"].versions["read"]
    assert (rows["broken.pdf"].attempts, bool(rows["broken.pdf"].error)) == (1, True)
    write(papers, "a.txt", "results")
    (papers / "b.txt").unlink()
    rows = history(take_in(delete_missing=True).run)
    assert {name: (row.outcome, row.event) for name, row in rows.items()} == {
        "a.txt": ("indexed", "changed"),
        "b.txt": ("deleted", None),
        "c.txt": ("indexed", "new"),
    }
    assert rows["a.txt"].paragraphs.changed == ("2",)
    assert history(take_in().run) == {}
    rows = history(take_in(start="tag").run)
    assert {name: (row.event, row.start, row.paragraphs) for name, row in rows.items()} == {
        "a.txt": ("again", "tag", None),
        "c.txt": ("again", "tag", None),
    }
    with closing(ledger_of(settings.home)) as ledger:
        runs = ledger.runs()
    assert [run.status for run in runs] == ["done"] * 4
    assert runs[-1].source == f"file://{papers}"
    assert (runs[-1].found, runs[-1].indexed, runs[-1].duplicate, runs[-1].failed) == (4, 2, 1, 1)


def test_failures_count_up_until_they_are_quarantined(take_in, papers, rows, settings):
    path = failing(papers)
    write(papers, "a.txt", "projects")
    take_in()
    first = rows()["broken.pdf"].first_failed
    for attempts in (2, 3):
        assert take_in(only="failed").failed == 1
        assert (rows()["broken.pdf"].attempts, rows()["broken.pdf"].first_failed) == (attempts, first)
    report = take_in(only="failed")
    assert (report.found, report.quarantined, rows()["broken.pdf"].attempts) == (0, 1, 3)
    assert take_in(only="failed", dry_run=True).quarantined == 1
    assert (take_in().failed, rows()["broken.pdf"].attempts) == (1, 3)
    assert (take_in(only="failed", force=True).failed, rows()["broken.pdf"].attempts) == (1, 4)
    path.write_bytes(b"%PDF-1.7\n" + b"still no paper " * 50)
    report = take_in(only="failed")
    assert (report.failed, report.quarantined, rows()["broken.pdf"].attempts) == (1, 0, 1)
    assert rows()["broken.pdf"].first_failed > first
    assert settings.quarantine_after == 3


def test_a_document_that_is_indexed_has_no_attempts_any_more(take_in, papers, rows):
    path = failing(papers)
    take_in()
    path.write_bytes(b"")
    take_in()
    write(papers, "broken.pdf", "projects")
    take_in()
    row = rows()["broken.pdf"]
    assert (row.outcome, row.attempts, row.first_failed) == ("indexed", 0, None)


def test_a_run_that_is_stopped_has_what_it_did_until_then(take_in, papers, settings):
    for number in range(3):
        write(papers, f"{number}.txt", f"project {number}")
    take_in()
    with pytest.raises(UnavailableError):
        tag_until_the_disk_is_away(settings.model_copy(update={"batch_documents": 1}))
    with closing(ledger_of(settings.home)) as ledger:
        stopped = ledger.runs()[0]
        documents = list(ledger.run_documents(stopped.id))
    assert (stopped.flow, stopped.status, stopped.indexed, stopped.failed) == ("tag", "failed", 1, 2)
    assert [row.event for row in documents] == ["again"]


def tag_until_the_disk_is_away(settings):
    """Tag documents again until the first one is done."""

    def once(items, run_id, done):
        if done_before:
            raise UnavailableError("the disk is away", "bring it back")
        done_before.append(items)
        return open_run(run_id).session.process(items, run_id, done)

    done_before = []
    with recorded_run(settings, flow="tag", run_batch=once) as run:
        run.execute(EveryDocument())


class EveryDocument(StagePlanner):
    def __init__(self):
        super().__init__("tag")

    def _item(self, entry, home):
        return Item(Source(entry.source), entry.id, entry.sha256, "work", "tag")


def test_a_run_forgets_what_runs_did_long_ago(take_in, papers, settings, history):
    write(papers, "a.txt", "projects")
    run = take_in().run
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=settings.history_days + 1)
    with closing(ledger_of(settings.home)) as ledger:
        (row,) = ledger.run_documents(run)
        ledger.record([row.model_copy(update={"run": "old", "at": long_ago})])
    assert history("old")
    take_in()
    assert (history("old"), len(history(run))) == ({}, 1)
