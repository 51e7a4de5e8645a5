"""A PostgreSQL of our own: a plain process on a folder, reached on loopback by one user without a password."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

USER = "prefect"
_PACKAGED = Path("/usr/lib/postgresql")


def binaries():
    """The folder of the newest server programs, None where there are none."""
    found = sorted(_PACKAGED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextlib.contextmanager
def running():
    """Start a server on a new folder and give the URL of its database; it is stopped and deleted afterwards."""
    programs = binaries()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    who = {}
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # below /tmp: its own user has to reach it
    if os.geteuid() == 0:  # it does not run as root
        entry = pwd.getpwnam("postgres")
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        who = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    data = folder / "data"
    made = [
        programs / "initdb",
        "--pgdata",
        data,
        "--username",
        USER,
        "--auth",
        "trust",
        "--no-sync",
        "--encoding=UTF8",
    ]
    server = [programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-F"]
    server += ["-c", f"unix_socket_directories={folder}"]
    process = None
    try:
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **who)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(server, stdout=log, stderr=log, cwd=folder, **who)
        ready = [programs / "pg_isready", "--host", "127.0.0.1", "--port", str(port), "--timeout", "1"]
        for _ in range(60):
            if process.poll() is not None:
                raise RuntimeError((folder / "log").read_text(errors="replace"))
            if subprocess.run(ready, check=False, capture_output=True).returncode == 0:
                break
        yield f"postgresql+asyncpg://{USER}@127.0.0.1:{port}/postgres"
    finally:
        if process:
            process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
