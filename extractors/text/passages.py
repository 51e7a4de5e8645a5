"""Passages: the units of tagging and search, packed from sentences and never across a heading.

Each has the places of its text, and its boxes on the pages.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from configs.boilerplate import LISTS, Boilerplate
from configs.sentences import SentenceRules
from extractors.document import (
    FURNITURE,
    Block,
    BlockPart,
    Document,
    Passage,
    PassageBox,
    PassageKind,
    PassagePiece,
    Place,
)
from extractors.text.chapters import depths_of
from extractors.text.line_boxes import passage_boxes, placed_texts
from extractors.text.places import Spot, spots_of
from extractors.text.sentences import sentence_spans

TokenCounter = Callable[[Sequence[str]], list[int]]
LanguageOf = Callable[[str], str | None]

MAX_TOKENS = 256
_ENOUGH_TOKENS = 96
"""A passage of this many tokens ends where the next numbered paragraph starts: that keeps it citable."""
_MOST_HEADER = 0.5
"""Share of a passage that the header rows of a table may take to be repeated."""
_DEEPEST_HEADING = 9
_ROW = re.compile(r"\S[^\n]*")


class Piece(NamedTuple):
    """A stretch of a block's text that is a line of a passage; `offset` is where it starts in the block."""

    block: Block
    offset: int
    text: str


class _Stretch(NamedTuple):
    """A part of a piece on one page, by offsets in the passage."""

    start: int
    end: int
    block: Block
    part: BlockPart | None


class Placer:
    """Determines the places and boxes of passages from the pages of a document and the citations of its blocks."""

    def __init__(self, document: Document, spots: Mapping[int, Spot]) -> None:
        self._spots = spots
        self._labels = {page.number: page.label for page in document.pages}
        self._tables = {table.block: table for table in document.tables}

    def places(self, pieces: Sequence[Piece]) -> tuple[Place, ...]:
        """Return the places of a passage whose lines are some pieces, in the order of its text and without gaps."""
        places: list[Place] = []
        for stretch in _stretches(pieces):
            page = stretch.part.page if stretch.part else None
            label = self._labels.get(page) if page is not None else None
            spot = self._spots.get(stretch.block.id, Spot())
            place = Place(start=stretch.start, end=stretch.end, page=page, label=label, **spot._asdict())
            if places and _is_same(places[-1], place):
                places[-1] = places[-1].model_copy(update={"end": place.end})
            else:
                places.append(place)
        return tuple(places)

    def boxes(self, pieces: Sequence[Piece]) -> tuple[PassageBox, ...]:
        """Return the boxes of a passage: one for each column of each page that it stands on."""
        lines = (
            line
            for block, offset, text in pieces
            for line in placed_texts(block, self._tables.get(block.id))
            if line.start < offset + len(text) and offset < line.end
        )
        return tuple(passage_boxes(lines))


def _stretches(pieces: Sequence[Piece]) -> Iterator[_Stretch]:
    """Yield the parts of pieces by page; each reaches to the next one, the line feed between two lines included."""
    start = 0
    for number, (block, offset, text) in enumerate(pieces):
        end = start + len(text) + (number + 1 < len(pieces))
        parts = block.parts or (() if block.page is None else (BlockPart(start=0, page=block.page, box=block.box),))
        if not parts:
            yield _Stretch(start, end, block, None)
        bounds = [*(part.start for part in parts), len(block.text)]
        spans = zip(parts, pairwise(bounds), strict=True)
        held = [(part, low) for part, (low, high) in spans if low < offset + len(text) and offset < high]
        edges = [start, *(start + low - offset for _, low in held[1:]), end]
        for (part, _), low, high in zip(held, edges, edges[1:], strict=False):
            yield _Stretch(low, high, block, part)
        start = end


def _is_same(one: Place, other: Place) -> bool:
    return one.model_dump(exclude={"start", "end"}) == other.model_dump(exclude={"start", "end"})


@dataclass(frozen=True)
class _Header:
    """The header rows of a table: its block's text up to `end`."""

    end: int
    tokens: int


@dataclass(frozen=True)
class _Unit:
    """A sentence (or a row of a table) of one block; `starts_block` where it is the block's first.

    `splits_word` where it begins inside a word; `header` is that of its table, unless it belongs to it.
    """

    block: Block
    start: int
    end: int
    tokens: int
    starts_block: bool
    splits_word: bool = False
    header: _Header | None = None

    @property
    def is_heading(self) -> bool:
        return self.block.kind == "heading"

    @property
    def opens_paragraph(self) -> bool:
        return self.starts_block and self.block.number is not None and not self.is_heading


@dataclass
class _Draft:
    """A passage in the making; `repeated` is the header that it begins with again, `note` the note that it is of."""

    section: tuple[str, ...]
    boilerplate: Boilerplate | None
    units: list[_Unit] = field(default_factory=list)
    tokens: int = 0
    repeated: _Header | None = None
    note: Block | None = None

    @property
    def has_body(self) -> bool:
        return any(not unit.is_heading for unit in self.units)

    def add(self, unit: _Unit) -> None:
        if not self.units and unit.header:
            self.repeated = unit.header
            self.tokens += unit.header.tokens
        self.units.append(unit)
        self.tokens += unit.tokens


def split_passages(
    document: Document,
    count_tokens: TokenCounter,
    *,
    language_of: LanguageOf,
    sentences: SentenceRules,
    boilerplate: Mapping[int, Boilerplate] | None = None,
    max_tokens: int = MAX_TOKENS,
) -> tuple[Passage, ...]:
    """Return the passages of a document in reading order, without themes and tags.

    A passage holds at most `max_tokens` tokens of the encoder (special tokens and prompt included) and
    starts with the headings right above it. A sentence or row that is longer alone is cut between words. Where a
    table goes on in another passage, its header rows are repeated; nothing else stands in two passages. Running
    headers and footers belong to no passage. Blocks that `boilerplate` names, by id, share no passage with others.
    A note is a passage of its own behind the one that it was found in, which goes on after it.
    """
    blocks = [block for block in document.blocks if block.kind not in FURNITURE and block.text.strip()]
    overhead = count_tokens([""])[0]
    room = max_tokens - overhead
    header_rows = {table.block: table.header_rows for table in document.tables}
    headers = _headers(blocks, header_rows, count_tokens, overhead, room)
    units = _units(blocks, headers, count_tokens, overhead, room, sentences)
    boilerplate = boilerplate or {}
    skipped = frozenset(block for block, kind in boilerplate.items() if kind == "contents")
    spots = spots_of(document.blocks, skipped=skipped)
    headings = _Headings(depths_of(document.blocks, skipped=skipped), spots)
    drafts = _pack(units, room, boilerplate, headings)
    placer = Placer(document, spots)
    return tuple(_passage(document, ordinal, draft, language_of, placer) for ordinal, draft in enumerate(drafts))


def _headers(
    blocks: Sequence[Block], header_rows: Mapping[int, int], count_tokens: TokenCounter, overhead: int, room: int
) -> dict[int, _Header]:
    """Return the headers that are to be repeated, by the ids of their blocks."""
    found: dict[int, _Header] = {}
    for block in blocks:
        rows = block.text.split("\n")
        text = "\n".join(rows[: header_rows.get(block.id, 0)])
        if text.strip() and len(text) < len(block.text):
            tokens = count_tokens([text])[0] - overhead
            if tokens <= _MOST_HEADER * room:
                found[block.id] = _Header(len(text), tokens)
    return found


def _units(
    blocks: Sequence[Block],
    headers: Mapping[int, _Header],
    count_tokens: TokenCounter,
    overhead: int,
    room: int,
    rules: SentenceRules,
) -> list[_Unit]:
    spans = [(block, start, end) for block in blocks for start, end in _sentences(block, rules)]
    counts = count_tokens([block.text[start:end] for block, start, end in spans]) if spans else []
    units: list[_Unit] = []
    for (block, start, end), count in zip(spans, counts, strict=True):
        first = not units or units[-1].block is not block
        header = headers.get(block.id)
        header = header if header and start >= header.end else None
        left = room - header.tokens if header else room
        if count - overhead <= left:
            units.append(_Unit(block, start, end, count - overhead, first, header=header))
        else:
            parts = _cut(block, start, end, count_tokens, overhead, left, starts_block=first)
            units.extend(replace(part, header=header) for part in parts)
    return units


def _sentences(block: Block, rules: SentenceRules) -> list[tuple[int, int]]:
    if block.kind == "heading":
        return [(0, len(block.text))]
    if block.kind == "table":
        return [row.span() for row in _ROW.finditer(block.text)]
    return sentence_spans(block.text, rules)


def _cut(
    block: Block,
    start: int,
    end: int,
    count_tokens: TokenCounter,
    overhead: int,
    room: int,
    *,
    starts_block: bool,
    splits_word: bool = False,
) -> Iterator[_Unit]:
    """Cut one overlong sentence in halves, between words where it has any, until each part fits."""
    tokens = count_tokens([block.text[start:end]])[0] - overhead
    if tokens <= room or end - start <= 1:
        yield _Unit(block, start, end, tokens, starts_block, splits_word)
        return
    middle = (start + end) // 2
    spaces = (block.text.rfind(" ", start + 1, middle), block.text.find(" ", middle, end - 1))
    middle = next((space for space in spaces if space > start), middle)
    halves = ((start, middle, starts_block, splits_word), (middle, end, False, not block.text[middle].isspace()))
    for first, last, opens, splits in halves:
        yield from _cut(block, first, last, count_tokens, overhead, room, starts_block=opens, splits_word=splits)


class _Headings:
    """The path of headings above what comes next."""

    def __init__(self, depths: Mapping[int, int], spots: Mapping[int, Spot]) -> None:
        self._depths, self._spots = depths, spots
        self._path: list[tuple[int, str | None, str]] = []
        """Depth, annex and text of each."""

    @property
    def section(self) -> tuple[str, ...]:
        return tuple(text for *_, text in self._path)

    def enter(self, block: Block) -> None:
        """Go on below a heading, which ends what is as deep, and an annex that it does not stand in."""
        depth = self._depths.get(block.id, block.level or _DEEPEST_HEADING)
        annex = self._spots.get(block.id, Spot()).annex
        above = [one for one in self._path if one[0] < depth and one[1] in (None, annex)]
        self._path = [*above, (depth, annex, _heading_text(block))]


def _pack(
    units: Sequence[_Unit], room: int, boilerplate: Mapping[int, Boilerplate], headings: _Headings
) -> list[_Draft]:
    drafts: list[_Draft] = []
    last: _Draft | None = None
    for unit in units:
        section = headings.section
        if unit.block.kind == "footnote":
            note = drafts[-1] if drafts and drafts[-1].note is unit.block else None
            if note is None or note.tokens + unit.tokens > room or unit.splits_word:
                drafts.append(note := _Draft(section, boilerplate.get(unit.block.id), note=unit.block))
            note.add(unit)
            continue
        kind = boilerplate.get(unit.block.id)
        draft = last if last is not None and last.boilerplate == kind else None
        if unit.is_heading:
            if unit.starts_block:
                headings.enter(unit.block)
            section = headings.section
            if draft is None or draft.has_body or _is_full(draft, unit, room):
                drafts.append(draft := _Draft(section, kind))
            draft.section = section
        elif draft is None or _is_full(draft, unit, room):
            drafts.append(draft := _Draft(section, kind))
        draft.add(unit)
        last = draft
    return drafts


def _heading_text(block: Block) -> str:
    number = "" if block.text == block.number else block.number or ""
    return " ".join(f"{number} {block.text}".split())


def _is_full(draft: _Draft, unit: _Unit, room: int) -> bool:
    if draft.tokens + unit.tokens > room or unit.splits_word:
        return True  # two parts of one word in one passage would be read as the word again, as other tokens
    return draft.has_body and unit.opens_paragraph and draft.tokens >= _ENOUGH_TOKENS


def _passage(document: Document, ordinal: int, draft: _Draft, language_of: LanguageOf, placer: Placer) -> Passage:
    pieces = list(_pieces(draft))
    text = "\n".join(piece.text for piece in pieces)
    places, boxes = placer.places(pieces), placer.boxes(pieces)
    numbers = (place.paragraph for place in places if place.paragraph)
    return Passage(
        id=f"{document.id}-{ordinal}",
        ordinal=ordinal,
        kind=_kind(draft),
        note=draft.note.number if draft.note else None,
        text=text,
        language=language_of(text) or document.language,
        section=draft.section,
        paragraphs=tuple(dict.fromkeys(numbers)),
        pages=tuple(sorted({place.page for place in places if place.page is not None})),
        places=places,
        boxes=boxes,
        pieces=tuple(_placed(pieces)),
        boilerplate=draft.boilerplate,
    )


def _placed(pieces: Sequence[Piece]) -> Iterator[PassagePiece]:
    start = 0
    for block, offset, text in pieces:
        yield start, block.id, offset
        start += len(text) + 1


def _kind(draft: _Draft) -> PassageKind:
    if draft.note:
        return "note"
    return "list" if draft.boilerplate in LISTS else "text"


def _pieces(draft: _Draft) -> Iterator[Piece]:
    """Yield the lines of a passage: neighbouring units of one block as they stand in it, so that words keep spaces."""
    if draft.repeated:
        yield from _piece(draft.units[0].block, 0, draft.repeated.end)
    start = 0
    for number, unit in enumerate(draft.units):
        if number + 1 == len(draft.units) or draft.units[number + 1].block is not unit.block:
            yield from _piece(unit.block, draft.units[start].start, unit.end)
            start = number + 1


def _piece(block: Block, start: int, end: int) -> Iterator[Piece]:
    text = block.text[start:end]
    if stripped := text.strip():
        yield Piece(block, start + len(text) - len(text.lstrip()), stripped)
