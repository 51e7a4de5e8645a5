"""Makes maturity tags from the scores of a passage, independent of the scorer."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from configs.maturity import MaturityModel
from extractors.classifier.classifier import PassageReading, StatedDimension, TagLimits
from extractors.classifier.evidence import EvidenceRules
from extractors.classifier.scorer import PassageInput
from extractors.classifier.statements import ModelStatements
from extractors.classifier.states import Span
from extractors.document import MaturityTag, Passage, TagStatus
from extractors.entities.subjects import Subjects
from extractors.maturity.judgements import tag_id

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
        """Return the result of each passage for every dimension."""
        ...


class Tagger:
    """Makes tags of one maturity model from the readings of a scorer."""

    def __init__(self, model: MaturityModel, scorer: NodeScorer, statements: ModelStatements) -> None:
        self._model, self._statements = model, statements
        self._levels = {one.id: {level.id for level in model.levels_of(one)} for one in model.dimensions}
        self._limits = scorer.limits
        self._hidden = min(HIDDEN, self._limits.suggested)
        self.name = scorer.name

    def tags(
        self, passage: Passage, reading: PassageReading, subjects: Subjects, guiding: Collection[str] = ()
    ) -> tuple[MaturityTag, ...]:
        """Return the tags of a passage, the likeliest first: one for each dimension, or for each subject named there.

        `subjects` are those of its sentences. Boilerplate and notes have none, and nothing without evidence has any.
        What is recommended states nothing of the `guiding` subjects: it is a rule for those who deal with them.
        """
        if not passage.is_read:
            return ()
        found = sorted(self._found(passage, reading, subjects, guiding), key=lambda one: -one.stated.about)
        taken: set[str] = set()
        return tuple(self._tag(passage, one, taken) for one in found)

    def _found(
        self, passage: Passage, reading: PassageReading, subjects: Subjects, guiding: Collection[str]
    ) -> Iterator["_Found"]:
        rules = EvidenceRules(passage)
        for name, main in reading.dimensions.items():
            if main.about < self._hidden:
                continue
            known: set[str | None] = set()
            for stated in (main, *reading.further.get(name, ())):
                evidence = rules.span_of(stated.sentence, states=stated.modality is not None)
                if evidence is None or (known and (None in known or stated.about < self._limits.suggested)):
                    continue
                whose = subjects.get(stated.sentence[0], ()) if stated.sentence else ()
                is_rule = whose is None or (stated.modality == "recommended" and any(one in guiding for one in whose))
                own = _topic_of(stated) if is_rule else stated
                for subject in (whose if whose and own.modality else ()) or (None,):
                    if subject not in known and (subject or not known):
                        known.add(subject)
                        yield _Found(name, own, evidence, subject)

    def _tag(self, passage: Passage, found: "_Found", taken: set[str]) -> MaturityTag:
        dimension, stated, (start, end), subject = found
        level = stated.level if stated.modality and stated.level in self._levels[dimension] else None
        text = ""
        if stated.vector is not None:
            text = self._statements.nearest(stated.vector, passage.language, dimension, level)
        name = tag_id(passage.id, dimension, start)
        if name in taken:
            name = tag_id(passage.id, dimension, start, subject or "")
        taken.add(name)
        return MaturityTag(
            id=name,
            model=self._model.id,
            model_version=self._model.version,
            provenance=self._model.provenance,
            dimension=dimension,
            level=level,
            subject=subject,
            modality=stated.modality,
            confidence=round(stated.confidence, 4),
            # The two confidences are calibrated separately; if all parts hold, the dimension holds too.
            confidence_about=round(max(stated.about, stated.confidence), 4),
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


class _Found(NamedTuple):
    """A dimension that a passage is about, with the claim, its evidence and its subject."""

    dimension: str
    stated: StatedDimension
    evidence: Span
    subject: str | None


def _topic_of(stated: StatedDimension) -> StatedDimension:
    return replace(stated, confidence=stated.about, modality=None, level=None)
