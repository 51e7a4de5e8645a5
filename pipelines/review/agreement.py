"""How far two people agree beyond chance: Krippendorff's alpha for ordered values.

Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section on ordinal data.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import permutations


def ordinal_alpha(units: Sequence[Sequence[int]]) -> float | None:
    """Return alpha, 1 for perfect agreement and 0 for chance; `units` are the ranks that each unit was given.

    Units with fewer than two values say nothing. None where no unit has two, or where all values are the same: then
    nothing could disagree.
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
