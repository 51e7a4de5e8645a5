"""What the index holds of a document, made from its reading: the stages from one on, over what earlier ones left."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.document import Document
from pipelines.ingest.errors import at
from pipelines.ingest.plan import Item
from pipelines.ingest.prefetch import Reading
from pipelines.stages import components
from pipelines.stages.versions import STAGES
from pipelines.storage.blobs import BlobStore
from pipelines.storage.ledger import Entry


class Made(NamedTuple):
    """A document with its passages, their vectors `(n, d)`, and the names of all its blobs by what they hold."""

    document: Document
    vectors: NDArray[np.float32]
    blobs: dict[str, str]


def as_read_before(entry: Entry | None, blobs: BlobStore) -> Reading:
    """Return a document as it was read before, from the store."""
    names = dict(entry.blobs) if entry else {}
    return Document.model_validate_json(blobs.get_text(names["read"])), names


def make(item: Item, reading: Reading, tools: components.PipelineComponents, blobs: BlobStore) -> Made:
    """Run the stages after reading from `item.start` on; what they make is kept in the store.

    Raises `StageError` where one fails on this document.
    """
    document, names = reading[0], dict(reading[1])
    if STAGES.index(item.start) <= STAGES.index("tag"):
        with at("tag"):
            document, vectors = components.tag(document, tools)
        names["tag"] = blobs.put_text(components.dump_passages(document.passages))
    else:
        with at(item.start):
            passages = components.load_passages(blobs.get_text(names["tag"]))
            document = document.model_copy(update={"passages": passages})
            if item.start == "index":
                return Made(document, components.load_vectors(blobs.get(names["encode"])), names)
            vectors = components.encode(document.passages, tools)
    names["encode"] = blobs.put(components.dump_vectors(vectors))
    return Made(document, vectors, names)
