"""Where things lie in a home, and which files there are the program's own."""

from pathlib import Path

from index.labels import LABELS
from pipelines.sources import lies_under, uri_of

LEDGER = "ledger.db"
BLOBS = "blobs"
INDEX = "index"
WORKSPACE = "tmp"
SEARCHES = "searches.db"
HEADS = "heads"
UNFINISHED = "unfinished.json"
WORKER_LOCK = "worker.lock"
_DATABASES = (LEDGER, LABELS, SEARCHES)
_OWN = (
    *(name + suffix for name in _DATABASES for suffix in ("", "-wal", "-shm")),
    BLOBS,
    INDEX,
    WORKSPACE,
    HEADS,
    UNFINISHED,
    WORKER_LOCK,
    "settings.yaml",
)


def is_own(uri: str, home: Path) -> bool:
    """Return whether a source is a file that the program keeps in its home, which is never a document.

    The default home lies in the current folder, so `ingest .` comes upon it.
    """
    return any(lies_under(uri, uri_of(str(home / name))) for name in _OWN)
