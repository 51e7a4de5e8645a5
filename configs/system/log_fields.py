"""Context fields of log records (run, document) and structured events, for log collectors."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

EVENTS = "events"
"""The logger of events. People are not shown them: what a command prints in the end says the same."""

_fields: ContextVar[Mapping[str, str]] = ContextVar("log_fields", default={})  # noqa: B039 - never changed in place


@contextmanager
def log_fields(**fields: str) -> Iterator[None]:
    """Add fields, such as `run` or `document`, to the records logged in a block, beside the enclosing ones.

    A thread that is started in the block has these fields only if it runs in a copy of the context.
    """
    token = _fields.set({**_fields.get(), **fields})
    try:
        yield
    finally:
        _fields.reset(token)


def current_fields() -> Mapping[str, str]:
    """Return the fields of the current context."""
    return _fields.get()


def log_event(message: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log an event of a run with JSON values as details."""
    logging.getLogger(EVENTS).log(level, message, extra={"fields": fields})
