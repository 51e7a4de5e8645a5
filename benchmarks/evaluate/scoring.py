"""The measures of understanding: sums for each passage, ratios of sums, intervals by bootstrap over documents."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.document import MaturityTag
from pipelines.fitting.measures import share_of
from pipelines.fitting.passages import JudgedPassage, JudgedTag, mean_of_groups, small_groups_as_one

Sums = NDArray[np.float64]

_RESAMPLES = 1000
_SEED = 20260
_INTERVAL = (2.5, 97.5)
"""Percentiles of the resamples between which an interval lies."""
_BINS = 10
_LEAST_WEIGHT = 1e-9
_SHOWN = frozenset({"accepted", "suggested"})


@dataclass(frozen=True)
class Answer:
    """What the product says of a judged passage.

    `themes` and `dimensions` are the probabilities of all themes and dimensions that it knows, `shown` the themes that
    it shows by meaning, `tags` the maturity tags of any status. `stated` are the probabilities that something is stated
    of a dimension, `evidence` where sentences begin that are right as evidence of each of the readers' tags, None
    where their quote was not found.
    """

    themes: Mapping[str, float]
    shown: frozenset[str]
    dimensions: Mapping[str, float]
    tags: tuple[MaturityTag, ...]
    stated: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[frozenset[int] | None, ...] = ()

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

    `value` is None where there is nothing to measure. `mean` is the mean over organisations (see `mean_of_groups`).
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    mean: float | None = None


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
    found["stated_average_precision"] = _average_precision(pairs, draws)
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
    found = [any(judged.allows(tag.modality) for judged in choices) for tag, choices in _matched(passage, answer)]
    return float(sum(found)), float(len(found))


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


def _level_given_right(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    found = [
        tag.level in {judged.level for judged in choices} for tag, choices in _matched(passage, answer) if tag.level
    ]
    return float(sum(found)), float(len(found))


def _modality_or_none_right(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    """Count the surest tag of each dimension that the passage is about: whether it states what readers found stated."""
    first = {tag.dimension: tag for tag in reversed(answer.visible) if tag.dimension in passage.dimensions}
    found = [
        any(judged.allows(tag.modality) for judged in passage.tags if judged.dimension == name)
        for name, tag in first.items()
    ]
    return float(sum(found)), float(len(found))


def _all_right(passage: JudgedPassage, answer: Answer, tag: MaturityTag) -> bool:
    """Tell whether readers found a stated tag with this dimension, modality, evidence and, if it has one, level."""
    places = answer.evidence or (None,) * len(passage.tags)
    return any(
        judged.modality is not None
        and judged.dimension == tag.dimension
        and judged.allows(tag.modality)
        and tag.level in (None, judged.level)
        and (starts is None or any(tag.start <= start < tag.end for start in starts))
        for judged, starts in zip(passage.tags, places, strict=True)
    )


def _accepted_all_right(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    accepted = [tag for tag in answer.accepted if tag.modality is not None]
    return float(sum(_all_right(passage, answer, tag) for tag in accepted)), float(len(accepted))


def _topics_right(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    topics = [tag for tag in answer.accepted if tag.modality is None]
    return float(sum(tag.dimension in passage.dimensions for tag in topics)), float(len(topics))


def _stated_found(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    """Count the stated dimensions that an accepted tag states with a right modality."""
    accepted = [tag for tag in answer.accepted if tag.modality is not None]
    found = {
        judged.dimension
        for judged in passage.tags
        if judged.modality is not None
        and any(tag.dimension == judged.dimension and judged.allows(tag.modality) for tag in accepted)
    }
    return float(len(found)), float(len(passage.stated))


def _subjects_right(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    found = [tag.subject in subjects for tag, subjects in _with_subjects(passage, answer) if tag.subject]
    return float(sum(found)), float(len(found))


def _subjects_found(passage: JudgedPassage, answer: Answer) -> tuple[float, float]:
    found = [tag.subject in subjects for tag, subjects in _with_subjects(passage, answer) if None not in subjects]
    return float(sum(found)), float(len(found))


def _with_subjects(passage: JudgedPassage, answer: Answer) -> Iterator[tuple[MaturityTag, set[str | None]]]:
    """Yield the surest tag shown for each stated dimension, with its subjects where readers said whose state it is."""
    for tag, choices in _matched(passage, answer):
        if all("subject" in judged.model_fields_set for judged in choices):
            yield tag, {judged.subject for judged in choices}


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
    "modality_or_none_right": _modality_or_none_right,
    "level_given_right": _level_given_right,
    "level_invented": _level_invented,
    "accepted_all_right": _accepted_all_right,
    "accepted_topics_right": _topics_right,
    "stated_found": _stated_found,
    "subjects_right": _subjects_right,
    "subjects_found": _subjects_found,
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
    found = measure_of(share_of(*weighted.sum(axis=0)), right[of > 0] / of[of > 0], int(sums[:, 1].sum()))
    return found._replace(mean=mean_of_groups([passage.group for passage, _ in pairs], weighted))


def _average_precision(pairs: Sequence[Pair], draws: Sums) -> Measure:
    """Return the average precision of what is stated, all passages and dimensions in one ranking."""
    rows = [
        (chance, name in passage.stated, place)
        for place, (passage, answer) in enumerate(pairs)
        for name, chance in answer.stated.items()
    ]
    if not any(true for _, true, _ in rows):
        return Measure(None, None, None, 0)
    chances, true, owners = (np.array(column) for column in zip(*rows, strict=True))
    order = np.argsort(-chances, kind="stable")
    true, owners = true[order], owners[order]

    def average(weights: Sums) -> float | None:
        own = weights[owners]
        right = own * true
        found = right @ (np.cumsum(right) / np.maximum(np.cumsum(own), _LEAST_WEIGHT))
        return share_of(float(found), float(right.sum()))

    weights = np.array([passage.weight for passage, _ in pairs], np.float64)
    counting = [bool(passage.stated) for passage, _ in pairs]
    groups = np.array(small_groups_as_one([passage.group for passage, _ in pairs], counting))
    each = [average(weights * (groups == name)) for name in sorted(set(groups[counting].tolist()))]
    drawn = [found for times in draws if (found := average(weights * times)) is not None]
    measure = measure_of(average(weights), np.array(drawn), int(true.sum()))
    return measure._replace(mean=float(np.mean([one for one in each if one is not None])))


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
