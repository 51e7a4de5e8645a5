"""The weight of a theme in a document, for sorting only; never a condition of a search."""

import math


def strength(*, mentions: int, passages: int, naming: int, documents: int) -> float:
    """Return mentions for each passage of a document × the theme's inverse document frequency.

    `naming` of all `documents` name the theme. The frequency is smoothed, ln((1 + documents) / (1 + naming)) + 1, so
    that a theme of every document still counts.
    """
    if not passages:
        return 0.0
    return mentions / passages * (math.log((1 + documents) / (1 + naming)) + 1)
