"""What log records are about, for programs that read logs: the run and the document at work, and events of a run."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

EVENTS = "events"
"""The logger of events. People are not shown them: what a command prints in the end says the same."""

_fields: ContextVar[Mapping[str, str]] = ContextVar("log_fields", default={})  # noqa: B039 - never changed in place


@contextmanager
def log_fields(**fields: str) -> Iterator[None]:
    """Let what is logged in a block be about these, such as `run` or `document`, beside what holds around it.

    A thread that is started in the block knows nothing of it, unless it runs in a copy of the context.
    """
    token = _fields.set({**_fields.get(), **fields})
    try:
        yield
    finally:
        _fields.reset(token)


def current_fields() -> Mapping[str, str]:
    """Return what is worked on here and now."""
    return _fields.get()


def log_event(message: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log something that happened in a run, with values of JSON that say more of it."""
    logging.getLogger(EVENTS).log(level, message, extra={"fields": fields})
