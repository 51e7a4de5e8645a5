"""Elasticsearch goes away, or is too busy, while papers are taken in: the run ends complete or says what is missing."""

import threading
import time
import uuid

import pytest
from elasticsearch import ApiError, Elasticsearch, TransportError

from index.elastic.journal import JournalWriter
from index.elastic.writer import Writer
from pipelines.storage.ledger import Ledger
from tests.portal.conftest import copy_of

pytestmark = [pytest.mark.elasticsearch, pytest.mark.model, pytest.mark.slow]
PAPERS, PASSAGES = 21, 300
MEGABYTE = 1 << 20
USUAL = "indexing_pressure.memory.limit=1mb"
"""How much the node takes at a time: enough for what a run sends, and not for what others send as well."""


@pytest.fixture(scope="module")
def node(start_elasticsearch):
    return start_elasticsearch(USUAL)


@pytest.fixture
def home(sample_home, tmp_path, node, monkeypatch):
    """A home whose papers are read and encoded, and are to be written into a cluster of the test's own."""
    monkeypatch.setenv("ELASTICSEARCH_URL", node.url)
    monkeypatch.setenv("ELASTICSEARCH_NAME", f"test-{uuid.uuid4().hex[:8]}")
    monkeypatch.setenv("ELASTICSEARCH_BACKOFF_SECONDS", "0.2")
    monkeypatch.setenv("CUSTOMS_LENS_BATCH_DOCUMENTS", "4")
    return copy_of(sample_home, tmp_path / "home")


@pytest.fixture
def run(cli, home, samples):
    """Take in the samples; return the exit code, the report, and what was said."""

    def ingest(*more):
        done = cli("ingest", samples / "papers", "--home", home, "--index", "elasticsearch", "--json", *more)
        report = done.json if done.out else None
        if report:
            parts = (report["indexed"], report["unchanged"], report["duplicate"], report["failed"])
            assert report["found"] == sum(parts)
        return done.code, report, done.err

    return ingest


@pytest.fixture
def after(monkeypatch):
    """Do something when a method is called for the nth time, before it is."""

    def arrange(calls, act, owner=Ledger, method="write"):
        called, seen = getattr(owner, method), []

        def call(*arguments, **more):
            seen.append(method)
            if len(seen) == calls:
                act()
            return called(*arguments, **more)

        monkeypatch.setattr(owner, method, call)

    return arrange


def missing(report):
    assert {one["status"] for one in report["failures"]} == {"unavailable"}
    return {one["source"] for one in report["failures"]}


def assert_whole(cli, home):
    options = ("--home", home, "--index", "elasticsearch", "--json")
    found = cli("search", "", "--mode", "text", *options).json
    assert found["passages"] == PASSAGES
    checks = cli("doctor", *options).json["checks"]
    assert [check for check in checks if not check["ok"]] == []


@pytest.mark.long
def test_a_run_goes_through_restarts_of_the_cluster_wherever_it_is(home, run, after, node, cli):
    outages = []

    def fail():
        for starting in outages:
            starting.join()
        node.kill()
        outages.append(threading.Timer(3, node.start))
        outages[-1].start()

    places = [(Writer, "put", 3), (Writer, "_refresh", 3), (Ledger, "write", 13), (JournalWriter, "confirm", 19)]
    for owner, method, calls in places:
        after(calls, fail, owner, method)
    code, report, err = run()
    for starting in outages:
        starting.join()
    assert len(outages) == len(places)
    assert (code, report["indexed"], report["failed"]) == (0, PAPERS, 0), err
    assert_whole(cli, home)


def test_a_run_that_gives_up_says_what_is_missing_and_only_failed_takes_it_in(
    home, run, after, node, cli, monkeypatch, samples
):
    monkeypatch.setenv("ELASTICSEARCH_PATIENCE_SECONDS", "1")
    after(7, node.kill)
    code, report, err = run()
    try:
        assert (code, report["found"]) == (3, PAPERS)
        left = missing(report)
        assert len(left) == report["failed"] == PAPERS - report["indexed"]
        assert report["indexed"] == 4  # those of the one batch that was sure to be there
        assert "cannot be reached" in err
        assert f"{len(left)} of {PAPERS} documents were not ingested" in err
        code, report, err = run()
        assert (code, report) == (3, None)
        assert "cannot be reached" in err
    finally:
        node.start()
    monkeypatch.undo()
    monkeypatch.setenv("ELASTICSEARCH_URL", node.url)
    code, report, err = run("--only", "failed")
    assert (code, report["failed"]) == (0, 0), err


@pytest.mark.long
def test_a_cluster_that_is_too_busy_for_good_is_told_and_made_good_later(home, run, node, cli, monkeypatch):
    """It takes small rows, so the ledger and the journal can be written, and hardly a document."""
    monkeypatch.setenv("ELASTICSEARCH_PATIENCE_SECONDS", "1")
    restart(node, "indexing_pressure.memory.limit=60kb")
    try:
        code, report, err = run()
        assert report, err
        assert (code, report["found"]) == (3, PAPERS)
        left = len(missing(report))
        assert left > PAPERS // 2
        assert "too busy" in err
    finally:
        restart(node, USUAL)
    code, report, err = run("--only", "failed")
    assert (code, report["failed"]) == (0, 0), err
    assert run("--only", "failed")[1]["found"] == 0
    assert_whole(cli, home)


@pytest.mark.long
def test_a_cluster_that_others_keep_busy_gets_everything_in_the_end(home, run, node, cli):
    """Senders of large rows use up what the node takes at a time, so that it turns many requests away."""
    ended, turned_away = threading.Event(), []

    def send():
        client = Elasticsearch(node.url, max_retries=0)
        rows = [{"index": {"_index": "others"}}, {"text": "x" * (MEGABYTE // 2)}]
        while not ended.is_set():
            try:
                client.bulk(operations=rows)
            except (ApiError, TransportError) as error:
                turned_away.append(error)
            time.sleep(0.02)

    senders = [threading.Thread(target=send) for _ in range(2)]
    try:
        for sender in senders:
            sender.start()
        code, report, err = run()
    finally:
        ended.set()
        for sender in senders:
            sender.join()
    assert (code, report["indexed"], report["failed"]) == (0, PAPERS, 0), err
    assert turned_away
    assert_whole(cli, home)


def test_a_cluster_that_is_away_is_told_at_once_and_nothing_of_the_home_is_lost(home, run, cli, monkeypatch):
    monkeypatch.setenv("ELASTICSEARCH_URL", "http://127.0.0.1:9")
    before = sorted(path.name for path in home.iterdir())
    for command in (("search", "window"), ("alerts",), ("matrix",)):
        done = cli(*command, "--home", home, "--index", "elasticsearch")
        assert (done.code, done.out) == (3, "")
        assert "cannot be reached" in done.line
    code, report, err = run()
    assert (code, report) == (3, None)
    assert "cannot be reached" in err
    assert sorted({path.name for path in home.iterdir()} - {"worker.lock"}) == before


def restart(node, setting):
    node.stop()
    node.settings = (setting,)
    node.start()
