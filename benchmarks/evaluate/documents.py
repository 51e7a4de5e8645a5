"""Makes documents of judged texts, as a plain text file with the same words would be read."""

import hashlib

from extractors.document import Document, document_id
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.text import add_text
from extractors.text.language import document_language


def text_document(name: str, text: str, *, title: str | None = None, language: str | None = None) -> Document:
    """Return the document, without passages, of a text known by `name`; the language is told where none is given."""
    source = f"judged:{name}"
    builder = ReadingBuilder()
    builder.block("heading", title or "", level=1)
    add_text(text, builder)
    return Document(
        id=document_id(source),
        key=document_id(source),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        source=source,
        media_type="text/plain",
        title=title or None,
        language=language or document_language(builder.blocks),
        blocks=tuple(builder.blocks),
    )
