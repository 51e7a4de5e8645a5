"""The databases that a state lies in, for what has to be the same in both."""

import sqlite3
import time
from contextlib import closing

import pytest
from pydantic import SecretStr

from configs.settings import load_settings
from pipelines.storage.lazy import LazyJudgements
from pipelines.storage.ledger import Ledger
from pipelines.storage.state import State
from pipelines.storage.workers import living

STATES = ("file", pytest.param("postgresql", marks=pytest.mark.postgresql))
"""Parameters of a fixture that opens a state."""
_PATIENCE = 600
"""Seconds: a guard against what hangs, as the machine may be busy."""


def settings_with_state(request, home, **more):
    """Return the settings of a home whose state is where a fixture is asked for."""
    found = load_settings(home, **more)
    if request.param == "file":
        return found
    return found.model_copy(update={"database": SecretStr(request.getfixturevalue("database"))})


def opened_state(settings):
    """Return a state that is closed after a block."""
    return closing(State(settings))


def judgements_in(home):
    """Return the judgements of a home."""
    return LazyJudgements(load_settings(home), patient=False)


def ledger_of(home):
    """Return the ledger of a home with an embedded index, whether it is there or not."""
    return Ledger(State(load_settings(home), patient=True))


def spoil_judgements(home):
    """Let nobody be able to read what people judged and corrected, and everything else of the state."""
    for table in ("judgements", "corrections"):
        spoil_rows(home / "state.db", f"UPDATE {table} SET content = 'spoiled'")


def spoil_rows(path, statement, *values):
    """Change rows of the file of a state, which have checksums that are not theirs then."""
    with closing(sqlite3.connect(path)) as file:
        file.create_function("row_checksum", -1, lambda *_: "0" * 16, deterministic=True)
        file.execute(statement, values)
        file.commit()


def die(ledger):
    """End the connection of a worker, as its end does, and wait until the server has freed its lock."""
    worker = ledger._current_worker
    worker._close_connection()
    wait_until_dead(worker._state, worker.number)


def wait_until_dead(state, number):
    """Wait until the server has freed the lock of a worker whose connection is closed: a moment later it does."""
    with state.reading() as connection:
        give_up = time.monotonic() + _PATIENCE
        while living(connection, [number]):
            assert time.monotonic() < give_up, "the server keeps the lock of a connection that is closed"
            time.sleep(0.01)
