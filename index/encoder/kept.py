"""Vectors that are kept on disk, of texts that every process would encode again: the statements of a maturity model."""

import contextlib
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.encoder.protocol import Encoder, Vectors

_FOLDER = "vectors"


class KeptVectors:
    """Encodes texts as an encoder does, and keeps the vectors in a folder of the cache, a file for each list of texts.

    Other weights, engines and precisions have files of their own. A file that cannot be read is made again; where none
    can be written, the texts are encoded every time.
    """

    def __init__(self, encoder: Encoder, cache: Path) -> None:
        identity = encoder.identity
        made_by = (identity.model_hash, identity.engine, identity.precision or "")
        self._encoder, self._folder = encoder, cache / _FOLDER / "-".join(filter(None, made_by))

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, `(n, dimension) float32`, in the order of the texts."""
        path = self._folder / f"{_digest(texts)}.npy"
        wanted = (len(texts), self._encoder.identity.dimension)
        with contextlib.suppress(OSError, ValueError, EOFError):  # none is kept, or half of one
            kept: Vectors = np.load(path, allow_pickle=False)
            if kept.shape == wanted and kept.dtype == np.float32:
                return kept
        vectors = self._encoder.passages(texts)
        with contextlib.suppress(OSError):
            self._keep(path, vectors)
        return vectors

    def _keep(self, path: Path, vectors: Vectors) -> None:
        """Write a file that is whole as soon as it has its name."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as unfinished:
            try:
                np.save(unfinished, vectors)
                unfinished.close()
                Path(unfinished.name).chmod(0o644)
                Path(unfinished.name).replace(path)
            except BaseException:
                Path(unfinished.name).unlink(missing_ok=True)
                raise


def _digest(texts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "replace")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:32]
