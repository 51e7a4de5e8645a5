"""Centring: subtracts the common mean of an encoder's vectors from the vector of a query.

The vectors of an encoder share a common offset: those of a language are near each other, and so are those of an
index, which is about one subject. A query with the same offset is nearest to the most usual passages. So hybrid
search uses the query's vector minus the centre of the queries in its language, shifted by the offset of the index
from the passages that the centres were measured on. Passages keep their vectors, and languages that are not in the
index can be used in queries. Subtracting the common mean is from Mu and Viswanath (2018), "All-but-the-Top".
"""

from collections.abc import Sequence

import numpy as np

from configs.centres import EncoderCentres, load_centres
from index.encoder import EncoderIdentity
from index.encoder.protocol import Vectors

SAMPLED = 1000
"""Passages of an index that say where it lies."""
_FEW = 20
"""Passages at which an index is believed by half."""


class Centring:
    """The centres of one encoder by language."""

    def __init__(self, centres: EncoderCentres) -> None:
        self._queries = {code: np.array(own.query, np.float32) for code, own in centres.languages.items()}
        self._passages = {code: np.array(own.passage, np.float32) for code, own in centres.languages.items()}
        self._any: Vectors = np.array(list(self._queries.values())).mean(axis=0)

    def offset(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Return the offset of an index from the centres of its languages, `(dimension,)`.

        `vectors` `(n, dimension)` are a sample of its passages and `languages` theirs; languages without a centre do
        not count, and few passages have little weight.
        """
        known = [place for place, language in enumerate(languages) if language in self._passages]
        if not known:
            return np.zeros_like(self._any)
        centres = np.array([self._passages[languages[place]] for place in known])
        believed = len(known) / (len(known) + _FEW)
        offset: Vectors = (vectors[known] - centres).mean(axis=0) * np.float32(believed)
        return offset

    def query(self, vector: Vectors, language: str | None, offset: Vectors) -> Vectors:
        """Return the unit vector of a query `(dimension,)` minus the centre of its language, or of all languages."""
        centred: Vectors = vector - self._queries.get(language or "", self._any) - offset
        length = float(np.linalg.norm(centred))
        return centred / np.float32(length) if length else vector


def centring_of(identity: EncoderIdentity) -> Centring | None:
    """Return the centring of an encoder's vectors; None where its centres were not measured."""
    centres = load_centres().encoders.get(identity.name)
    return Centring(centres) if centres and centres.model_hash == identity.model_hash else None
