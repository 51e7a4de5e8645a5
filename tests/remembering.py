"""An encoder that remembers what it said of a text: a vector depends on the text alone, whoever asks for it again."""

from collections import OrderedDict
from threading import Lock

import numpy as np

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
