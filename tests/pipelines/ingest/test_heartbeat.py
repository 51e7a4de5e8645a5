"""The heartbeat of a run: what a monitor reads while it works and when it has ended."""

import os
import socket
import time

import pytest

from configs.sources import FeedConfig
from configs.system.errors import UnavailableError
from configs.system.progress import steps_told_to
from pipelines.ingest import heartbeat
from pipelines.ingest.heartbeat import Heartbeat, read_heartbeat, run_at_work
from pipelines.ingest.source_runs import run_source
from pipelines.sources.connectors.folder_walk import FolderWalk
from pipelines.sources.source import is_own
from pipelines.workspace import HEARTBEAT, writing_locked
from tests.shelves import NAME, ROOT, Shelf, paper

DEADLINE = 300.0


def wait_for(condition):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def two_papers(papers):
    for name in ("a", "b"):
        (papers / f"{name}.txt").write_text(f"The single window of agency {name}.")
    return papers


def test_there_is_none_before_the_first_run(tmp_path):
    assert read_heartbeat(tmp_path) is None


def test_a_run_that_ended_says_how(take_in, two_papers, settings):
    report = take_in()
    beat = read_heartbeat(settings.home)
    assert (beat.run, beat.status, beat.done, beat.total) == (report.run, "done", 2, 2)
    assert (beat.pid, beat.host) == (os.getpid(), socket.gethostname())
    assert beat.started <= beat.progressed <= beat.at
    assert beat.seconds > 0


def test_while_it_works_it_says_how_far_it_is(take_in, two_papers, settings, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.01)
    seen = []

    def progress(done, total, name):
        wait_for(lambda: (beat := read_heartbeat(settings.home)) and beat.done == done)
        seen.append(read_heartbeat(settings.home))

    take_in(progress=progress)
    assert [(one.status, one.phase, one.done, one.total) for one in seen] == [
        ("running", "working", 1, 2),
        ("running", "working", 2, 2),
    ]
    assert [one.document for one in seen] == ["a.txt", "b.txt"]
    assert 0 < seen[0].left <= seen[0].seconds
    assert seen[1].left == 0


def test_the_time_left_is_that_of_what_is_new(take_in, two_papers, settings, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.01)
    take_in()
    (two_papers / "c.txt").write_text("The single window of agency c.")
    seen = []

    def progress(done, total, name):
        wait_for(lambda: (beat := run_at_work(settings.home)) and beat.done == done)
        seen.append((name, run_at_work(settings.home).left))

    take_in(progress=progress)
    assert seen == [("a.txt", None), ("b.txt", None), ("c.txt", 0)]
    assert run_at_work(settings.home) is None


def test_a_run_that_makes_no_progress_is_seen_to_live(tmp_path, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.01)
    with Heartbeat(tmp_path) as beating:
        beating.begin("r1")
        first = read_heartbeat(tmp_path)
        wait_for(lambda: read_heartbeat(tmp_path).at > first.at)
        assert read_heartbeat(tmp_path).progressed == first.progressed


def test_a_listing_without_a_new_item_is_progress(warm, settings, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.01)
    papers, phases = {f"{number}.txt": paper(0) for number in range(6)}, []

    class Slow(Shelf):
        def changes(self, cursor):
            for page in super().changes(cursor):
                before = run_at_work(settings.home)
                yield page
                wait_for(lambda: run_at_work(settings.home).step_clock > before.step_clock)  # noqa: B023 - at once
                phases.append(run_at_work(settings.home).phase)

    source = FeedConfig(name=NAME, kind="feed", url=ROOT)
    run_source(settings, source, connector=Shelf(papers))
    run_source(settings, source, connector=Slow(papers, page=2))
    assert phases == ["opening"] * 3  # no phase began


def test_a_large_folder_is_listed_in_steps(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for number in range(5):
            (tmp_path / folder / f"{number}.txt").touch()
    steps = []
    with steps_told_to(lambda: steps.append(1)):
        assert len(list(FolderWalk(tmp_path, follow_links=False).files())) == 10
    assert len(steps) == 3 + 10


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt, "interrupted"), (ZeroDivisionError, "failed")])
def test_a_run_that_ends_early_says_so(take_in, two_papers, settings, error, status):
    def progress(*_):
        raise error

    with pytest.raises(error):
        take_in(progress=progress)
    assert read_heartbeat(settings.home).status == status


def test_a_run_that_the_home_is_not_open_to_leaves_that_of_the_other(take_in, two_papers, settings):
    take_in()
    before = (settings.home / HEARTBEAT).read_bytes()
    with writing_locked(settings.home), pytest.raises(UnavailableError, match="is writing this index"):
        take_in()
    assert (settings.home / HEARTBEAT).read_bytes() == before


def test_a_run_that_ends_late_leaves_that_of_the_next(tmp_path):
    with Heartbeat(tmp_path) as old, Heartbeat(tmp_path) as new:
        old.begin("r1")
        new.begin("r2")
    assert read_heartbeat(tmp_path).run == "r2"


def test_a_heartbeat_that_cannot_be_written_or_read_ends_no_run(take_in, two_papers, settings):
    (settings.home / HEARTBEAT).mkdir(parents=True)
    assert take_in().indexed == 2
    assert read_heartbeat(settings.home) is None


def test_it_is_no_document(tmp_path):
    assert is_own(f"file://{tmp_path}/{HEARTBEAT}", tmp_path)
