"""Compares the time to list a configured source with that of the bare library that walks the same files.

usage: python -m benchmarks.listing [--files 10000] [--kinds folder sftp s3 ftp] [--rounds 3]

Files lie in folders of a hundred, half of them with a sidecar, behind real servers on this machine (those of the
contract test). Ours lists with sizes, times, tags and sidecars, and notes which parts cannot be listed; the library
walks with `os.walk` and `stat`, or fsspec's `find` with details. Prints the seconds of both and their ratio.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from configs.settings import load_settings
from pipelines.sources.connectors.opening import open_connector
from pipelines.sources.connectors.remote_files import Opener
from tests.pipelines.sources.connectors.harness import Harness, harness_class

_IN_A_FOLDER = 100


def main() -> None:
    """Print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--kinds", nargs="+", default=["folder", "sftp", "s3", "ftp"])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print("| source | files | ours s | library s | ratio |\n| --- | --- | --- | --- | --- |")
    for kind in options.kinds:
        ours, bare = measured(kind, options.files, options.rounds)
        print(f"| {kind} | {options.files} | {ours:.2f} | {bare:.2f} | {ours / bare:.1f} |", flush=True)


def measured(kind: str, files: int, rounds: int) -> tuple[float, float]:
    """Return the median seconds of both sides, measured in turn."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        for part in ("servers", "source"):
            (folder / part).mkdir()
        kind_class = harness_class(kind)
        harness = kind_class(stack.enter_context(kind_class.server(folder / "servers")), folder / "source")
        os.environ |= harness.environment
        for number in range(files):
            sidecar = {"title": f"Paper {number}"} if number % 2 else None
            harness.put(f"{number // _IN_A_FOLDER:03}/paper {number}.pdf", b"%PDF", sidecar)
        settings = load_settings(folder / "home")
        pairs = [
            (seconds(lambda: ours(harness, settings), files), seconds(lambda: bare(harness, settings), files))
            for _ in range(rounds)
        ]
        harness.close()
    return statistics.median(one for one, _ in pairs), statistics.median(one for _, one in pairs)


def seconds(side: Callable[[], int], files: int) -> float:
    """Return how long a side takes, which has to find every file."""
    began = time.perf_counter()
    found = side()
    assert found >= files, f"{found} of {files} files"
    return time.perf_counter() - began


def ours(harness: Harness, settings: Any) -> int:  # noqa: ANN401 - of either kind
    """Return how many items the connector lists."""
    connector = open_connector(harness.config, settings)
    pages = list(connector.changes(None))
    connector.close()
    return sum(len(page.items) for page in pages)


def bare(harness: Harness, settings: Any) -> int:  # noqa: ANN401
    """Return how many files the library finds, sidecars among them."""
    config = harness.config
    if config.kind == "folder":
        files = (f"{top}/{name}" for top, _, names in os.walk(config.path) for name in names)
        return sum(1 for file in files if os.stat(file))  # noqa: PTH116 - as fast as Python can
    assert config.kind == "url"
    opened: Any = Opener(config, settings).open()  # its file system, with login and options
    return len(opened._files.find(opened._path, detail=True))  # noqa: SLF001 - the library below ours


if __name__ == "__main__":
    main()
