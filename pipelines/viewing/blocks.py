"""In which passage each block of a document begins: passages are made of blocks and do not say of which."""

from collections.abc import Mapping

from extractors.document import FURNITURE, Block, Document

_HEAD = 24
"""Letters of a block that tell it from the next ones: more than a passage may cut off from its first sentence."""
_AHEAD = 3
"""Passages in which a block is looked for: it begins in the passage of the block before it or in the next one."""


def passages_of_blocks(document: Document) -> Mapping[int, str]:
    """Return the id of the passage that each block begins in, by the block's id; running heads are in none.

    Blocks and passages are in one order, and each block begins a line of a passage. A block whose text a passage does
    not have, because a person corrected one of them, is in none.
    """
    found: dict[int, str] = {}
    at, offset = 0, 0
    for block in document.blocks:
        if block.kind in FURNITURE or not block.text.strip():
            continue
        head = _head(block)
        for index in range(at, min(at + _AHEAD, len(document.passages))):
            passage = document.passages[index]
            start = _line_start(passage.text, head, offset if index == at else 0)
            if start is not None:
                found[block.id] = passage.id
                at, offset = index, start + len(head)
                break
    return found


def _head(block: Block) -> str:
    """Return how a block begins, on its first line."""
    return block.text.strip().split("\n", maxsplit=1)[0][:_HEAD].strip()


def _line_start(text: str, head: str, offset: int) -> int | None:
    """Return where a line begins with some letters, None where none does from an offset on."""
    while (start := text.find(head, offset)) >= 0:
        if start == 0 or text[start - 1] == "\n":
            return start
        offset = start + 1
    return None
