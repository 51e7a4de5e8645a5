"""The trained parts of a classifier before calibration, and their training target.

They are cached: an interrupted fit is resumed, and a fitted part is not fitted again.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from configs.system.errors import ConfigError, UsageError
from configs.system.tensors import read_tensors, write_tensors
from extractors import classifier
from extractors.classifier.linear import passage_input
from extractors.classifier.neighbours import neighbours_of
from extractors.classifier.scorer import FIELDS, OUTCOMES, PassageInput, level_input, modality_input, sentence_vectors
from extractors.classifier.states import Floats
from extractors.classifier.weights import text_hash
from pipelines.fitting.examples import Example
from pipelines.fitting.linear import fit_classes, fit_outputs
from pipelines.fitting.network import Outputs, targets, train_network

Parts = dict[str, dict[str, Floats]]
_FOLDER = "fitted"
_WITHOUT_KIND = 5
"""One in so many passages trains without the kind of its paper."""
_SUBJECT, _OTHERS = "customs-digital", 4
"""Where nothing is stated, all sentences of passages of this field train that; of others one in so many."""
_MOST = 12
"""Fits that are kept, the newest: those of five folds, twice, and of all passages."""


@dataclass(frozen=True)
class Target:
    """The training target of a classifier: encoder (its `model_hash`), maturity model, and the labels of both.

    `descriptions (T, d)` are the encoder's vectors of what the vocabulary says of each theme. `cache` is the folder for
    what was fitted, None to keep nothing.
    """

    encoder: str
    model: str
    labels: Outputs
    descriptions: Floats
    cache: Path | None = None


def fit_parts(examples: Sequence[Example], labels: Outputs) -> Parts:
    """Return the trained arrays by part: the network, the neighbours and three sets of linear decisions.

    Raises `UsageError` where no example states anything of a dimension.
    """
    found = _fit_all_but_the_network(examples, labels, None)
    if "level" not in found:
        raise nothing_stated()
    return {"network": train_network(examples, labels), **found}


def cached_parts(examples: Sequence[Example], target: Target) -> Parts:
    """Return the result of `fit_parts` from the cache, in the half precision of a classifier's file.

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


def add_to_parts(parts: Parts, examples: Sequence[Example], labels: Outputs) -> Parts:
    """Return parts trained further on examples, except the network, which is unchanged."""
    return parts | _fit_all_but_the_network(examples, labels, parts)


def _fit_all_but_the_network(examples: Sequence[Example], labels: Outputs, known: Parts | None) -> Parts:
    """Return the parts fitted to examples; neither modality nor level where they state nothing of a dimension."""
    before = known or {}
    fields = np.eye(len(FIELDS), dtype=np.float32)[[FIELDS.index(one.judged.about) for one in examples]]
    wanted = np.concatenate([targets(examples, labels).numpy(), fields], axis=1)
    reads = [_without_kind(one.read) for one in examples]
    inputs = [passage_input(one.text, one.vector, one.mentioned, one.paper) for one in reads]
    claims, outcomes, stages, levels = [], [], [], []
    for one, read in zip(examples, reads, strict=True):
        vectors = sentence_vectors(read)
        for sentence, outcome in one.outcomes().items():
            if outcome or one.judged.about == _SUBJECT or sentence % _OTHERS == 0:
                claims.append(modality_input(read, vectors, sentence))
                outcomes.append(outcome)
        for tag, sentence in one.stated():
            if tag.dimension in labels.dimensions and one.judged.speaks_of(tag.dimension):
                place = labels.dimensions.index(tag.dimension)
                stages.append(level_input(read, vectors, sentence, place, len(labels.dimensions)))
                levels.append(1 + labels.levels.index(tag.level) if tag.level in labels.levels else 0)
    judged = np.stack([_judged(one, labels) for one in examples])
    found: Parts = {
        "neighbours": neighbours_of(
            [one.read.vector for one in examples], wanted[:, : -len(FIELDS)], before.get("neighbours")
        ),
        "passage": fit_outputs(inputs, wanted, before.get("passage"), judged),
    }
    if claims:
        found["modality"] = fit_classes(claims, outcomes, len(OUTCOMES), before.get("modality"))
    if stages:
        found["level"] = fit_classes(stages, levels, 1 + len(labels.levels), before.get("level"))
    return found


def _without_kind(read: PassageInput) -> PassageInput:
    """Return a passage, one in some without the kind of its paper, so that those of unknown papers are known too."""
    return replace(read, kind="unknown") if text_hash(read.text) % _WITHOUT_KIND == 0 else read


def _judged(example: Example, labels: Outputs) -> Floats:
    """Return 1 for each output of the passage's decisions that readers spoke of, `(T + 2D + fields,)`; else 0."""
    names = (*labels.themes, *labels.dimensions, *labels.dimensions)
    return np.array([example.judged.speaks_of(name) for name in (*names, *FIELDS)], np.float32)


def nothing_stated() -> UsageError:
    """Return the error for passages without statements on a maturity model."""
    message = "the passages state nothing of a dimension of the maturity model, so there is nothing to learn of it"
    return UsageError(message, "name the model that they were judged for with --model, or judge passages for this one")


def _parted(arrays: dict[str, Floats]) -> Parts:
    parts: Parts = {}
    for name, array in arrays.items():
        part, _, own = name.partition(".")
        parts.setdefault(part, {})[own] = array
    return parts


def _key(examples: Sequence[Example], target: Target) -> str:
    """Return a cache key of 32 hex digits, from the examples, the target, and the code."""
    digest = hashlib.sha256(f"{_code()} {target.encoder} {target.labels}".encode())
    for one in examples:
        read = one.read
        cues = [read.cue(sentence) for sentence in one.outcomes()]
        digest.update(f"{one.judged.model_dump_json()} {read.kind} {read.sentences} {one.sentences} {cues}".encode())
        for array in (read.vector, read.mentioned, *read.tokens):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:32]


@cache
def _code() -> str:
    """Return a hash of the modules that fit and that make features."""
    folders = Path(__file__).parent, Path(classifier.__file__).parent
    files = sorted(file for folder in folders for file in folder.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
