"""The language detection model, unpacked once for all processes."""

import io
import logging
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from configs.system.files import open_regular, write_atomically
from configs.system.folders import usual_rights
from extractors.text import language
from index.encoder.wheel import sha256_of

_FOLDER = "languages"
_log = logging.getLogger(__name__)


def prepare_languages(cache: Path) -> None:
    """Load the model now, from the cache folder; if it is missing there, it is unpacked first.

    What cannot be read is unpacked again; where nothing can be written, every process does it for itself.
    """
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    path = cache / _FOLDER / f"{sha256_of(MODEL_DIR / MODEL_FILE)[:16]}.npz"
    unpacked = _read(path)
    if unpacked is None:
        unpacked = language.unpack()
        _write(path, unpacked)
    language.prepare(unpacked)


def _read(path: Path) -> language.Unpacked | None:
    """Return the arrays of a file, whose checksums are looked at; None where there is none, or a damaged one."""
    try:
        with open_regular(path) as file, np.load(file, allow_pickle=False) as arrays:
            found = dict(arrays)
    except (OSError, ValueError, EOFError, BadZipFile):
        return None
    return found if found.keys() == set(language.ARRAYS) else None


def _write(path: Path, unpacked: language.Unpacked) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **unpacked)
    try:
        with usual_rights():  # users may share the cache
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, buffer.getvalue())
    except OSError as error:
        _log.debug("%s is not kept: %s", path, error)
