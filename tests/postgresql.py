"""A PostgreSQL of our own: a plain process on a folder, reached on loopback by one user without a password."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

USER = "lens"
_PACKAGED = Path("/usr/lib/postgresql")
_SECONDS = 300


def binaries():
    """The folder of the newest server programs, None where there are none."""
    found = sorted(_PACKAGED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def execute(url: str, statement: str) -> None:
    """Execute a statement of its own, outside of a transaction."""
    from pg8000 import native

    parts = urlsplit(url)
    with closing(
        native.Connection(parts.username, host=parts.hostname, port=parts.port, database="postgres")
    ) as server:
        server.run(statement)


class Server:
    """A server on a new folder; it may be killed and started again. It is deleted after the block that it is used in.

    `url` is that of its first database.
    """

    def __init__(self) -> None:
        from tests.conftest import missing  # which imports this module

        self._programs = binaries()
        if self._programs is None:
            missing("PostgreSQL is not installed")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # below /tmp: its own user has to reach it
        self._who = {}
        if os.geteuid() == 0:  # it does not run as root
            entry = pwd.getpwnam("postgres")
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            self._who = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        self.url = f"postgresql://{USER}@127.0.0.1:{self._port}/postgres"
        self.process = None

    def __enter__(self):
        command = [self._programs / "initdb", "--pgdata", self.folder / "data", "--username", USER]
        command += ["--auth", "trust", "--no-sync", "--encoding=UTF8"]
        try:
            subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self._who)
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        """Start it, and wait until it answers."""
        command = [self._programs / "postgres", "-D", self.folder / "data", "-p", str(self._port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-F", "-c", f"unix_socket_directories={self.folder}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._who)
        ready = [self._programs / "pg_isready", "--host", "127.0.0.1", "--port", str(self._port), "--timeout", "1"]
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text(errors="replace"))
            if subprocess.run(ready, check=False, capture_output=True).returncode == 0:
                return
            time.sleep(0.05)
        raise TimeoutError("PostgreSQL does not answer")

    def kill(self):
        """Kill it with its processes, which would answer on their connections until they see that it is gone."""
        number = self.process.pid
        own = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        for one in (number, *map(int, own)):
            with suppress(ProcessLookupError):  # it ended by itself meanwhile
                os.kill(one, signal.SIGKILL)
        self.process.wait()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            self.process.wait(300)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_shared():
    """Start a server that outlives this process; return the URL of its first database and the command that ends it."""
    server = Server().__enter__()
    return server.url, ["sh", "-c", 'kill -QUIT "$1"; rm -rf "$2"', "sh", server.process.pid, server.folder]
