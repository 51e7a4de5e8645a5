"""Texts to token ids by the `tokenizers` library alone, cut like sentence-transformers cuts them."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from index.encoder.pieces import Pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER, PIECES = "tokenizer.json", "pieces.sqlite"
_WINDOW = 2048  # texts counted at a time; bounds the memory


class TokenReader:
    """A model's `tokenizer.json`, loaded at the first text (a second and much memory for large vocabularies).

    A query does without, where the folder also has the pieces of the vocabulary (`pieces.py`).
    """

    def __init__(self, folder: Path, max_tokens: int) -> None:
        self._folder, self._max_tokens = folder, max_tokens
        self._lock = Lock()
        self._loaded: Tokenizer | None = None

    def ids_of_query(self, text: str) -> list[int]:
        """Return a text's token ids as `ids` does, at once and without loading a large vocabulary."""
        few = self._pieces.ids(text, self._max_tokens) if self._pieces else None
        return self.ids([text])[0] if few is None else few

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's token ids, special tokens included, at most `max_tokens` of them."""
        encodings = self._tokenizer().encode_batch_fast(list(texts))
        cut = self._max_tokens
        return [
            encoding.ids if len(encoding) <= cut else self._cut(text)
            for text, encoding in zip(texts, encodings, strict=True)
        ]

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Return each text's number of tokens, special tokens included, uncut."""
        counts: list[int] = []
        for start in range(0, len(texts), _WINDOW):
            window = list(texts[start : start + _WINDOW])
            counts += [len(encoding) for encoding in self._tokenizer().encode_batch_fast(window)]
        return counts

    @cached_property
    def _pieces(self) -> Pieces | None:
        file = self._folder / PIECES
        return Pieces(file) if file.is_file() else None

    def _cut(self, text: str) -> list[int]:
        tokenizer = self._tokenizer()
        encoding = tokenizer.encode(text, add_special_tokens=False)
        encoding.truncate(self._max_tokens - tokenizer.num_special_tokens_to_add(is_pair=False))
        ids: list[int] = tokenizer.post_process(encoding).ids
        return ids

    def _tokenizer(self) -> "Tokenizer":
        with self._lock:
            if self._loaded is None:
                from tokenizers import Tokenizer

                tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
                # Files from the hub often pad or cut to a fixed length.
                tokenizer.no_padding()
                tokenizer.no_truncation()
                self._loaded = tokenizer
            return self._loaded
