"""The statement of a maturity model that a sentence is nearest to: what a tag shows as its reason."""

from collections.abc import Callable, Sequence

import numpy as np

from configs.maturity import MaturityModel, Statement
from extractors.classifier.states import Floats
from extractors.maturity.evidence import statements_in

Encode = Callable[[Sequence[str]], Floats]

_FALLBACK = "en"


class NearestStatement:
    """Finds statements of one model; those of a language are encoded when the first sentence in it comes."""

    def __init__(self, model: MaturityModel, encode: Encode) -> None:
        """Take the model and what turns texts into unit vectors `(n, d)`."""
        self._model, self._encode = model, encode
        self._spoken = sorted({one.language for one in model.statements()}) or [_FALLBACK]
        self._known: dict[str, tuple[Sequence[Statement], Floats]] = {}

    def find(self, vector: Floats, language: str | None, dimension: str, level: str | None) -> str:
        """Return the text of the nearest statement of a dimension, of its level where it has any there.

        A language without statements is served by the English ones, else by the first.
        """
        statements, vectors = self._of(language)
        own = [number for number, one in enumerate(statements) if one.dimension == dimension]
        at_level = [number for number in own if level is not None and statements[number].level == level]
        chosen = at_level or own
        return statements[chosen[int(np.argmax(vectors[chosen] @ vector))]].text

    def _of(self, language: str | None) -> tuple[Sequence[Statement], Floats]:
        name = next((one for one in (language, _FALLBACK) if one in self._spoken), self._spoken[0])
        if name not in self._known:
            statements = statements_in(self._model, name)
            self._known[name] = statements, self._encode([one.text for one in statements])
        return self._known[name]
