"""The written forms of the labels of vocabularies and gazetteers, computed once and cached.

They are cached as JSON files under the cache folder, so that not every process computes them again.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from configs.gazetteer import Gazetteer
from configs.system.files import read_file, write_atomically
from configs.vocabulary import Vocabulary
from extractors.entities import forms as entity_forms
from extractors.text import superscripts
from extractors.themes import folding, rule_table, variants
from extractors.themes.rule_table import Forms

_FOLDER = "derived"
_HEX_DIGITS = 64
_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_CODE = (folding, rule_table, superscripts, variants)
"""The modules that decide how a label may be written."""


def forms_of_vocabulary(vocabulary: Vocabulary, cache: Path) -> Forms:
    """Return the `theme_forms` of a vocabulary."""
    key = key_of(vocabulary.fingerprint, *_CODE)
    return load_or_derive(cache, "themes", key, lambda: rule_table.theme_forms(vocabulary))


def forms_of_gazetteer(gazetteer: Gazetteer, cache: Path) -> Forms:
    """Return the `entity_forms` of a gazetteer."""
    key = key_of(gazetteer.fingerprint, *_CODE, entity_forms)
    return load_or_derive(cache, "names", key, lambda: entity_forms.entity_forms(gazetteer))


def load_or_derive(cache: Path, name: str, key: str, derive: Callable[[], _T]) -> _T:
    """Return the cached result for this name and key, else that of `derive`, plain data that JSON can represent.

    The name of a file holds the key of its input, and its first line is the sha256 of the rest: one that is damaged or
    cut short is computed again without a message. Where nothing can be written, every process computes for itself.
    """
    path = cache / _FOLDER / f"{name}-{key}.json"
    cached: _T | None = _read(path)
    if cached is not None:
        return cached
    derived = derive()
    content = json.dumps(derived, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    except OSError as error:
        _log.debug("%s is not kept: %s", path, error)
    return derived


def key_of(fingerprint: str, *modules: ModuleType) -> str:
    """Return a cache key, 16 hex digits: it changes with the fingerprint of the input and the code of the modules."""
    digest = hashlib.sha256(fingerprint.encode())
    for module in modules:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:16]


def _read(path: Path) -> Any:  # noqa: ANN401 - whatever was written
    """Return the data of a file; None where it is missing or damaged."""
    try:
        content = read_file(path)
    except OSError:
        return None
    digest, content = content[:_HEX_DIGITS], content[_HEX_DIGITS + 1 :]
    if hashlib.sha256(content).hexdigest().encode() != digest:
        return None
    return json.loads(content.decode("utf-8", "surrogatepass"))
