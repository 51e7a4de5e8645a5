"""From the reading of a passage to its maturity tags."""

from collections.abc import Iterator

import numpy as np

from configs.maturity import MaturityModel
from extractors.classifier.classifier import Classifier, PassageReading, StatedDimension
from extractors.classifier.statements import NearestStatement
from extractors.document import MaturityTag, Passage, TagStatus
from extractors.entities.subjects import Subjects
from extractors.maturity.fitting import log_odds, sigmoid
from extractors.maturity.heads import Heads
from extractors.maturity.tagger import HIDDEN

VERSION = "1"


class ReadingTagger:
    """Makes tags of one maturity model from readings; `heads` are what judgements of its dimensions say."""

    def __init__(
        self, model: MaturityModel, classifier: Classifier, statements: NearestStatement, heads: Heads | None
    ) -> None:
        self._model, self._statements, self._heads = model, statements, heads
        self._levels = {one.id: {level.id for level in model.levels_of(one)} for one in model.dimensions}
        self._suggested, self._accepted = classifier.note.suggested_tag, classifier.note.accepted_tag
        self._hidden = min(HIDDEN, self._suggested)
        self.reads = f"classifier {classifier.version}"
        self.name = f"customs-lens classifier {VERSION}/{classifier.version}"
        self._by = f"{self.name}+{heads.version}" if heads else self.name

    def tags(self, passage: Passage, reading: PassageReading, subjects: Subjects) -> tuple[MaturityTag, ...]:
        """Return the tags of a passage, the likeliest first: one for each dimension, or for each subject named there.

        `subjects` are those of its sentences. Boilerplate and notes have none.
        """
        if not passage.is_read:
            return ()
        found = sorted(self._found(reading, subjects), key=lambda one: -one[1])
        return tuple(self._tag(passage, name, confidence, stated, subjects) for name, confidence, stated in found)

    def confidence(self, dimension: str, stated: StatedDimension) -> float:
        """Return the confidence of a dimension after what was learned from judgements of it."""
        if self._heads is None or stated.vector is None:
            return stated.confidence
        odds = log_odds(np.array([[stated.confidence]])).astype(np.float32)
        adjusted = self._heads.adjust(self.reads, [dimension], odds, stated.vector[None])
        return float(sigmoid(adjusted.astype(np.float64))[0, 0])

    def _found(self, reading: PassageReading, subjects: Subjects) -> Iterator[tuple[str, float, StatedDimension]]:
        for name, stated in reading.dimensions.items():
            confidence = self.confidence(name, stated)
            if confidence < self._hidden:
                continue
            yield name, confidence, stated
            known = {_subject(stated, subjects)}
            for other in reading.further.get(name, ()):
                subject, lower = _subject(other, subjects), self.confidence(name, other)
                if subject is None or None in known or subject in known or lower < self._suggested:
                    continue
                known.add(subject)
                yield name, lower, other

    def _tag(
        self, passage: Passage, dimension: str, confidence: float, stated: StatedDimension, subjects: Subjects
    ) -> MaturityTag:
        start, end = stated.sentence or (0, len(passage.text))
        level = stated.level if stated.level in self._levels[dimension] else None
        text = ""
        if stated.vector is not None:
            text = self._statements.find(stated.vector, passage.language, dimension, level)
        return MaturityTag(
            id=f"{passage.id}:{dimension}:{start}",
            model=self._model.id,
            model_version=self._model.version,
            provenance=self._model.provenance,
            dimension=dimension,
            level=level,
            subject=subjects.get(start),
            modality=stated.modality,
            confidence=round(confidence, 4),
            status=self._status(confidence),
            start=start,
            end=end,
            statement=text,
            by=self._by,
        )

    def _status(self, confidence: float) -> TagStatus:
        if confidence >= self._accepted:
            return "accepted"
        return "suggested" if confidence >= self._suggested else "hidden"


def _subject(stated: StatedDimension, subjects: Subjects) -> str | None:
    return subjects.get(stated.sentence[0]) if stated.sentence else None
