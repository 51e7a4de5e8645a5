"""Passages: the units of tagging and search, packed from sentences and never across a heading."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from configs.boilerplate import Boilerplate
from configs.sentences import SentenceRules
from extractors.document import FURNITURE, Block, Box, Document, Passage, PassageBox
from extractors.sentences import sentence_spans

TokenCounter = Callable[[Sequence[str]], list[int]]
LanguageOf = Callable[[str], str | None]

MAX_TOKENS = 256
_ENOUGH_TOKENS = 96
"""A passage of this many tokens ends where the next numbered paragraph starts: that keeps it citable."""
_DEEPEST_HEADING = 9


@dataclass(frozen=True)
class _Unit:
    """A sentence (or a line of a table) of one block; `starts_block` where it is the block's first."""

    block: Block
    start: int
    end: int
    tokens: int
    starts_block: bool

    @property
    def is_heading(self) -> bool:
        return self.block.kind == "heading"

    @property
    def opens_paragraph(self) -> bool:
        return self.starts_block and self.block.number is not None and not self.is_heading


@dataclass
class _Draft:
    section: tuple[str, ...]
    boilerplate: Boilerplate | None
    units: list[_Unit] = field(default_factory=list)
    tokens: int = 0

    @property
    def has_body(self) -> bool:
        return any(not unit.is_heading for unit in self.units)

    def add(self, unit: _Unit) -> None:
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
    starts with the headings right above it. A sentence that is longer alone is cut between words. Running
    headers and footers belong to no passage. Blocks that `boilerplate` names, by id, share no passage with others.
    """
    blocks = [block for block in document.blocks if block.kind not in FURNITURE and block.text.strip()]
    overhead = count_tokens([""])[0]
    units = _units(blocks, count_tokens, overhead, max_tokens - overhead, sentences)
    drafts = _pack(units, max_tokens - overhead, boilerplate or {})
    return tuple(_passage(document, ordinal, draft, language_of) for ordinal, draft in enumerate(drafts))


def _units(
    blocks: Sequence[Block],
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
        if count - overhead <= room:
            units.append(_Unit(block, start, end, count - overhead, first))
        else:
            units.extend(_cut(block, start, end, count_tokens, overhead, room, starts_block=first))
    return units


def _sentences(block: Block, rules: SentenceRules) -> list[tuple[int, int]]:
    if block.kind == "heading":
        return [(0, len(block.text))]
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
) -> Iterator[_Unit]:
    """Cut one overlong sentence in halves, between words where it has any, until each part fits."""
    tokens = count_tokens([block.text[start:end]])[0] - overhead
    if tokens <= room or end - start <= 1:
        yield _Unit(block, start, end, tokens, starts_block)
        return
    middle = (start + end) // 2
    space = block.text.rfind(" ", start + 1, middle)
    middle = space if space > start else middle
    yield from _cut(block, start, middle, count_tokens, overhead, room, starts_block=starts_block)
    yield from _cut(block, middle, end, count_tokens, overhead, room, starts_block=False)


def _pack(units: Sequence[_Unit], room: int, boilerplate: Mapping[int, Boilerplate]) -> list[_Draft]:
    drafts: list[_Draft] = []
    path: list[tuple[int, str]] = []
    for unit in units:
        draft = drafts[-1] if drafts else None
        kind = boilerplate.get(unit.block.id)
        if draft is not None and draft.boilerplate != kind:
            draft = None
        if unit.is_heading:
            if unit.starts_block:
                level = unit.block.level or _DEEPEST_HEADING
                path = [(depth, text) for depth, text in path if depth < level]
                path.append((level, _heading_text(unit.block)))
            section = tuple(text for _, text in path)
            if draft is None or draft.has_body or draft.tokens + unit.tokens > room:
                drafts.append(draft := _Draft(section, kind))
            draft.section = section
        elif draft is None or _is_full(draft, unit, room):
            drafts.append(draft := _Draft(tuple(text for _, text in path), kind))
        draft.add(unit)
    return drafts


def _heading_text(block: Block) -> str:
    return " ".join(f"{block.number or ''} {block.text}".split())


def _is_full(draft: _Draft, unit: _Unit, room: int) -> bool:
    if draft.tokens + unit.tokens > room:
        return True
    return draft.has_body and unit.opens_paragraph and draft.tokens >= _ENOUGH_TOKENS


def _passage(document: Document, ordinal: int, draft: _Draft, language_of: LanguageOf) -> Passage:
    text = "\n".join(_lines(draft.units))
    blocks = list({unit.block.id: unit.block for unit in draft.units}.values())
    boxes = _boxes(blocks)
    numbers = (block.number for block in blocks if block.number and block.kind != "heading")
    return Passage(
        id=f"{document.id}-{ordinal}",
        ordinal=ordinal,
        text=text,
        language=language_of(text) or document.language,
        section=draft.section,
        paragraphs=tuple(dict.fromkeys(numbers)),
        pages=tuple(sorted({block.page for block in blocks if block.page is not None})),
        boxes=boxes,
        boilerplate=draft.boilerplate,
    )


def _lines(units: Sequence[_Unit]) -> Iterator[str]:
    """Join neighbouring units of one block as they stand in it, so that the words keep their spacing."""
    start = 0
    for number, unit in enumerate(units):
        if number + 1 == len(units) or units[number + 1].block is not unit.block:
            yield unit.block.text[units[start].start : unit.end].strip()
            start = number + 1


def _boxes(blocks: Sequence[Block]) -> tuple[PassageBox, ...]:
    by_page: dict[int, Box] = {}
    for block in blocks:
        if block.page is None or block.box is None:
            continue
        x0, top, x1, bottom = by_page.get(block.page, block.box)
        by_page[block.page] = (
            min(x0, block.box[0]),
            min(top, block.box[1]),
            max(x1, block.box[2]),
            max(bottom, block.box[3]),
        )
    return tuple(PassageBox(page=page, box=box) for page, box in sorted(by_page.items()))
