"""What statements of one level have in common in all dimensions: paper, one office alone, other countries."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from configs.maturity import Statement
from extractors.maturity.discriminant import Discriminant

Floats = NDArray[np.float32]


class LevelLadder:
    """Tells levels apart by where statements stand from the middle of their dimension."""

    def __init__(self, statements: Sequence[Statement], vectors: Floats) -> None:
        """Take statements and their unit vectors `(n, d)`; those without a level do not count."""
        by_dimension: dict[str, list[int]] = {}
        for place, one in enumerate(statements):
            if one.level is not None:
                by_dimension.setdefault(one.dimension, []).append(place)
        self._middles = {name: vectors[places].mean(axis=0) for name, places in by_dimension.items()}
        places = [place for own in by_dimension.values() for place in own]
        self._levels = list(dict.fromkeys(str(statements[place].level) for place in places))
        if self._levels:
            moved = np.stack([vectors[place] - self._middles[statements[place].dimension] for place in places])
            owners = [self._levels.index(str(statements[place].level)) for place in places]
            self._classes = Discriminant(moved, np.array(owners, dtype=np.intp), len(self._levels))

    def scores(self, vector: Floats, dimension: str) -> Mapping[str, float]:
        """Return what speaks for each level of any dimension, less the mean; nothing for a dimension without levels."""
        if dimension not in self._middles:
            return {}
        scores, _ = self._classes.scores((vector - self._middles[dimension])[None])
        return dict(zip(self._levels, (scores[0] - scores[0].mean()).tolist(), strict=True))
