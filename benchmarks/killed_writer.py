"""The writer that `benchmarks.kills` kills: `python -m benchmarks.killed_writer FOLDER SEED MOMENT VERSIONS`.

It writes generated papers in an endless loop, and prints what it tries and what is safe. Every paper goes through
versions; each fifth version deletes it. At the given moment another process kills the writer, at a random point of
the work.
"""

import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from configs.system.errors import UnavailableError
from extractors.document import Document, Passage, document_id
from index.embedded import engine, vector_files, writer
from index.embedded.engine import open_embedded, rebuild
from index.embedded.text import TextWriter
from index.embedded.writer import Changes
from index.encoder import EncoderIdentity
from index.results import Vector

PAPERS, DIMENSION = 30, 64
GONE_EVERY = 5
"""Versions of which the last takes the paper out."""
_LONG_PAPER, _LONG_TIMES = 0, 40
"""One paper is so many times longer than the others, so that a transaction takes a while."""
_OPS_BETWEEN_REBUILDS = 25
_MOST_CALLS = 12
"""Calls of a function before the one in which the writer is killed."""
_PATIENCE_SECONDS = 60.0

IDENTITY = EncoderIdentity(name="tiny", model_hash="0" * 16, dimension=DIMENSION, engine="torch", max_tokens=256)

MOMENTS: dict[str, tuple[Any, str] | None] = {
    "anywhere": None,
    "opening": (engine.EmbeddedEngine, "__init__"),
    "storing a paper": (Changes, "_put"),
    "adding to the text index": (TextWriter, "add"),
    "committing the text index": (TextWriter, "commit"),
    "writing a vector file": (vector_files, "write_file"),
    "renaming a vector file": (Path, "replace"),
    "forgetting old states": (Changes, "purge"),
    "rebuilding": (writer.Writer, "rebuild"),
}
"""What the writer is killed in: a function, or wherever it is."""


def is_gone(version: int) -> bool:
    """Tell whether a version (from 1; 0 is before the first) leaves no paper."""
    return version % GONE_EVERY == 0


def size(name: int, version: int) -> int:
    """Return the number of passages of a version."""
    return (1 + (name * 7 + version) % 9) * (_LONG_TIMES if name == _LONG_PAPER else 1)


def paper(name: int, version: int) -> Document:
    """Return a version of a paper; its title is the version, and each passage names it."""
    source = f"file:///{name}"
    number = document_id(source)
    texts = [f"zpaper{name} zversion{name}n{version} passage {place}" for place in range(size(name, version))]
    return Document(
        id=number,
        key=number,
        sha256="0",
        source=source,
        media_type="text/plain",
        title=str(version),
        passages=tuple(Passage(id=f"{number}-{n}", ordinal=n, text=one, language="en") for n, one in enumerate(texts)),
    )


def vectors(name: int, version: int) -> Vector:
    """Return the vectors of a version, which no other version has."""
    made = np.random.default_rng(name * 100_003 + version).standard_normal((size(name, version), DIMENSION))
    unit: Vector = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return unit


def write_often() -> None:
    """Reduce the batch and file sizes, so that text index and vector files are written all the time."""
    writer._BATCH, vector_files._LAG_ROWS, vector_files._SMALL_ROWS = 7, 20, 400  # noqa: SLF001


def main() -> None:
    """Write until killed."""
    folder, choice, moment, versions = (
        Path(sys.argv[1]),
        random.Random(sys.argv[2]),
        sys.argv[3],
        json.loads(sys.argv[4]),
    )
    write_often()
    if wrapped := MOMENTS[moment]:
        _kill_in(*wrapped, choice)
    index = _opened(folder)
    _say("ready")
    for done in itertools.count(1):
        name = choice.randrange(PAPERS)
        version = versions[str(name)] = versions.get(str(name), 0) + 1
        one = paper(name, version)
        _say(f"try {name} {version}")
        if is_gone(version):
            index.remove(one.id)
        else:
            index.put(one, vectors(name, version), versions={})
        _say(f"safe {name} {version}")
        if moment in ("rebuilding", "opening") and done % _OPS_BETWEEN_REBUILDS == 0:
            if moment == "rebuilding":
                index.close()
                rebuild(folder)
            else:
                _abandon(index)
            index = _opened(folder)


def _opened(folder: Path) -> engine.EmbeddedEngine:
    """Return the index; a reader that tidies up after the last writer is waited for."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return open_embedded(folder, IDENTITY, write=True)
        except UnavailableError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _abandon(index: engine.EmbeddedEngine) -> None:
    """Close an index as a killed writer leaves it: with documents that the derived parts do not hold."""
    given_up, index._writer = index._writer, None  # noqa: SLF001
    if given_up:
        given_up.close()
    index.close()


def _kill_in(owner: object, name: str, choice: random.Random) -> None:
    """Let a call of a function be the last: at once, at some point of the time that it takes, or when it is done."""
    original: Callable[..., Any] = getattr(owner, name)
    calls, last = itertools.count(1), choice.randint(1, _MOST_CALLS)
    when = choice.choice(["before", "within", "within", "after"])
    took = 0.0

    def wrapped(*arguments: object, **named: object) -> object:
        nonlocal took
        is_last = next(calls) == last
        started = time.perf_counter()
        if is_last and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if is_last and when == "within":
            _kill_after(choice.uniform(0, took))
        result = original(*arguments, **named)
        took = time.perf_counter() - started
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, wrapped)


def _kill_after(seconds: float) -> None:
    """Let a process of its own kill this one: a thread would wait for what holds the interpreter."""
    writing = os.getpid()
    if os.fork() == 0:
        time.sleep(seconds)
        os.kill(writing, signal.SIGKILL)
        os._exit(0)


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()
