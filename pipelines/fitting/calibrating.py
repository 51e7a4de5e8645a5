"""Calibrators and thresholds, fitted to scores of passages on which the scorer was not trained."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from configs.figures import PaperSet
from extractors.classifier.about import nearness
from extractors.classifier.calibration import (
    PART_FEATURES,
    STATED_FEATURES,
    Calibrator,
    chosen_level,
    level_chances,
    level_features,
    log_softmax,
    part_features,
    stated_features,
)
from extractors.classifier.classifier import WORTH_READING
from extractors.classifier.scorer import MODALITIES, Claim, PassageScores
from extractors.classifier.states import Floats
from extractors.maturity.fitting import fit_logistic
from pipelines.fitting.examples import Example
from pipelines.fitting.network import Outputs
from pipelines.fitting.passages import JudgedSet, mean_of_groups

_PRECISION = 0.1
"""Precision of the prior of a calibrator's weights: there are few of them and thousands of rows."""
_BIAS_PRECISION = 1e-3
"""Precision of the prior of its bias, which keeps it finite if all labels are equal."""
_LIMITS = np.arange(0.10, 0.71, 0.02)
"""Candidate thresholds for suggestions."""
_RECALL_WEIGHT = 4.0
"""Weight of a missed tag compared with a wrong one, for suggestions (F2, van Rijsbergen 1979)."""
_ACCEPTED_LIMITS = [number / 100 for number in range(30, 96)]
_RIGHT_OF_ACCEPTED = 0.75
"""Required precision of accepted labels in real papers.

All passages have equal weight: few of the drawn ones are accepted, and with weights a single one would decide.
"""
REAL_PAPERS: frozenset[JudgedSet] = frozenset(get_args(PaperSet))
"""The sets of passages from real papers."""
_ACCEPTED_UNKNOWN = 0.8
"""Threshold of acceptance without passages of real papers to measure the precision."""
_RIGHT_IN_ALL_PARTS, _RIGHT_OF_TOPICS = 0.75, 0.85
"""Share of accepted tags that has to be right in all parts, or of topics in the dimension, organisations alike."""
_FEWEST_ACCEPTED = 60
"""Least number of tags for measuring such a share."""
_MOST_INVENTED, _RIGHT_OF_LEVELS = 0.05, 0.8
"""Share of tags without a stated level that may be given one; share of the levels given that has to be right."""
_LEVEL_LIMITS = [number / 100 for number in range(30, 96)]
_POOL_PRECISION, _POOL_STEPS = 1.0, 50
"""Of the prior of the pool of levels, around the mean of both readings; and steps of its fit."""
_CLAIMED = 0.5
"""Share of a dimension's topic passages above which they are assumed to make a statement."""


class Scored(NamedTuple):
    """A judged passage with the scores of a scorer that was not trained on it.

    `claims` are the claims of the best evidence of each dimension, none in a passage without a sentence. `nearest` is
    the cosine to the nearest training passage.
    """

    example: Example
    scores: PassageScores
    claims: tuple[Claim, ...]
    nearest: float = 1.0


class Limits(NamedTuple):
    """See `extractors.classifier.weights.ClassifierNote`."""

    suggested_theme: float
    suggested_tag: float
    accepted_theme: float
    accepted_stated: float
    accepted_topic: float
    level_stated: float
    claimed: float


def calibrate(scored: Sequence[Scored], labels: Outputs, descriptions: Floats) -> tuple[dict[str, Floats], Limits]:
    """Return the calibrators by name, weights `(f + 1,)` with the bias last, and the thresholds.

    `descriptions (T, d)` are the vectors of the vocabulary's texts on the themes: similarity to them decides about
    themes without training passages, with weights learnt from all other themes.
    """
    rows = [one for one in scored if one.example.judged.weight]
    weights = _weights(rows)
    themes = _Pairs.of(rows, weights, lambda one: one.scores.themes, labels.themes, lambda one: one.themes)
    tags = _Pairs.of(rows, weights, lambda one: one.scores.dimensions, labels.dimensions, lambda one: one.dimensions)
    by_theme, by_tag = _logistic(themes), _logistic(tags)
    stated = _matrix(rows, labels.dimensions, lambda one: one.stated)
    levels = _Levels.of(rows, labels)
    any_level, pool = _any_level(levels), _level_pool(levels)
    level_limit = _level_limit(levels, any_level, pool)
    claims = list(_claims(rows, tags.chances(by_tag), labels))
    by_stated = _fitted(
        [stated_features(one.about, one.claim.stated) for one in claims],
        [one.stated for one in claims],
        STATED_FEATURES,
    )
    read = [
        _as_tag(one, by_stated, _levelled(one.claim.levels, any_level, pool, level_limit), labels) for one in claims
    ]
    said = [one for one in read if one.stated]
    by_parts = _fitted([one.features for one in said], [one.right for one in said], PART_FEATURES)

    def near(one: Scored) -> Floats:
        read = one.example.read
        return nearness(descriptions @ read.vector, read.mentioned > 0)

    return (
        {
            "themes": by_theme,
            "dimensions": by_tag,
            "stated": by_stated,
            "parts": by_parts,
            "any_level": any_level,
            "level_pool": pool,
            "new_theme": _logistic(_Pairs.of(rows, weights, near, labels.themes, lambda one: one.themes)),
        },
        Limits(
            _best_limit(rows, weights, themes.chances(by_theme), themes.true, 1.0),
            _best_limit(rows, weights, tags.chances(by_tag), stated, _RECALL_WEIGHT),
            _accepted_limit(rows, themes.chances(by_theme), themes.true),
            _limit_of_tags(said, by_parts, _RIGHT_IN_ALL_PARTS),
            _limit_of_tags([one for one in read if not one.stated], None, _RIGHT_OF_TOPICS),
            level_limit,
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


class _Claim(NamedTuple):
    """The claim of a passage's best evidence on a dimension, and the probabilities of topic and statement.

    `place` is the dimension's.
    """

    row: Scored
    place: int
    about: float
    claim: Claim
    stated: bool


class _ReadClaim(NamedTuple):
    """A claim in the form of a tag: whether it states something; whether all parts, or the topic, are right.

    `features` decide about its parts, `about` is the chance of the dimension, `group` whose paper it is; `counts` says
    whether it is of a real paper.
    """

    stated: bool
    right: bool
    features: Floats
    about: float
    group: str
    counts: bool


def _claims(rows: Sequence[Scored], about: Floats, labels: Outputs) -> Iterator[_Claim]:
    """Yield what passages claim of the dimensions that they may be about."""
    for one, chances in zip(rows, about, strict=True):
        for place, claim in enumerate(one.claims):
            if chances[place] >= WORTH_READING:
                stated = labels.dimensions[place] in one.example.judged.stated
                yield _Claim(one, place, float(chances[place]), claim, stated)


def _levelled(readings: Floats, any_level: Floats, pool: Floats, limit: float) -> tuple[int, float]:
    return chosen_level(level_chances(readings, Calibrator(any_level[:-1], float(any_level[-1])), pool), limit)


def _as_tag(one: _Claim, by_stated: Floats, level: tuple[int, float], labels: Outputs) -> _ReadClaim:
    """Return a claim as the classifier reads it."""
    calibrator = Calibrator(by_stated[:-1], float(by_stated[-1]))
    chance = float(calibrator.probabilities(stated_features(one.about, one.claim.stated)))
    modality = np.exp(log_softmax(one.claim.modality[1:]))
    stated = chance >= _CLAIMED * one.about
    name, example = labels.dimensions[one.place], one.row.example
    if stated:
        given = (None, *labels.levels)[level[0]]
        right = example.states(name, MODALITIES[int(modality.argmax())], given, one.claim.number)
    else:
        right = name in example.judged.dimensions
    features = part_features(one.about, chance, modality, level[1], one.claim.stated)
    return _ReadClaim(stated, right, features, one.about, example.judged.group, example.judged.set in REAL_PAPERS)


def _fitted(features: Sequence[Floats], true: Sequence[bool], count: int) -> Floats:
    """Return the calibrator of claims by `count` features, each claim counting one; of zeros where there are none."""
    if not features:
        return np.zeros(count + 1, np.float32)
    return _logistic(_Pairs(np.stack(features)[:, None], np.array(true)[:, None], np.ones(len(true), np.float32)))


def _limit_of_tags(read: Sequence[_ReadClaim], by_parts: Floats | None, wanted: float) -> float:
    """Return the lowest threshold above which enough accepted tags of real papers are right.

    Where there is none it is the one where the most is, for topics one that few reach. Organisations count alike, and
    some tags have to stand behind the figure. Without `by_parts` the confidence is that of the dimension.
    """
    real = [one for one in read if one.counts]
    if len(real) < _FEWEST_ACCEPTED:
        return _ACCEPTED_UNKNOWN
    confidence = np.array([one.about for one in real])
    if by_parts is not None:
        features = np.stack([one.features for one in real])
        confidence = Calibrator(by_parts[:-1], float(by_parts[-1])).probabilities(features)
    right, groups = np.array([one.right for one in real]), np.array([one.group for one in real])

    def share(limit: float) -> float:
        chosen = confidence >= limit
        sums = np.stack([right, np.ones(len(right))], axis=1)[chosen]
        return mean_of_groups(groups[chosen].tolist(), sums) or 0.0 if len(sums) >= _FEWEST_ACCEPTED else 0.0

    shares = [share(limit) for limit in _ACCEPTED_LIMITS]
    enough = [limit for limit, one in zip(_ACCEPTED_LIMITS, shares, strict=True) if one >= wanted]
    if enough or by_parts is None:
        return enough[0] if enough else _ACCEPTED_LIMITS[-1]
    return _ACCEPTED_LIMITS[int(np.argmax(shares))]


def _best_limit(
    rows: Sequence[Scored], weights: Floats, chances: Floats, true: NDArray[np.bool_], recall_weight: float
) -> float:
    """Return the threshold with the best F measure, averaged over the sets of passages."""
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
    """Return the lowest threshold above which enough accepted themes of real papers are right."""
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
    def of(cls, rows: Sequence[Scored], labels: Outputs) -> "_Levels":
        """Return what is read of each stated tag at the sentence that is taken for its evidence."""
        read, true = [], []
        for row in rows:
            for tag, _ in row.example.stated():
                if tag.dimension in labels.dimensions and row.claims:
                    read.append(row.claims[labels.dimensions.index(tag.dimension)].levels)
                    true.append(labels.levels.index(tag.level) if tag.level in labels.levels else -1)
        return cls(np.array(read, np.float32).reshape(-1, 2, 1 + len(labels.levels)), np.array(true, int))


def _any_level(levels: _Levels) -> Floats:
    """Return the calibrator for whether a level is stated, given a dimension."""
    if not len(levels.true):
        return np.array([0.5, 0.5, 0.0], np.float32)
    features = np.stack([level_features(one) for one in levels.readings])[:, None]
    return _logistic(_Pairs(features, (levels.true >= 0)[:, None], np.ones(len(features), np.float32)))


def _level_pool(levels: _Levels) -> Floats:
    """Return the logarithmic pool of both readings that maximises the likelihood of the stated levels.

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


def _level_limit(levels: _Levels, any_level: Floats, pool: Floats) -> float:
    """Return the least probability of a level at which enough assigned levels are right and few are invented."""
    if not len(levels.true):
        return 0.5
    calibrator = Calibrator(any_level[:-1], float(any_level[-1]))
    chances = np.stack([level_chances(one, calibrator, pool)[1:] for one in levels.readings])
    best, right, stated = chances.max(axis=1), chances.argmax(axis=1) == levels.true, levels.true >= 0

    def holds(limit: float) -> bool:
        given = best >= limit
        invented = given[~stated].mean() if (~stated).any() else 0.0
        return bool(invented <= _MOST_INVENTED and right[given & stated].sum() >= _RIGHT_OF_LEVELS * given.sum())

    return next(filter(holds, _LEVEL_LIMITS), _LEVEL_LIMITS[-1])
