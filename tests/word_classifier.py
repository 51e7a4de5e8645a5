"""A classifier for tests that looks for words in place of meaning."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from extractors.classifier.classifier import Classifier, PassageReading, StatedDimension
from extractors.classifier.scorer import MODALITIES

DIMENSIONS = {
    "strategy": "strategy_governance",
    "legal": "legal_framework",
    "data": "data_standards",
    "system": "systems_security",
    "electronic": "process_automation",
    "risk": "analytics_innovation",
    "window": "interoperability_collaboration",
    "training": "people_capacity",
}
"""What a sentence with a word says something of."""
LEVELS = {"paper": "L0", "pilot": "L1", "electronic": "L2", "automat": "L3", "connected": "L3", "predict": "L4"}
THEMES = {"declaration": "e-declaration", "risk": "risk-management", "window": "single-window"}
"""What a passage with a word may be about; it is about a theme that it names."""
SURE, LIKELY = 0.95, 0.45
"""The confidence where rules find that a sentence claims something, or a theme is named, and where not."""


def read(classifier, passages):
    """What `Classifier.read` returns."""
    return [_reading(classifier.note, passage) for passage in passages]


def _reading(note, passage):
    stated = {name: [] for name in note.dimensions}
    for number, (start, end) in enumerate(passage.sentences):
        sentence = passage.text[start:end].casefold()
        for word, dimension in DIMENSIONS.items():
            if word in sentence and dimension in stated:
                stated[dimension].append(_stated(passage, number, sentence))
    text = passage.text.casefold()
    themes = dict.fromkeys(note.themes, 0.0) | {theme: LIKELY for word, theme in THEMES.items() if word in text}
    themes |= {theme: SURE for theme, times in zip(note.themes, passage.mentioned, strict=True) if times}
    nothing = StatedDimension(0.0, 0.0, None, None, None, None)
    ordered = {name: sorted(found, key=lambda one: -one.confidence) for name, found in stated.items()}
    dimensions = {name: found[0] if found else nothing for name, found in ordered.items()}
    return PassageReading(themes, dimensions, {name: tuple(found[1:]) for name, found in ordered.items()})


def _stated(passage, number, sentence):
    cue = passage.cue(number)
    level = next((level for word, level in LEVELS.items() if word in sentence), None)
    confidence = SURE if cue else LIKELY
    return StatedDimension(
        about=confidence,
        confidence=confidence,
        sentence=passage.sentences[number],
        vector=np.asarray(passage.vector, np.float32),
        modality=MODALITIES[cue - 1] if cue else "recommended",
        level=level,
    )


@contextmanager
def word_classifiers() -> Iterator[None]:
    """Let every classifier that is opened in this process read by words."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Classifier, "read", read)
        yield
