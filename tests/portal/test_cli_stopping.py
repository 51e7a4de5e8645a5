"""SIGTERM to commands that work for long: they end in order and soon, and say so once."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import psutil
import pytest

from pipelines.ingest.heartbeat import read_heartbeat
from portal.cli.stopping import GRACE_SECONDS, TerminatedError, stoppable
from tests.dummy_encoder import dummy_encoders
from tests.portal.conftest import clean_environment
from tests.portal.hostile_texts import assert_json
from tests.states import ledger_of

pytestmark = pytest.mark.slow
TERMINATED = 143
DEADLINE = 300
"""Seconds, fewer than the slow paper takes: to wait for it would be seen."""
ENCODER = ("--encoder", "all-MiniLM-L6-v2")

INGEST = """
import os, sys, time
from pathlib import Path
from extractors.isolation import run_isolated
from pipelines.ingest import prefetch
from portal.cli import main
from tests.dummy_encoder import dummy_encoders
read = prefetch.read_document
def slow(path, *, source, limits, **more):
    if source.endswith("9.txt"):  # a paper that takes a minute to read
        run_isolated(time.sleep, 60, limits=limits.model_copy(update={"wall_seconds": 90}))
    return read(path, source=source, limits=limits, **more)
prefetch.read_document = slow
with dummy_encoders(Path(os.environ["DUMMY_CACHE"])):
    main(sys.argv[1:])
"""
STUCK = """
import hashlib, os, signal, threading
from portal.cli.output import prepare_streams
from portal.cli.stopping import stoppable
prepare_streams(debug=False)
with stoppable("stopped", grace=0.2):
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()  # when the next line is at work
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2_000_000_000)  # minutes in C, where Python sees no signal
"""
SERVE = "import sys; from portal.cli import main; main(sys.argv[1:])"


def started(code, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=clean_environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(process, message):
    """Return the lines of standard error up to the one with a message."""
    lines = []
    while not lines or lines[-1]["message"].find(message) < 0:
        line = process.stderr.readline()
        assert line, "it ended before"
        lines.append(assert_json(line))
    return lines


def wait_until_gone(group):
    """Wait until no process of a group is left; they are told to end, and do so by themselves."""
    end = time.monotonic() + DEADLINE
    while any(_is_of(pid, group) for pid in psutil.pids()):
        assert time.monotonic() < end
        time.sleep(0.05)


def _is_of(pid, group):
    try:
        return os.getpgid(pid) == group and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def test_an_ingestion_ends_soon_keeps_what_is_finished_and_the_next_run_goes_on(cli, tmp_path):
    papers, home, cache = tmp_path / "papers", tmp_path / "home", tmp_path / "cache"
    papers.mkdir()
    for number in range(10):
        (papers / f"{number}.txt").write_text(f"The single window of country {number} serves all agencies.")
    command = ("ingest", papers, "--home", home, *ENCODER, "--json")
    process = started(INGEST, *command, "--log-format", "json", DUMMY_CACHE=str(cache))
    wait_for(process, "document indexed")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, out) == (TERMINATED, "")
    (message,) = [line for line in map(assert_json, err.splitlines()) if line["level"] == "error"]
    assert message["message"].startswith("stopped by SIGTERM; what was finished is kept")
    wait_until_gone(process.pid)
    assert read_heartbeat(home).status == "interrupted"
    with closing(ledger_of(home)) as ledger:
        kept = [entry.outcome for entry in ledger.entries()]
        assert [run.status for run in ledger.runs()] == ["interrupted"]
    assert kept
    assert set(kept) == {"indexed"}  # what was killed with the run is no failure
    with dummy_encoders(cache):
        done = cli(*command)
    assert done.code == 0, done.err
    assert (done.json["unchanged"], done.json["indexed"]) == (len(kept), 10 - len(kept))


def test_a_portal_ends_soon_with_one_message(tmp_path):
    process = started(SERVE, "serve", "--port", "0", "--home", tmp_path / "home", "--log-format", "json")
    (ready,) = wait_for(process, "Customs Lens is at")
    assert (ready["level"], ready["logger"]) == ("info", "customs-lens")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == TERMINATED
    (line,) = err.splitlines()
    assert json.loads(line)["message"].startswith("stopped by SIGTERM")
    wait_until_gone(process.pid)


def test_a_process_that_is_deep_in_a_library_ends_all_the_same():
    process = started(STUCK)
    _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == TERMINATED
    assert err == "customs-lens: stopped; something at work did not end, and was left behind\n"


def test_a_block_that_is_not_stopped_leaves_signals_as_they_were():
    before = signal.getsignal(signal.SIGTERM)
    with stoppable("stopped"):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
    assert signal.set_wakeup_fd(-1) == -1


def test_a_second_signal_does_not_disturb_the_end():
    code = """
import os, signal
from portal.cli.stopping import TerminatedError, stoppable
try:
    with stoppable("stopped"):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            print("closed in order")
except TerminatedError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean_environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout == "closed in order\nstopped\n"


def test_what_asks_it_to_end_waits_longer_than_it_takes():
    assert GRACE_SECONDS < 10
    assert issubclass(TerminatedError, BaseException)
    assert not issubclass(TerminatedError, Exception)  # no handler of errors takes it for one
