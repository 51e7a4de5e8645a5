"""From the reading of a passage to the themes that it is about."""

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from configs.vocabulary import Vocabulary
from extractors.classifier.calibration import Calibrator
from extractors.classifier.classifier import Classifier, PassageReading
from extractors.classifier.states import Floats
from extractors.document import Passage
from extractors.themes.about import AboutTheme, status_of

Encode = Callable[[Sequence[str]], Floats]


class AboutThemes:
    """Says what passages are about: themes that a classifier was trained for, and new ones by their definitions."""

    def __init__(self, vocabulary: Vocabulary, classifier: Classifier, encode: Encode) -> None:
        """Take the vocabulary in use; `encode` turns texts into unit vectors `(n, d)`, for themes that are new."""
        self._vocabulary = vocabulary
        self._limits = classifier.note.suggested_theme, classifier.note.accepted_theme
        self._has_all = {concept.id for concept in vocabulary.concepts} <= set(classifier.note.themes)
        self.version = classifier.version
        self._new = NewThemes(vocabulary, encode, classifier.new_theme)

    def score(
        self, passages: Sequence[Passage], vectors: Floats, readings: Sequence[PassageReading]
    ) -> list[list[AboutTheme]]:
        """Return the themes of each passage that are accepted or suggested; see `ThemeScorer`."""
        return [list(self._of(*one)) for one in zip(passages, readings, vectors, strict=True)]

    def _of(self, passage: Passage, reading: PassageReading, vector: Floats) -> Iterator[AboutTheme]:
        named = {theme.id: theme.label for theme in passage.named}
        chances = reading.themes if self._has_all else self._new.chances(vector, named) | dict(reading.themes)
        for concept in self._vocabulary.concepts:
            if status := status_of(chances[concept.id], *self._limits):
                language = passage.language or "en"
                why = named.get(concept.id) or defined(self._vocabulary, concept.id, language)
                yield AboutTheme(concept.id, chances[concept.id], status, why)


class NewThemes:
    """Themes without training passages: how near a passage is to what the vocabulary says of them."""

    def __init__(self, vocabulary: Vocabulary, encode: Encode, calibrator: Calibrator) -> None:
        """Take the vocabulary, what turns texts into unit vectors `(n, d)`, and the calibrator of `nearness`."""
        self._vocabulary, self._encode, self._calibrator = vocabulary, encode, calibrator
        self._names = [concept.id for concept in vocabulary.concepts]
        self._vectors: Floats | None = None

    def chances(self, vector: Floats, named: Collection[str]) -> dict[str, float]:
        """Return how likely a passage, by its vector `(d,)`, is about each theme; `named` are those that it names."""
        if self._vectors is None:
            self._vectors = self._encode([describing(self._vocabulary, name) for name in self._names])
        features = nearness(self._vectors @ vector, np.array([one in named for one in self._names]))
        return dict(zip(self._names, self._calibrator.probabilities(features).tolist(), strict=True))


def nearness(similarity: Floats, named: NDArray[np.bool_]) -> Floats:
    """Return what decides about themes that nothing was learnt about, `(T, 4)`.

    `similarity (T,)` is that of a passage to the description of each theme, `named (T,)` whether it names them. How
    near a theme is counts beside the other themes: some texts are near everything.
    """
    spread = max(float(similarity.std()), 1e-6)
    standard = (similarity - similarity.mean()) / spread
    best = np.sort(standard)[-2:]
    margin = standard - np.where(standard == best[-1], best[0], best[-1])
    columns = (standard, margin, named.astype(np.float32), similarity)
    return np.stack(columns, axis=1).astype(np.float32)


def describing(vocabulary: Vocabulary, name: str) -> str:
    """Return what a vocabulary says of a theme: its label, further labels, and its definition."""
    concept = vocabulary.concept(name)
    labels = [label.text for language, label in concept.every_label() if language == "en"] or [concept.name()]
    return f"{'; '.join(labels[:4])}. {defined(vocabulary, name, 'en')}"


def defined(vocabulary: Vocabulary, name: str, language: str) -> str:
    """Return the definition of a theme in a language, else in English, else its label."""
    concept = vocabulary.concept(name)
    return concept.definition.get(language) or concept.definition.get("en") or concept.name(language)
