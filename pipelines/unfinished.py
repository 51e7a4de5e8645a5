"""What a run had to leave because the home or a service failed it: a file of the home, for `ingest --only failed`.

The ledger cannot say it: it may lie in the very cluster that went away.
"""

import json
import logging
from collections.abc import Collection, Mapping
from pathlib import Path

from pipelines.home import UNFINISHED

_log = logging.getLogger(__name__)


def unfinished(home: Path) -> set[str]:
    """Return the ids of the documents that runs had to leave; what cannot be read is said and counts as none."""
    path = home / UNFINISHED
    try:
        return set(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return set()
    except (OSError, ValueError) as error:
        _log.warning("%s: what an earlier run left cannot be read: %s", path, error)
        return set()


def rename(home: Path, documents: Mapping[str, str]) -> None:
    """Note documents by the ids that they have now, by the old ones."""
    before = unfinished(home)
    if moved := before & documents.keys():
        note(home, of=moved, left={documents[one] for one in moved})


def note(home: Path, *, of: Collection[str], left: Collection[str]) -> bool:
    """Note which of the documents that a run was about it left; return whether that could be written."""
    before = unfinished(home)
    now = (before - set(of)) | set(left)
    if now == before:
        return True
    path = home / UNFINISHED
    try:
        if now:
            path.write_text(json.dumps(sorted(now)), encoding="utf-8")
        else:
            path.unlink()
    except OSError as error:
        _log.debug("%s: what the run left cannot be noted: %s", path, error)
        return False
    return True
