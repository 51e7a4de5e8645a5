"""Alignment of the sentences of two language versions of a paragraph.

The lengths of sentences and of their translations are nearly proportional (Gale and Church, "A program for aligning
sentences in bilingual corpora", 1993): of all alignments in order the one that fits the lengths best is chosen.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from configs.sentences import load_sentence_rules
from extractors.text.sentences import sentence_spans

_VARIANCE = 6.8
"""Variance of the length of a translation, for each character (ibid.)."""
_STEPS = {(1, 1): 0.0, (1, 2): 2.6, (2, 1): 2.6, (2, 2): 5.0, (1, 0): 6.0, (0, 1): 6.0}
"""How many sentences of either version may match, and the cost of each compared with 1 : 1 (-log probability)."""
_MAX_SENTENCES = 60
"""Sentences of a paragraph that is aligned, at most; longer paragraphs are compared as a whole."""


class SentencePair(NamedTuple):
    """Stretches of two texts that correspond, as offsets; an empty one has no counterpart."""

    left: tuple[int, int]
    right: tuple[int, int]


def sentence_pairs(left: str, right: str) -> list[SentencePair]:
    """Return the sentences of two versions of one text, in order, aligned with each other."""
    rules = load_sentence_rules()
    spans = sentence_spans(left, rules), sentence_spans(right, rules)
    if not all(0 < len(side) <= _MAX_SENTENCES for side in spans) or max(map(len, spans)) == 1:
        return [SentencePair((0, len(left)), (0, len(right)))]
    return list(_paired(*spans))


def _paired(left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]) -> Iterator[SentencePair]:
    lengths = [[end - start for start, end in side] for side in (left, right)]
    ratio = sum(lengths[1]) / sum(lengths[0])
    costs = {(0, 0): 0.0}
    steps: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(len(left) + 1):
        for j in range(len(right) + 1):
            for (down, across), step_cost in _STEPS.items():
                before = (i - down, j - across)
                if before in costs:
                    cost = (
                        costs[before]
                        + step_cost
                        + _length_cost(sum(lengths[0][i - down : i]), sum(lengths[1][j - across : j]), ratio)
                    )
                    if cost < costs.get((i, j), math.inf):
                        costs[i, j], steps[i, j] = cost, (down, across)
    matches = []
    i, j = len(left), len(right)
    while i or j:
        down, across = steps[i, j]
        matches.append((i - down, i, j - across, j))
        i, j = i - down, j - across
    for left_start, left_end, right_start, right_end in reversed(matches):
        yield SentencePair(_span(left, left_start, left_end), _span(right, right_start, right_end))


def _length_cost(left: int, right: int, ratio: float) -> float:
    """Return the cost of two lengths that do not fit: half the square of the deviation in standard deviations."""
    if not left or not right:
        return 0.0
    mean = (left + right / ratio) / 2
    return min((right - left * ratio) ** 2 / (2 * mean * _VARIANCE), 20.0)


def _span(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    return (spans[start][0], spans[end - 1][1]) if end > start else (0, 0)
