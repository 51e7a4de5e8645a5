"""The file of a trained classifier: arrays and metadata.

A file of another version has other arrays, or arrays of other shapes, and is refused.
"""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import Field, ValidationError

from configs.system.errors import ConfigError
from configs.system.tensors import read_tensors, write_tensors
from extractors.classifier.calibration import PART_FEATURES, STATED_FEATURES
from extractors.classifier.grams import SIZE
from extractors.classifier.scorer import FIELDS, OUTCOMES
from extractors.classifier.states import Floats
from extractors.document import Value

_REMEDY = "run 'customs-lens models fit'"
_NOTE = "classifier"

_Shape = tuple[int | str, ...]
"""Sizes of an array; a name stands for a size that is the same wherever the name stands."""

_THEME_FEATURES, _DIMENSION_FEATURES, _NEW_THEME_FEATURES = 8, 14, 4
"""Numbers that the other calibrators read; each has a bias beside their weights."""
_LEVEL_READINGS = 2


class ClassifierNote(Value):
    """What a classifier was trained for.

    `encoder` is the `model_hash` of the encoder whose vectors and states it reads, `model` the maturity model of its
    dimensions and levels. `suggested_theme` and `suggested_tag` are the confidences from which on one is suggested,
    `accepted_theme`, `accepted_stated` (a tag that states something) and `accepted_topic` (one that does not) those
    from which on one is accepted, `level_stated` the probability from which on a sentence is given a level, `claimed`
    the share of what is about a dimension from which on it is taken to state something. `of_papers` passages of real
    papers calibrated it; `nearest` is how near the nearest training passage is to all but 5 % of the judged ones (a
    cosine). `seen` are the passages that trained it, each as `text_hash` gives it. `base` is the version of the
    classifier that a home's judgements were added to, None where it was trained as a whole.
    """

    encoder: str
    model: str
    themes: tuple[str, ...]
    dimensions: tuple[str, ...]
    levels: tuple[str, ...]
    suggested_theme: float = Field(gt=0, lt=1)
    suggested_tag: float = Field(gt=0, lt=1)
    accepted_theme: float = Field(gt=0, lt=1)
    accepted_stated: float = Field(gt=0, lt=1)
    accepted_topic: float = Field(gt=0, lt=1)
    level_stated: float = Field(gt=0, lt=1)
    claimed: float = Field(gt=0, lt=1)
    of_papers: int = Field(ge=0)
    nearest: float = Field(ge=-1, le=1)
    seen: tuple[int, ...]
    base: str | None = None


def text_hash(text: str) -> int:
    """Return a hash of a training text that ignores white space."""
    return zlib.crc32(" ".join(text.split()).encode("utf-8", "replace"))


@dataclass(frozen=True)
class ClassifierWeights:
    """The note and the arrays by name: those of the parts (`network.…` and so on) and `calibration.…`."""

    note: ClassifierNote
    arrays: Mapping[str, Floats]

    def part(self, name: str) -> dict[str, Floats]:
        """Return the arrays of a part, without its name."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): value for key, value in self.arrays.items() if key.startswith(prefix)}

    @cached_property
    def version(self) -> str:
        """The version of the weights: 8 hex digits of a hash of all of them in half precision, as in a file."""
        digest = hashlib.sha256(self.note.model_dump_json(exclude_none=True).encode())
        for name in sorted(self.arrays):
            digest.update(name.encode() + self.arrays[name].astype(np.float16).tobytes())
        return digest.hexdigest()[:8]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the classifier of a file. Raises `ConfigError` for one that holds none."""
        arrays, about = read_tensors(path, _REMEDY)
        try:
            note = ClassifierNote.model_validate_json(about.get(_NOTE, ""))
        except ValidationError as error:
            raise ConfigError(path, "holds no classifier of this version", remedy=_REMEDY) from error
        if problem := _shape_problem(arrays, len(note.themes), len(note.dimensions), len(note.levels)):
            raise ConfigError(path, f"holds no classifier of this version: {problem}", remedy=_REMEDY)
        return cls(note, arrays)

    def write(self, path: Path) -> None:
        """Write the file in half precision; a reader gets the old one or the new one. Raises `OSError`."""
        halved = {name: array.astype(np.float16) for name, array in self.arrays.items()}
        write_tensors(path, halved, {_NOTE: self.note.model_dump_json()})


def _shape_problem(arrays: Mapping[str, Floats], themes: int, dimensions: int, levels: int) -> str | None:
    """Return which array of a classifier for so many themes, dimensions and levels is missing or of another shape.

    None where all are as they have to be.
    """
    sizes: dict[str, int] = {}
    for name, shape in _shapes(themes, dimensions, levels).items():
        if name not in arrays:
            return f"{name} is missing"
        found = arrays[name].shape
        wanted = tuple(
            sizes.setdefault(size, found[place]) if isinstance(size, str) and place < len(found) else size
            for place, size in enumerate(shape)
        )
        if found != wanted:
            return f"{name} has the shape {found}, not {wanted}"
    return None


def _shapes(themes: int, dimensions: int, levels: int) -> dict[str, _Shape]:
    classes = 1 + levels
    return {
        **_network(themes + 2 * dimensions, dimensions, classes),
        "neighbours.vectors": ("passages", "vector"),
        "neighbours.labels": ("passages", themes + 2 * dimensions),
        "neighbours.centre": ("vector",),
        **_linear("passage", themes + 2 * dimensions + len(FIELDS)),
        **_linear("modality", len(OUTCOMES)),
        **_linear("level", classes),
        "calibration.themes": (_THEME_FEATURES + 1,),
        "calibration.dimensions": (_DIMENSION_FEATURES + 1,),
        "calibration.stated": (STATED_FEATURES + 1,),
        "calibration.parts": (PART_FEATURES + 1,),
        "calibration.any_level": (_LEVEL_READINGS + 1,),
        "calibration.level_pool": (_LEVEL_READINGS + levels,),
        "calibration.new_theme": (_NEW_THEME_FEATURES + 1,),
    }


def _network(labels: int, dimensions: int, classes: int) -> dict[str, _Shape]:
    layers = {"input": ("inner", "width"), "inner": ("hidden", "inner"), "outer": ("inner", "hidden")}
    heads = {"evidence": (dimensions, "both"), "modality": (len(OUTCOMES), "both"), "levels": (classes, "both")}
    parts: dict[str, _Shape] = {**layers, "key": ("keys", "inner"), "about": (len(FIELDS), "inner"), **heads}
    found: dict[str, _Shape] = {
        "mean": ("width",),
        "deviation": ("width",),
        "queries": (labels, "keys"),
        "labels": (labels, "inner"),
        "means": (labels, "inner"),
        "bias": (labels,),
        "levels.dimension": (dimensions, classes),
    }
    for name, shape in parts.items():
        found |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return {f"network.{name}": shape for name, shape in found.items()}


def _linear(part: str, outputs: int) -> dict[str, _Shape]:
    return {
        f"{part}.vector": ("vector", outputs),
        f"{part}.grams": (SIZE, outputs),
        f"{part}.other": (f"{part} other", outputs),
        f"{part}.bias": (outputs,),
        f"{part}.centre": ("vector",),
        f"{part}.rarity": (SIZE,),
    }
