"""Tiny judged passages and answers, for measures by hand."""

import itertools

from benchmarks.evaluate.scoring import Answer
from extractors.document import MaturityTag
from pipelines.fitting.passages import JudgedPassage, JudgedTag

_ids = itertools.count()


def stated(dimension, modality="achieved", level=None):
    """A tag of a reader that states something."""
    return JudgedTag(dimension=dimension, modality=modality, level=level)


def optional(dimension):
    """A tag of a reader that may be given and need not be."""
    return JudgedTag(dimension=dimension)


def judged(*tags, themes=(), **fields):
    """A judged passage, of a paper of its own unless another is named."""
    name = f"p{next(_ids)}"
    known = {"id": name, "language": "en", "text": "a", "about": "none", "source": name, "weight": 1.0}
    return JudgedPassage(**known | fields, themes=tuple(themes), tags=tags)


def shown(dimension, confidence=0.9, *, modality="achieved", level=None, status=None):
    """A tag of the product; its status follows the confidence unless one is given."""
    return MaturityTag(
        id="t",
        model="m",
        model_version="1",
        provenance="official",
        dimension=dimension,
        level=level,
        modality=modality,
        confidence=confidence,
        status=status or ("accepted" if confidence >= 0.8 else "suggested" if confidence >= 0.5 else "hidden"),
        start=0,
        end=1,
        statement="",
        by="test",
    )


def answer(*tags, themes=(), chances=None, dimensions=None):
    """What the product says of a passage."""
    return Answer(chances or {}, frozenset(themes), dimensions or {}, tags)
