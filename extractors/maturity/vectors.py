"""Vectors of texts by several encoders, none made twice."""

from collections.abc import Mapping, Sequence

from extractors.maturity.evidence import Encode, Floats


class KnownVectors:
    """Keeps the vectors of some passages and of their sentences.

    A passage of one sentence is read once, and so is a sentence that is met again.
    """

    def __init__(self, encoders: Mapping[str, Encode]) -> None:
        """Take the encoders by their names."""
        self._encoders = encoders
        self._known: dict[tuple[str, str], Floats] = {}

    def add(self, encoder: str, texts: Sequence[str], vectors: Floats) -> None:
        """Keep vectors `(n, d)` that an encoder has made already."""
        self._known.update(zip([(encoder, text) for text in texts], vectors, strict=True))

    def of(self, texts: Sequence[str], names: Sequence[str]) -> list[Floats]:
        """Return the vector `(d,)` of each text by the encoder named beside it."""
        wanted = list(zip(names, texts, strict=True))
        for name in sorted(set(names)):
            new = [
                text for encoder, text in dict.fromkeys(wanted) if encoder == name and (name, text) not in self._known
            ]
            if new:
                self.add(name, new, self._encoders[name](new))
        return [self._known[one] for one in wanted]
