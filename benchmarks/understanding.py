"""Runs all benchmarks of understanding, one after the other.

usage: python -m benchmarks.understanding [--shared ../shared] [--parts tagging themes …]

Each part is a module of this folder, runs as a process of its own, and may be run alone, with more options.
"""

import argparse
from pathlib import Path

from benchmarks.running import DEFAULT_SHARED, converted, run_module

PARTS = ("tagging", "themes", "subjects", "passages", "encoding")
"""The names of the modules."""


def main() -> None:
    """Run the parts; the tables are theirs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED, help="the folder of judged files")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS, help="all by default")
    options = parser.parse_args()
    shared = options.shared.resolve()
    with converted(shared) as collections:
        arguments = {"passages": (collections / "cranfield",), "encoding": (collections,)}
        failed = [part for part in options.parts if run_module(part, *arguments.get(part, ("--shared", shared)))]
    if failed:
        parser.exit(1, f"failed: {', '.join(failed)}\n")


if __name__ == "__main__":
    main()
