"""Runs modules of this folder as separate processes, and converts judged data for `evaluate`."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
DEFAULT_SHARED = CHECKOUT.parent / "shared"


def run_module(name: str, *arguments: str | Path) -> int:
    """Run a module with its arguments, print its heading before, and return its exit code."""
    print(f"\n## {name}\n", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode


@contextmanager
def converted(shared: Path) -> Iterator[Path]:
    """Yield a folder with the judged collections, and the goals as a model with labels in `sdg`."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(shared / "benchmarks" / "convert.py"), folder]
        subprocess.run(command, check=True, capture_output=True)
        yield Path(folder)
