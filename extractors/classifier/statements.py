"""The statements of a maturity model by language with their vectors, and the lookup of the nearest one."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from configs.maturity import MaturityModel, Statement, in_language
from extractors.classifier.states import Floats

Encode = Callable[[Sequence[str]], Floats]

_FALLBACK = "en"


class StatementsIn(NamedTuple):
    """The statements in one language with their unit vectors `(n, d)`; each dimension has one at least."""

    language: str
    statements: Sequence[Statement]
    vectors: Floats


class ModelStatements:
    """The statements of one model; those of a language are encoded when the first sentence in it comes."""

    def __init__(self, model: MaturityModel, encode: Encode) -> None:
        """Take the model and what turns texts into unit vectors `(n, d)`."""
        self._model, self._encode = model, encode
        self._spoken = sorted({one.language for one in model.statements()}) or [_FALLBACK]
        self._known: dict[str, StatementsIn] = {}

    def of(self, language: str | None) -> StatementsIn:
        """Return the statements in a language, else those in English, else those of the first language."""
        name = next((one for one in (language, _FALLBACK) if one in self._spoken), self._spoken[0])
        if name not in self._known:
            statements = _statements_in(self._model, name)
            self._known[name] = StatementsIn(name, statements, self._encode([one.text for one in statements]))
        return self._known[name]

    def encoded(self, texts: Sequence[str]) -> Floats:
        """Return the unit vectors of other texts that are the same in every run, `(n, d)`."""
        return self._encode(texts)

    def nearest(self, vector: Floats, language: str | None, dimension: str, level: str | None) -> str:
        """Return the text of the statement of a dimension, of its level where it has any there, nearest to a sentence.

        What a tag shows as its reason. `vector` is the sentence's, `(d,)`.
        """
        _, statements, vectors = self.of(language)
        own = [number for number, one in enumerate(statements) if one.dimension == dimension]
        at_level = [number for number in own if level is not None and statements[number].level == level]
        chosen = at_level or own
        return statements[chosen[int(np.argmax(vectors[chosen] @ vector))]].text


def _statements_in(model: MaturityModel, language: str) -> list[Statement]:
    """Return the model's statements in a language; the label of a dimension that has none there."""
    found = list(model.statements(language=language))
    silent = {dimension.id for dimension in model.dimensions} - {one.dimension for one in found}
    labels = [
        Statement(dimension.id, None, language, in_language(dimension.label, language))
        for dimension in model.dimensions
        if dimension.id in silent
    ]
    return [*found, *labels]
