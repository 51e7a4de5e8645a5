"""Several workers share one ledger: each document is one worker's at a time, and no row is lost."""

import datetime as dt
import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from configs.elasticsearch import load_indices
from index.elastic import shared
from index.elastic.workers import WorkerLease
from pipelines.storage import elastic_ledger
from pipelines.storage.elastic_ledger import ClusterLedger
from pipelines.storage.ledger import Entry
from pipelines.storage.local_ledger import LocalLedger
from pipelines.storage.run_records import RunDocument
from pipelines.storage.tombstones import Tombstone

pytestmark = pytest.mark.elasticsearch
A_DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def opened(cluster):
    """Open the ledgers of workers; what a test leaves open is closed."""
    ledgers = []

    def open_one(**more):
        ledgers.append(ClusterLedger(cluster, write=more.get("write", True)))
        return ledgers[-1]

    yield open_one
    for ledger in ledgers:
        ledger.close()


def entry(name="a", **fields):
    defaults = {"sha256": "1" * 64, "outcome": "indexed", "status": "read", "run": "r"}
    return Entry(id=name, source=f"file:///{name}", **(defaults | fields))


def die(ledger):
    """Let the other workers take one for dead."""
    WorkerLease.own.discard(ledger._name)


def test_what_one_claims_no_other_can_before_it_is_released(opened):
    one, other = opened(), opened()
    assert one.claim("a")
    assert other.entry("a") is None
    assert not other.claim("a")
    assert other.taken(["a", "b"]) == {"a"}
    one.write(entry())
    assert other.taken(["a"]) == {"a"}
    one.release()
    assert other.taken(["a"]) == set()
    assert other.entry("a").outcome == "indexed"
    assert other.claim("a")


def test_a_row_that_another_changed_since_it_was_read_cannot_be_claimed(opened):
    one, other = opened(), opened()
    one.write(entry(pages=1))
    assert other.entry("a").pages == 1
    one.write(entry(pages=2))
    assert not other.claim("a")
    assert other.entry("a").pages == 2
    assert other.claim("a")


def test_of_many_that_claim_at_once_one_gets_it(opened):
    ledgers = [opened() for _ in range(6)]
    for ledger in ledgers:
        ledger._name  # noqa: B018 - a worker from now on
    got = []
    threads = [threading.Thread(target=lambda one=one: got.append(one.claim("a"))) for one in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 5 + [True]


def test_what_a_dead_worker_had_is_free_and_it_cannot_write_it_any_more(opened):
    dead, alive = opened(), opened()
    assert dead.claim("a")
    die(dead)
    assert alive.taken(["a"]) == set()
    assert alive.entry("a") is None
    assert alive.claim("a")
    assert alive.write(entry(pages=2))
    assert not dead.write(entry(pages=1))
    alive.release()
    assert alive.entry("a").pages == 2


def test_a_row_whose_answer_was_lost_is_known_as_written(monkeypatch, opened):
    """As where the cluster goes away between the write and its answer, and the request is sent again."""
    ledger = opened()
    assert ledger.claim("a")
    sent = type(ledger._cluster.client).index

    def twice(client, **more):
        sent(client, **more)
        return sent(client, **more)

    monkeypatch.setattr(type(ledger._cluster.client), "index", twice)
    assert ledger.write(entry(versions={"read": "1"}))


def test_a_run_whose_worker_was_killed_is_marked_by_the_next(cluster, opened):
    code = f"""
import os
from configs.elasticsearch import ElasticsearchSettings
from pipelines.storage.elastic_ledger import ClusterLedger
from pipelines.storage.ledger import Entry
ledger = ClusterLedger(ElasticsearchSettings(url={cluster.url!r}, name={cluster.name!r}), write=True)
with ledger.run("killed"):
    ledger.claim("a")
    ledger.write(Entry("b", "file:///b", "1", "indexed", "read", "killed"))
    os.kill(os.getpid(), 9)
"""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    ledger = opened()
    assert ledger.entry("a") is None
    assert ledger.find_run("killed").status == "interrupted"
    with ledger.run("next"):
        assert {run.id: run.status for run in ledger.runs()} == {"killed": "interrupted", "next": "running"}
        assert ledger.claim("a")
    assert [row.document for row in ledger.run_documents("killed")] == ["b"]
    assert ledger.find_run("killed").indexed == 1


def test_where_there_is_none_yet_looking_makes_none(opened):
    ledger = opened(write=False)
    assert (ledger.is_there, list(ledger.entries()), ledger.entry("a"), ledger.runs()) == (False, [], None, [])


def test_the_rows_of_a_home_are_taken_over_once_and_overwrite_none(opened, tmp_path):
    home = LocalLedger(tmp_path / "ledger.db")
    for name in "ab":
        home.write(entry(name, pages=1))
    ledger = opened()
    ledger.write(entry("a", pages=2))
    assert ledger.take_over("home", home.entries()) == 2
    assert {row.id: row.pages for row in ledger.entries()} == {"a": 2, "b": 1}
    ledger.remove(["b"])
    assert ledger.take_over("home", home.entries()) == 0
    assert [row.id for row in ledger.entries()] == ["a"]
    home.close()


def test_more_rows_than_one_request_holds(monkeypatch, opened):
    monkeypatch.setattr("pipelines.storage.elastic_ledger._AT_ONCE", 3)
    ledger = opened()
    names = [f"{number:02}" for number in range(10)]
    for name in names:
        ledger.write(entry(name, sha256=name))
    assert [row.id for row in ledger.entries()] == names
    assert [row.id for row in ledger.known(names).values()] == names
    assert {sha: row.id for sha, row in ledger.owners(names).items()} == dict(zip(names, names, strict=True))


NEW_FIELDS = {
    *("tombstone", "flow", "document", "event", "start"),
    *("attempts", "first_failed", "accepted_by", "accepted_at", "seconds", "paragraphs"),
}


def test_a_ledger_that_an_earlier_program_made_learns_of_what_is_new(cluster, monkeypatch):
    indices = load_indices()
    fields = {name: kind for name, kind in indices.ledger.mappings["properties"].items() if name not in NEW_FIELDS}
    earlier = indices.ledger.model_copy(update={"mappings": {**indices.ledger.mappings, "properties": fields}})
    with monkeypatch.context() as patch:
        for module in (shared, elastic_ledger):
            patch.setattr(module, "load_indices", lambda: indices.model_copy(update={"ledger": earlier}))
        ClusterLedger(cluster, write=True).close()
    left = Tombstone(id="a", key="a", sha256="1", title="A report", at=A_DAY)
    row = RunDocument(run="r", document="a", source="file:///a", outcome="indexed", status="read", at=A_DAY)
    with closing(ClusterLedger(cluster, write=True)) as ledger:
        assert ledger.tombstones(["a"], access_classes=frozenset()) == []
        ledger.add_tombstone(left)
        ledger.record([row])
        ledger.write(entry(outcome="failed", attempts=1, first_failed=A_DAY.isoformat()))
        assert ledger.tombstones(["a"], access_classes=frozenset()) == [left]
        assert list(ledger.run_documents("r")) == [row]
        assert ledger.entry("a").attempts == 1
