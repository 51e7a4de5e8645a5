"""From what a passage says of the dimensions of a maturity model to its tags, whoever scored it."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from configs.maturity import MaturityModel
from extractors.classifier.classifier import PassageReading, StatedDimension, TagLimits
from extractors.classifier.scorer import PassageInput
from extractors.classifier.statements import ModelStatements
from extractors.document import MaturityTag, Passage, TagStatus
from extractors.entities.subjects import Subjects

HIDDEN = 0.2
"""Least `confidence_about` of a tag that is not even suggested; below it there is none."""


class NodeScorer(Protocol):
    """Scores passages for the nodes of a maturity model, which are its dimensions."""

    @property
    def name(self) -> str:
        """What scores, with its version: it stands in `by` of the tags."""
        ...

    @property
    def limits(self) -> TagLimits:
        """The confidences from which on a tag is suggested and accepted."""
        ...

    def read(self, passages: Sequence[PassageInput]) -> list[PassageReading]:
        """Return what each passage says of every dimension."""
        ...


class Tagger:
    """Makes tags of one maturity model from the readings of a scorer."""

    def __init__(self, model: MaturityModel, scorer: NodeScorer, statements: ModelStatements) -> None:
        self._model, self._statements = model, statements
        self._levels = {one.id: {level.id for level in model.levels_of(one)} for one in model.dimensions}
        self._limits = scorer.limits
        self._hidden = min(HIDDEN, self._limits.suggested)
        self.name = scorer.name

    def tags(self, passage: Passage, reading: PassageReading, subjects: Subjects) -> tuple[MaturityTag, ...]:
        """Return the tags of a passage, the likeliest first: one for each dimension, or for each subject named there.

        `subjects` are those of its sentences. Boilerplate and notes have none.
        """
        if not passage.is_read:
            return ()
        found = sorted(self._found(reading, subjects), key=lambda one: -one[1].about)
        return tuple(self._tag(passage, name, stated, subjects) for name, stated in found)

    def _found(self, reading: PassageReading, subjects: Subjects) -> Iterator[tuple[str, StatedDimension]]:
        for name, stated in reading.dimensions.items():
            if stated.about < self._hidden:
                continue
            yield name, stated
            known = {_subject(stated, subjects)}
            for other in reading.further.get(name, ()):
                subject = _subject(other, subjects)
                if subject is None or None in known or subject in known or other.about < self._limits.suggested:
                    continue
                known.add(subject)
                yield name, other

    def _tag(self, passage: Passage, dimension: str, stated: StatedDimension, subjects: Subjects) -> MaturityTag:
        start, end = stated.sentence or (0, len(passage.text))
        level = stated.level if stated.modality and stated.level in self._levels[dimension] else None
        text = ""
        if stated.vector is not None:
            text = self._statements.nearest(stated.vector, passage.language, dimension, level)
        return MaturityTag(
            id=f"{passage.id}:{dimension}:{start}",
            model=self._model.id,
            model_version=self._model.version,
            provenance=self._model.provenance,
            dimension=dimension,
            level=level,
            subject=subjects.get(start) if stated.modality else None,
            modality=stated.modality,
            confidence=round(stated.confidence, 4),
            confidence_about=round(stated.about, 4),
            status=self._status(stated),
            start=start,
            end=end,
            statement=text,
            by=self.name,
        )

    def _status(self, stated: StatedDimension) -> TagStatus:
        if stated.confidence >= (self._limits.stated if stated.modality else self._limits.topic):
            return "accepted"
        return "suggested" if stated.about >= self._limits.suggested else "hidden"


def _subject(stated: StatedDimension, subjects: Subjects) -> str | None:
    return subjects.get(stated.sentence[0]) if stated.sentence else None
