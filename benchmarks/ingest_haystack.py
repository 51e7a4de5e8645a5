"""The ingestion of `benchmarks/ingest.py` by Haystack's pipeline, for a Python with Haystack and without this program.

usage: PYTHON benchmarks/ingest_haystack.py MODEL_FOLDER FILE.pdf…

Prints the pages and windows as JSON. `pip install haystack-ai pypdf sentence-transformers-haystack`, Haystack 3.
"""

import json
import sys

WORDS = 150
"""Words in a window, as in the script."""


def main() -> None:
    """Run the pipeline over the files."""
    import pypdf
    from haystack import Pipeline
    from haystack.components.converters import PyPDFToDocument
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.writers import DocumentWriter
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack.document_stores.types import DuplicatePolicy
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersDocumentEmbedder

    model, *files = sys.argv[1:]
    store = InMemoryDocumentStore()
    embedder = SentenceTransformersDocumentEmbedder(model=model, prefix="passage: ", progress_bar=False)
    pipeline = Pipeline()
    pipeline.add_component("converter", PyPDFToDocument())
    pipeline.add_component("splitter", DocumentSplitter(split_by="word", split_length=WORDS, split_overlap=0))
    pipeline.add_component("embedder", embedder)
    pipeline.add_component("writer", DocumentWriter(document_store=store, policy=DuplicatePolicy.OVERWRITE))
    for sender, receiver in (("converter", "splitter"), ("splitter", "embedder"), ("embedder", "writer")):
        pipeline.connect(sender, receiver)
    pipeline.run({"converter": {"sources": files}})
    pages = sum(len(pypdf.PdfReader(file).pages) for file in files)
    print(json.dumps({"pages": pages, "passages": store.count_documents()}))


if __name__ == "__main__":
    main()
