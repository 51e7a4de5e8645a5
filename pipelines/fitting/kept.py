"""Fitted parts kept in the cache: a fit that was broken off goes on, and what was fitted once is not fitted again."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np

from configs.system.errors import ConfigError
from configs.system.tensors import read_tensors, write_tensors
from extractors import classifier
from extractors.classifier.states import Floats
from pipelines.fitting.examples import Example
from pipelines.fitting.parts import Parts, Target, fit_parts

_FOLDER = "fitted"
_MOST = 12
"""Fits that are kept, the newest: those of five folds, twice, and of all passages."""


def kept_parts(examples: Sequence[Example], target: Target) -> Parts:
    """Return what `fit_parts` makes of examples, with a cache in half precision as a classifier's file has it.

    What the same examples and the same code made before is read from the cache. Raises as `fit_parts`, and `OSError`
    where the cache cannot be written.
    """
    if target.cache is None:
        return fit_parts(examples, target.labels)
    folder = target.cache / _FOLDER
    path = folder / f"{_key(examples, target)}.safetensors"
    with suppress(ConfigError):
        return _parted(read_tensors(path, "")[0])
    parts = fit_parts(examples, target.labels)
    arrays = {f"{part}.{name}": array.astype(np.float16) for part, own in parts.items() for name, array in own.items()}
    folder.mkdir(parents=True, exist_ok=True)
    write_tensors(path, arrays, {})
    for old in sorted(folder.glob("*.safetensors"), key=lambda one: one.stat().st_mtime)[:-_MOST]:
        old.unlink(missing_ok=True)
    return _parted({name: array.astype(np.float32) for name, array in arrays.items()})


def _parted(arrays: dict[str, Floats]) -> Parts:
    parts: Parts = {}
    for name, array in arrays.items():
        part, _, own = name.partition(".")
        parts.setdefault(part, {})[own] = array
    return parts


def _key(examples: Sequence[Example], target: Target) -> str:
    """Return 32 hex digits that change with all that the fit reads of the examples, what it is for, and its code."""
    digest = hashlib.sha256(f"{_code()} {target.encoder} {target.labels}".encode())
    for one in examples:
        read = one.read
        cues = [read.cue(sentence) for _, sentence in one.stated()]
        digest.update(f"{one.judged.model_dump_json()} {read.sentences} {one.sentences} {cues}".encode())
        for array in (read.vector, read.mentioned, *read.tokens):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:32]


@cache
def _code() -> str:
    """Return a hash of the modules that fit and that make features."""
    folders = Path(__file__).parent, Path(classifier.__file__).parent
    files = sorted(file for folder in folders for file in folder.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
