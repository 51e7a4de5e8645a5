"""What a run had to leave because the home or a service failed it: a file of the home, for `ingest --only failed`.

The ledger cannot say it: it may lie in the very cluster that went away.
"""

import json
import logging
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from configs.errors import UnavailableError
from configs.files import read_file, write_atomically
from pipelines.home import UNFINISHED

_IDS = TypeAdapter(set[str])
_log = logging.getLogger(__name__)


def unfinished(home: Path) -> set[str]:
    """Return the ids of the documents that runs had to leave.

    Raises `UnavailableError` where there is a note of them that cannot be read: it stands for any number.
    """
    path = home / UNFINISHED
    try:
        return _IDS.validate_json(read_file(path))
    except FileNotFoundError:
        return set()
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.errors()[0]["msg"]
        message = f"{path}: which documents an earlier run left cannot be read: {reason}"
        remedy = "run ingest without --only failed on all of its sources: it finds them, and replaces this file"
        raise UnavailableError(message, remedy) from error


def rename(home: Path, documents: Mapping[str, str]) -> None:
    """Note documents by the ids that they have now, by the old ones; a note that cannot be read is left to `note`."""
    try:
        before = unfinished(home)
    except UnavailableError:
        return
    if moved := before & documents.keys():
        note(home, of=moved, left={documents[one] for one in moved})


def note(home: Path, *, of: Collection[str], left: Collection[str]) -> bool:
    """Note which of the documents that a run was about it left; return whether that could be written.

    An earlier note that cannot be read is replaced, and said to be lost.
    """
    path = home / UNFINISHED
    try:
        before: set[str] | None = unfinished(home)
    except UnavailableError as error:
        _log.warning("%s", error)
        before = None
    now = ((before or set()) - set(of)) | set(left)
    if now == before:
        return True
    try:
        if now:
            write_atomically(path, json.dumps(sorted(now)))
        else:
            path.unlink()
    except OSError as error:
        _log.debug("%s: what the run left cannot be noted: %s", path, error)
        return False
    return True
