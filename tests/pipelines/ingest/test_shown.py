"""A run lets readers see what it committed while it goes on."""

import time
from contextlib import closing

import pytest

from configs.sources import FeedConfig
from configs.system.errors import UnavailableError
from pipelines.ingest import session, source_items
from pipelines.ingest.report import RunStoppedError
from pipelines.ingest.runs import ingest
from pipelines.ingest.source_runs import run_source
from pipelines.search.service import SearchService
from pipelines.storage.opening import open_storage
from tests.answers import found
from tests.engines import ENGINES, settings_on
from tests.shelves import NAME, ROOT, Shelf, paper

PAPERS = 4


@pytest.fixture(params=ENGINES)
def settings(request, tmp_path):
    return settings_on(request, tmp_path / "home", encoder="all-MiniLM-L6-v2", workers=2)


@pytest.fixture(autouse=True)
def papers(papers):
    for number in range(PAPERS):
        (papers / f"{number}.txt").write_bytes(paper(number))
    return papers


@pytest.fixture
def at_once(monkeypatch):
    """Let readers see each document as soon as it is committed."""
    monkeypatch.setattr(session, "SHOW_SECONDS", 0.0)


def counted(settings):
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        return ledger.runs()[0].indexed


def test_a_paper_is_found_while_the_batch_goes_on(warm, settings, papers, at_once):
    seen = []
    with SearchService(settings) as service:

        def progress(done, total, name):
            with service.engine() as engine:
                seen.append((name, engine.counts().documents, found(settings, "window")))

        ingest(settings, [str(papers)], progress=progress)
    names = [f"{number}.txt" for number in range(PAPERS)]
    assert seen == [(name, number, names[:number]) for number, name in enumerate(names, 1)]


def test_a_batch_of_seconds_is_shown_at_its_end(warm, settings, papers):
    seen = []
    ingest(settings, [str(papers)], progress=lambda *_: seen.append(found(settings, "window")))
    assert seen == [[]] * PAPERS
    assert len(found(settings, "window")) == PAPERS


def test_the_run_counts_what_is_shown(warm, settings, papers, at_once, monkeypatch):
    monkeypatch.setattr("pipelines.ingest.run._RECORDED_SECONDS", 0.0)
    seen = []
    report = ingest(settings, [str(papers)], progress=lambda *_: seen.append(counted(settings)))
    assert seen == [1, 2, 3, 4]
    assert report.indexed == counted(settings) == PAPERS


def test_what_was_shown_stays_counted_where_the_run_is_stopped(warm, settings, papers, at_once, monkeypatch):
    def stop(done, total, name):
        if done == 3:
            raise UnavailableError("the disk is away", "bring it back")

    with pytest.raises(RunStoppedError) as stopped:
        ingest(settings, [str(papers)], progress=stop)
    report = stopped.value.report
    assert (report.found, report.indexed, report.failed) == (PAPERS, 3, 1)
    assert found(settings, "window") == ["0.txt", "1.txt", "2.txt"]
    again = ingest(settings, [str(papers)])
    assert (again.indexed, again.unchanged) == (1, 3)


def test_what_a_slow_source_gave_is_shown_before_it_gives_the_rest(warm, settings, monkeypatch):
    class SlowShelf(Shelf):
        def open(self, item):
            seen.append(found(settings, "window") if seen else [])
            time.sleep(0.01)
            return super().open(item)

    seen = []
    monkeypatch.setattr(source_items, "SHOW_SECONDS", 0.01)
    shelf = SlowShelf({f"{number}.txt": paper(number) for number in range(PAPERS)})
    run_source(settings, FeedConfig(name=NAME, kind="feed", url=ROOT), connector=shelf)
    names = [f"{number}.txt" for number in range(PAPERS)]
    assert seen == [names[:number] for number in range(PAPERS)]
