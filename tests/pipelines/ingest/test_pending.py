"""What a run had still to do, however it ended: noted before it begins, and never taken for nothing."""

import os
import subprocess
from functools import partial

import pytest

from configs.system import files
from configs.system.errors import UnavailableError
from configs.system.sqlite.failures import storage_errors
from index.filters import EVERY_CLASS
from pipelines.ingest.pending import begin, finish, list_documents, pending, reduce, refuse_without_list
from pipelines.ingest.plan import Pending, Selection
from pipelines.ingest.report import RunStoppedError
from pipelines.ingest.runs import ingest, tag_again
from pipelines.ingest.session import IngestSession
from pipelines.search.service import reader
from pipelines.sources.source import uri_of
from pipelines.stages.versions import CODE_VERSIONS
from pipelines.workspace import UNFINISHED
from tests.forked import fork_server

BROKEN = [b"", b'["a"', b"{}", b"[1]", b"\xff", b"[" * 100_000, b'[{"documents": 1}]']


@pytest.fixture
def papers(papers):
    for number in range(5):
        (papers / f"{number}.txt").write_text(f"The single window of country {number}.")
    return papers


class TestTheNote:
    def test_a_list_is_taken_back_by_the_run_that_ends(self, tmp_path):
        begin(tmp_path, "r", ["/papers"])
        list_documents(tmp_path, "r", ["a", "b"], None)
        assert pending(tmp_path) == {"a": Pending("r", None), "b": Pending("r", None)}
        finish(tmp_path, "r", ["a", "b"])
        assert list(tmp_path.iterdir()) == []

    def test_what_one_run_left_another_does(self, tmp_path):
        list_documents(tmp_path, "killed", ["a", "b"], "tag")
        list_documents(tmp_path, "stopped", ["c", "d"], None)
        reduce(tmp_path, "stopped", ["c"])
        left = dict.fromkeys("ab", Pending("killed", "tag"))
        assert pending(tmp_path) == left | {"c": Pending("stopped", None)}
        list_documents(tmp_path, "next", ["a"], None)
        assert pending(tmp_path)["a"] == Pending("killed", "tag")
        finish(tmp_path, "next", ["a", "c"])
        assert pending(tmp_path).keys() == {"b"}

    def test_no_secret_of_a_source_is_noted(self, tmp_path):
        begin(tmp_path, "r", ["https://bob:secret@example.org/papers/?sig=abc&sv=1"])
        assert "secret" not in (tmp_path / UNFINISHED).read_text()
        assert "abc" not in (tmp_path / UNFINISHED).read_text()

    def test_a_full_disk_leaves_the_list_before(self, tmp_path, full_disk):
        list_documents(tmp_path, "r", ["a", "b"], None)
        with full_disk():
            reduce(tmp_path, "r", ["b"])
            finish(tmp_path, "other", ["a"])
        assert pending(tmp_path).keys() == {"a", "b"}
        assert [path.name for path in tmp_path.iterdir()] == [UNFINISHED]

    @pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
    def test_one_that_cannot_be_read_is_an_error_and_replaced_by_the_next(self, tmp_path, content, caplog):
        (tmp_path / UNFINISHED).write_bytes(content)
        for question in (pending, partial(refuse_without_list, names=["/papers"])):
            with pytest.raises(UnavailableError, match=r"unfinished\.json: .* cannot be read: .*without --only failed"):
                question(tmp_path)
        list_documents(tmp_path, "r", ["b"], None)
        assert pending(tmp_path).keys() == {"b"}
        assert len(caplog.records) == 1


class TestARunWithoutAList:
    @pytest.mark.parametrize(
        ("began", "asked", "refused"),
        [
            ("/papers", "/papers", True),
            ("/papers", "/papers/sub/a.pdf", True),
            ("/papers/sub", "/papers", True),
            ("/papers/*.pdf", "/papers", True),
            ("/papers", "/papers/**/*.pdf", True),
            ("/papers/box.zip", "zip://a::file:///papers/box.zip", True),
            ("/papers", "/papers2", False),
            ("/papers/a", "/papers/b", False),
            ("https://example.org/a/", "https://example.org/a/b.pdf", True),
            ("https://example.org/a/", "https://example.org/b/", False),
        ],
    )
    def test_is_told_of_where_its_sources_are_asked_for(self, tmp_path, began, asked, refused):
        begin(tmp_path, "r", [began])
        if not refused:
            refuse_without_list(tmp_path, [asked])
            return
        with pytest.raises(UnavailableError, match="did not end and left no list") as error:
            refuse_without_list(tmp_path, [asked])
        assert error.value.exit_code == 3
        assert uri_of(began) in error.value.message
        assert "without --only failed" in error.value.remedy

    def test_is_forgotten_when_another_was_about_all_of_its_sources(self, tmp_path):
        begin(tmp_path, "r", ["/papers/a", "/papers/b"])
        finish(tmp_path, "part", ["x"], covers=lambda uri: uri.endswith("a"))
        finish(tmp_path, "only changed", ["x"])
        with pytest.raises(UnavailableError):
            refuse_without_list(tmp_path, ["/papers/b"])
        finish(tmp_path, "all", ["x"], covers=lambda _: True)
        refuse_without_list(tmp_path, ["/papers"])
        assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from configs.settings import load_settings
from pipelines.ingest.runs import ingest
from pipelines.ingest.plan import Selection
from tests.dummy_encoder import dummy_encoders

def stop(done, total, name):
    if done == 2:
        os.kill(os.getpid(), signal.Signals[sys.argv[3]])

with dummy_encoders(Path(sys.argv[5])):
    ingest(
        load_settings(sys.argv[1], encoder="all-MiniLM-L6-v2", batch_documents=2), [sys.argv[2]],
        selection=Selection(**eval(sys.argv[4])), progress=stop,
    )
"""


@pytest.mark.slow
class TestRunsThatEndEarly:
    @pytest.fixture
    def kill(self, settings, papers, dummy_cache):
        """Kill a run in a process of its own when it has done two documents."""

        def run(name, **selection):
            given = [settings.home, papers, name, repr(selection), dummy_cache]
            done = subprocess.run(fork_server().command("-c", KILLED, *map(str, given)), check=False)
            assert done.returncode != 0

        return run

    def versions(self, settings):
        with reader(settings) as engine:
            return {versions["tag"] for _, versions in engine.documents(access_classes=EVERY_CLASS)}

    @pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
    def test_what_a_stopped_process_left_is_taken_up(self, take_in, settings, papers, kill, name):
        kill(name)
        told, done = (take_in(only="failed", dry_run=dry) for dry in (True, False))
        assert told.indexed == done.indexed == done.found == 3
        assert take_in(only="failed").found == 0
        assert take_in().unchanged == 5
        assert not (settings.home / UNFINISHED).exists()

    @pytest.mark.parametrize("selection", [{"force": True}, {"start": "tag"}])
    def test_so_is_what_was_to_be_done_though_nothing_had_changed(self, take_in, papers, kill, rows, selection):
        take_in()
        kill("SIGKILL", **selection)
        before = rows()
        assert take_in(only="failed").indexed == 3
        after = rows()
        assert sum(after[name].run != before[name].run for name in after) == 3
        assert take_in(only="failed").found == 0

    def test_duplicates_that_are_known_are_not_taken_up(self, take_in, papers, kill):
        (papers / "copy.txt").write_bytes((papers / "0.txt").read_bytes())
        take_in()
        for number in range(1, 5):
            (papers / f"{number}.txt").write_text(f"The single window of territory {number}.")
        kill("SIGKILL")
        assert (take_in(only="failed").found, take_in().duplicate) == (3, 1)

    def test_so_is_what_was_to_be_tagged_again(self, take_in, settings, papers, monkeypatch):
        take_in()
        monkeypatch.setitem(CODE_VERSIONS, "tag", "next")
        with pytest.raises(KeyboardInterrupt):
            tag_again(settings, progress=partial(interrupt, after=2))
        assert take_in(only="failed").indexed == 3
        assert len(self.versions(settings)) == 1

    def test_a_run_that_was_killed_before_it_had_a_list_is_said(self, take_in, settings, papers, monkeypatch):
        monkeypatch.setattr(IngestSession, "plan", lambda *_, **__: interrupt(1, 1, "", after=1))
        with pytest.raises(KeyboardInterrupt):
            take_in()
        monkeypatch.undo()
        for dry in (True, False):
            with pytest.raises(UnavailableError, match="left no list"):
                take_in(only="failed", dry_run=dry)
        assert ingest(settings, [str(papers)]).indexed == 5
        assert ingest(settings, [str(papers)], selection=Selection(only="failed")).found == 0

    def test_documents_that_no_run_knew_are_said(self, take_in, papers, caplog):
        assert take_in(only="failed").found == 0
        assert "5 documents were never ingested, and --only failed leaves them out" in caplog.text

    @pytest.mark.parametrize("dry", [False, True])
    def test_only_failed_does_not_take_a_damaged_note_for_none(self, take_in, settings, papers, dry):
        take_in()
        (settings.home / UNFINISHED).write_bytes(b"")
        with pytest.raises(UnavailableError, match=r"unfinished\.json"):
            take_in(only="failed", dry_run=dry)
        assert take_in(dry_run=dry).unchanged == 5
        assert (settings.home / UNFINISHED).exists() == dry


@pytest.mark.slow
class TestAFullDisk:
    def fill(self, monkeypatch, *, when):
        """Let the disk be full as soon as a condition on a file's new content holds."""
        written = files._write_new

        def write(path, data):
            if when(data):
                raise OSError(28, os.strerror(28), str(path))
            written(path, data)

        monkeypatch.setattr(files, "_write_new", write)

    def test_in_the_middle_leaves_the_list(self, warm, settings, papers, monkeypatch):
        process = IngestSession.process
        full = []

        def process_one_batch(session, items, run, done, **more):
            if full:
                with storage_errors(settings.home):
                    raise OSError(28, os.strerror(28))
            full.append(True)
            return process(session, items, run, done, **more)

        monkeypatch.setattr(IngestSession, "process", process_one_batch)
        self.fill(monkeypatch, when=lambda _: full)
        small = settings.model_copy(update={"batch_documents": 2})
        with pytest.raises(RunStoppedError) as stopped:
            ingest(small, [str(papers)])
        assert stopped.value.remedy == "free some space and run the same command again, or with --only failed"
        assert stopped.value.report.failed == 3
        monkeypatch.undo()
        assert ingest(settings, [str(papers)], selection=Selection(only="failed")).indexed == 3

    def test_before_there_is_a_list_says_what_to_run(self, warm, settings, papers, monkeypatch):
        self.fill(monkeypatch, when=lambda data: b'"documents": [' in data)
        with pytest.raises(RunStoppedError) as stopped:
            ingest(settings, [str(papers)])
        assert stopped.value.remedy == "free some space and run the same command again"
        assert stopped.value.report.failed == 5
        monkeypatch.undo()
        with pytest.raises(UnavailableError, match="left no list"):
            ingest(settings, [str(papers)], selection=Selection(only="failed"))

    def test_before_anything_could_be_noted_does_nothing(self, warm, settings, papers, monkeypatch):
        self.fill(monkeypatch, when=lambda _: True)
        with pytest.raises(UnavailableError) as refused:
            ingest(settings, [str(papers)])
        assert refused.value.message == f"{settings.home}: the disk is full"
        assert refused.value.remedy == "free some space and run the same command again"


def interrupt(done, total, name, *, after):
    if done == after:
        raise KeyboardInterrupt
