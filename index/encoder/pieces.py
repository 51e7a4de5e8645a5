"""A large vocabulary left on disk: of a query's words only the pieces are read that can be part of them.

To load the 250,000 pieces of a multilingual model takes a second and 290 MB, for a query of a few words. A Unigram
model (Kudo 2018) looks at nothing but the pieces that occur in a word, so that it divides the word with these alone
as it does with all. It is the `tokenizers` library that divides, in both cases.
"""

import json
import sqlite3
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from configs.errors import UnavailableError

_LARGE = 50_000  # pieces; a smaller vocabulary is loaded in a twentieth of a second
_WORDS_REMEMBERED = 10_000  # with their ids: a few megabytes at most
_TABLES = """
CREATE TABLE pieces (piece TEXT PRIMARY KEY, id INTEGER NOT NULL, score REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE vocabulary (rest TEXT NOT NULL, added TEXT NOT NULL, unknown INTEGER NOT NULL, least TEXT NOT NULL,
                         longest INTEGER NOT NULL);
"""
_FIND = "SELECT piece, score, id FROM pieces WHERE piece IN (SELECT value FROM json_each(?))"


def keep_pieces(tokenizer: Path, target: Path) -> None:
    """Write the pieces of a `tokenizer.json` to a database, if they are many and of a model that can do with a part."""
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


class Pieces:
    """The ids of texts by a database of `keep_pieces`, the same as by the whole vocabulary; for any thread.

    Opening one that is damaged raises `UnavailableError`.
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
        self._of_word = lru_cache(_WORDS_REMEMBERED)(self._divided)

    def ids(self, text: str, max_tokens: int) -> list[int] | None:
        """Return a text's token ids, special tokens included, at most `max_tokens` of them.

        None where the text spells out a special token, which only the whole vocabulary finds.
        """
        normaliser, splitter = self._rest.normalizer, self._rest.pre_tokenizer
        normalised: str = normaliser.normalize_str(text) if normaliser else text
        if any(token in text or token in normalised for token in self._added):
            return None
        words = [word for word, _ in splitter.pre_tokenize_str(normalised)] if splitter else [normalised]
        ids = [number for word in words for number in self._of_word(word)]
        return [*self._before, *ids[: max_tokens - len(self._before) - len(self._after)], *self._after]

    def _divided(self, word: str) -> list[int]:
        from tokenizers.models import Unigram

        within = {word[i:j] for i in range(len(word)) for j in range(i + 1, min(len(word), i + self._longest) + 1)}
        with self._lock:  # the least likely piece of all tells how unlikely an unknown one is
            found = self._database.execute(_FIND, (json.dumps([self._least, *within]),)).fetchall()
        # The first piece stands for what is unknown, itself in no text.
        model = Unigram([("", 0.0), *((piece, score) for piece, score, _ in found)], 0, byte_fallback=False)
        numbers = [self._unknown, *(number for *_, number in found)]
        return [numbers[token.id] for token in model.tokenize(word)]
