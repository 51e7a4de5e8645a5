"""Kills the workers of a shared run, and their PostgreSQL, repeatedly: no paper is lost or doubled, no judgement lost.

usage: ELASTICSEARCH_URL=… python -m benchmarks.shared_run_kills [--kills 50] [--papers 150]

One worker holds a run over a folder, two others help it; whoever ends or is killed is started again, and every fifth
kill is that of the PostgreSQL, which is one of its own. Meanwhile judgements are written, and where a run comes to its
end, more papers. Papers are really read and indexed; vectors are those of the dummy encoder of the tests, so that a
worker begins in seconds. Exit code 1 where a paper is missing or there twice, the ledger says something else than the
index, or a judgement is lost.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.running import CHECKOUT
from configs.settings import Settings, load_settings
from configs.system.errors import UnavailableError
from extractors.maturity.judgements import TagJudgement
from index.elastic.client import connect
from index.filters import EVERY_CLASS
from pipelines.ingest.helping import help_runs
from pipelines.ingest.runs import ingest
from pipelines.maintenance import health
from pipelines.search.service import reader
from pipelines.storage.opening import open_storage
from tests import postgresql
from tests.dummy_encoder import dummy_encoders

_ROLES = ("hold", "help", "help")
_OF_THE_SERVER, _FIRST_OF_THE_SERVER = 5, 3
"""Every so many kills is one of the server, from that one on."""
_PAUSE = (0.2, 3.0)
"""Seconds for which a worker has worked when it is killed."""
_BEGINNING_SECONDS = 120.0
"""How long a kill waits for who is to be killed to begin something: it may be that nothing is left."""
_ENDING_SECONDS = 1200.0
_BACK_SECONDS = 90.0
"""How long a run that the kill of the server ended may seem to be at work: its worker has a minute to come back."""
_SAID_SECONDS = 1.0
"""Between two judgements: a person needs longer."""
_LOOK_SECONDS = 0.1


class Outcome(NamedTuple):
    """The actions of a round, and the problems after it."""

    kills: Counter[str]
    papers: int
    judgements: int
    seconds: float
    problems: list[str]


def main() -> int:
    """Kill, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--papers", type=int, default=150)
    parser.add_argument("--work", nargs=2, metavar=("ROLE", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work(options.work[0], Path(options.work[1]))
    with tempfile.TemporaryDirectory() as folder, postgresql.Server() as server:
        found = killed(server, os.environ["ELASTICSEARCH_URL"], Path(folder), options.kills, options.papers)
    of_workers = sum(found.kills.values()) - found.kills["server"]
    print("| kills of workers | kills of PostgreSQL | papers | judgements | wrong | seconds |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(f"| {of_workers} | {found.kills['server']} | {found.papers:,} | {found.judgements:,} |", end="")
    print(f" {len(found.problems)} | {found.seconds:.0f} |", *found.problems, sep="\n")
    return int(bool(found.problems))


def work(role: str, folder: Path) -> int:
    """Hold a run over the papers until it ends, or help runs for ever."""
    settings = settings_of(folder, role)
    begun = folder / f"begun-{os.getpid()}"
    with dummy_encoders(folder / "cache"):
        try:
            if role == "hold":
                ingest(settings, [str(folder / "papers")], wait=60, progress=lambda *_: begun.touch())
                return 0
            while True:
                help_runs(settings, lambda _: begun.touch())
                time.sleep(0.2)
        except UnavailableError as error:
            print(f"{role}: {error}", file=sys.stderr)
            return error.exit_code


def settings_of(folder: Path, role: str) -> Settings:
    """Return the settings of the home of a worker; those who help have one of their own."""
    return load_settings(folder / f"home-{role}", **json.loads((folder / "flags.json").read_text()))


def killed(server: Any, elasticsearch: str, folder: Path, kills: int, papers: int) -> Outcome:  # noqa: ANN401 - of tests
    """Let workers work while they and the server are killed, then to the end; return what was done and is wrong."""
    name = f"kills-{uuid.uuid4().hex[:8]}"
    cluster = {"url": elasticsearch, "name": name, "backoff_seconds": 0.1, "patience_seconds": 120.0}
    flags = {"index": "elasticsearch", "elasticsearch": cluster, "encoder": "all-MiniLM-L6-v2", "workers": 1}
    flags |= {"database": server.url, "blobs": f"file://{folder}/blobs", "batch_documents": 8}
    (folder / "flags.json").write_text(json.dumps(flags))
    (folder / "papers").mkdir()
    crew = _Crew(folder, papers)
    try:
        return crew.killed(server, kills)
    finally:
        crew.end()
        opened = connect(settings_of(folder, "hold").elasticsearch)
        names = list(opened.client.indices.get_alias(index=f"{name}-*"))
        if names:
            opened.client.indices.delete(index=names)
        opened.client.close()


class _Crew:
    """The workers over a folder, the papers in it, and what is said of them."""

    def __init__(self, folder: Path, papers: int) -> None:
        self._folder, self._step = folder, papers
        self._papers = 0
        self._said: list[str] = []
        self._tried: set[str] = set()
        self._said_at = 0.0
        self._settings = settings_of(folder, "hold")
        self._more()
        self._workers = [self._start(role) for role in _ROLES]

    def killed(self, server: Any, kills: int) -> Outcome:  # noqa: ANN401 - of tests
        began, victims = time.monotonic(), Counter[str]()
        for number in range(1, kills + 1):
            victim = random.randrange(len(_ROLES))
            self._let_work(_BEGINNING_SECONDS, partial(self._has_begun, victim))
            self._let_work(random.uniform(*_PAUSE))
            if number % _OF_THE_SERVER == _FIRST_OF_THE_SERVER:
                victims["server"] += 1
                os.kill(server.process.pid, signal.SIGKILL)
                server.process.wait()
                server.start()
            else:
                victims[_ROLES[victim]] += 1
                self._workers[victim].kill()
        give_up = time.monotonic() + _ENDING_SECONDS
        while not self._restart_ended() and time.monotonic() < give_up:
            time.sleep(_LOOK_SECONDS)
        self.end()
        problems = self._problems()
        return Outcome(victims, self._papers, len(self._said), time.monotonic() - began, problems)

    def end(self) -> None:
        """Kill the remaining workers."""
        for worker in self._workers:
            worker.kill()
            worker.wait()

    def _let_work(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let the workers work for so long, or until something holds; they never run out of papers."""
        give_up = time.monotonic() + seconds
        while not until() and time.monotonic() < give_up:
            if self._restart_ended():
                self._more()
            time.sleep(_LOOK_SECONDS)

    def _has_begun(self, place: int) -> bool:
        return (self._folder / f"begun-{self._workers[place].pid}").exists()

    def _restart_ended(self) -> bool:
        """Restart workers that ended, and add a judgement; return whether a run completed."""
        is_done = False
        for place, role in enumerate(_ROLES):
            code = self._workers[place].poll()
            if code is not None:
                is_done |= role == "hold" and code == 0
                self._workers[place] = self._start(role)
        self._judge()
        return is_done

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "benchmarks.shared_run_kills", "--work", role, str(self._folder)]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=CHECKOUT, stderr=log)

    def _more(self) -> None:
        for number in range(self._papers, self._papers + self._step):
            text = f"Paper {number}\n\nThe single window of country {number} handles {number * 31} declarations.\n"
            (self._folder / "papers" / f"{number:05}.txt").write_text(text)
        self._papers += self._step

    def _judge(self) -> None:
        """Write a judgement; without a confirmation it may be stored or not."""
        if time.monotonic() - self._said_at < _SAID_SECONDS:
            return
        self._said_at = time.monotonic()
        quote = f"judgement {len(self._tried)}"
        self._tried.add(quote)
        given = {"at": "2026-01-01T00:00:00Z", "author": "ana", "action": "accept", "tag": "t", "document": "d"}
        given |= {"model": "m", "model_version": "1", "provenance": "derived", "judged": "a", "dimension": "a"}
        try:
            with closing(open_storage(self._settings).open_judgements(write=False)) as store:
                store.add([TagJudgement(quote=quote, offset=0, **given)])
        except UnavailableError:
            return
        self._said.append(quote)

    def _problems(self) -> list[str]:
        """Compare index, ledger and judgements with what there should be."""
        wanted = {path.as_uri() for path in (self._folder / "papers").iterdir()}
        storage = open_storage(self._settings)
        with dummy_encoders(self._folder / "cache"), reader(self._settings) as engine:
            names = [name for name, _ in engine.documents(access_classes=EVERY_CLASS)]
            documents = (engine.document(name, access_classes=EVERY_CLASS) for name in names)
            found = Counter(one.source for one in documents if one)
            problems = [f"check {one.name}: {one.detail}" for one in health.checks(self._settings) if not one.ok]
        give_up = time.monotonic() + _BACK_SECONDS
        with closing(storage.open_ledger(write=False)) as ledger:
            rows = Counter(entry.source for entry in ledger.entries("indexed"))
            while (left := ledger.shared_work.runs() if ledger.shared_work else {}) and time.monotonic() < give_up:
                time.sleep(_LOOK_SECONDS)
        with closing(storage.open_judgements(write=False)) as store:
            said = Counter(one.quote for one in store.since(0))
        for what, counted in (("index", found), ("ledger", rows)):
            problems += [f"{what}: {name} is missing" for name in wanted - counted.keys()]
            problems += [f"{what}: {name} is there {times} times" for name, times in counted.items() if times > 1]
            problems += [f"{what}: {name} is no paper" for name in counted.keys() - wanted]
        problems += [f"{quote} is lost" for quote in self._said if not said[quote]]
        problems += [f"{quote} is there {times} times" for quote, times in said.items() if times > 1]
        return problems + [f"run {run} has left its work" for run in left]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UnavailableError as error:
        sys.exit(str(error))
