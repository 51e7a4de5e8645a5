"""The encoder in torch by sentence-transformers: for models that cannot be exported, and by setting."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from configs.encoders import Prompts
from extractors.classifier.states import TokenStates
from index.encoder.protocol import Progress, Vectors
from index.encoder.source import go_quiet
from index.encoder.tokens import places_in_text

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

_BATCH = 32
_STATES_BATCH = 8
_MIDDLE = 0.75
"""How far up the middle layer is whose states are kept: the ninth of twelve."""
_WINDOW = 256  # texts between two calls of `progress`; sentence-transformers sorts them by length


class TorchEncoder:
    """The engine over a sentence-transformers folder, in float32; loaded at the first text."""

    def __init__(self, folder: Path, prompts: Prompts, max_tokens: int) -> None:
        self._folder, self._prompts, self._max_tokens = folder, prompts, max_tokens

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return unit vectors `(n, dimension) float32`; see `VectorEngine`."""
        parts = []
        for start in range(0, len(texts), _WINDOW):
            window = list(texts[start : start + _WINDOW])
            parts.append(self._encode(window, self._prompts.passage))
            if progress:
                progress(len(window))
        return np.concatenate(parts)

    def passages_with_states(self, texts: Sequence[str]) -> tuple[Vectors, list[TokenStates]]:
        """Return unit vectors and the states of the tokens; see `VectorEngine`."""
        prompt = self._prompts.passage
        vectors, states = [], []
        for start in range(0, len(texts), _STATES_BATCH):
            batch = list(texts[start : start + _STATES_BATCH])
            of_batch, tokens = self._states(batch, prompt)
            vectors.append(of_batch)
            for own, places in zip(tokens, self._places(batch), strict=True):
                states.append(TokenStates(own, *places_in_text(places, len(prompt), len(own))))
        return np.concatenate(vectors), states

    def query(self, text: str) -> Vectors:
        """Return the unit vector of a query `(dimension,) float32`."""
        vector: Vectors = self._encode([text], self._prompts.query)[0]
        return vector

    def query_with_states(self, text: str) -> tuple[Vectors, TokenStates]:
        """Return the vector of a query and the states of its tokens; see `VectorEngine`."""
        (vector,), (states,) = self._states([text], self._prompts.query)
        return vector, TokenStates.nowhere(states)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text as a passage, before truncation."""
        prompted = [self._prompts.passage + text for text in texts]
        ids = self._model.tokenizer(prompted, truncation=False, padding=False, verbose=False)["input_ids"]
        return [len(row) for row in ids]

    def _places(self, texts: list[str]) -> list[list[tuple[int, int]]]:
        """Return the offsets of the tokens of each text in prompt and text, truncated as the model does."""
        prompted = [self._prompts.passage + text for text in texts]
        cut = {"truncation": True, "max_length": self._model.max_seq_length}
        found: list[list[tuple[int, int]]] = self._model.tokenizer(prompted, return_offsets_mapping=True, **cut)[
            "offset_mapping"
        ]
        return found

    def _states(self, texts: list[str], prompt: str) -> tuple[Vectors, list[Vectors]]:
        """Return unit vectors `(n, dimension)` and the states of each text's tokens, `(tokens, width)`."""
        import torch

        model = self._model
        keep_layers(model)
        read = model.preprocess(texts, prompt=prompt)
        with torch.no_grad():
            made = model({name: _on(model.device, value) for name, value in read.items()})
        vectors = made["sentence_embedding"][:, : model.truncate_dim]
        tokens, masks = token_states(made).float().cpu().numpy(), made["attention_mask"].bool().cpu().numpy()
        unit: Vectors = torch.nn.functional.normalize(vectors, dim=1).float().cpu().numpy()
        return unit, [rows[mask] for rows, mask in zip(tokens, masks, strict=True)]

    def _encode(self, texts: list[str], prompt: str) -> Vectors:
        vectors = self._model.encode(
            texts, prompt=prompt, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)

    @cached_property
    def _model(self) -> "SentenceTransformer":
        return load_sentence_transformer(self._folder, self._max_tokens)


def _on(device: "torch.device", value: Any) -> Any:  # noqa: ANN401 - of a model's features some are no tensors
    return value.to(device) if hasattr(value, "to") else value


def keep_layers(model: "SentenceTransformer") -> None:
    """Configure a model to output the states of its inner layers, for `token_states`."""
    transformer: Any = model[0]
    transformer.model.config.output_hidden_states = True


def token_states(features: Mapping[str, Any]) -> "Tensor":
    """Return the states of tokens from the outputs of a model's modules, `(texts, tokens, width)`.

    They are those of a layer at three quarters of the depth and those of the last: the middle layers represent
    topics best (measured: docs/benchmarks.md), and the search vector is computed from the last layer.
    """
    import torch

    last: Tensor = features["token_embeddings"]
    layers = features.get("all_layer_embeddings")
    if not layers:  # a model of another architecture: only the last layer is available
        return last
    return torch.cat([layers[round(_MIDDLE * (len(layers) - 1))], last], dim=2)


def load_sentence_transformer(folder: Path, max_tokens: int | None = None, **options: str) -> "SentenceTransformer":
    """Return a folder's model in float32, from local files only; GPU where torch finds one.

    `options` are those of transformers for the model.
    """
    go_quiet(offline=True)
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call] # transformers leaves it untyped
    model = SentenceTransformer(str(folder), local_files_only=True, model_kwargs={"dtype": torch.float32, **options})
    if max_tokens:
        model.max_seq_length = max_tokens
    return model.eval()
