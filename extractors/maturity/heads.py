"""Heads: what was learned from people's labels of single dimensions, added to the score that knows nothing of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.document import Value
from extractors.maturity.evidence import Floats
from extractors.maturity.fitting import Numbers, fit_logistic, share

_SLOPE, _INTERCEPT, _WEIGHT = 1.0, 1.0, 0.2
"""Precisions of the priors: the shared score is trusted. Chosen by cross-validation on public passages, in eight
partitions: a less certain threshold and looser weights cost accuracy."""


class Head(Value):
    """A dimension's own log-odds: `slope` × the shared ones + `intercept` + `weights` · the sentence's vector.

    It serves the vectors of one encoder. `labels` trained it, `positives` of them saying that the words are evidence.
    """

    dimension: str
    encoder: str
    labels: int
    positives: int
    slope: float
    intercept: float
    weights: tuple[float, ...]

    def logits(self, shared: Numbers, vectors: Numbers) -> Numbers:
        """Return the log-odds `(n,)` of sentences by the shared ones `(n,)` and their vectors `(n, d)`."""
        logits: Numbers = self.slope * shared + self.intercept + vectors @ np.asarray(self.weights)
        return logits


class Heads(Value):
    """The heads of one maturity model; `version` names what made them, `at` says when (UTC, ISO 8601).

    `labels` are all that trained them, `last_label` is the id of the newest.
    """

    version: str
    model: str
    at: str
    tagger: str
    labels: int
    last_label: int
    heads: tuple[Head, ...]

    def adjust(self, encoder: str, dimensions: Sequence[str], logits: Floats, vectors: Floats) -> Floats:
        """Return the log-odds `(n, dimensions)` of sentences, those of dimensions with a head by that head."""
        adjusted = logits.copy()
        for head in self.heads:
            if head.encoder == encoder and head.dimension in dimensions:
                column = dimensions.index(head.dimension)
                adjusted[:, column] = head.logits(logits[:, column].astype(np.float64), vectors.astype(np.float64))
        return adjusted


@dataclass(frozen=True)
class Examples:
    """Judged sentences: dimension, encoder and whether it is evidence, the shared log-odds, the vector `(n, d)`."""

    dimensions: NDArray[np.str_]
    encoders: NDArray[np.str_]
    labels: NDArray[np.bool_]
    shared: Numbers
    vectors: Numbers

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, chosen: NDArray[np.bool_]) -> "Examples":
        """Return some of them."""
        names, numbers = (self.dimensions[chosen], self.encoders[chosen]), (self.shared[chosen], self.vectors[chosen])
        return Examples(*names, self.labels[chosen], *numbers)


def fit_heads(examples: Examples) -> tuple[Head, ...]:
    """Return a head for each dimension and encoder of which there are sentences that are evidence and that are none."""
    pairs = sorted(set(zip(examples.dimensions.tolist(), examples.encoders.tolist(), strict=True)))
    parts = [
        (dimension, encoder, examples.where((examples.dimensions == dimension) & (examples.encoders == encoder)))
        for dimension, encoder in pairs
    ]
    return tuple(_fit(*part) for part in parts if 0 < part[2].labels.sum() < len(part[2]))


def logits(heads: Sequence[Head], examples: Examples) -> Numbers:
    """Return the log-odds of examples `(n,)`: by their head, or the shared ones where they have none."""
    found = examples.shared.copy()
    for head in heads:
        chosen = (examples.dimensions == head.dimension) & (examples.encoders == head.encoder)
        own = examples.where(chosen)
        found[chosen] = head.logits(own.shared, own.vectors)
    return found


def calibrated(heads: Sequence[Head], slope: float, intercept: float) -> tuple[Head, ...]:
    """Return heads whose log-odds are stretched and shifted."""
    return tuple(
        head.model_copy(
            update={
                "slope": slope * head.slope,
                "intercept": slope * head.intercept + intercept,
                "weights": tuple(slope * weight for weight in head.weights),
            }
        )
        for head in heads
    )


def fit_calibration(raw: Numbers, labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and intercept that calibrate log-odds (Platt 1999), near 1 and 0 where there are few labels."""
    features = np.stack([raw, np.ones(len(raw))], axis=1)
    found = share(len(raw)) * fit_logistic(features, labels, penalties=np.array([_SLOPE, _INTERCEPT]), offset=raw)
    return 1.0 + float(found[0]), float(found[1])


def _fit(dimension: str, encoder: str, examples: Examples) -> Head:
    count = len(examples)
    # The weights lie in the span of the vectors, so that few labels make a small problem.
    basis, _ = np.linalg.qr(examples.vectors.T)
    features = np.concatenate([examples.shared[:, None], np.ones((count, 1)), examples.vectors @ basis], axis=1)
    penalties = np.array([_SLOPE, _INTERCEPT, *([_WEIGHT] * basis.shape[1])])
    learnt = share(count) * fit_logistic(features, examples.labels, penalties=penalties, offset=examples.shared)
    return Head(
        dimension=dimension,
        encoder=encoder,
        labels=count,
        positives=int(examples.labels.sum()),
        slope=1.0 + float(learnt[0]),
        intercept=float(learnt[1]),
        weights=tuple((basis @ learnt[2:]).tolist()),
    )
