"""Folders of sockets go with their process, or with the next one that starts; those of living processes stay."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from extractors.socket_folder import PREFIX

pytestmark = pytest.mark.slow

PROGRAM = """
import operator, sys
from configs.settings import ReadingLimits
from extractors import isolation
from extractors.isolation import run_isolated

isolation.PRELOADED = ()  # nothing is read: the server need not load what reading needs
print(run_isolated(operator.mul, b"ab", 2, limits=ReadingLimits()).value.decode(), flush=True)
sys.stdin.read()
"""
OLD = time.time() - 3600


@pytest.fixture
def temporary():
    """A folder for temporary files with a short name."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def folders(temporary):
    return lambda: {path.name for path in temporary.iterdir()}


@pytest.fixture
def start(temporary):
    """Start a process that has read something, and waits."""
    running = []

    def start_one():
        environment = {**os.environ, "TMPDIR": str(temporary)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, **pipes)
        running.append(process)
        assert process.stdout.readline() == "abab\n"
        return process

    yield start_one
    for process in running:
        process.kill()
        process.communicate()


def end(process):
    process.communicate()
    assert process.returncode == 0


def test_nothing_is_left_by_a_process_that_ends(start, folders):
    process = start()
    (name,) = folders()
    assert name.startswith(PREFIX)
    end(process)
    assert folders() == set()


def test_what_a_killed_process_left_goes_when_the_next_starts(start, folders, temporary):
    killed, living = start(), start()
    for name in folders():
        os.utime(temporary / name, (OLD, OLD))
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert len(folders()) == 2
    end(start())
    (kept,) = folders()
    end(living)
    assert folders() == set()
    assert kept.startswith(PREFIX)


@pytest.mark.parametrize("name", [f"{PREFIX}other", "pymp-12345678"])
def test_what_other_programs_have_is_left_alone(start, folders, temporary, name):
    (temporary / name).mkdir()
    os.utime(temporary / name, (OLD, OLD))
    end(start())
    assert folders() == {name}


GOES = """
import operator, shutil, sys, tempfile
from pathlib import Path
from configs.system.errors import UnavailableError
from configs.settings import ReadingLimits
from extractors import isolation
from extractors.isolation import run_isolated, shutdown

isolation.PRELOADED = ()

def read():
    try:
        print(run_isolated(operator.mul, b"ab", 2, limits=ReadingLimits()).value.decode())
    except UnavailableError as error:
        print(error)

folder = Path(tempfile.gettempdir())
if sys.argv[1] == "during":
    read()
shutil.rmtree(folder)
read()
folder.mkdir()
shutdown()
read()
"""


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_folder_for_temporary_files_that_goes_is_named_and_may_come_back(temporary, when):
    folder = temporary / "t"
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", GOES, when], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    *first, said, last = done.stdout.splitlines()
    assert (first, last) == (["abab"] if when == "during" else [], "abab")
    assert said.startswith(str(folder))
    assert "temporary files" in said
    assert "TMPDIR" in said
