"""Training of the linear decisions of `extractors/classifier/linear.py`: logistic regressions with a Gaussian prior."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from extractors.classifier.grams import SIZE, rarity_of, weighted
from extractors.classifier.linear import GRAMS, OTHER, VECTOR, LinearInput, centred
from extractors.classifier.states import Floats

_VECTOR_SCALE, _GRAMS_SCALE, _OTHER_SCALE = 3.0, 2.0, 0.5
"""Scale of each block of features: a larger scale weakens the regularisation of its weights."""
_PRECISION = 1.0
"""Precision of the prior of each weight."""
_ITERATIONS, _HISTORY = 60, 10
Arrays = Mapping[str, Floats]
_Loss = Callable[[torch.Tensor], torch.Tensor]
_RARE = -3.0
"""Initial log-odds of the outputs."""


def fit_outputs(
    inputs: Sequence[LinearInput], targets: Floats, known: Arrays | None = None, judged: Floats | None = None
) -> dict[str, Floats]:
    """Return the arrays of log-odds, one output for each column of `targets (n, outputs)`, which are 0 or 1.

    With `known` arrays what is learned is added to those: the prior of a weight is its value there. Where
    `judged (n, outputs)` is 0, a target counts for nothing.
    """
    wanted = torch.from_numpy(targets)
    counted = None if judged is None else torch.from_numpy(judged)

    def loss(scores: torch.Tensor) -> torch.Tensor:
        return binary_cross_entropy_with_logits(scores, wanted, counted, reduction="sum")

    return _fit(inputs, targets.shape[1], _RARE, loss, known)


def fit_classes(
    inputs: Sequence[LinearInput], classes: Sequence[int], count: int, known: Arrays | None = None
) -> dict[str, Floats]:
    """Return the arrays of a decision among `count` classes; `classes (n,)` are the correct ones.

    For `known` see `fit_outputs`.
    """
    wanted = torch.tensor(classes)

    def loss(scores: torch.Tensor) -> torch.Tensor:
        return cross_entropy(scores, wanted, reduction="sum")

    return _fit(inputs, count, 0.0, loss, known)


def _fit(
    inputs: Sequence[LinearInput], outputs: int, start: float, loss: _Loss, known: Arrays | None
) -> dict[str, Floats]:
    centre = known["centre"] if known else np.mean([one.vector for one in inputs], axis=0)
    rarity = known["rarity"] if known else rarity_of([dict(one.grams) for one in inputs])
    features = torch.from_numpy(_features(inputs, centre, rarity))
    width = len(centre)
    scales = np.repeat([_VECTOR_SCALE, _GRAMS_SCALE, _OTHER_SCALE], [width, SIZE, len(inputs[0].other)])[:, None]
    before, offset, basis = np.zeros((features.shape[1], outputs), np.float32), torch.zeros(outputs), None
    if known:
        before = (np.concatenate([known[VECTOR], known[GRAMS], known[OTHER]]) / scales).astype(np.float32)
        offset = features @ torch.from_numpy(before) + torch.from_numpy(known["bias"])
        basis = torch.linalg.qr(features.T).Q  # the update is in the span of the inputs, which are few
        features = features @ basis
    weights = torch.zeros(features.shape[1], outputs, requires_grad=True)
    bias = torch.full((outputs,), 0.0 if known else start, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weights, bias], max_iter=_ITERATIONS, history_size=_HISTORY, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        total: torch.Tensor = loss(features @ weights + bias + offset) + _PRECISION / 2 * (weights**2).sum()
        if known:
            total = total + _PRECISION / 2 * (bias**2).sum()
        total.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
        return total

    optimiser.step(closure)  # type: ignore[no-untyped-call] # torch leaves it untyped
    learnt = weights if basis is None else basis @ weights
    found = ((learnt.detach().numpy() + before) * scales).astype(np.float32)
    intercepts = bias.detach().numpy()
    return {
        VECTOR: found[:width],
        GRAMS: found[width : width + SIZE],
        OTHER: found[width + SIZE :],
        "bias": intercepts + known["bias"] if known else intercepts,
        "centre": centre.astype(np.float32),
        "rarity": rarity,
    }


def _features(inputs: Sequence[LinearInput], centre: Floats, rarity: Floats) -> Floats:
    """Return all numbers of the inputs, `(n, d + SIZE + o)`."""
    width = len(centre)
    found = np.zeros((len(inputs), width + SIZE + len(inputs[0].other)), np.float32)
    for row, one in enumerate(inputs):
        numbers, values = weighted(dict(one.grams), rarity)
        found[row, :width] = centred(one.vector, centre) * _VECTOR_SCALE
        found[row, [width + number for number in numbers]] = values * _GRAMS_SCALE
        found[row, width + SIZE :] = one.other * _OTHER_SCALE
    return found
