"""Quality of tags and themes, measured on the audit slice, and agreement between two reviewers."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Literal, TypeAlias

from configs.maturity import load_model
from configs.settings import Settings
from extractors.document import MaturityTag, PassageTheme, Value
from index.filters import AccessClasses
from index.protocol import Engine
from pipelines.review.records import ReviewRecord, ReviewRecords

_Z = 1.959964
"""Of a two-sided interval of 95 %."""
MARGIN = 0.15
"""Half of the interval that a share is known well enough by."""
FEWEST = 5
"""Judgements below which a share says nothing."""
QualityGroup: TypeAlias = Literal["accepted tags", "suggested tags", "suggested themes", "all"]


class Share(Value):
    """A share with its count and Wilson's interval of 95 % (Wilson 1927); null where nothing was counted."""

    n: int
    share: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, hits: int, n: int) -> "Share":
        """Return the share of some hits among n."""
        if not n:
            return cls(n=0, share=None, low=None, high=None)
        low, high = wilson(hits, n)
        return cls(n=n, share=hits / n, low=low, high=high)

    @property
    def more(self) -> int:
        """How many more judgements bring the interval to `MARGIN` on both sides, as far as one can tell; 43 of none.

        The share that is expected is the middle of the interval: with few judgements it is near one half, which takes
        the most.
        """
        if self.low is None or self.high is None:
            return _needed(0.5)
        if self.high - self.low <= 2 * MARGIN:
            return 0
        return max(_needed((self.low + self.high) / 2) - self.n, 1)


class AuditRow(Value):
    """What the audit says of one group of items: right as they were, about the right dimension or theme, undecided."""

    group: QualityGroup
    right: Share
    about_right: Share
    unsure: int


class Agreement(Value):
    """The agreement of two people on the same items, where the second did not know the first judgement.

    `verdict` is the share on which both say that it holds, or both that it does not. Of tags that both let stand,
    `level` and `modality` are the shares with the same, and `level_alpha` is Krippendorff's, for ordered values.
    """

    verdict: Share
    level: Share
    modality: Share
    level_alpha: float | None


class ReviewQuality(Value):
    """How many items were judged, the audit by group, and the agreement; of the papers that the reader may see."""

    judged: int
    audit: tuple[AuditRow, ...]
    agreement: Agreement


def review_quality(
    settings: Settings, engine: Engine, records: ReviewRecords, *, access_classes: AccessClasses
) -> ReviewQuality:
    """Return the quality of tags and themes according to judgements, and the agreement of reviewers."""
    seen = {name for name, _ in engine.documents(access_classes=access_classes)}
    first = [one for one in records.judgements("first") if one.document in seen]
    second = [one for one in records.judgements("second") if one.document in seen]
    audited = [one for one in first if one.slice == "audit"]
    model = load_model(settings.model)
    ranks = {
        (dimension.id, level.id): level.ordinal
        for dimension in model.dimensions
        for level in model.levels_of(dimension)
    }
    groups: dict[QualityGroup, Callable[[ReviewRecord], bool]] = {
        "accepted tags": lambda one: isinstance(one.judged, MaturityTag) and one.judged.status == "accepted",
        "suggested tags": lambda one: isinstance(one.judged, MaturityTag) and one.judged.status == "suggested",
        "suggested themes": lambda one: isinstance(one.judged, PassageTheme),
        "all": lambda _: True,
    }
    rows = (_audit(group, [one for one in audited if belongs(one)]) for group, belongs in groups.items())
    judged = len({one.item for one in first})
    return ReviewQuality(judged=judged, audit=tuple(rows), agreement=_agreement(first, second, ranks))


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the bounds of Wilson's score interval of 95 %."""
    share, square = hits / n, _Z * _Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))  # whatever rounding does


def _needed(share: float) -> int:
    """Return the number of judgements for an interval of `MARGIN` on both sides."""
    return math.ceil(_Z * _Z * share * (1 - share) / MARGIN**2)


def ordinal_alpha(units: Sequence[Sequence[int]]) -> float | None:
    """Return Krippendorff's alpha for ordered values, 1 for perfect agreement and 0 for chance.

    `units` are the ranks that each unit was given; those with fewer than two say nothing. None where no unit has two,
    or where all values are the same: then nothing could disagree. Source: K. Krippendorff, "Computing Krippendorff's
    Alpha-Reliability" (2011), section on ordinal data.
    """
    pairable = [unit for unit in units if len(unit) > 1]
    coincidences: defaultdict[tuple[int, int], float] = defaultdict(float)
    for unit in pairable:
        for pair in permutations(unit, 2):
            coincidences[pair] += 1 / (len(unit) - 1)
    totals: defaultdict[int, float] = defaultdict(float)
    for (rank, _), count in coincidences.items():
        totals[rank] += count
    ranks, number = sorted(totals), sum(totals.values())

    def distance(low: int, high: int) -> float:
        between = sum(totals[rank] for rank in ranks if low <= rank <= high)
        return (between - (totals[low] + totals[high]) / 2) ** 2

    pairs = [(one, other) for one in ranks for other in ranks if one < other]
    observed = sum(coincidences[pair] * distance(*pair) for pair in pairs)
    expected = sum(totals[one] * totals[other] * distance(one, other) for one, other in pairs)
    return 1 - (number - 1) * observed / expected if expected else None


def _audit(group: QualityGroup, judged: Sequence[ReviewRecord]) -> AuditRow:
    newest = {one.item: one for one in judged if one.verdict != "unsure"}
    decided = list(newest.values())
    right = sum(one.verdict == "accept" for one in decided)
    about_right = sum(one.verdict == "accept" or _keeps_dimension(one) for one in decided)
    return AuditRow(
        group=group,
        right=Share.of(right, len(decided)),
        about_right=Share.of(about_right, len(decided)),
        unsure=len({one.item for one in judged} - newest.keys()),
    )


def _keeps_dimension(one: ReviewRecord) -> bool:
    return isinstance(one.judged, MaturityTag) and one.dimension == one.judged.dimension


def _agreement(
    first: Sequence[ReviewRecord], second: Sequence[ReviewRecord], ranks: dict[tuple[str, str], int]
) -> Agreement:
    # Who judged an item again knew what was said of it, and what was judged at once was not read one by one.
    by_item = {one.item: one for one in reversed(first) if one.holds is not None}
    alone = {name for name, one in by_item.items() if not one.bulk}
    pairs = [(by_item[one.item], one) for one in second if one.item in alone and one.holds is not None]
    standing = [
        (one, other)
        for one, other in pairs
        if one.holds and other.holds and one.dimension and one.dimension == other.dimension
    ]
    levels = [
        [ranks[one.dimension, one.level], ranks[other.dimension, other.level]]
        for one, other in standing
        if one.dimension and other.dimension and one.level and other.level
        if (one.dimension, one.level) in ranks and (other.dimension, other.level) in ranks
    ]
    return Agreement(
        verdict=Share.of(sum(one.holds == other.holds for one, other in pairs), len(pairs)),
        level=Share.of(sum(one.level == other.level for one, other in standing), len(standing)),
        modality=Share.of(sum(one.modality == other.modality for one, other in standing), len(standing)),
        level_alpha=ordinal_alpha(levels),
    )
