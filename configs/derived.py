"""Data that follow from other data, kept under the cache folder as JSON, so that not every process derives them again.

A file is named for what it follows from, and begins with the sha256 of what comes after: one that is damaged, cut short
or of another make is derived again, in silence. Where nothing can be written, every process derives for itself.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from configs.system.files import read_file, write_atomically

_FOLDER = "derived"
_HEX_DIGITS = 64
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


def derived_once(cache: Path, name: str, key: str, derive: Callable[[], _T]) -> _T:
    """Return what `derive` gives, plain data that JSON has a form for, or what it gave for the same name and key."""
    path = cache / _FOLDER / f"{name}-{key}.json"
    kept: _T | None = _read(path)
    if kept is not None:
        return kept
    made = derive()
    content = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    except OSError as error:
        _log.debug("%s is not kept: %s", path, error)
    return made


def key_of(fingerprint: str, *modules: ModuleType) -> str:
    """Return the key of what modules make of a value with this fingerprint: 16 hex digits, others for other code."""
    digest = hashlib.sha256(fingerprint.encode())
    for module in modules:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:16]


def _read(path: Path) -> Any:  # noqa: ANN401 - what was written
    """Return the data of a file; None where there is none, or a damaged one."""
    try:
        content = read_file(path)
    except OSError:
        return None
    digest, content = content[:_HEX_DIGITS], content[_HEX_DIGITS + 1 :]
    if hashlib.sha256(content).hexdigest().encode() != digest:
        return None
    return json.loads(content.decode("utf-8", "surrogatepass"))
