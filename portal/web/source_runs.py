"""Runs started in the browser, over configured sources or a paper, as commands in separate processes."""

import datetime as dt
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple, Self

from configs.settings import Settings
from pipelines.processes import Child

_STOP_SECONDS = 10.0
"""How long runs have to end in order when the server ends."""
_WAIT_SECONDS = 3600
"""How long a run waits for another process that writes the home."""
_MOST_WAITING = 2
"""Runs over one source that are not done: one may have listed it already, the next one lists it after that."""
_DONE = (0, 1)
"""Exit codes of a run that came to its end; 1 says that documents failed, which its page lists."""
_MESSAGE = "customs-lens: "


class StartedRun(NamedTuple):
    """A run that was started here, and when; whether it is running, and the error with which it ended, if any."""

    began: dt.datetime
    is_running: bool
    message: str | None


class SourceRuns:
    """Starts runs, which end with this object. A run of another process on the home is waited for."""

    def __init__(self, settings: Settings) -> None:
        options = {"home": settings.home, "index": settings.index, "encoder": settings.encoder, "model": settings.model}
        self._options = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._started: dict[str, list[Child]] = {}

    def start(self, source: str, *, only_failed: bool = False, again: bool = False) -> None:
        """Start a run over a source, or over what failed of it, unless one that was started here is at work.

        With `again` a second one is started then, which takes what the first one listed too early.
        """
        words = ["sources", "run", source, *(["--only", "failed"] if only_failed else [])]
        self._start(source, words, most=_MOST_WAITING if again else 1)

    def try_again(self, uri: str) -> None:
        """Start a run over one document of no configured source, by its URI, that reads it again whatever it was."""
        words = ["ingest", uri.removeprefix("file://"), "--force"]
        self._start(uri, words, most=1)

    def state(self, name: str) -> StartedRun | None:
        """Return what became of the last run over a source, or a document, that was started here; None for none."""
        children = self._started.get(name)
        if not children:
            return None
        child = children[-1]
        code = child.exit_code
        if code in (None, *_DONE):
            return StartedRun(child.began, is_running=code is None, message=None)
        said = [
            line.removeprefix(_MESSAGE).removeprefix(f"{name}: ") for line in child.lines if line.startswith(_MESSAGE)
        ]
        return StartedRun(child.began, is_running=False, message=said[-1] if said else f"exit code {code}")

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the runs that are at work; what they did is kept, and the next run goes on from there."""
        running = [child for children in self._started.values() for child in children if child.is_running]
        with ThreadPoolExecutor(max(len(running), 1)) as pool:
            list(pool.map(lambda child: child.stop(_STOP_SECONDS), running))

    def _start(self, name: str, words: list[str], *, most: int) -> None:
        waiting = [child for child in self._started.get(name, ()) if child.is_running]
        if len(waiting) < most:
            command = [sys.executable, "-m", "portal.cli", *words, "--wait", str(_WAIT_SECONDS), *self._options]
            self._started[name] = [*waiting, Child(f"run over {name}", command, os.environ, lambda _: None)]
