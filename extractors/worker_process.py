"""A child process that does pieces of work one after the other, and keeps files open between them.

`isolation.run_isolated` starts a new child for each piece of work. Where a piece of work is cheap after the one
before, as the next page of an open PDF is, the child is kept. Each piece of work has the full limit of time; the
limit of memory is one for all that the child holds.
"""

import contextlib
import time
from collections.abc import Callable
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess
from typing import Any

from configs.settings import ReadingLimits
from extractors import isolation
from extractors.isolation import Outcome

_MOST_WORK = 1000
"""Pieces of work of one child: whatever memory a library loses is given back then."""


class WorkerProcess:
    """A child that runs the function that `make()` returns in it; it belongs to one thread at a time.

    The child starts with the first piece of work. One that hangs, crashes or exceeds its memory is killed, and the next
    piece of work starts another one.
    """

    def __init__(self, make: Callable[[], Callable[..., bytes]], limits: ReadingLimits) -> None:
        """`make` can be imported by name."""
        self._make, self._limits = make, limits
        self._child: ForkServerProcess | None = None
        self._requests: connection.Connection | None = None
        self._replies: connection.Connection | None = None
        self._done = 0

    @property
    def done(self) -> int:
        """Pieces of work that the child has done since it started; 0 where none runs."""
        return self._done

    def start(self) -> None:
        """Start the child, if none runs, so that the first piece of work need not wait for it."""
        if self._child is None:
            child_reads, self._requests = isolation.pipe()
            self._replies, child_writes = isolation.pipe()
            with child_reads, child_writes:
                self._child = isolation.start(_serve, self._make, self._limits, child_reads, child_writes)

    def run(self, *args: Any) -> Outcome:  # noqa: ANN401
        """Run the function with small, picklable arguments; return its bytes, or why there are none.

        Statuses are those of `run_isolated`. A child that crashes, or runs out of memory, after it did other work may
        do so because of that: the work is tried once more in a new one. Raises `UnavailableError` as `run_isolated`.
        """
        used = self._done > 0
        outcome = self._run(args)
        if used and outcome.status in ("crashed", "too_large"):
            outcome = self._run(args)
        return outcome

    def close(self) -> int | None:
        """Kill the child, if one runs, and return its exit code."""
        child, self._child, self._done = self._child, None, 0
        for end in (self._requests, self._replies):
            if end is not None:
                end.close()
        self._requests = self._replies = None
        return None if child is None else isolation.end(child)

    def _run(self, args: tuple[Any, ...]) -> Outcome:
        self.start()
        message: isolation.Message | None = (b"", b"")
        exit_code = None
        try:
            assert self._requests is not None
            assert self._replies is not None
            with contextlib.suppress(BrokenPipeError):  # it is dead: its exit code has the cause
                self._requests.send(args)
                message = isolation.receive(self._replies, time.monotonic() + self._limits.wall_seconds)
        except BaseException:
            self.close()
            raise
        if message is None or not isolation.is_result(message):
            exit_code = self.close()
        else:
            self._done += 1
            if self._done >= _MOST_WORK:
                self.close()
        return isolation.outcome_of(message, exit_code, self._limits)


def _serve(
    make: Callable[[], Callable[..., bytes]],
    limits: ReadingLimits,
    requests: connection.Connection,
    replies: connection.Connection,
) -> None:
    """Do in the child what is asked for, until the pipe of the requests is closed or something fails."""
    isolation.silence()
    isolation.release_server()
    isolation.limit_process(limits)
    function = make()
    while True:
        try:
            args = requests.recv()
        except EOFError:
            return
        isolation.limit_time(limits, final=False)
        if not isolation.send_result(replies, function, args, limits):
            return
        isolation.lift_time_limit()
