"""Runs all benchmarks of reading, one after the other.

usage: python -m benchmarks.reading [--shared ../shared] [--parts text words speed …]

Each part is a module of this folder, runs as a process of its own, and may be run alone, with more options.
"""

import argparse
from pathlib import Path

from benchmarks.running import DEFAULT_SHARED, run_module

PARTS = ("text", "words", "speed", "tables", "metadata", "ocr", "hostile", "isolation")
"""The names of the modules."""
JUDGED = ("words", "speed", "tables", "metadata")
"""Those that read files of the shared folder; the others make what they read."""


def main() -> None:
    """Run the parts; the tables are theirs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED, help="the folder of judged files")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS, help="all by default")
    options = parser.parse_args()
    shared = ("--shared", options.shared.resolve())
    failed = [part for part in options.parts if run_module(part, *(shared if part in JUDGED else ()))]
    if failed:
        parser.exit(1, f"failed: {', '.join(failed)}\n")


if __name__ == "__main__":
    main()
