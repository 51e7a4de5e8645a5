"""Caches the vectors of fixed texts on disk, such as the statements of a maturity model."""

import hashlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from configs.system.errors import UnavailableError
from index.encoder.once import build_once
from index.encoder.protocol import Encoder, Vectors

_FOLDER, _FILE = "vectors", "vectors.npy"

_log = logging.getLogger(__name__)


class VectorCache:
    """Encodes texts as an encoder does, and caches the vectors, a folder for each list of texts.

    The folders differ by weights, engine and precision. An unreadable cache is encoded again; where nothing can be
    written, the texts are encoded every time.
    """

    def __init__(self, encoder: Encoder, cache: Path) -> None:
        identity = encoder.identity
        made_by = (identity.model_hash, identity.engine, identity.precision or "")
        self._encoder, self._folder = encoder, cache / _FOLDER / "-".join(filter(None, made_by))

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, `(n, dimension) float32`, in the order of the texts."""
        place = self._folder / _digest(texts)
        cached = _read(place / _FILE)
        if cached is not None and cached.shape == (len(texts), self._encoder.identity.dimension):
            return cached
        vectors = self._encoder.passages(texts)
        shutil.rmtree(place, ignore_errors=True)  # broken, if it is there
        try:
            build_once(place, lambda folder: np.save(folder / _FILE, vectors))
        except UnavailableError as error:
            _log.debug("the vectors of %d texts are not cached: %s", len(texts), error)
        return vectors


def _read(path: Path) -> Vectors | None:
    """Return the vectors of a file; None where there is none, or a broken one."""
    try:
        with path.open("rb") as file:
            vectors = np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, ValueError):
        return None
    return vectors if vectors.dtype == np.float32 else None


def _digest(texts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "replace")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:32]
