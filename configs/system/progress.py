"""Progress steps of long work, such as a recognised page, for watchdogs."""

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
    """Report a step of the current work; cheap enough for each item of a long list."""
    _listener.get()()
