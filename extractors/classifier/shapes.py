"""Which arrays the file of a classifier holds, and the shape of each: a file of another version has others."""

from collections.abc import Mapping

from extractors.classifier.grams import SIZE
from extractors.classifier.scorer import FIELDS, MODALITIES
from extractors.classifier.states import Floats

Shape = tuple[int | str, ...]
"""Sizes of an array; a name stands for a size that is the same wherever the name stands."""

_THEME_FEATURES, _DIMENSION_FEATURES, _CLAIM_FEATURES, _NEW_THEME_FEATURES = 8, 10, 2, 4
"""Numbers that the calibrators read; each has a bias beside their weights."""
_LEVEL_READINGS = 2


def shape_problem(arrays: Mapping[str, Floats], themes: int, dimensions: int, levels: int) -> str | None:
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


def _shapes(themes: int, dimensions: int, levels: int) -> dict[str, Shape]:
    classes = 1 + levels
    return {
        **_network(themes + 2 * dimensions, dimensions, classes),
        "neighbours.vectors": ("passages", "vector"),
        "neighbours.labels": ("passages", themes + 2 * dimensions),
        "neighbours.centre": ("vector",),
        **_linear("passage", themes + 2 * dimensions + len(FIELDS)),
        **_linear("modality", len(MODALITIES)),
        **_linear("level", classes),
        "calibration.themes": (_THEME_FEATURES + 1,),
        "calibration.dimensions": (_DIMENSION_FEATURES + 1,),
        "calibration.claims": (_CLAIM_FEATURES + 1,),
        "calibration.any_level": (_LEVEL_READINGS + 1,),
        "calibration.level_pool": (_LEVEL_READINGS + levels,),
        "calibration.new_theme": (_NEW_THEME_FEATURES + 1,),
    }


def _network(labels: int, dimensions: int, classes: int) -> dict[str, Shape]:
    layers = {"input": ("inner", "width"), "inner": ("hidden", "inner"), "outer": ("inner", "hidden")}
    heads = {"evidence": (dimensions, "both"), "modality": (len(MODALITIES), "both"), "levels": (classes, "both")}
    parts: dict[str, Shape] = {**layers, "key": ("keys", "inner"), "about": (len(FIELDS), "inner"), **heads}
    found: dict[str, Shape] = {
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


def _linear(part: str, outputs: int) -> dict[str, Shape]:
    return {
        f"{part}.vector": ("vector", outputs),
        f"{part}.grams": (SIZE, outputs),
        f"{part}.other": (f"{part} other", outputs),
        f"{part}.bias": (outputs,),
        f"{part}.centre": ("vector",),
        f"{part}.rarity": (SIZE,),
    }
