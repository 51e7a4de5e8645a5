"""A judgement and its record are one change: whatever happens between the two, both are stored or none."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from configs.system.errors import UnavailableError
from index.filters import EVERY_CLASS
from pipelines.review import bulk
from pipelines.review import desk as review
from pipelines.review.unlogged import unlogged

KILLED_BETWEEN = """
import os, signal, sys
from pathlib import Path
from configs.settings import load_settings
from index.filters import EVERY_CLASS
from pipelines.review import records as stored
from pipelines.review.desk import Desk, record_judgement, upcoming
from pipelines.search.service import reader
from pipelines.storage.state import State
from tests.dummy_encoder import dummy_encoders

settings = load_settings(Path(sys.argv[1]), encoder="all-MiniLM-L6-v2")
with dummy_encoders(Path(sys.argv[2])), reader(settings) as engine, stored.ReviewRecords(State(settings)) as records:
    desk = Desk(settings, engine, records, "ana", EVERY_CLASS)
    item, records_put = upcoming(desk)[0].id, stored.put

    def killed(connection, table, rows, **how):
        if table is stored.judged:
            os.kill(os.getpid(), signal.SIGKILL)
        return records_put(connection, table, rows, **how)

    stored.put = killed
    record_judgement(desk, item, "accept")
"""


@pytest.fixture
def refuse(settings):
    """A function that lets the database refuse a change of the records for a block, as SQL says it."""

    def begin(change):
        with closing(sqlite3.connect(settings.home / "state.db")) as file:
            file.execute(f"CREATE TRIGGER refused BEFORE {change} BEGIN SELECT RAISE(ABORT, 'refused'); END")

    return begin


def said(desk):
    """Return how many judgements the engine applies, of how many records, and how many items wait."""
    applied, recorded = desk.engine.judgements(access_classes=EVERY_CLASS), desk.records.judgements("first")
    return len(applied), len(recorded), review.progress(desk).waiting


def test_a_judgement_whose_record_is_refused_is_not_stored(put, desk, refuse):
    put([0.55, 0.6])
    with desk() as at:
        name = review.upcoming(at)[0].id
        at.records.seed()
        refuse("INSERT ON judged")
        with pytest.raises(UnavailableError):
            review.record_judgement(at, name, "accept")
        assert said(at) == (0, 0, 2)


def test_of_several_none_is_stored_where_the_last_record_is_refused(put, desk, refuse):
    put([0.3 + n / 100 for n in range(40)])
    with desk() as at:
        names = [one.id for one in bulk.bulk_items(at)][:5]
        refuse(f"INSERT ON judged WHEN NEW.item = '{names[-1]}'")
        with pytest.raises(UnavailableError):
            bulk.judge_at_once(at, names, "accept")
        assert said(at) == (0, 0, 40)


def test_of_several_all_or_none_are_taken_back(put, desk, refuse):
    put([0.3 + n / 100 for n in range(40)])
    with desk() as at:
        done = bulk.judge_at_once(at, [one.id for one in bulk.bulk_items(at)][:5], "accept")
        refuse(f"UPDATE ON judged WHEN NEW.number = {done[2].number}")
        with pytest.raises(UnavailableError):
            review.undo(at)
        assert said(at) == (5, 5, 35)


def test_a_process_that_is_killed_between_the_two_leaves_nothing(put, desk, settings, dummy_cache):
    put([0.55, 0.6])
    command = [sys.executable, "-c", KILLED_BETWEEN, str(settings.home), str(dummy_cache)]
    with desk():
        pass
    ended = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    with desk() as at:
        assert said(at) == (0, 0, 2)
    assert unlogged(settings) == ()
