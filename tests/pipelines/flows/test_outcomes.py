"""Work that a flow run repeats where a service is away, and how it ends; no Prefect server is needed."""

import socket
from types import SimpleNamespace

import pytest
from filelock import FileLock

from configs.sources import FeedConfig
from pipelines.ingest.source_runs import run_source
from pipelines.runs.history import runs
from pipelines.workspace import writing_locked
from tests.shelves import Shelf

pytestmark = pytest.mark.slow  # Prefect takes seconds to import


@pytest.fixture
def feed():
    """A feed on a port where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/feed"
        yield FeedConfig(name="library", kind="feed", url=url, requests_per_second=10, robots=False)


@pytest.fixture
def flow(warm, settings, feed, monkeypatch):
    """A function that does what a flow run does, over the feed as often as it is away, then over nothing.

    It returns the state, how long was waited, and which errors it gave up on.
    """
    from pipelines.flows import outcomes
    from pipelines.sources.web import retries

    waited, given_up = [], []

    def sleep(seconds):
        with writing_locked(settings.home), FileLock(settings.home / "flow-runs" / "lock", timeout=0):
            waited.append(seconds)  # nothing of the home is held

    monkeypatch.setattr(outcomes, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(retries, "_ATTEMPTS", 1)

    def run(away=9, error=None):
        attempts = iter(range(9))

        def work():
            with outcomes.begun(settings):
                if error:
                    raise error
                return run_source(settings, feed, connector=None if next(attempts) < away else Shelf({}))

        state = outcomes.outcome(work, outcomes.counts_of, given_up.append)
        return state, waited, given_up

    return run


def test_a_source_that_is_there_again_is_read(flow, settings):
    state, waited, given_up = flow(away=2)
    assert (state.name, waited, given_up) == ("Completed", [300, 1200], [])
    assert [run.status for run in runs(settings)] == ["done", "failed", "failed"]


def test_one_that_stays_away_fails_once_after_three_attempts(flow):
    state, waited, given_up = flow()
    assert (state.name, waited, len(given_up)) == ("Failed", [300, 1200], 1)
    assert "the server cannot be reached" in state.message


def test_what_no_time_repairs_is_not_repeated(flow):
    from configs.system.errors import UnavailableError, UsageError

    for error in (UnavailableError("the disk is full"), UsageError("a variable is not set")):
        state, waited, given_up = flow(error=error)
        assert (state.name, waited, given_up[-1]) == ("Failed", [], error)
