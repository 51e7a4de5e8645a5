"""The neural classifier: label-wise attention of each theme and dimension over the sentences of a passage.

Sentences are the means of their tokens' states and pass one small layer, and so does the mean of the passage; each
label then has its own attention over them (Mullenbach et al. 2018) and its own linear decision over what it sees and
over the passage. Sentences are read for evidence, modality and level beside their passage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from extractors.classifier.states import Floats

_CUBIC = np.float32(0.044715)
_SCALE = np.float32(np.sqrt(2 / np.pi))


@dataclass(frozen=True)
class NetworkScores:
    """Log-odds of one passage with `k` sentences.

    `themes (T,)`; `stated (D,)`, that it states something of a dimension; `any (D,)`, that it is about it;
    `about (4,)`; `evidence (k, D)`, that a sentence is what states it; `modality (k, 5)` and `levels (k, D, 1 + L)`,
    none first.
    """

    themes: Floats
    stated: Floats
    any: Floats
    about: Floats
    evidence: Floats
    modality: Floats
    levels: Floats


class AttentionNetwork:
    """The trained network; `arrays` are named as `pipelines/fitting` names them."""

    def __init__(self, arrays: Mapping[str, Floats], themes: int, dimensions: int) -> None:
        """Take the weights for so many themes and dimensions. Raises `KeyError` where one is missing."""
        self._arrays = {name: arrays[name] for name in NAMES}
        self._themes, self._dimensions = themes, dimensions
        # States are standardised by the first layer itself, which saves a pass over all of them.
        self._first = (self._arrays["input.weight"] / self._arrays["deviation"]).T.copy()
        self._first_bias = self._arrays["input.bias"] - self._arrays["mean"] @ self._first

    def scores(self, passages: Sequence[Floats]) -> list[NetworkScores]:
        """Return the scores of each passage, given as what `mean_states` makes of it, `(1 + k, width)`."""
        if not passages:
            return []
        rows = self._layer(np.concatenate(passages))
        keys = rows @ self._arrays["key.weight"].T + self._arrays["key.bias"]
        scale = np.float32(np.sqrt(keys.shape[1]))
        attention = (keys @ self._arrays["queries"].T / scale).astype(np.float32)
        ends = np.cumsum([len(one) for one in passages])[:-1]
        return [self._passage(*part) for part in zip(np.split(rows, ends), np.split(attention, ends), strict=True)]

    def _layer(self, states: Floats) -> Floats:
        arrays = self._arrays
        rows = states @ self._first
        rows += self._first_bias
        inner = rows @ arrays["inner.weight"].T
        inner += arrays["inner.bias"]
        rows += _gelu(inner) @ arrays["outer.weight"].T
        rows += arrays["outer.bias"]
        return rows

    def _passage(self, rows: Floats, attention: Floats) -> NetworkScores:
        arrays = self._arrays
        shares = np.exp(attention - attention.max(axis=0))
        seen = (shares / shares.sum(axis=0)).T @ rows
        mean = rows[0]
        labels = (seen * arrays["labels"]).sum(axis=1) + arrays["means"] @ mean + arrays["bias"]
        themes, stated, about_any = np.split(labels, [self._themes, self._themes + self._dimensions])
        parts = np.concatenate([rows[1:], np.broadcast_to(mean, rows[1:].shape)], axis=1)
        levels = parts @ arrays["levels.weight"].T + arrays["levels.bias"]
        return NetworkScores(
            themes,
            stated,
            about_any,
            arrays["about.weight"] @ mean + arrays["about.bias"],
            parts @ arrays["evidence.weight"].T + arrays["evidence.bias"],
            parts @ arrays["modality.weight"].T + arrays["modality.bias"],
            levels[:, None, :] + arrays["levels.dimension"][None],
        )


NAMES = (
    *("mean", "deviation", "key.weight", "key.bias", "queries", "labels", "means", "bias", "levels.dimension"),
    *(f"{layer}.{part}" for layer in ("input", "inner", "outer") for part in ("weight", "bias")),
    *(f"{head}.{part}" for head in ("about", "evidence", "modality", "levels") for part in ("weight", "bias")),
)
"""The arrays of a network, each named once."""


def _gelu(values: Floats) -> Floats:
    """Return the Gaussian error linear unit by its usual approximation (Hendrycks and Gimpel 2016)."""
    inner = values * values
    inner *= _CUBIC
    inner += 1
    inner *= values
    inner *= _SCALE
    np.tanh(inner, out=inner)
    inner += 1
    inner *= values
    inner *= np.float32(0.5)
    return inner
