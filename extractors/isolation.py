"""Runs a function in a child process with limits of memory, processor time and wall time.

The children are forked from a server process (multiprocessing's forkserver) that has the slow libraries loaded
and no thread, so that a child costs milliseconds. A process that reads one file and ends forks itself instead: the
server takes longer to start than most files to read. Where a child dies, its parent gets a status and lives on.
"""

import contextlib
import ctypes
import faulthandler
import logging
import math
import os
import pickle
import resource
import signal
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing import connection, forkserver, get_context, resource_tracker
from multiprocessing.context import ForkContext, ForkProcess, ForkServerContext, ForkServerProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from configs.settings import ReadingLimits
from configs.system.errors import UnavailableError
from configs.system.folders import temporary_folder_error
from configs.system.progress import step_done, steps_told_to
from extractors.document import ReadStatus
from extractors.readers import READERS
from extractors.socket_folder import PREFIX, prepare_socket_folder

_log = logging.getLogger(__name__)

PRELOADED = (
    "charset_normalizer",
    "docx",
    "extractors.containers.opening",
    "extractors.readers.pdf.page_images",
    "extractors.reading",
    "extractors.preloaded",
    "lxml.html",
    "olefile",
    "pdfplumber.table",
    "pptx",
    "pypdfium2",
    "python_calamine",
    *sorted({f"extractors.readers.{module}" for module in READERS.values()}),
)
"""Modules that the server imports once for all children, whatever the first of them is for."""

_MIB = 1 << 20
_MAX_RESULT = 64 * _MIB  # of JSON, which takes about seven times as much here: thousands of pages
_GRACE_SECONDS = 5  # after the wall limit, by which a child ends itself should its parent be gone
_LAST_SECONDS = 0.05  # that a child has to end in once nothing more comes from it
_HEADER = struct.Struct("!cQ")
_VALUE, _FAILURE, _MEMORY, _STEP = b"v", b"f", b"m", b"s"
_LONGEST_TEMPORARY = 108 - len(f"/{PREFIX}abcdefgh/listener-abcdefgh") - 1  # bytes of the name of a folder; unix(7)
_PR_SET_PDEATHSIG = 1  # prctl(2)

Message = tuple[bytes, bytes]
"""The kind and the content of what a child sends; both are empty where it died without a word."""

_context: ForkServerContext = get_context("forkserver")
_own_context: ForkContext = get_context("fork")
_lock = threading.Lock()  # starting and reaping children is not safe in several threads at once


class ChildGroup:
    """Children that can be killed together, from another thread than those that wait for them."""

    def __init__(self) -> None:
        self._children: set[ForkProcess | ForkServerProcess] = set()
        self._is_ended = False

    @contextlib.contextmanager
    def joined(self) -> Iterator[None]:
        """Add the children that `run_isolated` starts in this thread, within the block, to the group."""
        token = _group.set(self)
        try:
            yield
        finally:
            _group.reset(token)

    def end(self) -> None:
        """Kill the children, and those that are started from now on: their work is `crashed`."""
        with _lock:
            self._is_ended = True
            for child in self._children:
                child.kill()

    def add(self, child: ForkProcess | ForkServerProcess) -> None:
        """Add a child; the caller holds the lock."""
        self._children.add(child)
        if self._is_ended:
            child.kill()

    def remove(self, child: ForkProcess | ForkServerProcess) -> None:
        """Release a child that is about to be ended."""
        with _lock:
            self._children.discard(child)


_group: ContextVar[ChildGroup | None] = ContextVar("child_group", default=None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a piece of work: its bytes, or a status and a sentence that says why there are none."""

    value: bytes | None = None
    status: ReadStatus | None = None
    message: str = ""


def run_isolated(
    function: Callable[..., bytes],
    *args: Any,  # noqa: ANN401
    limits: ReadingLimits,
    alone: bool = False,
) -> Outcome:
    """Run `function(*args)` in a process of its own and return its bytes, or why there are none.

    `function` is one that can be imported by name, its arguments are small and picklable. Statuses: `timeout`
    past `cpu_seconds` or `wall_seconds`, `too_large` past `memory_mib` or for an oversized result, `crashed` for
    any other death and for an exception. No process of it is left when this returns. Safe in several threads.
    `alone` is for the few pieces of work of a process that has one thread: it is forked itself, without a server.
    Raises `TypeError` for a function that cannot be imported by the child, `UnavailableError` where the folder for
    temporary files cannot be used, or has too long a name.
    """
    _check_importable(function)
    receiver, sender = _context.Pipe(duplex=False)
    group = _group.get()
    with receiver:
        with _lock, sender:
            work = (function, args, limits, sender)
            process = _fork(work) if alone and _can_fork() else _start(_work, work)
            if group:
                group.add(process)
        try:
            message = receive(receiver, time.monotonic() + limits.wall_seconds)
        finally:
            if group:
                group.remove(process)
            exit_code = end(process)
    return outcome_of(message, exit_code, limits)


def start(target: Callable[..., None], *args: Any) -> ForkServerProcess:  # noqa: ANN401
    """Run `target(*args)` in a child of the server that `end` ends; raises as `run_isolated` does.

    Connections among the arguments can be closed here when this returns.
    """
    _check_importable(target)
    with _lock:
        return _start(target, args)


def pipe() -> tuple[connection.Connection, connection.Connection]:
    """Return the reading and the writing end of a pipe that a child may be given one end of."""
    return _context.Pipe(duplex=False)


def shutdown() -> None:
    """Stop the server process, and the tracker that multiprocessing runs beside it; the next run starts another.

    Without it both end by themselves right after this process.
    """
    with _lock:
        with contextlib.suppress(FileNotFoundError):  # the folder of its socket was deleted
            forkserver._forkserver._stop()  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
        resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]  # noqa: SLF001


def _can_fork() -> bool:
    """Return whether this process may be forked directly: on other systems than Linux, libraries are not fork-safe."""
    return sys.platform == "linux" and threading.active_count() == 1


def _fork(work: tuple[Any, ...]) -> ForkProcess:
    _check_temporary_folder()
    process = _own_context.Process(target=_work, args=work, daemon=True)
    with _interrupts_blocked():
        process.start()
    return process


def _start(target: Callable[..., None], work: tuple[Any, ...]) -> ForkServerProcess:
    with _without_main():
        _prepare_temporary_folder()
        _context.set_forkserver_preload(list(PRELOADED))
        process = _context.Process(target=target, args=work, daemon=True)
        resource_tracker.ensure_running()  # which lets signals through when it has started
        with _interrupts_blocked():
            process.start()
    return process


def _check_importable(function: Callable[..., Any]) -> None:
    try:
        pickle.dumps(function)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(f"{function!r} cannot be imported by name in a child process") from error
    if getattr(function, "__module__", None) == "__main__":
        raise TypeError(f"{function!r} is defined in __main__, which a child process does not import")


def _prepare_temporary_folder() -> None:
    """Make the folder of the server's socket.

    Raises `UnavailableError` where it cannot be made, or is gone while the server runs, and where its name leaves no
    room for the socket: the system allows 108 bytes for that.
    """
    try:
        folder = tempfile.gettempdir()
        _check_length(folder)
        running = forkserver._forkserver._forkserver_pid is not None  # type: ignore[attr-defined]  # noqa: SLF001
        prepare_socket_folder(in_use=running)
    except OSError as error:
        raise temporary_folder_error(error) from error


def _check_length(folder: str) -> None:
    if len(os.fsencode(folder)) > _LONGEST_TEMPORARY:
        message = f"{folder}: the name of the folder for temporary files is too long to read documents with"
        raise UnavailableError(message, f"set TMPDIR to one of at most {_LONGEST_TEMPORARY} bytes")


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main module while a child starts: it would be run again in every child."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _check_temporary_folder() -> None:
    """Raise `UnavailableError` where there is no folder for temporary files."""
    try:
        tempfile.gettempdir()
    except OSError as error:
        raise temporary_folder_error(error) from error


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block Ctrl-C, which reaches the whole process group, for a server that starts in the block, and its children.

    The server ignores it only when its modules are imported, and would die of it before. This process gets it when the
    block has ended.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def receive(receiver: connection.Connection, deadline: float) -> Message | None:
    """Return the kind and content of the child's message, both empty if it died without one, None at the deadline.

    Progress steps that the child reports before (`configs.system.progress`) are forwarded.
    """
    try:
        kind, size = _STEP, 0
        while kind == _STEP:
            step_done()
            kind, size = _HEADER.unpack(_receive_bytes(receiver, _HEADER.size, deadline))
        # a compromised child may claim any size
        return (kind, _receive_bytes(receiver, size, deadline)) if size <= _MAX_RESULT else (b"", b"")
    except EOFError:
        return b"", b""
    except TimeoutError:
        return None


def _receive_bytes(receiver: connection.Connection, size: int, deadline: float) -> bytes:
    """Return so many bytes; raises `EOFError` where the child ends before and `TimeoutError` at the deadline."""
    content = bytearray(size)
    free = memoryview(content)
    while free:
        left = deadline - time.monotonic()
        if left <= 0 or not connection.wait([receiver], left):
            raise TimeoutError
        count = os.readv(receiver.fileno(), [free])
        if not count:
            raise EOFError
        free = free[count:]
    return bytes(content)


def end(process: ForkProcess | ForkServerProcess) -> int | None:
    """Kill a child, or what is left of it, wait for it and return its exit code."""
    # a child that has sent its result or broken its pipe gets a moment to exit by itself
    if not connection.wait([process.sentinel], _LAST_SECONDS):
        with _lock:
            process.kill()
        if isinstance(process, ForkServerProcess):  # a fork's own children may hold the sentinel
            connection.wait([process.sentinel])
    with _lock:  # which no thread holds while it waits: the others start their children meanwhile
        process.join()
        exit_code = process.exitcode
        process.close()
    return exit_code


def is_result(message: Message) -> bool:
    """Return whether a child's message is the result of its work."""
    return message[0] == _VALUE


def outcome_of(message: Message | None, exit_code: int | None, limits: ReadingLimits) -> Outcome:
    """Return the outcome for a child's message, or for its exit code where it sent none."""
    if message is None:
        return Outcome(status="timeout", message=f"took longer than {limits.wall_seconds:g} seconds and was stopped")
    kind, content = message
    if kind == _VALUE:
        return Outcome(value=content)
    if kind == _MEMORY:
        return Outcome(status="too_large", message=content.decode())
    if kind == _FAILURE:
        return Outcome(status="crashed", message=content.decode())
    if exit_code in (-signal.SIGXCPU, -signal.SIGALRM):
        return Outcome(status="timeout", message=f"took more than {limits.cpu_seconds} s of processor time")
    return Outcome(
        status="crashed",
        message=f"the process that read it died ({_cause(exit_code)}); it may be hostile or need more memory",
    )


def _cause(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"


def _work(
    function: Callable[..., bytes],
    args: tuple[Any, ...],
    limits: ReadingLimits,
    sender: connection.Connection,
) -> None:
    """Do the work in the child and send its outcome."""
    silence()
    limit_process(limits)
    limit_time(limits, final=True)
    send_result(sender, function, args, limits)


def send_result(
    sender: connection.Connection, function: Callable[..., bytes], args: tuple[Any, ...], limits: ReadingLimits
) -> bool:
    """Run `function(*args)` in a child, send the result or the error, and return whether there was a result."""
    step = _HEADER.pack(_STEP, 0)
    try:
        with steps_told_to(lambda: os.write(sender.fileno(), step)):
            kind, content = _VALUE, function(*args)
        if len(content) > _MAX_RESULT:
            kind, content = _MEMORY, f"what was read is larger than {_MAX_RESULT // _MIB} MiB: split it".encode()
    except MemoryError:
        kind, content = _MEMORY, f"needs more than {limits.memory_mib} MiB of memory".encode()
    except Exception as error:  # noqa: BLE001 - the parent must learn of it, whatever it is
        reason = " ".join(str(error).split())[:500]
        kind, content = _FAILURE, f"{type(error).__name__}: {reason}".encode()
    left = memoryview(_HEADER.pack(kind, len(content)) + content)
    while left:
        left = left[os.write(sender.fileno(), left) :]
    return kind == _VALUE


def silence() -> None:
    """Discard the output of libraries about broken files: the outcome has the reason, and standard output is JSON."""
    faulthandler.disable()  # it may write to a stream of its own
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def limit_time(limits: ReadingLimits, *, final: bool) -> None:
    """Set the remaining processor time of this process; a `final` limit cannot be raised by a later one."""
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds + _GRACE_SECONDS)
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    seconds = limits.cpu_seconds + math.ceil(used)
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1 if final else most))


def release_server() -> None:
    """Close the pipe to the server, which waits for all holders of the pipe before it ends."""
    alive = forkserver._forkserver._forkserver_alive_fd  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
    if alive is not None:
        os.close(alive)
        forkserver._forkserver._forkserver_alive_fd = None  # type: ignore[attr-defined]  # noqa: SLF001


def lift_time_limit() -> None:
    """Remove the time limit, so that this process can wait for its next piece of work."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def limit_process(limits: ReadingLimits) -> None:
    """Set the limits of this process but those of time; memory counts from what it holds already."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its children
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # die with the server, which dies with the parent
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory = _address_space() + limits.memory_mib * _MIB
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    except (ValueError, OSError):  # macOS does not support this limit
        _log.debug("no limit of memory could be set", exc_info=True)


def _address_space() -> int:
    """Return the bytes of address space that this process has mapped; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()
