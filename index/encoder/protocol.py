"""What every encoder offers, whichever library runs it, and what an index remembers of it."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Vectors = NDArray[np.float32]
Progress = Callable[[int], None]
Engine = Literal["openvino", "torch"]


class EncoderIdentity(BaseModel):
    """What an index stores of the encoder that made its vectors; known without loading the model.

    `model_hash` covers weights, tokenizer, prompts and conversion (16 hex digits).
    """

    model_config = ConfigDict(frozen=True)

    name: str
    model_hash: str
    dimension: int
    engine: Engine
    max_tokens: int

    def fits(self, other: "EncoderIdentity") -> bool:
        """Tell whether vectors of the two may be compared.

        The engines give the same vectors to a cosine of .997 or better, and names are labels: model,
        dimension and length decide.
        """
        mine = (self.model_hash, self.dimension, self.max_tokens)
        return mine == (other.model_hash, other.dimension, other.max_tokens)


class VectorEngine(Protocol):
    """A loaded or loadable model: texts in, L2-normalised float32 vectors out, prompts included."""

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit vector for each text, `(n, dimension) float32`, in the order of the texts.

        Texts beyond the encoder's `max_tokens` are cut there. `progress` is called in the calling thread
        with the number of texts finished since its last call.
        """
        ...

    def query(self, text: str) -> Vectors:
        """Return the unit vector of a query, `(dimension,) float32`."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text is as a passage, uncut, with special tokens and prompt."""
        ...


class Encoder(VectorEngine, Protocol):
    """A vector engine that says which model it is."""

    @property
    def identity(self) -> EncoderIdentity:
        """The identity of the model; reading it loads nothing."""
        ...
