import operator
import os
import time

import psutil
import pytest

from configs.settings import ReadingLimits
from extractors import isolation
from extractors.isolation import shutdown
from extractors.worker_process import WorkerProcess

LIMITS = ReadingLimits(memory_mib=256, cpu_seconds=2, wall_seconds=20)


@pytest.fixture(scope="module", autouse=True)
def _server():
    """Let the server have loaded these functions: each child would import this module, and pytest with it."""
    shutdown()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "PRELOADED", (__name__,))
        yield
    shutdown()


def caller():
    """A function that runs what it is given, in the child."""
    return call


def call(function, *args):
    return str(function(*args)).encode()


def spin(seconds):
    """Use so much processor time and return who did."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return os.getpid()


@pytest.fixture
def start():
    """Make worker processes, which are ended after the test."""
    made = []

    def go(**limits):
        made.append(WorkerProcess(caller, LIMITS.model_copy(update=limits)))
        return made[-1]

    yield go
    for one in made:
        one.close()


def test_all_work_is_done_by_one_child(start):
    worker = start()
    children = {worker.run(os.getpid).value for _ in range(3)}
    assert len(children) == 1
    assert children != {str(os.getpid()).encode()}
    assert worker.done == 3


@pytest.mark.parametrize(
    ("function", "args", "status"),
    [
        (os._exit, (7,), "crashed"),
        (os.abort, (), "crashed"),
        (int, ("x",), "crashed"),
        (bytes, (1 << 30,), "too_large"),
    ],
)
def test_after_a_failure_another_child_goes_on(start, function, args, status):
    worker = start()
    first = worker.run(os.getpid).value
    outcome = worker.run(function, *args)
    assert (outcome.value, outcome.status) == (None, status)
    second = worker.run(os.getpid).value
    assert second not in (None, first)


def test_what_hangs_is_stopped_at_the_wall_limit_and_is_not_tried_again(start):
    worker = start(wall_seconds=5.0)
    worker.run(os.getpid)
    began = time.monotonic()
    assert worker.run(time.sleep, 600).status == "timeout"
    assert time.monotonic() - began < 300
    assert worker.run(operator.add, 1, 1).value == b"2"


def test_the_limit_of_processor_time_is_that_of_each_piece_of_work(start):
    worker = start(cpu_seconds=1)
    children = {worker.run(spin, 0.6).value for _ in range(4)}
    assert len(children) == 1
    assert worker.run(sum, range(10**12)).status == "timeout"


@pytest.mark.slow
def test_a_child_that_waits_for_longer_than_the_limit_lives(start):
    worker = start(wall_seconds=2.0)
    first = worker.run(os.getpid).value
    time.sleep(7.5)  # the limit and the grace after it
    assert worker.run(os.getpid).value == first


@pytest.mark.parametrize(
    "end", [lambda child: psutil.Process(child).kill(), lambda _: shutdown()], ids=["died", "shutdown"]
)
def test_a_child_that_ended_while_it_waited_is_replaced(start, end):
    worker = start()
    first = int(worker.run(os.getpid).value)
    end(first)
    assert int(worker.run(os.getpid).value) != first


def test_a_closed_worker_leaves_no_process_and_starts_again(start):
    worker = start()
    child = int(worker.run(os.getpid).value)
    worker.close()
    assert not psutil.pid_exists(child)
    assert worker.run(operator.add, 1, 1).value == b"2"
