"""The clock of the machine is set while a run works, or between two runs."""

import datetime as dt
import json
from contextlib import closing

import pytest

from pipelines.ingest.recorded import new_run_id
from tests.states import ledger_of


def runs(settings):
    with closing(ledger_of(settings.home)) as ledger:
        return ledger.runs()


@pytest.mark.parametrize("hours", [-2, 24 * 365])
def test_durations_are_right_where_it_is_set_during_a_run(take_in, papers, settings, clock, hours):
    (papers / "a.txt").write_text("The single window.")

    def progress(*_):
        clock.hours = hours
        if interrupted:
            raise KeyboardInterrupt

    interrupted = False
    report = take_in(progress=progress)
    assert 0 <= report.seconds < 3600
    assert 0 <= json.loads((settings.home / "heartbeat.json").read_text())["seconds"] < 3600
    (run,) = runs(settings)
    assert run.ended >= run.started
    assert run.counts["seconds"] == report.seconds
    interrupted, clock.hours = True, 0
    with pytest.raises(KeyboardInterrupt):
        take_in(force=True, progress=progress)
    run = next(one for one in runs(settings) if one.id != report.run)
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
