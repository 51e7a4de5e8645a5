"""The passage in which each block of a document begins."""

from collections.abc import Mapping

from extractors.document import Document


def passages_of_blocks(document: Document) -> Mapping[int, str]:
    """Return the id of the passage in which each block begins, by block id; running heads are left out."""
    found: dict[int, str] = {}
    for passage in document.passages:
        for _, block, _ in passage.pieces:
            found.setdefault(block, passage.id)
    return found
