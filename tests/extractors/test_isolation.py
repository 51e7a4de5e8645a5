import ctypes
import operator
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from configs.settings import ReadingLimits
from configs.system.errors import UnavailableError
from configs.system.progress import steps_told_to
from extractors import isolation
from extractors.isolation import PRELOADED, ChildGroup, run_isolated, shutdown

PARENT = "str(__import__('os').getppid()).encode()"
LIMITS = ReadingLimits(memory_mib=256, cpu_seconds=1, wall_seconds=20)


@pytest.fixture(scope="module", autouse=True)
def _server():
    """Let the servers of these tests have loaded what a child needs to begin: what it then runs is built in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "PRELOADED", ("extractors.isolation",))
        yield
    shutdown()


@pytest.fixture(params=[False, True], ids=["server", "alone"])
def alone(request):
    return request.param


def test_gives_back_the_bytes(alone):
    assert run_isolated(operator.mul, b"ab", 3, limits=LIMITS, alone=alone).value == b"ababab"


def test_steps_of_the_work_are_told_on(alone):
    work = "[__import__('configs.system.progress', fromlist=['']).step_done() for _ in range(3)] and b'done'"
    steps = []
    with steps_told_to(lambda: steps.append(1)):
        assert run_isolated(eval, work, limits=LIMITS, alone=alone).value == b"done"
    assert len(steps) == 1 + 3  # it began, and went on


def test_a_process_that_reads_one_file_starts_no_other_but_the_child():
    script = (
        "import os\n"
        "from configs.settings import ReadingLimits\n"
        "from extractors.isolation import run_isolated\n"
        f"parent = run_isolated(eval, {PARENT!r}, limits=ReadingLimits(), alone=True)\n"
        "assert parent.value == str(os.getpid()).encode()\n"
        "import psutil\n"
        "assert psutil.Process().children(recursive=True) == []\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_process_with_threads_is_not_forked():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        outcome = run_isolated(eval, PARENT, limits=LIMITS, alone=True)
    assert outcome.value != str(os.getpid()).encode()


def test_what_a_child_starts_does_not_keep_its_parent_waiting():
    work = "[__import__('subprocess').Popen(['sleep', '600']), __import__('time').sleep(600)]"
    began = time.monotonic()
    outcome = run_isolated(eval, work, limits=LIMITS.model_copy(update={"wall_seconds": 0.5}), alone=True)
    assert outcome.status == "timeout"
    assert time.monotonic() - began < 300


def test_every_child_finds_ready_what_reading_needs(monkeypatch):
    """Also where the first child of the server looks into an archive, before any document is read."""
    shutdown()
    monkeypatch.setattr(isolation, "PRELOADED", PRELOADED)
    outcome = run_isolated(eval, "','.join(__import__('sys').modules).encode()", limits=LIMITS)
    assert outcome.value is not None
    assert {*PRELOADED, "py3langid.langid"} <= set(outcome.value.decode().split(","))


def test_gives_back_more_than_a_pipe_holds(alone):
    outcome = run_isolated(bytes, 20_000_000, limits=LIMITS, alone=alone)
    assert outcome.value is not None
    assert len(outcome.value) == 20_000_000


@pytest.mark.parametrize(
    ("function", "args", "status", "words"),
    [
        (bytes, (1 << 30,), "too_large", "256 MiB"),
        (sum, (range(10**12),), "timeout", "processor time"),
        (ctypes.string_at, (0,), "crashed", "SIGSEGV"),
        (os.abort, (), "crashed", "SIGABRT"),
        (os._exit, (7,), "crashed", "exit code 7"),
        (int, ("x",), "crashed", "ValueError: invalid literal"),
    ],
)
def test_a_failure_is_a_status_with_its_reason(function, args, status, words, alone):
    outcome = run_isolated(function, *args, limits=LIMITS, alone=alone)
    assert (outcome.value, outcome.status) == (None, status)
    assert words in outcome.message


def test_what_is_too_large_to_be_held_is_not_taken():
    outcome = run_isolated(bytes, 65 << 20, limits=LIMITS)
    assert (outcome.value, outcome.status) == (None, "too_large")
    assert "64 MiB" in outcome.message


@pytest.mark.slow
def test_what_a_child_prints_reaches_nobody(capfd, alone):
    shutdown()  # the server that starts now has the captured streams
    for stream in (1, 2):
        run_isolated(os.write, stream, b"a library says something\n", limits=LIMITS, alone=alone)
    assert capfd.readouterr() == ("", "")


def test_a_sleeper_is_stopped_at_the_wall_limit(alone):
    run_isolated(operator.mul, b"a", 2, limits=LIMITS, alone=alone)  # the server, if any, is there from now on
    began = time.monotonic()
    outcome = run_isolated(time.sleep, 600, limits=LIMITS.model_copy(update={"wall_seconds": 0.5}), alone=alone)
    assert outcome.status == "timeout"
    assert time.monotonic() - began < 300


@pytest.mark.slow
def test_leaves_no_process_behind():
    for function, args in ((time.sleep, (60,)), (os.abort, ()), (operator.mul, (b"a", 2))):
        run_isolated(function, *args, limits=LIMITS.model_copy(update={"wall_seconds": 0.3}))
    children = psutil.Process().children()  # services of other tests are among them
    servers = [child for child in children if "multiprocessing" in str(child.as_dict(["cmdline"])["cmdline"])]
    assert servers
    assert [child for server in servers for child in server.children()] == []
    shutdown()
    assert not any(server.is_running() and server.status() != psutil.STATUS_ZOMBIE for server in servers)


@pytest.mark.slow
def test_starts_anew_after_a_shutdown():
    shutdown()
    assert run_isolated(operator.mul, b"a", 2, limits=LIMITS).value == b"aa"


def test_works_from_several_threads_at_once():
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: run_isolated(operator.mul, b"a", n, limits=LIMITS).value, range(40)))
    assert found == [b"a" * n for n in range(40)]


def test_a_child_that_dies_harms_no_other():
    outcomes = {}

    def go(name, function, *args):
        outcomes[name] = run_isolated(function, *args, limits=LIMITS)

    threads = [threading.Thread(target=go, args=("dead", os.abort))]
    threads += [threading.Thread(target=go, args=(n, operator.mul, b"a", n)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes["dead"].status == "crashed"
    assert [outcomes[n].value for n in range(4)] == [b"a" * n for n in range(4)]


def test_refuses_a_function_that_a_child_cannot_import():
    with pytest.raises(TypeError, match="imported by name"):
        run_isolated(lambda: b"", limits=LIMITS)


def test_a_folder_for_temporary_files_with_too_long_a_name_is_named(tmp_path, monkeypatch):
    folder = tmp_path / ("x" * 90)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with pytest.raises(UnavailableError, match=r"x{90}: the name of the folder"):
        run_isolated(os.getcwdb, limits=ReadingLimits())


@pytest.mark.slow
def test_an_interrupt_of_the_whole_group_while_the_server_starts_harms_it_not(tmp_path):
    (tmp_path / "interrupting.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import operator\n"
        "from configs.settings import ReadingLimits\n"
        "from extractors import isolation\n"
        "isolation.PRELOADED = ('interrupting', *isolation.PRELOADED)\n"
        "print(isolation.run_isolated(operator.mul, b'a', 2, limits=ReadingLimits()).value)\n"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=False)
    assert (done.stdout, done.stderr) == ("b'aa'\n", "")


@pytest.mark.slow
def test_the_main_script_is_not_run_again_in_a_child(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import operator\n"
        "from configs.settings import ReadingLimits\n"
        "from extractors.isolation import run_isolated\n"
        "print('ran', run_isolated(operator.mul, b'a', 2, limits=ReadingLimits()).value)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (0, "ran b'aa'\n")


class TestGroup:
    def test_its_children_end_together_from_another_thread(self):
        group, started = ChildGroup(), threading.Event()

        def read(seconds):
            with group.joined():
                started.set()
                return run_isolated(time.sleep, seconds, limits=ReadingLimits())

        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(read, 600) for _ in range(2)]
            started.wait()
            group.end()
            assert [one.result(timeout=300).status for one in waiting] == ["crashed", "crashed"]
            assert pool.submit(read, 600).result(timeout=300).status == "crashed"  # one that comes late

    def test_no_other_child_ends_with_it(self):
        group = ChildGroup()
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(run_isolated, operator.mul, b"a", 2, limits=ReadingLimits())
            group.end()
            assert other.result().value == b"aa"
