"""Steps of long work, such as a page that was recognised, for whoever watches that the work goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[], object]] = ContextVar("progress", default=lambda: None)


@contextmanager
def steps_told_to(listener: Callable[[], object]) -> Iterator[None]:
    """Call `listener` at each step of the work in a block, in threads that run in a copy of its context too."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def step_done() -> None:
    """Tell that the work at hand went on by a step; cheap enough for each item of a long list."""
    _listener.get()()
