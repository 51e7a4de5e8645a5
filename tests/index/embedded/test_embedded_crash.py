"""A writer is killed at random moments: every document that it reported safe is there once and whole."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from index.embedded.engine import open_embedded
from index.filters import EVERY_CLASS, EVERYTHING
from index.protocol import SearchRequest

CHECKOUT = Path(__file__).resolve().parents[3]
ROUNDS = 10


def killed_after(seconds, folder, seed, states):
    """Run the writer, kill it; return the states reported safe and the last ones tried."""
    script = Path(__file__).with_name("crash_writer.py")
    command = [sys.executable, str(script), str(folder), str(seed), json.dumps(states)]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline() == "ready\n"
        timer = threading.Timer(seconds, process.send_signal, [signal.SIGKILL])
        timer.start()
        safe, tried = dict(states), dict(states)
        for line in process.stdout:
            word, *numbers = line.split()
            if len(numbers) == 2 and line.endswith("\n"):
                (safe if word == "safe" else tried)[numbers[0]] = int(numbers[1])
        timer.join()
    assert process.returncode == -signal.SIGKILL
    return safe, tried


def check(folder, safe, tried):
    """Look at the index as a reader does; return the states that are there."""
    engine = open_embedded(folder, None, write=False)
    try:
        assert all(one.ok for one in engine.checks()), engine.checks()
        there = {}
        for name in tried:
            hits = engine.search(
                SearchRequest(filters=EVERYTHING, query=f"zdoc{name}", mode="text", passages=100), None
            )
            assert hits.documents == (1 if name in safe else hits.documents)
            if not hits.documents:
                continue
            (hit,) = hits.hits
            state = int(hit.document.title)
            assert safe.get(name, 0) <= state <= tried[name]
            whole = 1 + (int(name) * 7 + state) % 9
            assert [f"zstate{name}n{state} " in passage.text for passage in hit.passages] == [True] * whole
            assert len(engine.document(hit.document.id, full=True, access_classes=EVERY_CLASS).passages) == whole
            there[name] = state
        nearest = engine.search(
            SearchRequest(filters=EVERYTHING, query="x", mode="vector", k=1000), np.ones(8, np.float32)
        )
        assert nearest.documents == len(there)
        return there
    finally:
        engine.close()


@pytest.mark.slow
def test_nothing_safe_is_lost_doubled_or_halved(folder):
    moments = random.Random(20)
    states: dict[str, int] = {}
    for seed in range(ROUNDS):
        safe, tried = killed_after(moments.uniform(0.05, 0.6), folder, seed, states)
        states = check(folder, safe, tried)
    assert sum(states.values()) > ROUNDS
