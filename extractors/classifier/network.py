"""A network that looks for each theme and dimension at the tokens that speak of it (label-wise attention).

The states of the tokens pass one small layer; each label then has its own attention over the tokens (Mullenbach et al.
2018) and its own linear decision over what it sees and over the mean. Sentences are the means of their tokens, and are
read for evidence, modality and level beside the mean of the passage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from extractors.classifier.states import Floats, Span, TokenStates, span_of_tokens

_CUBIC = np.float32(0.044715)
_SCALE = np.float32(np.sqrt(2 / np.pi))


@dataclass(frozen=True)
class NetworkScores:
    """Log-odds of one passage with `k` sentences.

    `themes (T,)`; `stated (D,)`, that it states something of a dimension; `any (D,)`, that it is about it;
    `about (4,)`; `evidence (k, D)`, that a sentence is what states it; `modality (k, 4)`; `levels (k, D, 1 + L)`, none
    first.
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

    def scores(self, passages: Sequence[TokenStates], sentences: Sequence[Sequence[Span]]) -> list[NetworkScores]:
        """Return the scores of each passage, whose sentences are given as spans of its text."""
        if not passages:
            return []
        tokens = self._layer(np.concatenate([one.states for one in passages]))
        keys = tokens @ self._arrays["key.weight"].T + self._arrays["key.bias"]
        scale = np.float32(np.sqrt(keys.shape[1]))
        attention = (keys @ self._arrays["queries"].T / scale).astype(np.float32)
        ends = np.cumsum([len(one.states) for one in passages])
        parts = zip(passages, sentences, np.split(tokens, ends[:-1]), np.split(attention, ends[:-1]), strict=True)
        return [self._passage(*part) for part in parts]

    def _layer(self, states: Floats) -> Floats:
        arrays = self._arrays
        tokens = states @ self._first
        tokens += self._first_bias
        inner = tokens @ arrays["inner.weight"].T
        inner += arrays["inner.bias"]
        tokens += _gelu(inner) @ arrays["outer.weight"].T
        tokens += arrays["outer.bias"]
        return tokens

    def _passage(
        self, read: TokenStates, sentences: Sequence[Span], tokens: Floats, attention: Floats
    ) -> NetworkScores:
        arrays = self._arrays
        shares = np.exp(attention - attention.max(axis=0))
        seen = (shares / shares.sum(axis=0)).T @ tokens
        mean = tokens.mean(axis=0)
        labels = (seen * arrays["labels"]).sum(axis=1) + arrays["means"] @ mean + arrays["bias"]
        themes, stated, about_any = np.split(labels, [self._themes, self._themes + self._dimensions])
        parts = self._sentences(read, sentences, tokens, mean)
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

    def _sentences(self, read: TokenStates, sentences: Sequence[Span], tokens: Floats, mean: Floats) -> Floats:
        """Return the mean of each sentence's tokens beside that of all; of all where it has none."""
        owners = span_of_tokens(read, sentences)
        means = [
            tokens[own].mean(axis=0) if (own := owners == number).any() else mean for number in range(len(sentences))
        ]
        own_means = np.stack(means) if means else np.zeros((0, len(mean)), np.float32)
        return np.concatenate([own_means, np.broadcast_to(mean, own_means.shape)], axis=1)


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
