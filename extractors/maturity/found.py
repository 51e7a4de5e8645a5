"""Evidence that was found in a passage, and what of it stands where it contradicts itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from extractors.document import Modality
from extractors.maturity.evidence import Floats


@dataclass(frozen=True)
class FoundEvidence:
    """A sentence that speaks for a dimension, as a span of its passage, and of whom it speaks."""

    dimension: str
    subject: str | None
    confidence: float
    start: int
    end: int
    vector: Floats
    modality: Modality | None


def surest(found: Iterable[FoundEvidence]) -> list[FoundEvidence]:
    """Return the likeliest evidence for each dimension, and for each subject where all of a dimension are named.

    Of what is said of one administration, a passage does not say that it both has and lacks something; a sentence that
    names nobody may speak of the one before. The likeliest stands first.
    """
    kept: dict[str, list[FoundEvidence]] = {}
    for evidence in sorted(found, key=lambda one: -one.confidence):
        surer = kept.setdefault(evidence.dimension, [])
        if not surer or (evidence.subject and all(one.subject not in (None, evidence.subject) for one in surer)):
            surer.append(evidence)
    return sorted((one for surer in kept.values() for one in surer), key=lambda one: -one.confidence)
