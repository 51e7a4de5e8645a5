"""The protocol of encoders, whichever library runs them, and the identity that an index stores."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from extractors.classifier.states import TokenStates

Vectors = NDArray[np.float32]
Progress = Callable[[int], None]
Engine = Literal["openvino", "torch"]
Precision = Literal["float32", "bfloat16", "int8"]


class EncoderIdentity(BaseModel):
    """What an index stores of the encoder that made its vectors; known without loading the model.

    `model_hash` covers weights, tokenizer, prompts and conversion (16 hex digits). `precision` is the arithmetic
    that runs or, where the model is not prepared yet, will run; None in indexes that did not note it.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    model_hash: str
    dimension: int
    engine: Engine
    max_tokens: int
    precision: Precision | None = None

    def fits(self, other: "EncoderIdentity") -> bool:
        """Return whether vectors of the two may be compared.

        Engines and precisions give the same vectors to a mean cosine of .997 or better (other exports are rejected),
        and names are labels: model, dimension and maximum length decide.
        """
        mine = (self.model_hash, self.dimension, self.max_tokens)
        return mine == (other.model_hash, other.dimension, other.max_tokens)

    def described(self) -> str:
        """Describe model, dimension, engine and precision for people."""
        way = f"{self.engine} in {self.precision}" if self.precision else self.engine
        return f"{self.name}, {self.dimension} dimensions, model {self.model_hash}, by {way}"


class VectorEngine(Protocol):
    """A loaded or loadable model: texts in, L2-normalised float32 vectors out, prompts included."""

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit vector for each text, `(n, dimension) float32`, in the order of the texts.

        Texts beyond the encoder's `max_tokens` are cut there. `progress` is called in the calling thread
        with the number of texts finished since its last call.
        """
        ...

    def passages_with_states(self, texts: Sequence[str]) -> tuple[Vectors, list[TokenStates]]:
        """Return the vectors as `passages` does, and the states of each text's tokens.

        The states take about 400 KB per text: pass few texts at a time.
        """
        ...

    def query(self, text: str) -> Vectors:
        """Return the unit vector of a query, `(dimension,) float32`."""
        ...

    def query_with_states(self, text: str) -> tuple[Vectors, TokenStates]:
        """Return the vector of a query as `query` does, and the states of its tokens, which have no offsets."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text as a passage before truncation, with special tokens and prompt."""
        ...


class Encoder(VectorEngine, Protocol):
    """A vector engine with the identity of its model."""

    @property
    def identity(self) -> EncoderIdentity:
        """The identity of the model; reading it loads nothing."""
        ...
