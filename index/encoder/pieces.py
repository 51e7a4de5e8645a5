"""Tokenizes a few texts without loading a large vocabulary: only pieces that occur in their words are read from disk.

Loading the 250,000 pieces of a multilingual model takes a second and 290 MB, for a query of a few words or one
paper. A Unigram model (Kudo 2018) only uses the pieces that occur in a word, so that these alone give the same
tokens as the whole vocabulary. The `tokenizers` library does the tokenization in both cases.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from configs.system.errors import UnavailableError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_LARGE = 50_000  # pieces; a smaller vocabulary is loaded in a twentieth of a second
_WORDS_REMEMBERED = 10_000  # with their ids: a few megabytes at most
_MOST_PARTS = 100_000  # substrings looked up; more take as long as loading the whole vocabulary
_TABLES = """
CREATE TABLE pieces (piece TEXT PRIMARY KEY, id INTEGER NOT NULL, score REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE vocabulary (rest TEXT NOT NULL, added TEXT NOT NULL, unknown INTEGER NOT NULL, least TEXT NOT NULL,
                         longest INTEGER NOT NULL);
"""
_FIND = "SELECT piece, score, id FROM pieces WHERE piece IN (SELECT value FROM json_each(?))"


def keep_pieces(tokenizer: Path, target: Path) -> None:
    """Write the pieces of a `tokenizer.json` to a database, if they are many and the model is Unigram."""
    described: dict[str, Any] = json.loads(tokenizer.read_bytes())
    model = described["model"]
    if model["type"] != "Unigram" or model["unk_id"] is None or model["byte_fallback"] or len(model["vocab"]) < _LARGE:
        return
    rest = {
        "model": model | {"vocab": [model["vocab"][model["unk_id"]]], "unk_id": 0},
        "added_tokens": [],
        "truncation": None,
        "padding": None,
    }
    about = (
        json.dumps(described | rest),
        json.dumps([token["content"] for token in described["added_tokens"]]),
        model["unk_id"],
        min(model["vocab"], key=lambda piece: piece[1])[0],
        max(len(piece) for piece, _ in model["vocab"]),
    )
    rows = ((piece, number, score) for number, (piece, score) in enumerate(model["vocab"]))
    with closing(sqlite3.connect(target)) as database, database:
        database.executescript(_TABLES)
        database.executemany("INSERT OR REPLACE INTO pieces VALUES (?, ?, ?)", rows)
        database.execute("INSERT INTO vocabulary VALUES (?, ?, ?, ?, ?)", about)


class Tokens(NamedTuple):
    """The ids of a text's tokens and their character offsets, (0, 0) for special tokens."""

    ids: list[int]
    places: list[tuple[int, int]]


class Pieces:
    """A tokenizer over a database of `keep_pieces`, with the same ids as the whole vocabulary; thread-safe.

    Opening a damaged database raises `UnavailableError`.
    """

    def __init__(self, file: Path) -> None:
        from tokenizers import Tokenizer

        self._lock = Lock()
        uri = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
        self._database = sqlite3.connect(uri, uri=True, check_same_thread=False)
        try:
            about = self._database.execute("SELECT * FROM vocabulary").fetchone()
            rest, added, self._unknown, self._least, self._longest = about
        except (sqlite3.DatabaseError, TypeError) as error:  # no database, or one without its row
            raise UnavailableError(f"{file}: cannot be read", f"delete {file.parent}: it is prepared again") from error
        self._rest, self._added = Tokenizer.from_str(rest), json.loads(added)
        encoded = self._rest.encode("a")
        text = [place for place, special in enumerate(encoded.special_tokens_mask) if not special]
        self._before, self._after = encoded.ids[: text[0]], encoded.ids[text[-1] + 1 :]
        self._of_word = lru_cache(_WORDS_REMEMBERED)(self._encode)
        self._part: Tokenizer | None = None
        self._numbers = [self._unknown]
        self._vocabulary: list[tuple[str, float]] = [("", 0.0)]
        self._known_words: set[str] = set()
        self._known_parts: set[str] = set()

    def ids(self, text: str, max_tokens: int) -> list[int] | None:
        """Return a text's token ids, special tokens included, at most `max_tokens` of them.

        None where the text contains a special token literally, which only the whole vocabulary handles.
        """
        words = self._words(text)
        if words is None:
            return None
        ids = [number for word in words for number in self._of_word(word)]
        return [*self._before, *ids[: max_tokens - len(self._before) - len(self._after)], *self._after]

    def tokens(self, texts: Sequence[str], max_tokens: int | None = None) -> list[Tokens] | None:
        """Return the tokens of each text, special ones included, at most `max_tokens` of them.

        None where a text contains a special token literally, and after so many words that the whole vocabulary is
        faster.
        """
        words: set[str] = set()
        for text in texts:
            own = self._words(text)
            if own is None:
                return None
            words.update(own)
        with self._lock:
            if not self._load(words - self._known_words):
                return None
            tokenizer, numbers = self._part or self._tokenizer_of_loaded(), self._numbers
        first, last = len(self._before), len(self._after)
        found = []
        for encoding in tokenizer.encode_batch(list(texts)):
            end = len(encoding) - last
            cut = end if max_tokens is None else min(end, max_tokens - last)
            places = encoding.offsets
            ids = [numbers[number] for number in encoding.ids[first:cut]]
            found.append(Tokens([*self._before, *ids, *self._after], [*places[:cut], *places[end:]]))
        return found

    def _words(self, text: str) -> list[str] | None:
        """Return the words of a text after pre-tokenization; None where it contains a special token literally."""
        normaliser, splitter = self._rest.normalizer, self._rest.pre_tokenizer
        normalised: str = normaliser.normalize_str(text) if normaliser else text
        if any(token in text or token in normalised for token in self._added):
            return None
        return [word for word, _ in splitter.pre_tokenize_str(normalised)] if splitter else [normalised]

    def _load(self, words: Collection[str]) -> bool:
        """Load the pieces of words; return whether there is room for them."""
        parts = {part for word in words for part in self._substrings(word)} - self._known_parts
        if len(self._known_parts) + len(parts) > _MOST_PARTS:
            return False
        if words:
            least = () if self._known_parts else (self._least,)
            found = self._find([*least, *parts - {self._least}])
            self._numbers = [*self._numbers, *(number for *_, number in found)]
            self._vocabulary += [(piece, score) for piece, score, _ in found]
            self._known_words.update(words)
            self._known_parts |= parts
            self._part = None
        return True

    def _tokenizer_of_loaded(self) -> "Tokenizer":
        """Return a tokenizer with the loaded pieces."""
        from tokenizers import Tokenizer
        from tokenizers.models import Unigram

        self._part = Tokenizer(Unigram(self._vocabulary, 0, byte_fallback=False))
        for part in ("normalizer", "pre_tokenizer", "post_processor"):
            if own := getattr(self._rest, part):
                setattr(self._part, part, own)
        return self._part

    def _encode(self, word: str) -> list[int]:
        from tokenizers.models import Unigram

        with self._lock:  # an unknown piece gets the score of the least likely piece of all
            found = self._find([self._least, *self._substrings(word)])
        # The first piece is the unknown token, which occurs in no text.
        model = Unigram([("", 0.0), *((piece, score) for piece, score, _ in found)], 0, byte_fallback=False)
        numbers = [self._unknown, *(number for *_, number in found)]
        return [numbers[token.id] for token in model.tokenize(word)]

    def _substrings(self, word: str) -> Iterator[str]:
        for start in range(len(word)):
            for end in range(start + 1, min(len(word), start + self._longest) + 1):
                yield word[start:end]

    def _find(self, parts: list[str]) -> list[tuple[str, float, int]]:
        """Return piece, score and id of the substrings that are pieces; the caller holds the lock."""
        return self._database.execute(_FIND, (json.dumps(parts),)).fetchall()
