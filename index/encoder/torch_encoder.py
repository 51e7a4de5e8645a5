"""Vectors by sentence-transformers itself: for models that cannot be exported, and by setting."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from configs.encoders import Prompts
from index.encoder.protocol import Progress, Vectors
from index.encoder.source import go_quiet

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32
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

    def query(self, text: str) -> Vectors:
        """Return the unit vector of a query `(dimension,) float32`."""
        vector: Vectors = self._encode([text], self._prompts.query)[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text is as a passage, uncut."""
        prompted = [self._prompts.passage + text for text in texts]
        ids = self._model.tokenizer(prompted, truncation=False, padding=False, verbose=False)["input_ids"]
        return [len(row) for row in ids]

    def _encode(self, texts: list[str], prompt: str) -> Vectors:
        vectors = self._model.encode(
            texts, prompt=prompt, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)

    @cached_property
    def _model(self) -> "SentenceTransformer":
        return load_sentence_transformer(self._folder, self._max_tokens)


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
