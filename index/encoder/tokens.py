"""Tokenizes texts by the `tokenizers` library alone, with the same truncation as sentence-transformers."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.encoder.pieces import Pieces, Tokens

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

TOKENIZER, PIECES = "tokenizer.json", "pieces.sqlite"
_WINDOW = 2048  # texts counted at a time; bounds the memory


def places_in_text(
    places: Sequence[tuple[int, int]], prompt: int, tokens: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the start and end offsets of the first tokens in a text that follows a prompt of so many characters.

    `places` are the offsets in prompt and text, (0, 0) for special tokens; tokens outside the text get -1 for both.
    """
    found = np.array(places[:tokens], np.intp).reshape(-1, 2) - prompt
    found[found[:, 1] <= 0] = -1
    return np.maximum(found[:, 0], np.where(found[:, 1] < 0, -1, 0)), found[:, 1]


class TokenReader:
    """A model's `tokenizer.json`, loaded at the first text (a second and much memory for large vocabularies).

    Queries and the first texts do not load it where the folder also has the pieces of the vocabulary (`pieces.py`).
    """

    def __init__(self, folder: Path, max_tokens: int) -> None:
        self._folder, self._max_tokens = folder, max_tokens
        self._lock = Lock()
        self._loaded: Tokenizer | None = None

    def ids_of_query(self, text: str) -> list[int]:
        """Return a text's token ids as `ids` does, without loading a large vocabulary."""
        few = self._pieces.ids(text, self._max_tokens) if self._pieces else None
        return self.ids([text])[0] if few is None else few

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's token ids, special tokens included, at most `max_tokens` of them."""
        cut = self._max_tokens
        if (few := self._tokens_by_pieces(texts, cut)) is not None:
            return [one.ids for one in few]
        encodings = self._tokenizer().encode_batch_fast(list(texts))
        return [
            encoding.ids if len(encoding) <= cut else self._cut(text).ids
            for text, encoding in zip(texts, encodings, strict=True)
        ]

    def ids_and_places(self, texts: Sequence[str]) -> list[Tokens]:
        """Return each text's token ids as `ids` does, with their offsets; (0, 0) for special tokens."""
        if (few := self._tokens_by_pieces(texts, self._max_tokens)) is not None:
            return few
        encodings = self._tokenizer().encode_batch(list(texts))
        return [
            Tokens(encoding.ids, encoding.offsets)
            for encoding in (
                encoding if len(encoding) <= self._max_tokens else self._cut(text)
                for text, encoding in zip(texts, encodings, strict=True)
            )
        ]

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Return each text's number of tokens, special tokens included, before truncation."""
        counts: list[int] = []
        for start in range(0, len(texts), _WINDOW):
            window = list(texts[start : start + _WINDOW])
            if (few := self._tokens_by_pieces(window)) is not None:
                counts += [len(one.ids) for one in few]
            else:
                counts += [len(encoding) for encoding in self._tokenizer().encode_batch_fast(window)]
        return counts

    def _tokens_by_pieces(self, texts: Sequence[str], max_tokens: int | None = None) -> list[Tokens] | None:
        """Return the tokens of texts by the pieces alone, None where the whole vocabulary is loaded or needed."""
        if self._loaded is not None or self._pieces is None:
            return None
        return self._pieces.tokens(texts, max_tokens)

    @cached_property
    def _pieces(self) -> Pieces | None:
        file = self._folder / PIECES
        return Pieces(file) if file.is_file() else None

    def _cut(self, text: str) -> "Encoding":
        tokenizer = self._tokenizer()
        encoding = tokenizer.encode(text, add_special_tokens=False)
        encoding.truncate(self._max_tokens - tokenizer.num_special_tokens_to_add(is_pair=False))
        return tokenizer.post_process(encoding)

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
