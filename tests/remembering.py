"""Encoders that remember what they said of a text: a vector depends on the text alone, whoever asks for it again."""

import hashlib
import os
import pickle
import uuid
from collections import OrderedDict
from contextlib import contextmanager
from functools import cached_property
from threading import Lock

import numpy as np
import pytest

from index.encoder import opening
from tests import services

_MOST_STATES = 256
"""Texts whose tokens' states are remembered; those of one take about 400 KB."""


class Remembering:
    """Another encoder, which is asked for each text once in this process."""

    def __init__(self, encoder):
        self._encoder = encoder
        self._vectors, self._queries, self._read_queries = {}, {}, {}
        self._states, self._lock = OrderedDict(), Lock()

    @property
    def identity(self):
        return self._encoder.identity

    def passages(self, texts, progress=None):
        new = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        self._vectors.update(zip(new, self._encoder.passages(new), strict=True))
        if progress and len(texts):
            progress(len(texts))
        vectors = [self._vectors[text] for text in texts]
        return np.array(vectors, np.float32).reshape(len(texts), self.identity.dimension)

    def passages_with_states(self, texts):
        with self._lock:
            known = {text: self._states[text] for text in texts if text in self._states}
        new = list(dict.fromkeys(text for text in texts if text not in known))
        known.update(zip(new, zip(*self._encoder.passages_with_states(new), strict=True), strict=True))
        with self._lock:
            for text in texts:
                self._states[text] = known[text]
                self._states.move_to_end(text)
            while len(self._states) > _MOST_STATES:
                self._states.popitem(last=False)
        vectors = [known[text][0] for text in texts]
        return np.array(vectors, np.float32).reshape(len(texts), self.identity.dimension), [
            known[text][1] for text in texts
        ]

    def query(self, text):
        if text not in self._queries:
            self._queries[text] = self._encoder.query(text)
        return self._queries[text]

    def query_with_states(self, text):
        if text not in self._read_queries:
            self._read_queries[text] = self._encoder.query_with_states(text)
        return self._read_queries[text]

    def count_tokens(self, texts):
        return self._encoder.count_tokens(texts)


class Kept:
    """An engine whose answers are kept in a folder; another is made and asked for what is not there yet."""

    def __init__(self, make, folder):
        self._make, self._folder = make, folder

    @cached_property
    def _engine(self):
        return self._make()

    def passages(self, texts, progress=None):
        vectors = self._answers("passages", texts)
        if progress and len(texts):
            progress(len(texts))
        return np.array(vectors, np.float32)

    def passages_with_states(self, texts):
        vectors, states = zip(*self._answers("passages_with_states", texts), strict=True)
        for text, vector in zip(texts, vectors, strict=True):  # the same that `passages` gives
            if not self._path("passages", text).exists():
                self._write("passages", text, vector)
        return np.array(vectors, np.float32), list(states)

    def query(self, text):
        return self._answer("query", text)

    def query_with_states(self, text):
        return self._answer("query_with_states", text)

    def count_tokens(self, texts):
        return self._engine.count_tokens(texts)

    def _answer(self, method, text):
        kept = self._read(method, text)
        return self._write(method, text, getattr(self._engine, method)(text)) if kept is None else kept

    def _answers(self, method, texts):
        found = {text: self._read(method, text) for text in texts}
        if new := [text for text, kept in found.items() if kept is None]:
            said = getattr(self._engine, method)(new)
            for text, one in zip(new, zip(*said, strict=True) if isinstance(said, tuple) else said, strict=True):
                found[text] = self._write(method, text, one)
        return [found[text] for text in texts]

    def _path(self, method, text):
        return self._folder / method / hashlib.sha256(text.encode()).hexdigest()

    def _read(self, method, text):
        try:
            return pickle.loads(self._path(method, text).read_bytes())
        except FileNotFoundError:
            return None

    def _write(self, method, text, answer):
        path = self._path(method, text)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(uuid.uuid4().hex)
        new.write_bytes(pickle.dumps(answer))
        new.rename(path)
        return answer


@contextmanager
def answers_kept():
    """Let the engines that this process makes share what they say with the other processes of the run of tests.

    Those of a cache that a test made are apart: what is in it may be broken.
    """
    make = opening._engine

    def kept(spec, settings, identity, prompts):
        made_by = (identity.model_hash, identity.engine, identity.precision or "", settings.cache)
        name = hashlib.sha256(os.fsencode("\0".join(map(str, made_by)))).hexdigest()
        return Kept(lambda: make(spec, settings, identity, prompts), services.folder() / "answers" / name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "_engine", kept)
        yield
