import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from configs.system.errors import UnavailableError
from index.encoder.once import build_once

CHECKOUT = Path(__file__).resolve().parents[3]

MAKER = """
import sys, time
from pathlib import Path
from index.encoder.once import build_once
target, seconds = Path(sys.argv[1]), float(sys.argv[2])
def make(folder):
    with (target.parent / "log").open("a") as log:
        log.write("made\\n")
    (folder / "one").write_text("1")
    time.sleep(seconds)
    (folder / "two").write_text("2")
build_once(target, make)
"""


def start(target, seconds):
    return subprocess.Popen([sys.executable, "-c", MAKER, str(target), str(seconds)], cwd=CHECKOUT)


def fill(folder):
    (folder / "one").write_text("1")
    (folder / "two").write_text("2")


def content(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
def test_a_killed_maker_leaves_nothing_half_and_the_next_one_completes(tmp_path):
    target = tmp_path / "model"
    maker = start(target, 60)
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob("model.part-*/one")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(maker.pid, signal.SIGKILL)
    maker.wait()
    assert not target.exists()
    build_once(target, fill)
    assert content(target) == ["one", "two"]
    assert not list(tmp_path.glob("model.part-*"))


@pytest.mark.slow
def test_processes_at_once_make_it_once(tmp_path):
    target = tmp_path / "model"
    makers = [start(target, 0.3) for _ in range(3)]
    assert [maker.wait() for maker in makers] == [0, 0, 0]
    assert (tmp_path / "log").read_text() == "made\n"
    assert content(target) == ["one", "two"]


def test_a_maker_that_raises_leaves_nothing(tmp_path):
    def fail(folder):
        (folder / "one").write_text("1")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        build_once(tmp_path / "model", fail)
    assert not (tmp_path / "model").exists()
    assert not list(tmp_path.glob("model.part-*"))


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="CUSTOMS_LENS_CACHE"):
        build_once(tmp_path / "file" / "model", fill)
