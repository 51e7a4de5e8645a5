"""Where things lie in a home, and which files there are the program's own."""

from pathlib import Path

from pipelines.sources import lies_under, uri_of

LEDGER = "ledger.db"
BLOBS = "blobs"
INDEX = "index"
WORKSPACE = "tmp"
_OWN = (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", BLOBS, INDEX, WORKSPACE, "settings.yaml")


def is_own(uri: str, home: Path) -> bool:
    """Return whether a source is a file that the program keeps in its home, which is never a document.

    The default home lies in the current folder, so `ingest .` comes upon it.
    """
    return any(lies_under(uri, uri_of(str(home / name))) for name in _OWN)
