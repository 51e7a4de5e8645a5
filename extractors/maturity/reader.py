"""What reads the passages of one language for a tagger, and what it makes of one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from extractors.document import Passage
from extractors.maturity.evidence import Floats, PassageEvidence, StatementSet
from extractors.maturity.fitting import sigmoid
from extractors.maturity.heads import Heads

Span = tuple[int, int]
"""Where a sentence begins and ends in its passage, in characters."""


@dataclass(frozen=True)
class Reader:
    """What reads passages in one language: an encoder by its name, the statements in it, the scorer's weights.

    `heads` are what was learned from labels of single dimensions.
    """

    encoder: str
    statements: StatementSet
    coefficients: Floats
    intercept: float
    heads: Heads | None

    def shared_logits(self, evidence: PassageEvidence) -> Floats:
        """Return the log-odds of each sentence for each dimension by the scorer alone, `(sentences, dimensions)`."""
        logits: Floats = self.statements.features(evidence) @ self.coefficients + self.intercept
        return logits

    def probabilities(self, evidence: PassageEvidence) -> Floats:
        """Return how likely each sentence is evidence for each dimension, `(sentences, dimensions)`."""
        logits = self.shared_logits(evidence)
        if self.heads:
            logits = self.heads.adjust(self.encoder, self.statements.dimensions, logits, evidence.sentences)
        probabilities: Floats = sigmoid(logits.astype(np.float64)).astype(np.float32)
        return probabilities


@dataclass(frozen=True)
class Scored:
    """A passage, the spans of its sentences, what is known of these, and how likely each is evidence.

    `probabilities` are those of each sentence for each dimension, `(sentences, dimensions)`.
    """

    passage: Passage
    spans: Sequence[Span]
    evidence: PassageEvidence
    probabilities: Floats

    def rows(self, least: float) -> list[int]:
        """Return the sentences that are evidence of something with at least that probability, in their order."""
        return np.flatnonzero((self.probabilities >= least).any(axis=1)).tolist() if self.spans else []

    def text(self, row: int) -> str:
        """Return one sentence."""
        start, end = self.spans[row]
        return self.passage.text[start:end]
