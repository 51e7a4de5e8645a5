"""The file of a trained classifier: arrays, and what they were trained for."""

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
from extractors.classifier.shapes import shape_problem
from extractors.classifier.states import Floats
from extractors.document import Value

_REMEDY = "run 'customs-lens models fit'"
_NOTE = "classifier"


class ClassifierNote(Value):
    """What a classifier was trained for.

    `encoder` is the `model_hash` of the encoder whose vectors and states it reads, `model` the maturity model of its
    dimensions and levels. `suggested_theme` and `suggested_tag` are the confidences from which on one is suggested,
    `accepted_theme` and `accepted_tag` those from which on one is accepted, `level_stated` the probability from which
    on a sentence is given a level, `claimed` that from which on a tag has a modality. `of_papers` passages of real
    papers calibrated it; `nearest` is how near the nearest training passage is to all but 5 % of the judged ones (a
    cosine). `seen` are the passages that trained it, each as `seen_as` gives it. `base` is the version of the
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
    accepted_tag: float = Field(gt=0, lt=1)
    level_stated: float = Field(gt=0, lt=1)
    claimed: float = Field(gt=0, lt=1)
    of_papers: int = Field(ge=0)
    nearest: float = Field(ge=-1, le=1)
    seen: tuple[int, ...]
    base: str | None = None


def seen_as(text: str) -> int:
    """Return a number that stands for a text that trained a classifier, whatever its white space."""
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
        """What names these weights: 8 hex digits of a hash of all of them in half precision, as a file holds them."""
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
        if problem := shape_problem(arrays, len(note.themes), len(note.dimensions), len(note.levels)):
            raise ConfigError(path, f"holds no classifier of this version: {problem}", remedy=_REMEDY)
        return cls(note, arrays)

    def write(self, path: Path) -> None:
        """Write the file in half precision; a reader gets the old one or the new one. Raises `OSError`."""
        halved = {name: array.astype(np.float16) for name, array in self.arrays.items()}
        write_tensors(path, halved, {_NOTE: self.note.model_dump_json()})
