"""What `schedule` says of a server that ended: a line that says something, and no statement of its database."""

import os
import sys

import pytest

from pipelines.flows.scheduling import _end_of
from pipelines.processes import Child

LOCKED = """
sqlite3.OperationalError: database is locked

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "server.py", line 1, in <module>
sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked
[SQL: INSERT INTO worker (name, work_pool_id, last_heartbeat_time) VALUES (?, ?, ?) ON CONFLICT DO UPDATE]
[parameters: ('a', 'b', 'c')]
(Background on this error at: https://sqlalche.me/e/20/e3q8)


"""


@pytest.mark.parametrize(
    ("said", "ends", "message"),
    [
        (LOCKED, "exit(1)", "with exit code 1: sqlalchemy.exc.OperationalError: (sqlite3.OperationalError)"),
        ("Address already in use\n\n", "exit(3)", "with exit code 3: Address already in use"),
        ("", "exit(0)", "with exit code 0: it said nothing"),
        (LOCKED, "os.kill(os.getpid(), 9)", "by SIGKILL"),
        ("ValueError: " + "x" * 900, "exit(1)", "with exit code 1: ValueError: xxx"),
    ],
)
def test_how_a_server_ended_is_one_short_line(said, ends, message):
    code = f"import os, sys; print({said!r}, flush=True); {ends.replace('exit', 'sys.exit')}"
    child = Child("server", [sys.executable, "-c", code], os.environ, lambda _: None)
    child._process.wait()
    told = _end_of(child)
    assert told.startswith(message)
    assert len(told) < 240
    assert "\n" not in told
