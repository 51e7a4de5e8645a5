"""Runs over a configured source whose index lies in a cluster: several at once, and a cluster that goes away."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from configs.elasticsearch import ElasticsearchSettings
from configs.sources import Deletions, FeedConfig
from index.filters import EVERY_CLASS
from pipelines.ingest.report import RunStoppedError
from pipelines.ingest.source_runs import run_source
from pipelines.maintenance import health
from pipelines.search.service import reader
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage
from tests.shelves import NAME, ROOT, Shelf, paper

pytestmark = [pytest.mark.elasticsearch, pytest.mark.postgresql, pytest.mark.slow]

PAPERS = 16
AWAY_SECONDS = 60
PATIENCE_SECONDS = ElasticsearchSettings.model_fields["patience_seconds"].default
CONFIG = FeedConfig(name=NAME, kind="feed", url=ROOT, deletions=Deletions(policy="delete"))


@pytest.fixture
def shelf():
    return Shelf({f"{number:02}.txt": paper(number) for number in range(PAPERS)})


@pytest.fixture
def at(settings, cluster, database):
    """A function that returns the settings of a home of the cluster, or of one at another URL."""

    def make(home, **more):
        index = cluster.model_copy(update={"patience_seconds": PATIENCE_SECONDS, "timeout_seconds": 5, **more})
        changed = {
            "index": "elasticsearch",
            "elasticsearch": index,
            "batch_documents": 4,
            "database": SecretStr(database),
        }
        return settings.model_copy(update={"home": settings.home.parent / home, **changed})

    return make


def assert_whole(settings, shelf):
    assert [one for one in health.checks(settings) if not one.ok] == []
    with reader(settings) as engine:
        found = {
            engine.document(name, access_classes=EVERY_CLASS).source
            for name, _ in engine.documents(access_classes=EVERY_CLASS)
        }
    assert found == {f"{ROOT}{name}" for name in shelf.items}


def test_two_homes_do_each_document_once(warm, at, shelf):
    homes = [at(name) for name in ("a", "b")]
    with ThreadPoolExecutor(2) as pool:
        other = Shelf(shelf.items)
        reports = list(pool.map(lambda *one: run_source(one[0], CONFIG, connector=one[1]), homes, (shelf, other)))
    assert sum(one.indexed for one in reports) == PAPERS
    assert [(one.found, one.failed) for one in reports] == [(PAPERS, 0), (PAPERS, 0)]
    for settings in homes:
        assert_whole(settings, shelf)
    register = open_storage(homes[0]).open_register(write=False)
    assert [one.event for one in register.history(NAME)] == ["new"] * PAPERS
    register.close()
    del shelf.items["03.txt"]
    assert run_source(homes[1], CONFIG, connector=shelf).deleted == 1
    assert run_source(homes[0], CONFIG, connector=shelf).unchanged == PAPERS - 1
    assert_whole(homes[0], shelf)


class LateShelf(Shelf):
    """A source at which a run waits until `meanwhile` is done."""

    def __init__(self, items, meanwhile):
        super().__init__(items)
        self.meanwhile = meanwhile

    def changes(self, cursor):
        self.meanwhile()
        return super().changes(cursor)


def test_what_another_home_did_meanwhile_is_not_done_once_more(warm, at, shelf):
    reports = []
    late = LateShelf(shelf.items, lambda: reports.append(run_source(at("a"), CONFIG, connector=shelf)))
    reports.append(run_source(at("b"), CONFIG, connector=late))
    assert [(one.indexed, one.unchanged) for one in reports] == [(PAPERS, 0), (0, PAPERS)]
    assert_whole(at("b"), shelf)


def fail_at(monkeypatch, call, act):
    write, calls = Ledger.write, []

    def counted(ledger, entry):
        calls.append(entry)
        if len(calls) == call:
            act()
        return write(ledger, entry)

    monkeypatch.setattr(Ledger, "write", counted)


@pytest.mark.long
def test_a_run_waits_for_a_cluster_that_is_away_for_a_minute(warm, at, fragile_node, shelf, monkeypatch):
    starting = threading.Timer(AWAY_SECONDS, fragile_node.start)

    def fail():
        fragile_node.kill()
        starting.start()

    fail_at(monkeypatch, 7, fail)
    settings = at("a", url=fragile_node.url)
    report = run_source(settings, CONFIG, connector=shelf)
    starting.join()
    assert (report.indexed, report.failed) == (PAPERS, 0)
    assert_whole(settings, shelf)


@pytest.mark.long
def test_a_run_that_gives_up_is_made_good_by_the_next(warm, at, fragile_node, shelf, monkeypatch):
    settings = at("a", url=fragile_node.url, name="test-gives-up", patience_seconds=1)
    with monkeypatch.context() as patch:
        fail_at(patch, 7, fragile_node.kill)
        with pytest.raises(RunStoppedError, match="cannot be reached") as stopped:
            run_source(settings, CONFIG, connector=shelf)
    fragile_node.start()
    assert stopped.value.exit_code == 3
    assert stopped.value.report.indexed == 6  # those of the parts, of one each, that were sure to be there
    report = run_source(settings, CONFIG, connector=shelf)
    assert (report.found, report.failed) == (PAPERS, 0)
    assert run_source(settings, CONFIG, connector=shelf).unchanged == PAPERS
    assert_whole(settings, shelf)
