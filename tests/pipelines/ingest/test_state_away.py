"""PostgreSQL goes away while papers are taken in: the run waits for it, or ends and is made good by the next."""

import threading

import pytest
from pydantic import SecretStr

from index.filters import EVERY_CLASS
from pipelines.ingest.report import RunStoppedError
from pipelines.ingest.runs import ingest
from pipelines.search.service import reader
from tests import postgresql
from tests.conftest import missing
from tests.pipelines.ingest.test_source_runs_cluster import fail_at

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]
PAPERS = 6


@pytest.fixture
def server():
    if postgresql.binaries() is None:
        missing("PostgreSQL is not installed")
    with postgresql.Server() as started:
        yield started


@pytest.fixture
def waiting(warm, settings, papers, server):
    """Settings of a home whose state lies on the server, by how many seconds it waits for that."""
    for number in range(PAPERS):
        (papers / f"{number}.txt").write_text(f"The single window of country {number} went live in 2021.")

    def made(seconds):
        waits = settings.elasticsearch.model_copy(update={"backoff_seconds": 0.1, "patience_seconds": seconds})
        fields = {"elasticsearch": waits, "database": SecretStr(server.url), "batch_documents": 2}
        return settings.model_copy(update=fields)

    return made


@pytest.fixture
def kill_at(monkeypatch, server):
    """Kill the server before the nth row is written, and do something then."""

    def arrange(call, then=lambda: None):
        fail_at(monkeypatch, call, lambda: (server.kill(), then()))

    return arrange


def names(settings):
    with reader(settings) as engine:
        return len(list(engine.documents(access_classes=EVERY_CLASS)))


def test_a_run_goes_through_a_restart_of_the_database(waiting, papers, server, kill_at):
    settings, again = waiting(60), threading.Timer(1, server.start)
    kill_at(4, again.start)
    report = ingest(settings, [str(papers)])
    again.join()
    assert (report.indexed, report.failed) == (PAPERS, 0)
    assert ingest(settings, [str(papers)]).unchanged == PAPERS == names(settings)


@pytest.mark.long
def test_a_run_that_gives_up_says_so_and_the_next_makes_it_good(waiting, papers, server, kill_at):
    settings = waiting(0.3)
    kill_at(4)
    with pytest.raises(RunStoppedError, match="database cannot be used") as stopped:
        ingest(settings, [str(papers)])
    assert stopped.value.exit_code == 3
    assert stopped.value.report.indexed >= 2  # the first batch
    server.start()
    report = ingest(settings, [str(papers)])
    assert (report.found, report.failed) == (PAPERS, 0)
    assert ingest(settings, [str(papers)]).unchanged == PAPERS == names(settings)
