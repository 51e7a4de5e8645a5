"""All measures of reading, one after the other.

usage: python -m benchmarks.reading [--shared ../shared] [--parts text words speed …]

Each part is a module of this folder, runs as a process of its own, and may be run alone, with more options.
"""

import argparse
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
DEFAULT_SHARED = CHECKOUT.parent / "shared"
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
    failed = [part for part in options.parts if run(part, options.shared.resolve())]
    if failed:
        parser.exit(1, f"failed: {', '.join(failed)}\n")


def run(part: str, shared: Path) -> int:
    """Run one part and return its exit code."""
    print(f"\n## {part}\n", flush=True)
    arguments = ["--shared", str(shared)] if part in JUDGED else []
    command = [sys.executable, "-m", f"benchmarks.{part}", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode


if __name__ == "__main__":
    main()
