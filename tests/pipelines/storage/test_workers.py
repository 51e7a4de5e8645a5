"""Several workers on one state: what one has no other gets, and what a dead one had is free."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from pipelines.storage.ledger import Ledger
from pipelines.storage.state import State
from pipelines.storage.tables import workers
from pipelines.storage.workers import Worker
from tests import postgresql
from tests.pipelines.storage.test_ledger import entry
from tests.states import die, wait_until_dead

pytestmark = pytest.mark.postgresql
CHECKOUT = Path(__file__).resolve().parents[3]


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
    one.write(entry(pages=2, run="later"))
    assert not other.claim("a")
    assert other.entry("a").pages == 2
    assert other.claim("a")


def test_a_row_of_which_another_changed_what_closes_it_cannot_be_claimed_though_its_run_and_time_stay(opened):
    one, other = opened(), opened()
    one.write(entry(at="2026-01-01T00:00:00.000+00:00"))
    seen = other.entry("a")
    assert one.claim("a")
    one.write(replace(seen, versions={"access": "restricted"}))
    one.release()
    assert not other.claim("a")
    assert other.entry("a").versions == {"access": "restricted"}


def test_of_many_that_claim_at_once_one_gets_it(opened):
    ledgers = [opened() for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        got = list(pool.map(lambda one: one.claim("a"), ledgers))
    assert sorted(got) == [False] * 4 + [True]


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


def test_a_worker_whose_connection_broke_is_alive_again_with_what_nobody_took(opened):
    broken, other = opened(), opened()
    assert broken.claim("a")
    die(broken)
    assert broken.claim("b")
    assert other.taken(["a", "b"]) == {"a", "b"}
    assert broken.write(entry())


def test_the_claims_of_others_stay_when_one_is_released(opened):
    one, other = opened(), opened()
    assert one.claim("a")
    assert other.claim("b")
    assert one.write(entry())
    one.release()
    assert one.taken(["a", "b"]) == {"b"}


def test_versions_of_what_another_changed_meanwhile_are_left_to_it(opened):
    one, other = opened(), opened()
    one.write(entry(unlinked=True))
    one.write(entry("b", unlinked=True))
    assert one.known(["a", "b"])
    other.write(entry(unlinked=True, run="later"))
    one.note_linked(["a", "b"])
    assert [row.id for row in one.unlinked()] == ["a"]


def test_the_failure_of_what_another_works_on_cannot_be_accepted(opened):
    one, other = opened(), opened()
    one.write(entry(outcome="failed", status="malformed"))
    assert one.claim("a")
    assert not other.accept("a", "ana")
    one.write(entry(outcome="failed", status="malformed"))
    one.release()
    assert other.accept("a", "ana")
    assert one.entry("a").accepted_by == "ana"


def test_a_worker_names_itself_and_knows_which_others_live(shared_settings):
    with closing(Worker(State(shared_settings))) as one, closing(Worker(State(shared_settings))) as other:
        assert f"process {os.getpid()} on " in one.name
        assert one.living([one.name, other.name, "nobody", ""]) == {other.name}
        other.close()
        assert one.living([other.name]) == set()


def test_workers_that_were_killed_are_forgotten_by_the_next(shared_settings):
    with closing(State(shared_settings, patient=True)) as state:
        dead, one = Worker(state), Worker(state)
        dead._close_connection()
        two = Worker(state)
        with state.reading() as connection:
            assert set(connection.scalars(select(workers.c.number))) == {one.number, two.number}
        one.close()
        two.close()


def test_a_run_whose_worker_was_killed_is_marked_by_the_next(shared_settings, opened):
    code = """
import os, sys
from pathlib import Path
from pydantic import SecretStr
from sqlalchemy import select
from configs.settings import load_settings
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger
from pipelines.storage.state import State
settings = load_settings(Path(sys.argv[1])).model_copy(update={"database": SecretStr(sys.argv[2])})
ledger = Ledger(State(settings))
with ledger.run("killed"):
    ledger.claim("a")
    ledger.write(LedgerRow("b", "file:///b", "1", "indexed", "read", "killed"))
    print(ledger._current_worker.number, flush=True)
    sys.stdin.read()
"""
    given = [str(shared_settings.home), shared_settings.database.get_secret_value()]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    ledger = opened()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code, *given], env=environment, **pipes) as worker:
        number = int(worker.stdout.readline())
        assert ledger.find_run("killed").status == "running"
        assert ledger.entry("a") is None
        assert not ledger.claim("a")
        worker.send_signal(signal.SIGKILL)
    wait_until_dead(ledger._state, number)
    assert ledger.find_run("killed").status == "interrupted"
    with ledger.run("next"):
        assert {run.id: run.status for run in ledger.runs()} == {"killed": "interrupted", "next": "running"}
        assert ledger.claim("a")
    assert [row.document for row in ledger.run_documents("killed")] == ["b"]
    assert ledger.find_run("killed").indexed == 1


def test_a_worker_goes_on_where_the_server_was_killed_and_started_again(shared_settings):
    with postgresql.Server() as server:
        waits = shared_settings.elasticsearch.model_copy(update={"backoff_seconds": 0.1, "patience_seconds": 60})
        changed = {"database": SecretStr(server.url), "elasticsearch": waits}
        own = shared_settings.model_copy(update=changed)
        with closing(Ledger(State(own, patient=True))) as one, closing(Ledger(State(own, patient=True))) as other:
            assert one.claim("a")
            assert other.claim("b")
            server.kill()
            again = threading.Timer(1, server.start)
            again.start()
            assert other.entry("a") is None
            again.join()
            assert not other.claim("a")  # who had it before may not have come back yet
            assert one.claim("c")
            assert one.write(entry())
            assert other.claim("d")
            assert other.taken(["a", "b", "c"]) == {"a", "c"}
