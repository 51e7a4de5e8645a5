"""Themes of passages by meaning, beside those named in their words."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from configs.vocabulary import Vocabulary
from extractors.classifier.calibration import Calibrator
from extractors.classifier.classifier import Classifier, PassageReading
from extractors.classifier.states import Floats
from extractors.document import Mention, Passage, PassageTheme, ThemeStatus

Encode = Callable[[Sequence[str]], Floats]
ACCEPTED, SUGGESTED = 0.8, 0.5
"""Confidence from which on a theme of a passage is accepted, and from which on it is suggested."""
_NAMED = 0.5
"""Confidence that a passage is about a theme because it names it: half of those that name one are."""
_DIGITS = 4
"""Digits of a confidence that are kept, as in a maturity tag."""


class AboutTheme(NamedTuple):
    """A theme that a passage is about: its id, the calibrated confidence, what it is accepted as, and why.

    `why` is the label or the definition of the theme that the passage is nearest to.
    """

    id: str
    confidence: float
    status: ThemeStatus
    why: str


class ThemeScorer(Protocol):
    """The protocol of scorers of themes."""

    @property
    def version(self) -> str:
        """A version that changes with the scorer's results: passages are then tagged again."""
        ...

    def score(
        self, passages: Sequence[Passage], vectors: Floats, readings: Sequence[PassageReading]
    ) -> Sequence[Sequence[AboutTheme]]:
        """Return the themes of each passage, in any order.

        `vectors` are the passages', `(n, d)`, `readings` what the classifier made of each, none without a classifier.
        What is neither accepted nor suggested is left out.
        """
        ...


class NamedThemesScorer:
    """Suggests the named themes where no classifier or definition is available; see `ThemeScorer`."""

    version = "named"

    def score(
        self,
        passages: Sequence[Passage],
        vectors: Floats,  # noqa: ARG002
        readings: Sequence[PassageReading],  # noqa: ARG002
    ) -> list[list[AboutTheme]]:
        """Return the themes that each passage names, as suggested ones."""
        return [
            [AboutTheme(theme, _NAMED, "suggested", label) for theme, label in names.items()]
            for names in ({one.id: one.label for one in passage.named} for passage in passages)
        ]


def status_of(confidence: float, suggested: float = SUGGESTED, accepted: float = ACCEPTED) -> ThemeStatus | None:
    """Return the status of a theme by its confidence; None where it is too low for a suggestion."""
    if confidence >= accepted:
        return "accepted"
    return "suggested" if confidence >= suggested else None


def merged_themes(
    named: Sequence[Mention], about: Sequence[AboutTheme], label_of: Callable[[str], str]
) -> tuple[PassageTheme, ...]:
    """Return the themes of a passage of both kinds: those named by offset, then those it is about, the surest first.

    A theme of both kinds has a row of each. `label_of` gives a theme's label by its id.
    """
    mentioned = map(PassageTheme.of, sorted(named, key=lambda mention: (mention.start, mention.end)))
    meant = (
        PassageTheme(
            id=one.id,
            label=label_of(one.id),
            kind="about",
            confidence=round(one.confidence, _DIGITS),
            status=one.status,
            why=one.why,
        )
        for one in sorted(about, key=lambda one: (-one.confidence, one.id))
    )
    return (*mentioned, *meant)


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
    """Scores themes without training passages by the similarity of a passage to their descriptions."""

    def __init__(self, vocabulary: Vocabulary, encode: Encode, calibrator: Calibrator) -> None:
        """Take the vocabulary, what turns texts into unit vectors `(n, d)`, and the calibrator of `nearness`."""
        self._vocabulary, self._encode, self._calibrator = vocabulary, encode, calibrator
        self._names = [concept.id for concept in vocabulary.concepts]
        self._vectors: Floats | None = None

    def chances(self, vector: Floats, named: Collection[str]) -> dict[str, float]:
        """Return the probability that a passage, by its vector `(d,)`, is about each theme; `named` are those in it."""
        if self._vectors is None:
            self._vectors = self._encode([describing(self._vocabulary, name) for name in self._names])
        features = nearness(self._vectors @ vector, np.array([one in named for one in self._names]))
        return dict(zip(self._names, self._calibrator.probabilities(features).tolist(), strict=True))


def nearness(similarity: Floats, named: NDArray[np.bool_]) -> Floats:
    """Return the features of themes without training passages, `(T, 4)`.

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
    """Return the description of a theme: its label, further labels, and its definition."""
    concept = vocabulary.concept(name)
    labels = [label.text for language, label in concept.every_label() if language == "en"] or [concept.name()]
    return f"{'; '.join(labels[:4])}. {defined(vocabulary, name, 'en')}"


def defined(vocabulary: Vocabulary, name: str, language: str) -> str:
    """Return the definition of a theme in a language, else in English, else its label."""
    concept = vocabulary.concept(name)
    return concept.definition.get(language) or concept.definition.get("en") or concept.name(language)
