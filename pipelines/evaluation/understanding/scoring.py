"""The measures of understanding: sums for each passage, ratios of sums, intervals by bootstrap over documents."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.document import MaturityTag
from pipelines.evaluation.measures import share_of
from pipelines.evaluation.understanding.passages import JudgedPassage, JudgedTag

Sums = NDArray[np.float64]

_RESAMPLES = 1000
_SEED = 20260
_INTERVAL = (2.5, 97.5)
"""Percentiles of the resamples between which an interval lies."""
_BINS = 10
_SHOWN = frozenset({"accepted", "suggested"})
_LOW_LEVELS = frozenset({"L0", "L1"})
_SAME_STATE = frozenset({"achieved", "lacking"})
"""Of a state on paper or in isolation readers may say either."""


@dataclass(frozen=True)
class Answer:
    """What the product says of a judged passage.

    `themes` and `dimensions` are the probabilities of all themes and dimensions that it knows, `shown` the themes that
    it shows by meaning, `tags` the maturity tags of any status.
    """

    themes: Mapping[str, float]
    shown: frozenset[str]
    dimensions: Mapping[str, float]
    tags: tuple[MaturityTag, ...]

    @property
    def visible(self) -> tuple[MaturityTag, ...]:
        """The tags that are accepted or suggested, the most confident first."""
        return tuple(sorted((tag for tag in self.tags if tag.status in _SHOWN), key=lambda tag: -tag.confidence))

    @property
    def accepted(self) -> tuple[MaturityTag, ...]:
        """The tags that are accepted."""
        return tuple(tag for tag in self.tags if tag.status == "accepted")


class Measure(NamedTuple):
    """A measure with its interval of 95 %, and how many passages, themes or tags (unweighted) it rests on.

    `value` is None where there is nothing to measure.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


class Counts(NamedTuple):
    """Weighted numbers of passages where a theme or dimension is right, wrong and missed."""

    right: float = 0.0
    wrong: float = 0.0
    missed: float = 0.0

    @property
    def precision(self) -> float | None:
        """The share of what is shown that is right."""
        return share_of(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        """The share of what readers found that is shown."""
        return share_of(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall."""
        return share_of(2 * self.right, 2 * self.right + self.wrong + self.missed)


Pair = tuple[JudgedPassage, Answer]
_Rule = Callable[[JudgedPassage, Answer], tuple[float, float]]
"""What counts as right in a passage, and what it is a share of."""


FrequentLevel = Callable[[JudgedPassage, str], str | None]
"""Gives the level that readers state most often of a dimension in other papers than a passage's."""


def frequent_levels(passages: Iterable[JudgedPassage]) -> FrequentLevel:
    """Return what gives the most frequent level of a dimension in some passages, those of the same paper left out."""
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for passage in passages:
        for tag in passage.tags:
            if tag.modality and tag.level:
                counts[tag.dimension][passage.group][tag.level] += 1

    def most_frequent(passage: JudgedPassage, dimension: str) -> str | None:
        others = [own for group, own in counts[dimension].items() if group != passage.group]
        found = sum(others, Counter[str]())
        return min(found, key=lambda level: (-found[level], level)) if found else None

    return most_frequent


def measures(
    passages: Sequence[JudgedPassage], answers: Sequence[Answer], frequent: FrequentLevel = lambda *_: None
) -> dict[str, Measure]:
    """Return each measure by its name; passages without a weight are left out.

    Sums are weighted. An interval is that of 1,000 bootstrap resamples of the groups of passages (Efron 1979).
    """
    pairs = [pair for pair in zip(passages, answers, strict=True) if pair[0].weight]
    draws = resamples([passage.group for passage, _ in pairs])
    found = {name: _ratio(pairs, rule, draws) for name, rule in _RULES.items()}
    found["level_most_frequent"] = _ratio(pairs, partial(_level_frequent, frequent), draws)
    found["themes_ece"] = _calibration(pairs, _theme_chances, draws)
    found["tags_ece"] = _calibration(pairs, _tag_chances, draws)
    return found


def theme_counts(passages: Sequence[JudgedPassage], answers: Sequence[Answer]) -> dict[str, Counts]:
    """Return, for each theme, where it is right, wrong and missed."""
    pairs = zip(passages, answers, strict=True)
    return _counted((passage, answer.shown, frozenset(passage.themes)) for passage, answer in pairs)


def dimension_counts(passages: Sequence[JudgedPassage], answers: Sequence[Answer]) -> dict[str, Counts]:
    """Return, for each dimension, where a tag that is shown is right and wrong, and where a stated one is missed.

    A tag of an optional dimension counts for nothing.
    """
    pairs = zip(passages, answers, strict=True)
    return _counted(
        (passage, _shown_dimensions(answer) - (passage.dimensions - passage.stated), passage.stated)
        for passage, answer in pairs
    )


def _counted(rows: Iterable[tuple[JudgedPassage, frozenset[str], frozenset[str]]]) -> dict[str, Counts]:
    found: dict[str, Counts] = defaultdict(Counts)
    for passage, shown, judged in rows:
        weight = passage.weight or 0.0
        for name in shown | judged:
            added = (name in shown & judged, name in shown - judged, name in judged - shown)
            found[name] = Counts(*(old + weight * new for old, new in zip(found[name], added, strict=True)))
    return dict(sorted(found.items()))


def _theme_f1(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    judged = frozenset(passage.themes)
    return 2.0 * len(judged & answer.shown), float(len(judged) + len(answer.shown))


def _theme_precision(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    return float(len(answer.shown.intersection(passage.themes))), float(len(answer.shown))


def _theme_recall(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    return float(len(answer.shown.intersection(passage.themes))), float(len(set(passage.themes)))


def _accepted_right(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    return float(sum(tag.dimension in passage.dimensions for tag in answer.accepted)), float(len(answer.accepted))


def _stated_shown(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    return float(len(passage.stated & _shown_dimensions(answer))), float(len(passage.stated))


def _stated_accepted(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    accepted = {tag.dimension for tag in answer.accepted}
    return float(len(passage.stated & accepted)), float(len(passage.stated))


def _surplus(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    """Count the tags of a dimension beyond one, or beyond those that readers gave it."""
    given = Counter(tag.dimension for tag in passage.tags)
    shown = Counter(tag.dimension for tag in answer.visible)
    return float(sum(max(0, n - max(1, given[name])) for name, n in shown.items())), float(shown.total())


def _main_first(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    if not passage.stated:
        return 0.0, 0.0
    return float(bool(answer.visible) and answer.visible[0].dimension in passage.stated), 1.0


def _modality_right(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    found = [
        any(tag.modality == judged.modality or _same_low_state(tag, judged) for judged in choices)
        for tag, choices in _matched(passage, answer)
    ]
    return float(sum(found)), float(len(found))


def _same_low_state(tag: MaturityTag, judged: JudgedTag) -> bool:
    return judged.level in _LOW_LEVELS and {tag.modality, judged.modality} <= _SAME_STATE


def _level_right(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    found = [
        tag.level in {judged.level for judged in choices}
        for tag, choices in _matched(passage, answer)
        if all(judged.level is not None for judged in choices)
    ]
    return float(sum(found)), float(len(found))


def _level_frequent(frequent: FrequentLevel, passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    found = [
        frequent(passage, tag.dimension) in {judged.level for judged in choices}
        for tag, choices in _matched(passage, answer)
        if all(judged.level is not None for judged in choices)
    ]
    return float(sum(found)), float(len(found))


def _level_invented(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    found = [
        tag.level is not None
        for tag, choices in _matched(passage, answer)
        if all(judged.level is None for judged in choices)
    ]
    return float(sum(found)), float(len(found))


def _accepted_without(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    return (0.0, 0.0) if passage.tags else (float(bool(answer.accepted)), 1.0)


_RULES: Mapping[str, _Rule] = {
    "themes_f1": _theme_f1,
    "themes_precision": _theme_precision,
    "themes_recall": _theme_recall,
    "accepted_right": _accepted_right,
    "stated_accepted": _stated_accepted,
    "stated_shown": _stated_shown,
    "main_first": _main_first,
    "modality_right": _modality_right,
    "level_right": _level_right,
    "level_invented": _level_invented,
    "accepted_without_tag": _accepted_without,
    "surplus_tags": _surplus,
}


def _shown_dimensions(answer: Answer) -> frozenset[str]:
    return frozenset(tag.dimension for tag in answer.visible)


def _matched(passage: JudgedPassage, answer: Answer) -> Iterator[tuple[MaturityTag, list[JudgedTag]]]:
    """Yield the surest tag shown for each stated dimension, with what readers stated of that dimension."""
    stated: dict[str, list[JudgedTag]] = defaultdict(list)
    for judged in passage.tags:
        if judged.modality is not None:
            stated[judged.dimension].append(judged)
    for tag in answer.visible:
        if choices := stated.pop(tag.dimension, None):
            yield tag, choices


def _theme_chances(passage: JudgedPassage, answer: Answer) -> Iterator[tuple[float, bool]]:
    for name, chance in answer.themes.items():
        yield chance, name in passage.themes


def _tag_chances(passage: JudgedPassage, answer: Answer) -> Iterator[tuple[float, bool]]:
    for name, chance in answer.dimensions.items():
        yield chance, name in passage.dimensions


def resamples(groups: Sequence[str]) -> Sums:
    """Return how often each resample of the groups holds each row of them, `(resamples, rows)`."""
    names, members = np.unique(np.array(groups, dtype=str), return_inverse=True)
    if not len(names):
        return np.zeros((_RESAMPLES, 0))
    generator = np.random.default_rng(_SEED)
    times = generator.multinomial(len(names), np.full(len(names), 1 / len(names)), size=_RESAMPLES)
    drawn: Sums = times[:, members].astype(np.float64)
    return drawn


def _ratio(pairs: Sequence[Pair], rule: _Rule, draws: Sums) -> Measure:
    sums = np.array([rule(*pair) for pair in pairs], np.float64).reshape(-1, 2)
    weighted = sums * np.array([passage.weight for passage, _ in pairs], np.float64)[:, None]
    right, of = (draws @ weighted).T
    return measure_of(share_of(*weighted.sum(axis=0)), right[of > 0] / of[of > 0], int(sums[:, 1].sum()))


def _calibration(
    pairs: Sequence[Pair], chances: Callable[[JudgedPassage, Answer], Iterable[tuple[float, bool]]], draws: Sums
) -> Measure:
    """Return the expected calibration error (Guo et al. 2017) over ten bins of equal width of the probability."""
    gaps, counts = np.zeros((len(pairs), _BINS)), np.zeros(len(pairs))
    for place, pair in enumerate(pairs):
        for chance, true in chances(*pair):
            gaps[place, min(int(chance * _BINS), _BINS - 1)] += chance - true
            counts[place] += 1
    weights = np.array([passage.weight for passage, _ in pairs], np.float64)
    total = float(weights @ counts)
    value = float(np.abs(weights @ gaps).sum() / total) if total else None
    of = draws @ (weights * counts)
    drawn = np.abs(draws @ (weights[:, None] * gaps)).sum(axis=1)
    return measure_of(value, drawn[of > 0] / of[of > 0], int(counts.sum()))


def measure_of(value: float | None, drawn: Sums, n: int) -> Measure:
    """Return a measure with the interval of what the resamples gave."""
    if value is None or not len(drawn):
        return Measure(value, None, None, n)
    low, high = np.percentile(drawn, _INTERVAL)
    return Measure(value, float(low), float(high), n)
