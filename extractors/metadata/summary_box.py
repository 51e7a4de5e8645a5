"""Extracts the summary box of a working paper: its purpose and the action required of the body."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile

from configs.covers import load_covers
from configs.labels import fold
from extractors.document import Block, Box

_BOX_BLOCKS = 120
_BOX_CHARACTERS = 1500
_AFTER_LABEL = 10
_LABEL_CHARACTERS = 300
_LABEL_LINES = 4
_BESIDE_POINTS, _GAP_POINTS = 3.0, 24.0
"""How far a text to the right of a label may reach into its column, and the largest vertical gap between its parts."""


def summary_box(blocks: Sequence[Block]) -> tuple[str | None, str | None]:
    """Return purpose and required action from the box of a cover; None where it lacks them."""
    front = blocks[:_BOX_BLOCKS]
    parts = [part for block in front for part in _parts(block)]
    beside = _texts_beside(front)
    labels = load_covers().summary_box
    return _labelled(parts, labels.purpose_label, beside), _labelled(parts, labels.action_label, beside)


@dataclass(frozen=True)
class _Part:
    text: str
    block: int
    heading: bool
    table: bool
    number: str | None

    @cached_property
    def folded(self) -> str:
        """The beginning of the text, in which a label is sought."""
        return fold(self.text[:_LABEL_CHARACTERS])

    @property
    def is_label(self) -> bool:
        return _is_label(self.folded)


def _is_label(folded: str) -> bool:
    labels = load_covers().summary_box
    return bool(labels.purpose_label.match(folded) or labels.action_label.match(folded))


def _parts(block: Block) -> list[_Part]:
    if block.kind in ("header", "footer"):
        return []
    pieces = re.split(r"[\n\t]", block.text[: 4 * _BOX_CHARACTERS])
    heading, table = block.kind == "heading", block.kind == "table"
    return [
        _Part(text, block.id, heading, table, block.number) for piece in pieces if (text := " ".join(piece.split()))
    ]


def _texts_beside(blocks: Sequence[Block]) -> dict[int, list[_Part]]:
    """Return what stands to the right of labels that are blocks of their own, by the label's block.

    That is what is as high as a label, and what follows or leads that closely.
    """
    placed = [(block, block.box) for block in blocks if block.box and block.kind != "table"]
    labels = [
        (block, box) for block, box in placed if _is_label(fold(" ".join(block.text.split())[:_LABEL_CHARACTERS]))
    ]
    found: dict[int, list[_Part]] = {}
    for page in {block.page for block, _ in labels}:
        here = [(block, box) for block, box in labels if block.page == page]
        edge = max(box[2] for _, box in here) - _BESIDE_POINTS
        right = sorted((one for one in placed if one[0].page == page and one[1][0] >= edge), key=lambda one: one[1][1])
        for owner, (block, _) in zip(_owners([box for _, box in right], here), right, strict=True):
            if owner is not None:
                found.setdefault(owner, []).extend(_parts(block))
    return found


def _owners(boxes: Sequence[Box], labels: Sequence[tuple[Block, Box]]) -> list[int | None]:
    """Return the block of the label that each box belongs to; the boxes come from the top down."""
    owners = [
        next((block.id for block, label in labels if box[1] < label[3] and box[3] > label[1]), None) for box in boxes
    ]
    for place, box in enumerate(boxes):
        if owners[place] is not None:
            continue
        near = [(box[1] - boxes[place - 1][3], owners[place - 1])] if place else []
        near += [(boxes[place + 1][1] - box[3], owners[place + 1])] if place + 1 < len(boxes) else []
        fitting = [(gap, owner) for gap, owner in near if owner is not None and 0 <= gap <= _GAP_POINTS]
        owners[place] = min(fitting)[1] if fitting else None
    return owners


def _labelled(parts: Sequence[_Part], label: re.Pattern[str], beside: Mapping[int, Sequence[_Part]]) -> str | None:
    for position in range(len(parts)):
        part, following = _whole_label(parts[position:], label)
        match = label.match(part.folded)
        if match:
            start = part.text[match.end() :].strip()
            text = _box_text(start, _belonging(part, start, following, beside))
            if text:
                return text
    return None


def _whole_label(parts: Sequence[_Part], label: re.Pattern[str]) -> tuple[_Part, Sequence[_Part]]:
    """Return a part, joined to what follows where that completes a broken label, and the parts behind it."""
    first = parts[0]
    if first.table or not load_covers().summary_box.broken_label.fullmatch(first.folded):
        return first, parts[1:]
    lines = list(takewhile(lambda part: part.number is None, parts[:_LABEL_LINES]))
    for count in range(len(lines), 1, -1):
        whole = replace(first, text=" ".join(part.text for part in lines[:count]))
        match = label.match(whole.folded)
        if match and match.end() > len(whole.text) - len(lines[count - 1].text):
            return whole, parts[count:]
    return first, parts[1:]


def _belonging(
    label: _Part, start: str, following: Sequence[_Part], beside: Mapping[int, Sequence[_Part]]
) -> Sequence[_Part]:
    """Return the text that belongs to a label: the rest of its table, the column to its right, else what follows.

    That is all up to the next label, else the next sentences. `start` is the text behind the label in its own
    block.
    """
    if label.table:
        inside = list(takewhile(lambda part: part.block == label.block and not part.is_label, following))
        if inside or start:
            return inside
    if not start and beside.get(label.block):
        return beside[label.block]
    near = following[:_AFTER_LABEL]
    until = list(takewhile(lambda part: not (part.heading or part.is_label), near))
    if len(until) < len(near) and near[len(until)].is_label:
        return until
    return list(_first_sentences(start, until))


def _first_sentences(last: str, parts: Sequence[_Part]) -> Iterator[_Part]:
    """Yield the continuation of the text `last` to the end of a sentence, or the list after a colon."""
    listing = False
    for part in parts:
        listing = listing or last.endswith(":")
        if last.endswith((".", "!")) or (last and part.number and not listing):
            return
        yield part
        last = part.text


def _box_text(start: str, parts: Sequence[_Part]) -> str | None:
    printed = [f"{part.number} {part.text}" if part.number else part.text for part in parts]
    return " ".join([start, *printed]).strip()[:_BOX_CHARACTERS].rstrip() or None
