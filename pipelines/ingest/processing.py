"""The stages of one document after reading, starting from stored artefacts of earlier stages."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.document import Document
from pipelines.ingest.errors import stage_errors
from pipelines.ingest.plan import Item
from pipelines.ingest.prefetch import Reading
from pipelines.stages import codecs, components, tagging
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
        names["tag"] = blobs.put_text(codecs.dump_passages(document.passages))
    else:
        with stage_errors(item.start):
            passages = codecs.load_passages(blobs.get_text(names["tag"]))
            document = document.model_copy(update={"passages": passages})
            if item.start == "index":
                return ProcessedDocument(document, codecs.load_vectors(blobs.get(names["encode"])), names)
            vectors = tagging.encode(document.passages, tools)
    names["encode"] = blobs.put(codecs.dump_vectors(vectors))
    return ProcessedDocument(document, vectors, names)
