"""The clock of the machine is set while a run works, or between two runs."""

import datetime as dt
import json
import time
from contextlib import closing

import pytest

from pipelines.ingest.recorded import new_run_id
from tests.states import ledger_of


@pytest.fixture
def clock(monkeypatch):
    """The clock on the wall, which a test may set by hours; that of durations goes on as it is."""
    real = dt.datetime

    class Clock(real):
        hours = 0.0

        @classmethod
        def now(cls, tz=None):
            return real.now(tz) + dt.timedelta(hours=cls.hours)

    monkeypatch.setattr(dt, "datetime", Clock)
    monkeypatch.setattr(time, "time", lambda: Clock.now().timestamp())
    return Clock


def runs(settings):
    with closing(ledger_of(settings.home)) as ledger:
        return ledger.runs()


def test_no_duration_is_negative_where_it_is_set_back_during_a_run(take_in, papers, settings, clock):
    (papers / "a.txt").write_text("The single window.")

    def progress(*_):
        clock.hours = -2

    report = take_in(progress=progress)
    assert 0 <= report.seconds < 3600
    (run,) = runs(settings)
    assert run.ended >= run.started
    assert run.counts["seconds"] == report.seconds


def test_so_it_is_where_the_run_is_interrupted(take_in, papers, settings, clock):
    (papers / "a.txt").write_text("The single window.")

    def progress(*_):
        clock.hours = -2
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(progress=progress)
    (run,) = runs(settings)
    assert (run.status, run.ended >= run.started) == ("interrupted", True)


@pytest.mark.parametrize("hours", [-2, -1 / 3600, 0, 1])
def test_runs_sort_in_their_order_by_their_ids_and_in_the_ledger(take_in, papers, settings, clock, hours):
    (papers / "a.txt").write_text("The single window.")
    made = []
    for number in range(3):
        clock.hours = number * hours
        made.append(take_in().run)
    assert made == sorted(made)
    assert [run.id for run in runs(settings)] == made[::-1]


def test_a_run_of_a_clock_that_was_wrong_by_years_leaves_no_mark_on_the_next(clock):
    clock.hours = 50_000
    before = new_run_id()
    clock.hours = 0
    assert new_run_id(after=before).startswith(f"{dt.datetime.now(dt.UTC):%Y%m%dT}")


def test_an_id_that_something_else_made_is_none_to_come_after():
    assert len(new_run_id(after="r1")) == len(new_run_id())


def test_a_clock_that_jumps_ahead_ends_no_run(take_in, papers, settings, clock):
    (papers / "a.txt").write_text("The single window.")

    def progress(*_):
        clock.hours = 24 * 365

    report = take_in(progress=progress)
    assert report.seconds < 3600
    assert json.loads((settings.home / "heartbeat.json").read_text())["seconds"] < 3600
