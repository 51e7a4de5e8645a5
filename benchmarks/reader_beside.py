"""A reader that queries in a loop while a writer is killed: `python -m benchmarks.reader_beside FOLDER`.

Whatever it sees of a paper has to be whole, and no question may fail.
"""

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from benchmarks.killed_writer import DIMENSION, PAPERS, size
from benchmarks.running import CHECKOUT
from configs.system.errors import CustomsLensError
from index.embedded.engine import EmbeddedEngine, open_embedded
from index.filters import EVERYTHING
from index.results import SearchRequest

WRONG = "wrong: "
"""How the lines begin that say what a reader saw and should not have."""
_QUESTIONS = 20
"""Questions to one engine before it is opened anew."""


@contextmanager
def reading(folder: Path) -> Iterator[list[str]]:
    """Let a process ask until the block ends, and give the lines that it says, which are there after that."""
    said: list[str] = []
    command = [sys.executable, "-m", "benchmarks.reader_beside", str(folder)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield said
        finally:
            process.terminate()
            said += process.communicate()[0].splitlines()


def main() -> None:
    """Ask until terminated, and say what was wrong and how many answers there were."""
    ends = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ends.set())
    folder, choice, answers = Path(sys.argv[1]), random.Random(0), 0
    while not ends.is_set():
        try:
            with closing(open_embedded(folder, None, write=False)) as engine:
                for _ in range(_QUESTIONS):
                    for problem in _incomplete_answers(engine, choice.randrange(PAPERS)):
                        print(f"{WRONG}{problem}", flush=True)
                    answers += 2
        except CustomsLensError as error:
            print(f"{WRONG}{error}", flush=True)
    print(f"a reader had {answers} answers", flush=True)


def _incomplete_answers(engine: EmbeddedEngine, name: int) -> Iterator[str]:
    """Ask for a paper by word, and for any by meaning; yield what is not whole."""
    request = SearchRequest(filters=EVERYTHING, query=f"zpaper{name}", mode="text", passages=1000)
    found = engine.search(request, None)
    for hit in found.hits:
        held, whole = len(hit.passages), size(name, int(hit.document.title or 0))
        if held != whole or found.documents != 1:
            yield f"paper {name}: {found.documents} papers, {held} of {whole} passages"
    nearest = engine.search(request.model_copy(update={"mode": "vector"}), np.ones(DIMENSION, np.float32))
    ids = [hit.document.id for hit in nearest.hits]
    if len(ids) != len(set(ids)):
        yield f"a paper stands twice among those nearest: {ids}"


if __name__ == "__main__":
    main()
