"""Calibrators and limits, from the scores of passages that the scorer was not trained on."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from configs.figures import PaperSet
from extractors.classifier.about import nearness
from extractors.classifier.calibration import Calibrator, level_features, log_softmax
from extractors.classifier.scorer import PassageScores
from extractors.classifier.states import Floats
from extractors.maturity.fitting import fit_logistic
from pipelines.evaluation.understanding.passages import JudgedSet
from pipelines.fitting.examples import Example
from pipelines.fitting.network import Outputs

_PRECISION = 0.1
"""Of the prior of a calibrator's weights: there are few of them and thousands of rows."""
_BIAS_PRECISION = 1e-3
"""Of the prior of its bias, which is finite for that where nothing, or everything, holds."""
_LIMITS = np.arange(0.10, 0.71, 0.02)
"""Confidences that are tried as limits of what is suggested."""
_RECALL_WEIGHT = 4.0
"""Of a tag that is missed against one that is wrong, both merely suggested (F2, van Rijsbergen 1979)."""
_ACCEPTED_LIMITS = [number / 100 for number in range(30, 96)]
_RIGHT_OF_ACCEPTED = 0.75
"""Share of what is accepted in real papers that has to be right.

All passages count one: few of those drawn are accepted, and by weight one of them decides.
"""
REAL_PAPERS: frozenset[JudgedSet] = frozenset(get_args(PaperSet))
"""The sets of passages that are of real papers."""
_ACCEPTED_UNKNOWN = 0.8
"""Limit of what is accepted where no passages of real papers say how often it is right."""
_MOST_INVENTED = 0.12
"""Share of tags without a stated level that may be given one."""
_POOL_PRECISION, _POOL_STEPS = 1.0, 50
"""Of the prior of the pool of levels, around the mean of both readings; and steps of its fit."""
_CLAIMED = 0.3
"""Probability from which on what is about a dimension is taken to claim something of it."""


class LevelRead(NamedTuple):
    """What two readings, `(2, 1 + L)`, make of the level of a stated dimension; `level` is its place, None for none."""

    readings: Floats
    level: int | None


class Scored(NamedTuple):
    """A judged passage with the scores of a scorer that was not trained on it, and the levels of what it states.

    `nearest` is how near the nearest training passage is to it, as a cosine.
    """

    example: Example
    scores: PassageScores
    levels: tuple[LevelRead, ...]
    nearest: float = 1.0


class Limits(NamedTuple):
    """See `extractors.classifier.weights.ClassifierNote`."""

    suggested_theme: float
    suggested_tag: float
    accepted_theme: float
    accepted_tag: float
    level_stated: float
    claimed: float


def calibrate(scored: Sequence[Scored], labels: Outputs, descriptions: Floats) -> tuple[dict[str, Floats], Limits]:
    """Return the calibrators by name, weights `(f + 1,)` with the bias last, and the limits.

    `descriptions (T, d)` are the vectors of what the vocabulary says of the themes: how near they are decides about
    themes without training passages, and is learnt from those of all others.
    """
    rows = [one for one in scored if one.example.judged.weight]
    weights = _weights(rows)
    themes = _Pairs.of(rows, weights, lambda one: one.scores.themes, labels.themes, lambda one: one.themes)
    tags = _Pairs.of(rows, weights, lambda one: one.scores.dimensions, labels.dimensions, lambda one: one.dimensions)
    by_theme, by_tag = _logistic(themes), _logistic(tags)
    stated = _matrix(rows, labels.dimensions, lambda one: one.stated)
    levels = _Levels.of(rows, len(labels.levels))
    any_level = _any_level(levels)

    def near(one: Scored) -> Floats:
        read = one.example.read
        return nearness(descriptions @ read.vector, read.mentioned > 0)

    return (
        {
            "themes": by_theme,
            "dimensions": by_tag,
            "claims": _claims(rows, weights, labels),
            "any_level": any_level,
            "level_pool": _level_pool(levels),
            "new_theme": _logistic(_Pairs.of(rows, weights, near, labels.themes, lambda one: one.themes)),
        },
        Limits(
            _best_limit(rows, weights, themes.chances(by_theme), themes.true, 1.0),
            _best_limit(rows, weights, tags.chances(by_tag), stated, _RECALL_WEIGHT),
            _accepted_limit(rows, themes.chances(by_theme), themes.true),
            _accepted_limit(rows, tags.chances(by_tag), tags.true),
            _level_limit(levels, any_level),
            _CLAIMED,
        ),
    )


class _Pairs(NamedTuple):
    """Passages and themes (or dimensions): features `(n, m, f)`, whether they hold `(n, m)`, weights `(n,)`."""

    features: Floats
    true: NDArray[np.bool_]
    weights: Floats

    @classmethod
    def of(
        cls,
        rows: Sequence[Scored],
        weights: Floats,
        features: Callable[[Scored], Floats],
        names: Sequence[str],
        judged: Callable[..., Sequence[str] | frozenset[str]],
    ) -> "_Pairs":
        return cls(np.stack([features(one) for one in rows]), _matrix(rows, names, judged), weights)

    def chances(self, calibrator: Floats) -> Floats:
        return Calibrator(calibrator[:-1], float(calibrator[-1])).probabilities(self.features)


def _matrix(
    rows: Sequence[Scored], names: Sequence[str], judged: Callable[..., Sequence[str] | frozenset[str]]
) -> NDArray[np.bool_]:
    return np.array([[name in judged(one.example.judged) for name in names] for one in rows], bool)


def _weights(rows: Sequence[Scored]) -> Floats:
    """Return the weight of each passage; those of a set have the mean 1, so that no set drowns the others."""
    weights = np.array([one.example.judged.weight for one in rows], np.float32)
    drawn = np.array([one.example.judged.source is not None for one in rows])
    for chosen in (drawn, ~drawn):
        if chosen.any():
            weights[chosen] /= weights[chosen].mean()
    return weights


def _logistic(pairs: _Pairs) -> Floats:
    """Return the weights of a logistic regression, the bias last."""
    count = pairs.features.shape[-1]
    rows = pairs.features.reshape(-1, count).astype(np.float64)
    found = fit_logistic(
        np.concatenate([rows, np.ones((len(rows), 1))], axis=1),
        pairs.true.reshape(-1),
        penalties=np.array([*([_PRECISION] * count), _BIAS_PRECISION]),
        offset=np.zeros(len(rows)),
        weights=np.repeat(pairs.weights, pairs.true.shape[1]).astype(np.float64),
    )
    return found.astype(np.float32)


def _claims(rows: Sequence[Scored], weights: Floats, labels: Outputs) -> Floats:
    """Return the calibrator of whether a passage that is about a dimension claims something of it."""
    features, true, own = [], [], []
    for one, weight in zip(rows, weights.tolist(), strict=True):
        for name in one.example.judged.dimensions & set(labels.dimensions):
            features.append(one.scores.claims[labels.dimensions.index(name)])
            true.append(name in one.example.judged.stated)
            own.append(weight)
    if not features:
        return np.array([0.0, 0.0, 1.0], np.float32)
    return _logistic(_Pairs(np.stack(features)[:, None], np.array(true)[:, None], np.array(own, np.float32)))


def _best_limit(
    rows: Sequence[Scored], weights: Floats, chances: Floats, true: NDArray[np.bool_], recall_weight: float
) -> float:
    """Return the limit with the best F measure, as the mean of the sets of passages."""
    drawn = np.array([one.example.judged.source is not None for one in rows])
    sets = [chosen for chosen in (drawn, ~drawn) if true[chosen].any()]

    def quality(limit: float) -> float:
        return float(
            np.mean([_f_measure(chances[one] >= limit, true[one], weights[one], recall_weight) for one in sets])
        )

    if not sets:
        return float(_LIMITS[-1])
    return round(float(_LIMITS[int(np.argmax([quality(float(limit)) for limit in _LIMITS]))]), 2)


def _accepted_limit(rows: Sequence[Scored], chances: Floats, true: NDArray[np.bool_]) -> float:
    """Return the lowest limit from which on enough of what is accepted in real papers is right."""
    real = np.array([one.example.judged.set in REAL_PAPERS for one in rows])
    if not real.any():
        return _ACCEPTED_UNKNOWN
    found, right = chances[real], true[real]

    def holds(limit: float) -> bool:
        accepted = right[found >= limit]
        return int(accepted.sum()) >= _RIGHT_OF_ACCEPTED * len(accepted)

    return next(filter(holds, _ACCEPTED_LIMITS), _ACCEPTED_LIMITS[-1])


def _f_measure(shown: NDArray[np.bool_], true: NDArray[np.bool_], weights: Floats, recall_weight: float) -> float:
    right, wrong, missed = (
        float(weights @ found.sum(axis=1)) for found in (shown & true, shown & ~true, ~shown & true)
    )
    whole = (1 + recall_weight) * right
    return whole / (whole + recall_weight * missed + wrong) if right else 0.0


class _Levels(NamedTuple):
    """Readings of levels `(n, 2, 1 + L)`, and the place of the level that is stated, -1 for none, `(n,)`."""

    readings: Floats
    true: NDArray[np.int_]

    @classmethod
    def of(cls, rows: Sequence[Scored], levels: int) -> "_Levels":
        read = [one for row in rows for one in row.levels]
        readings = np.array([one.readings for one in read], np.float32).reshape(-1, 2, 1 + levels)
        return cls(readings, np.array([-1 if one.level is None else one.level for one in read], int))


def _any_level(levels: _Levels) -> Floats:
    """Return the calibrator of whether a level is stated where a dimension is."""
    if not len(levels.true):
        return np.array([0.5, 0.5, 0.0], np.float32)
    features = np.stack([level_features(one) for one in levels.readings])[:, None]
    return _logistic(_Pairs(features, (levels.true >= 0)[:, None], np.ones(len(features), np.float32)))


def _level_pool(levels: _Levels) -> Floats:
    """Return the logarithmic pool of both readings that makes the stated levels likeliest (see `pooled_levels`).

    It begins as their mean, and few levels leave it near that.
    """
    stated = levels.true >= 0
    readings, true = levels.readings[stated], levels.true[stated]
    start = np.array([0.5, 0.5, *[0.0] * (levels.readings.shape[2] - 1)], np.float32)
    if not len(true):
        return start
    known = torch.tensor(log_softmax(readings[:, :, 1:]))
    pool = torch.tensor(start, requires_grad=True)
    optimiser = torch.optim.LBFGS([pool], max_iter=_POOL_STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        scores = (pool[:2, None] * known).sum(dim=1) + pool[2:]
        total = cross_entropy(scores, torch.tensor(true), reduction="sum")
        total = total + _POOL_PRECISION * ((pool - torch.tensor(start)) ** 2).sum()
        total.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
        return total

    optimiser.step(closure)  # type: ignore[no-untyped-call] # torch leaves it untyped
    return pool.detach().numpy()


def _level_limit(levels: _Levels, calibrator: Floats) -> float:
    """Return the least probability of a stated level at which few tags without one are given one."""
    without = levels.readings[levels.true < 0]
    if not len(without):
        return 0.5
    features = np.stack([level_features(one) for one in without])
    chances = Calibrator(calibrator[:-1], float(calibrator[-1])).probabilities(features)
    limits = (round(float(limit), 2) for limit in _LIMITS)
    return next((limit for limit in limits if np.mean(chances >= limit) <= _MOST_INVENTED), float(_LIMITS[-1]))
