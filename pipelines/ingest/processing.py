"""The stages of one document after reading, starting from stored artefacts of earlier stages."""

import io
import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.document import Document, Passage
from pipelines.ingest.errors import stage_errors
from pipelines.ingest.plan import Item
from pipelines.ingest.prefetch import Reading
from pipelines.stages import components, tagging
from pipelines.stages.versions import STAGES
from pipelines.storage.blobs import BlobStore
from pipelines.storage.entries import LedgerRow


class ProcessedDocument(NamedTuple):
    """A document with its passages, their vectors `(n, d)`, and the names of all its blobs by kind."""

    document: Document
    vectors: NDArray[np.float32]
    blobs: dict[str, str]


def read_before(entry: LedgerRow | None, blobs: BlobStore) -> Reading:
    """Return a document as read by an earlier run, from the store."""
    names = dict(entry.blobs) if entry else {}
    return Document.model_validate_json(blobs.get_text(names["read"])), names


def process(item: Item, reading: Reading, tools: components.PipelineComponents, blobs: BlobStore) -> ProcessedDocument:
    """Run the stages after reading, beginning at `item.start`, and store their artefacts.

    Raises `StageError` if a stage fails on this document.
    """
    document, names = reading[0], dict(reading[1])
    if STAGES.index(item.start) <= STAGES.index("tag"):
        with stage_errors("tag"):
            document, vectors = tagging.tag(document, tools)
        names["tag"] = blobs.put_text(dump_passages(document.passages))
    else:
        with stage_errors(item.start):
            passages = load_passages(blobs.get_text(names["tag"]))
            document = document.model_copy(update={"passages": passages})
            if item.start == "index":
                return ProcessedDocument(document, load_vectors(blobs.get(names["encode"])), names)
            vectors = tagging.encode(document.passages, tools)
    names["encode"] = blobs.put(dump_vectors(vectors))
    return ProcessedDocument(document, vectors, names)


def dump_passages(passages: Sequence[Passage]) -> str:
    """Return passages as JSON, for the blob store."""
    return json.dumps([passage.model_dump(mode="json") for passage in passages], ensure_ascii=False)


def load_passages(text: str) -> tuple[Passage, ...]:
    """Return the passages that `dump_passages` wrote."""
    return tuple(Passage.model_validate(row) for row in json.loads(text))


def dump_vectors(vectors: NDArray[np.float32]) -> bytes:
    """Return vectors as the bytes of a float32 `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, vectors, allow_pickle=False)
    return buffer.getvalue()


def load_vectors(content: bytes) -> NDArray[np.float32]:
    """Return the vectors that `dump_vectors` wrote."""
    vectors: NDArray[np.float32] = np.load(io.BytesIO(content), allow_pickle=False)
    return vectors
