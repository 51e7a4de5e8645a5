"""In which passage each block of a document begins."""

from collections.abc import Mapping

from extractors.document import Document


def passages_of_blocks(document: Document) -> Mapping[int, str]:
    """Return the id of the passage that each block begins in, by the block's id; running heads are in none."""
    found: dict[int, str] = {}
    for passage in document.passages:
        for _, block, _ in passage.pieces:
            found.setdefault(block, passage.id)
    return found
