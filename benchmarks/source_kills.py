"""Kills runs over a changing source at many moments, and checks that the index finally equals the source.

usage: python -m benchmarks.source_kills [--times 100] [--documents 60] [--seed 7]

Between two kills some papers of the source are new, some changed, some gone and some back. The process
(`benchmarks.killed_source_run`) is killed with SIGKILL at a random time after it began. After the last kill a run
comes to its end, and index, ledger, register and cursor are compared with the source. Exit code 1 where anything was
wrong.
"""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.killed_source_run import NAME, ROOT, LoggedFolder, run, settings_of
from benchmarks.running import CHECKOUT
from configs.settings import Settings
from extractors.document import document_id
from index.filters import EVERY_CLASS
from pipelines.maintenance import health
from pipelines.search.service import reader
from pipelines.storage.opening import open_storage
from tests.dummy_encoder import dummy_encoders

_NEW, _CHANGED, _GONE, _BACK = 3, 5, 3, 2
"""Papers of each kind between two kills."""
_PATIENCE_SECONDS = 120.0
_FIRST_SECONDS = 6.0
"""The latest kill until a run came to its end, which tells how long one takes."""
_LONGER = 1.1
"""By so much later the next kill may come after each, until a run comes to its end: so they reach all of it."""


@dataclass
class Papers:
    """The source: a folder of papers with a log of its changes; `gone` are the contents of those taken out."""

    folder: Path
    choice: random.Random
    gone: dict[str, bytes] = field(default_factory=dict)
    made: int = 0

    def begin(self, count: int) -> None:
        """Make so many papers, and an archive of three."""
        (self.folder / "papers").mkdir(parents=True)
        for _ in range(count):
            self._put_new()
        self._put("all.zip", _archive(0))

    def change(self, edition: int) -> None:
        """Change some papers, take some out, put some back and add some."""
        there = sorted(path.name for path in (self.folder / "papers").glob("*.txt"))
        chosen = self.choice.sample(there, _CHANGED + _GONE)
        back = self.choice.sample(sorted(self.gone), min(_BACK, len(self.gone)))
        for name in chosen[:_CHANGED]:
            self._put(name, _paper(name, edition))
        for name in back:
            self._put(name, self.gone.pop(name))
        for name in chosen[_CHANGED:]:
            self.gone[name] = (self.folder / "papers" / name).read_bytes()
            (self.folder / "papers" / name).unlink()
            self._note(name)
        for _ in range(_NEW):
            self._put_new()
        self._put("all.zip", _archive(edition))

    def digests(self) -> dict[str, str]:
        """Return the sha256 of every paper by its URI."""
        found = {}
        for path in (self.folder / "papers").iterdir():
            if path.suffix == ".txt":
                found[ROOT + path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
                continue
            with zipfile.ZipFile(path) as package:
                for name in package.namelist():
                    found[f"zip://{name}::{ROOT}{path.name}"] = hashlib.sha256(package.read(name)).hexdigest()
        return found

    def _put_new(self) -> None:
        self.made += 1
        self._put(f"{self.made}.txt", _paper(f"{self.made}.txt", 0))

    def _put(self, name: str, content: bytes) -> None:
        """Replace a file atomically."""
        new = self.folder / "new"
        new.write_bytes(content)
        new.rename(self.folder / "papers" / name)
        self._note(name)

    def _note(self, name: str) -> None:
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            log.write(f"{name}\n")


def killed(papers: Papers, times: int) -> int:
    """Change the source and kill a run over it so many times; return how many runs had not come to their end."""
    longest, count = _FIRST_SECONDS, 0
    for edition in range(1, times + 1):
        lasted = _kill(papers.folder, papers.choice.uniform(0, longest))
        count += lasted is None
        longest = longest * _LONGER if lasted is None else lasted
        papers.change(edition)
    return count


def _kill(folder: Path, seconds: float) -> float | None:
    """Start a run and kill it so long after it began; return how long it took where it came to its end."""
    command = [sys.executable, "-m", "benchmarks.killed_source_run", str(folder)]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        began = time.monotonic()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        _, errors = process.communicate(timeout=_PATIENCE_SECONDS)
    if process.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(errors.decode())
    return time.monotonic() - began if process.returncode == 0 else None


def problems(papers: Papers) -> list[str]:
    """Run the source to its end and return the differences from the source."""
    settings = settings_of(papers.folder)
    report = run(papers.folder)
    expected = papers.digests()
    found = [] if (report.found, report.failed) == (len(expected), 0) else [f"the run: {report}"]
    again = run(papers.folder)
    if (again.unchanged, again.found) != (len(expected), len(expected)):
        found.append(f"the next run: {again}")
    with dummy_encoders(papers.folder / "cache"):
        found += [f"{check.name}: {check.detail}" for check in health.checks(settings) if not check.ok]
        found += _of_index(settings, expected)
    return found + _of_register(settings, papers.folder)


def _of_index(settings: Settings, expected: dict[str, str]) -> list[str]:
    found = []
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        rows = {entry.source: entry for entry in ledger.entries()}
    if rows.keys() != expected.keys():
        found.append(f"the ledger lacks {expected.keys() - rows.keys()} and has {rows.keys() - expected.keys()} more")
    with reader(settings) as engine:
        held = {name for name, _ in engine.documents(access_classes=EVERY_CLASS)}
        for uri, sha256 in expected.items():
            document = engine.document(document_id(uri), access_classes=EVERY_CLASS)
            if document is None or document.sha256 != sha256:
                found.append(f"{uri}: {'lost' if document is None else 'not as it is in the source'}")
        counts = engine.counts()
    if held != set(map(document_id, expected)) or counts.documents != len(expected):
        found.append(f"the index holds {len(held)} documents, the source {len(expected)}")
    if counts.passages != counts.vectors or counts.passages != sum(row.passages for row in rows.values()):
        found.append(f"passages do not add up: {counts}")
    return found


def _of_register(settings: Settings, folder: Path) -> list[str]:
    source, found = LoggedFolder(folder), []
    with closing(open_storage(settings).open_register(write=False)) as register:
        rows, cursor = register.items(NAME), register.cursor(NAME)
    listed = {name: source.item(name).fingerprint for name in source.ids()}
    if {name: row.fingerprint for name, row in rows.items()} != listed:
        found.append("the register is not what the source lists")
    if any(row.withdrawn or row.failed for row in rows.values()):
        found.append("the register holds items as withdrawn or failed")
    lines = len((folder / "log").read_text(encoding="utf-8").split())
    if cursor is None or cursor.split()[-1] != str(lines):
        found.append(f"the cursor is {cursor}, of {lines} changes")
    return found


def _paper(name: str, edition: int) -> bytes:
    return f"zpaper{name} zedition{edition}\n\nThe single window of country {name} was launched.\n".encode()


def _archive(edition: int) -> bytes:
    """Return an archive whose members are there, changed and gone in turns."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as package:
            package.writestr("stays.txt", "zstays\n\nThe data model was adopted.\n")
            for number in range(1 + edition % 3):
                package.writestr(f"member{number}.txt", _paper(f"member{number}", edition))
        file.seek(0)
        return file.read()


def main() -> int:
    """Kill, compare, print and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        papers = Papers(Path(name), random.Random(options.seed))
        papers.begin(options.documents)
        count = killed(papers, options.times)
        wrong = problems(papers)
        print(f"{count} of {options.times} runs were killed before their end")
        print(f"papers at the end: {len(papers.digests())}, changes: {options.times}, problems: {len(wrong)}")
        for problem in wrong:
            print(f"  {problem}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
