"""SIGTERM handling: systemd, containers and operators stop a command by it, which then ends cleanly and soon."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

from portal.cli import TERMINATED
from portal.cli.output import complain

GRACE_SECONDS = 8.0
"""How long a command has to end in order: what asks it to end waits ten seconds before it kills it, as Docker does."""


class TerminatedError(BaseException):
    """Raised in the main thread where SIGTERM came; like `KeyboardInterrupt` it is no error of what is at work."""


@contextmanager
def stoppable(message: str, *, grace: float = GRACE_SECONDS) -> Iterator[None]:
    """Let SIGTERM end a block by `TerminatedError`, which says `message` to who stopped it.

    Where the block has not ended after `grace` seconds, as in a long call of a library or a server that does not
    answer, the process ends at once, with the same exit code: what is stored is as safe as after `kill -9`. Outside the
    main thread, which alone gets signals, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stopped = False

    def raise_once(_: int, __: FrameType | None) -> None:
        nonlocal stopped
        if not stopped:  # a second one does not disturb the orderly end
            stopped = True
            raise TerminatedError(message)

    before = signal.signal(signal.SIGTERM, raise_once)
    with _watched(message, grace):
        try:
            yield
        finally:
            if not stopped:
                signal.signal(signal.SIGTERM, before)


def leave(code: int) -> NoReturn:
    """End the process immediately, after everything that needs closing was closed.

    Python would wait for its threads, and a library that still works in one crashes while Python shuts down.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # nobody reads it, it is closed, or there is none
            stream.flush()
    os._exit(code)


@contextmanager
def _watched(message: str, grace: float) -> Iterator[None]:
    """Run a thread that receives signals at any time, and ends the process after the time limit."""
    receiving, sending = os.pipe()
    os.set_blocking(sending, False)
    earlier = signal.set_wakeup_fd(sending, warn_on_full_buffer=False)
    ended = threading.Event()
    threading.Thread(target=_watch, args=(receiving, message, grace, ended), name="signals", daemon=True).start()
    try:
        yield
    except TerminatedError:  # the process is about to end, and something may keep it: the watch goes on
        raise
    except BaseException:
        ended.set()
        raise
    else:
        ended.set()
    finally:
        if ended.is_set():
            signal.set_wakeup_fd(earlier)
            os.close(sending)


def _watch(receiving: int, message: str, grace: float, ended: threading.Event) -> None:
    with suppress(OSError):
        while signals := os.read(receiving, 64):
            if signal.SIGTERM in signals:
                break
        else:
            signals = b""
        if signals and not ended.wait(grace):
            complain(f"{message}; something at work did not end, and was left behind")
            leave(TERMINATED)
    os.close(receiving)
