"""Reads hostile files as an ingestion does, within the usual limits, and prints the outcome of each.

usage: python -m benchmarks.hostile [--only NAME …] [--share 1.0] [--write FOLDER]

A row is a file: the status of it, or of what is in it; the first message; seconds on the clock; and the largest
memory that a child process held, as seen every few milliseconds, in MiB. The last line says what this process
itself held at most. With `--write` the files are written and not read.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.hostile import MAKERS, write
from configs.settings import ReadingLimits, Settings
from configs.system.errors import ConfigError
from extractors import isolation
from extractors.reading import read_document
from pipelines.sources.given import find_sources
from pipelines.sources.source import Source, SourceError

_GLANCE = 0.005  # seconds
_MIB = 1 << 20
_LONGEST = 100  # characters of a message


class Peak(threading.Thread):
    """Watches the children of the reading server and keeps the largest resident memory of any, in bytes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self._ended = threading.Event()

    def run(self) -> None:
        """Look every few milliseconds until `end`."""
        me = psutil.Process()
        while not self._ended.wait(_GLANCE):
            for server in me.children():
                self._look(server)

    def _look(self, server: psutil.Process) -> None:
        try:
            for child in server.children():
                status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
                self.most = max(self.most, int(status.partition("VmHWM:")[2].split()[0]) * 1024)
        except (psutil.NoSuchProcess, OSError, IndexError):
            pass  # it ended meanwhile

    def end(self) -> int:
        """Stop watching and return the bytes."""
        self._ended.set()
        self.join()
        return self.most


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", nargs="+", choices=sorted(MAKERS), metavar="NAME")
    parser.add_argument("--share", type=float, default=1.0, help="of the full size of each file")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the files and do nothing else")
    options = parser.parse_args()
    names = options.only or list(MAKERS)
    if options.write:
        write(options.write, share=options.share, names=names)
        return
    limits = ReadingLimits()
    print("| file | MiB | status | message | seconds | peak MiB of a child |\n| --- | --- | --- | --- | --- | --- |")
    for name in names:
        with _hostile_file(name, options.share) as path:
            print(_row(path, limits), flush=True)
    print(f"\nthis process: at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    isolation.shutdown()


@contextmanager
def _hostile_file(name: str, share: float) -> Iterator[Path]:
    """Give a file that another process made, whose memory is not this one's."""
    with tempfile.TemporaryDirectory() as folder:
        maker = [sys.executable, "-m", "benchmarks.hostile", "--write", folder, "--only", name, "--share", str(share)]
        subprocess.run(maker, check=True)
        yield Path(folder, name)


def _row(path: Path, limits: ReadingLimits) -> str:
    peak = Peak()
    peak.start()
    began = time.perf_counter()
    statuses: Counter[str] = Counter()
    messages: list[str] = []
    settings = Settings(home=path.parent / "home", reading=limits)
    for source in find_sources([str(path)], settings).sources:
        status, message = _read(source, path.parent / "workspace", limits)
        statuses[status] += 1
        messages += [message] if message else []
    took = time.perf_counter() - began
    said = ", ".join(status if count == 1 else f"{count} × {status}" for status, count in statuses.most_common())
    first = " ".join(messages[0].split()).replace("|", "\\|")[:_LONGEST] if messages else ""
    size = path.stat().st_size / _MIB
    return f"| {path.name} | {size:.1f} | {said} | {first} | {took:.1f} | {peak.end() / _MIB:.0f} |"


def _read(source: Source, workspace: Path, limits: ReadingLimits) -> tuple[str, str]:
    """Return status and message of a source, as an ingestion would note them."""
    try:
        digest = source.sha256()
        with source.as_file(workspace) as path:
            document = read_document(path, source=source.uri, sha256=digest, parent=source.parent, limits=limits)
        document = source.sidecar.apply(document) if source.sidecar else document
    except SourceError as error:
        return error.status, error.message.removeprefix(f"{source.uri}: ")
    except ConfigError as error:
        return "malformed", error.message
    return document.status, "; ".join(document.warnings)


if __name__ == "__main__":
    main()
