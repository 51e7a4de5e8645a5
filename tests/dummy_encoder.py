"""An encoder for tests: vectors of hashed words and trigrams, so that texts which share words are near each other.

No model is loaded, and neither torch nor OpenVINO is imported. `dummy_encoders` puts it behind `open_encoder`, for
every encoder that the settings name; each keeps its name and its sizes, and gets a hash of its own.
"""

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from configs import settings as settings_module
from configs.classifier import SHIPPED
from extractors.classifier.states import TokenStates
from extractors.classifier.weights import ClassifierWeights
from index.encoder import encoder_identity, opening
from index.encoder.source import identify
from pipelines.storage.classifiers import fitted_path

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\w{1,5}|[^\w\s]")
"""Multilingual tokenizers cut at about five letters."""
_SPECIAL_TOKENS = 2
_LONG = 10
"""Letters from which on a word weighs no more."""
_OF_TRIGRAMS = 0.5
"""Weight of all trigrams of a word beside the word itself: inflected forms are near, other words are not."""


class DummyEncoder:
    """The vector engine of an identity: as many numbers, and texts are cut at as many tokens."""

    def __init__(self, identity):
        self._dimension, self._max_tokens = identity.dimension, identity.max_tokens

    def passages(self, texts, progress=None):
        vectors = [self._vector(text) for text in texts]
        if progress:
            progress(len(texts))
        return np.array(vectors, np.float32).reshape(len(texts), self._dimension)

    def passages_with_states(self, texts):
        return self.passages(texts), [self._states(text) for text in texts]

    def query(self, text):
        return self._vector(text)

    def query_with_states(self, text):
        return self._vector(text), TokenStates.nowhere(self._states(text).states)

    def count_tokens(self, texts):
        return [_SPECIAL_TOKENS + len(_TOKEN.findall(text)) for text in texts]

    def _word(self, word):
        folded = unicodedata.normalize("NFKD", word.casefold())
        return _word_vector("".join(one for one in folded if not unicodedata.combining(one)), self._dimension)

    def _tokens(self, text):
        return list(_TOKEN.finditer(text))[: self._max_tokens - _SPECIAL_TOKENS]

    def _vector(self, text):
        tokens = self._tokens(text)
        words = _WORD.findall(text[: tokens[-1].end()] if tokens else "")
        return _unit(sum((self._word(word) for word in words), _anything(self._dimension)))

    def _states(self, text):
        """The states of two layers, one beside the other, of a special token and those of the text."""
        tokens = self._tokens(text)
        states = [np.zeros(self._dimension), *(self._word(one[0]) for one in tokens)]
        return TokenStates(
            np.tile([_unit(state + _anything(self._dimension)) for state in states], (1, 2)),
            np.array([-1, *(one.start() for one in tokens)], np.intp),
            np.array([-1, *(one.end() for one in tokens)], np.intp),
        )


@contextmanager
def dummy_encoders(cache: Path) -> Iterator[None]:
    """Let every encoder that is opened in this process be a dummy of the same name and sizes, with its own cache."""

    def identify_dummy(settings):
        spec, identity, prompts = identify(settings)
        own = hashlib.sha256(f"dummy {identity.model_hash}".encode()).hexdigest()[: len(identity.model_hash)]
        return spec, identity.model_copy(update={"model_hash": own, "engine": "torch"}), prompts

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CUSTOMS_LENS_CACHE", raising=False)
        patch.setattr(settings_module, "user_cache_path", lambda _: cache)
        patch.setattr(opening, "identify", identify_dummy)
        patch.setattr(opening, "_engine", lambda _, __, identity, ___: DummyEncoder(identity))
        yield


def fit_classifier(settings):
    """Give a home the shipped classifier as if it had been fitted to the dummy; what it says means nothing."""
    shipped = ClassifierWeights.read(next(SHIPPED.glob("*.safetensors")))
    identity = encoder_identity(settings)
    path = fitted_path(settings.home, identity)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(exist_ok=True)
    note = shipped.note.model_copy(update={"encoder": identity.model_hash})
    ClassifierWeights(note, shipped.arrays).write(path)


@lru_cache(maxsize=10_000)
def _word_vector(word, dimension):
    """The vector of a word; it weighs more the longer the word is, as short ones say little."""
    bounded = f"<{word}>"
    trigrams = [bounded[start : start + 3] for start in range(len(bounded) - 2)]
    shapes = sum(_noise(trigram, dimension) for trigram in trigrams) / np.sqrt(max(len(trigrams), 1))
    return (_noise(word, dimension) + _OF_TRIGRAMS * shapes) * min(len(word), _LONG)


@lru_cache(maxsize=20_000)
def _noise(text, dimension):
    return np.random.default_rng(zlib.crc32(text.encode("utf-8", "replace"))).standard_normal(dimension, np.float32)


def _anything(dimension):
    """What every text has a little of: a text without words has a vector, too."""
    return _noise("", dimension)


def _unit(vector):
    return (vector / np.linalg.norm(vector)).astype(np.float32)
