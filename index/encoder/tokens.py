"""Texts to token ids by the `tokenizers` library alone, cut like sentence-transformers cuts them."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer


_WINDOW = 2048  # texts counted at a time; bounds the memory


class TokenReader:
    """A model's `tokenizer.json`, loaded at the first text (seconds and memory for large vocabularies)."""

    def __init__(self, file: Path, max_tokens: int) -> None:
        self._file, self._max_tokens = file, max_tokens
        self._lock = Lock()
        self._loaded: Tokenizer | None = None

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

    def load(self) -> None:
        """Load the tokenizer now."""
        self._tokenizer()

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

                tokenizer = Tokenizer.from_file(str(self._file))
                # Files from the hub often pad or cut to a fixed length.
                tokenizer.no_padding()
                tokenizer.no_truncation()
                self._loaded = tokenizer
            return self._loaded
