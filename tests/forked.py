"""The command line in processes of their own that begin with its modules loaded: to load them takes most of a run.

A server loads what commands load and is forked for each. The child gets arguments, environment, folder and streams of
the one who asks, runs the command to its end as a program of its own would, and says with which code it ended. What
encoders say is kept for all commands of a run of tests: to encode a text again takes longer than all else.
"""

import atexit
import contextlib
import io
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

USER = "TESTS_USER"
"""The variable that names the user, by number, as whom a command is run; of root, which may become any."""
CHECKOUT = Path(__file__).resolve().parents[1]
_STREAMS = 3
_MOST_BYTES = 1 << 20
_LENGTH = 8
_BY_SIGNAL = 128
"""What a shell adds to the number of the signal that ended a program."""


@cache
def fork_server() -> "ForkServer":
    """Return the server of this process; it begins with the first who asks for it."""
    return ForkServer()


class ForkServer:
    """A server on a socket in a folder of its own."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fork-")
        self.address = f"{self._folder.name}/socket"
        code = f"from tests.forked import serve; serve({self.address!r})"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CUSTOMS_LENS_", "PREFECT_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            env=kept | {"PYTHONPATH": str(CHECKOUT)},
            cwd="/",
            stdin=subprocess.PIPE,  # the server ends with this process
            stdout=subprocess.PIPE,
        )
        self.pid = self._process.pid
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def command(self, *arguments: str) -> list[str]:
        """Return what runs a command, or code after `-c`, to be started as any program; it ends with that."""
        return [sys.executable, "-S", __file__, self.address, *arguments]

    def stop(self) -> None:
        """End the server; what it was forked for goes on."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def write_program(self, path: Path) -> None:
        """Write a program that runs the command line as the server does, for shells."""
        text = f'#!/bin/sh\nexec {shlex.join(self.command())} "$@"\n'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)


def ask(address: str, arguments: list[str]) -> int:
    """Run a command in this process's folder, with its environment and streams; return its exit code."""
    asked = {"arguments": arguments, "environment": dict(os.environ), "folder": str(Path.cwd()), "umask": _umask()}
    content = json.dumps(asked).encode("utf-8", "surrogateescape")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        socket.send_fds(connection, [len(content).to_bytes(_LENGTH)], list(range(_STREAMS)))
        connection.sendall(content)
        child = int.from_bytes(connection.recv(_LENGTH))
        passed_on: list[int] = []

        def pass_on(number: int, _: object) -> None:
            passed_on.append(number)
            os.kill(child, number)

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, pass_on)
        answer = connection.recv(_LENGTH)
    if answer:
        return int.from_bytes(answer)
    if passed_on:
        return _BY_SIGNAL + passed_on[-1]
    os.kill(os.getpid(), signal.SIGKILL)  # as what it ran was
    return _BY_SIGNAL + signal.SIGKILL


def serve(address: str) -> None:
    """Load what commands load, then run one in a child for each connection."""
    _load()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        signal.signal(signal.SIGCHLD, _wait_for_children)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        threading.Thread(target=_end_with_parent, daemon=True).start()
        while True:
            connection, _ = server.accept()
            with connection:
                if os.fork() == 0:
                    server.close()
                    _run(connection)


def _wait_for_children(*_: object) -> None:
    """Wait for the children that have ended: the processor time of those counts as that of the tests."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def _load() -> None:
    """Import the modules of the commands and what most of them load when they run, without running any of them."""
    import openvino  # noqa: F401
    import rich.progress  # noqa: F401
    import sqlalchemy.dialects.sqlite  # noqa: F401

    import index.embedded.engine  # noqa: F401
    import pipelines.ingest.runs
    import pipelines.maintenance.health
    import pipelines.search.service
    import pipelines.sources.connectors.folder  # noqa: F401
    import tests.remembering  # noqa: F401
    from portal.cli.app import cli

    for name in cli.list_commands(None):
        cli.get_command(None, name)


def _run(connection: socket.socket) -> None:
    """Run the command of a connection in this process, say its exit code, and end."""
    code = 1
    os.setsid()
    try:
        connection.sendall(os.getpid().to_bytes(_LENGTH))
        code = _command(connection)
    finally:
        with contextlib.suppress(OSError):
            connection.sendall(code.to_bytes(_LENGTH))
        os._exit(code)


def _end_with(connection: socket.socket) -> None:
    """End this process and all that it started as soon as the one who asked for it is gone."""
    with contextlib.suppress(OSError):  # what it has not read resets the connection
        connection.recv(1)
    os.killpg(0, signal.SIGKILL)


def _program(arguments: list[str]) -> Callable[[], object]:
    """Return what runs the command line, or the code that follows `-c` as in Python's own."""
    if arguments[:1] == ["-c"]:
        sys.argv = ["-c", *arguments[2:]]
        return partial(exec, arguments[1], {"__name__": "__main__"})
    from portal.cli import main

    sys.argv = ["customs-lens", *arguments]
    return main


def _command(connection: socket.socket) -> int:
    length, streams, *_ = socket.recv_fds(connection, _LENGTH, _STREAMS)
    content = bytearray()
    while len(content) < int.from_bytes(length):
        if not (piece := connection.recv(_MOST_BYTES)):
            raise EOFError("who asked was killed")
        content += piece
    asked = json.loads(content.decode("utf-8", "surrogateescape"))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    os.umask(asked["umask"])
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = (_stream(number) for number in range(_STREAMS))
    if user := os.environ.pop(USER, ""):
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    from tests.remembering import answers_kept

    program = _program(asked["arguments"])
    code = 0
    try:
        with answers_kept():
            program()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - Python prints whatever ends a program
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return code


def _stream(number: int) -> io.TextIOWrapper:
    """Return a standard stream as Python opens it."""
    mode, errors = ("r", "strict") if number == 0 else ("w", "strict" if number == 1 else "backslashreplace")
    opened = open(number, mode, errors=errors, closefd=False, encoding="utf-8")  # noqa: SIM115 - it stays open
    if number == _STREAMS - 1 or os.isatty(number):
        opened.reconfigure(line_buffering=True)
    return opened


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


if __name__ == "__main__":
    sys.exit(ask(sys.argv[1], sys.argv[2:]))
