"""The layout of a home: paths of its files and folders, and which of them belong to the program."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from configs.sources import SOURCES_FILE
from configs.system.files import UNFINISHED as UNFINISHED_SUFFIX
from configs.system.folders import make_home
from configs.system.sqlite.copies import COPIES
from configs.system.sqlite.lock import LOCK, WriterLock, holder
from configs.system.sqlite.replacing import REPLACED, STAGING
from index.embedded.store import FILE

BLOBS = "blobs"
INDEX = "index"
PRIMARY_STORE = f"{INDEX}/{FILE}"
"""The primary store of the embedded index."""
INDEX_LOCK = f"{INDEX}/{LOCK}"
"""Held by the process that writes the embedded index; `WORKER_LOCK` by one that writes an index in a cluster."""
WORKSPACE = "tmp"
COPIES_OF_ITEMS = f"{WORKSPACE}/items"
"""Copies of items of configured sources, while a batch of them is ingested."""
STATE = "state.db"
"""What is remembered beside the index; see `pipelines.storage.state`."""
CLASSIFIERS = "classifiers"
YAML = (".yaml", ".yml")
VOCABULARIES = "vocabularies"
FOLDERS_KEPT = (CLASSIFIERS, VOCABULARIES)
"""Folders whose files a backup holds, but for those in a folder below."""
DAMAGED = "damaged"
"""Where `doctor --repair` puts what it cannot repair."""
UNFINISHED = "unfinished.json"
HEARTBEAT = "heartbeat.json"
"""What the last run is doing, or how it ended; see `pipelines.ingest.heartbeat`."""
LAST_RUNS = "last-runs"
"""How the last run over each configured source ended; see `pipelines.ingest.last_runs`."""
WORKER_LOCK = "worker.lock"
ACCESS_KEYS = "keys.json"
ACCESS_KEYS_LOCK = "keys.lock"
HAD_KEYS = "keys.made"
"""There once a key was made; stays when the keys go. See `pipelines.access.keys`."""
SESSION_KEY = "session.key"
"""With which the portal signs its session cookies."""
ENDED_SESSIONS = "ended-sessions"
"""Sessions of the portal that were ended before their time; see `portal.web.sessions`."""
AUDIT = "audit.jsonl"
SENDING_LOCK = "sending.lock"
"""Held while alerts are sent."""
TOLD = "told.json"
"""What was told of sources, to whom; see `pipelines.alerts.failures`."""
SCHEDULE_LOCK = "schedule.lock"
"""Held while `schedule` is at work on the home."""
FLOW_RUNS = "flow-runs"
"""Which flow runs of a Prefect server work on the home; see `pipelines.flows.run_files`."""
PREFECT = "prefect"
"""The Prefect server that `schedule` starts: its database and profile."""
DATABASES = (STATE,)
"""SQLite files that several processes write; each may have companions (`COMPANIONS`) while it is open."""
DATABASES_BEFORE_0_1_0 = ("ledger.db", "labels.db", "review.db", "searches.db", "sources.db")
"""What stood in the place of `STATE` in homes and backups that no released program made."""
COMPANIONS = ("-wal", "-shm")
OWN = (
    *(name + suffix for name in DATABASES for suffix in ("", *COMPANIONS)),
    BLOBS,
    INDEX,
    WORKSPACE,
    CLASSIFIERS,
    VOCABULARIES,
    STAGING,
    REPLACED,
    COPIES,
    DAMAGED,
    UNFINISHED,
    HEARTBEAT,
    LAST_RUNS,
    WORKER_LOCK,
    ACCESS_KEYS,
    ACCESS_KEYS_LOCK,
    HAD_KEYS,
    SESSION_KEY,
    ENDED_SESSIONS,
    AUDIT,
    FLOW_RUNS,
    SCHEDULE_LOCK,
    PREFECT,
    SENDING_LOCK,
    TOLD,
    "settings.yaml",
    SOURCES_FILE,
    "alerts.yaml",
)


def home_name(home: Path) -> str:
    """Return the name of a home in a cluster: its machine and its path."""
    return f"{socket.gethostname()}:{home}"


def is_own_name(name: str) -> bool:
    """Return whether a file or folder name in the home is used by the program."""
    return name in OWN or name.endswith(UNFINISHED_SUFFIX)


def parts(home: Path) -> list[Path]:
    """Return the existing files and folders of a home that a restore replaces."""
    names = [name + suffix for name in DATABASES for suffix in ("", *COMPANIONS)]
    found = [home / name for name in (*names, INDEX, BLOBS, *FOLDERS_KEPT) if (home / name).exists()]
    return found + kept_files(home)


def kept_files(home: Path) -> list[Path]:
    """Return the settings, what else lies beside them in YAML, as models that they may name, and what was told."""
    return sorted(path for path in home.glob("*.*") if (path.suffix in YAML or path.name == TOLD) and path.is_file())


def is_writer(home: Path, process: int) -> bool:
    """Return whether a live process holds a home exclusively. Raises `OSError` if that cannot be determined."""
    return process in (holder(home / INDEX_LOCK), holder(home / WORKER_LOCK))


@contextmanager
def writing_locked(home: Path) -> Iterator[None]:
    """Exclude writers of the embedded index of a home, which may not exist yet.

    The folders that are made for that go with the lock where nothing else came into them. Raises `UnavailableError`
    where another process writes it.
    """
    made = [folder for folder in (home / INDEX, home) if not folder.exists()]
    make_home(home)
    (home / INDEX).mkdir(exist_ok=True)
    file = home / INDEX_LOCK
    try:
        lock = WriterLock(file)
        try:
            yield
        finally:
            with suppress(FileNotFoundError):  # a restore moved it away
                if made and os.listdir(file.parent) == [file.name]:  # noqa: PTH208 - names alone
                    file.unlink()  # before it is released: who opens it meanwhile takes another
            lock.release()
    finally:
        for folder in made:
            with suppress(OSError):  # it is not empty
                folder.rmdir()
