"""Runs over configured sources that people start in the browser: each is the command, in a process of its own."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple, Self

from configs.settings import Settings
from pipelines.processes import Child

_STOP_SECONDS = 10.0
"""How long runs have to end in order when the server ends."""
_DONE = (0, 1)
"""Exit codes of a run that came to its end; 1 says that documents failed, which its page lists."""
_MESSAGE = "customs-lens: "


class StartedRun(NamedTuple):
    """A run that was started here: whether it is at work, and else what it ended with, None where all was well."""

    is_running: bool
    message: str | None


class SourceRuns:
    """Starts runs, of each source one at a time; they end with this object.

    A run that another process has on the same home is waited for, as on the command line.
    """

    def __init__(self, settings: Settings) -> None:
        options = {"home": settings.home, "index": settings.index, "encoder": settings.encoder, "model": settings.model}
        self._options = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._started: dict[str, Child] = {}

    def start(self, source: str) -> None:
        """Start a run over a source, unless one that was started here is at work."""
        earlier = self._started.get(source)
        if earlier is None or not earlier.is_running:
            command = [sys.executable, "-m", "portal.cli", "sources", "run", source, *self._options]
            self._started[source] = Child(f"run over {source}", command, os.environ, lambda _: None)

    def state(self, source: str) -> StartedRun | None:
        """Return what became of the last run over a source that was started here; None where none was."""
        child = self._started.get(source)
        if child is None:
            return None
        code = child.exit_code
        if code in (None, *_DONE):
            return StartedRun(is_running=code is None, message=None)
        said = [
            line.removeprefix(_MESSAGE).removeprefix(f"{source}: ") for line in child.lines if line.startswith(_MESSAGE)
        ]
        return StartedRun(is_running=False, message=said[-1] if said else f"exit code {code}")

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the runs that are at work; what they did is kept, and the next run goes on from there."""
        running = [child for child in self._started.values() if child.is_running]
        with ThreadPoolExecutor(max(len(running), 1)) as pool:
            list(pool.map(lambda child: child.stop(_STOP_SECONDS), running))
