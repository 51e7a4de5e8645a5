"""The parts of a reading that say what a paper is: the lines of its cover and what repeats on its pages."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from extractors.document import Block, Reading

LINE_CHARACTERS = 400
"""Longest stretch of a line that is looked at; keeps every pattern's work bounded."""
COVER_LINES = 90
COVER_CHARACTERS = 9_000
PROSE_CHARACTERS = 230
"""A block of at least this length is running text: what it names is cited there, not declared."""
THIN_COVER_CHARACTERS = 90
"""A first page with less text than this (a logo, a date) is no cover by itself."""
RUNNING_PAGES = 40
_BREAKS = re.compile(
    r"[\n\t]+|(?<=\S) (?=(?:TO|CC|FROM|DATE|SUBJECT|Date|Subject|Objet|OBJET|Submitted by|Presented by|Soumis par"
    r"|Original|Distr\.|Distribution|Executive Summary|Related Documents|Related Projects) ?:)"
)
"""Where a line of a cover ends: also before a label that layout ran together with what precedes it."""
_EDGE_BLOCKS = 2
_RUNNING_CHARACTERS = 160
_ROW_POINTS = 8.0
_TAIL_BLOCKS, _TAIL_CHARACTERS = 14, 90


@dataclass(frozen=True)
class Line:
    """One line of the cover; `prose` if it is running text or comes after the first of it.

    `table` marks the lines of tables: a masthead may be one, a title is not.
    """

    text: str
    block: int
    page: int | None
    heading: bool
    prose: bool
    table: bool = False


@dataclass(frozen=True)
class Front:
    """What metadata is read from: cover lines in reading order, heads and feet by page, the file's name."""

    lines: tuple[Line, ...]
    running: tuple[tuple[int, str], ...]
    stem: str
    properties: dict[str, str]

    @property
    def header(self) -> tuple[Line, ...]:
        """The lines above the running text."""
        return tuple(line for line in self.lines if not line.prose)


def front_of(reading: Reading, source: str) -> Front:
    """Return the front matter of a reading; `source` is its path or URI, of which the file name counts."""
    return Front(
        lines=tuple(_front_lines(reading)),
        running=tuple(_running(reading)),
        stem=_stem(source),
        properties=reading.properties,
    )


def _stem(source: str) -> str:
    """Return the file name in a path or URI without its ending; the URI of a member begins with its own name."""
    scheme, mark, path = source.partition("://")
    if not mark:
        path = source
    elif scheme in ("zip", "mail"):
        path = path.partition("::")[0]
    elif scheme != "file":
        path = re.split(r"[?#]", path, maxsplit=1)[0]
    return PurePosixPath(unquote(path).replace("\\", "/")).stem


def squeeze(text: str) -> str:
    """Return a bounded piece of text with every run of white space as one space, soft hyphens taken out."""
    bounded = text[: 4 * LINE_CHARACTERS].replace("\u00ad", "").replace("\u0002", "-").replace("\ufffe", "-")
    return " ".join(bounded.split())[:LINE_CHARACTERS]


def _front_lines(reading: Reading) -> Iterator[Line]:
    tail = _tail_blocks(reading)
    behind = {block.id for block in tail}
    yield from _lines([block for block in _cover_blocks(reading) if block.id not in behind])
    yield from _lines(tail)


def _cover_blocks(reading: Reading) -> list[Block]:
    first = next((block.page for block in reading.blocks if block.page and block.text.strip()), None)
    if first is None:
        return list(reading.blocks[:COVER_LINES])
    blocks = _from_top(block for block in reading.blocks if block.page == first)
    if sum(len(block.text) for block in blocks if block.kind != "footer") < THIN_COVER_CHARACTERS:
        blocks += _from_top(block for block in reading.blocks if block.page == first + 1)
    return blocks


def _tail_blocks(reading: Reading) -> list[Block]:
    # Converters to plain text write heads, feet and the masthead of the first page behind the text.
    if reading.media_type != "text/plain":
        return []
    tail: list[Block] = []
    for block in reversed(reading.blocks[1:]):
        if len(tail) == _TAIL_BLOCKS or len(block.text) > _TAIL_CHARACTERS or not any(map(str.isalnum, block.text)):
            break
        tail.append(block)
    return tail[::-1]


def _from_top(blocks: Iterable[Block]) -> list[Block]:
    # Some producers write the masthead last: on a cover the place on the page decides, not the order.
    def place(block: Block) -> tuple[int, float]:
        return (round(block.box[1] / _ROW_POINTS), block.box[0]) if block.box else (0, 0.0)

    return sorted(blocks, key=place)


def _lines(blocks: list[Block]) -> Iterator[Line]:
    prose, characters, count = False, 0, 0
    for block in blocks:
        prose = prose or (block.kind in ("paragraph", "item") and len(block.text) >= PROSE_CHARACTERS)
        text = f"{block.number} {block.text}" if block.number else block.text
        for part in _BREAKS.split(text[: 4 * LINE_CHARACTERS]):
            line = squeeze(part)
            if not line:
                continue
            yield Line(line, block.id, block.page, block.kind == "heading", prose, block.kind == "table")
            characters, count = characters + len(line), count + 1
            if characters > COVER_CHARACTERS or count >= COVER_LINES:
                return


def _running(reading: Reading) -> Iterator[tuple[int, str]]:
    pages: dict[int, list[Block]] = {}
    for block in reading.blocks:
        if block.page and block.page <= RUNNING_PAGES:
            pages.setdefault(block.page, []).append(block)
    for page, blocks in pages.items():
        marked = [block for block in blocks if block.kind in ("header", "footer")]
        edges = marked or (blocks[:_EDGE_BLOCKS] + blocks[-_EDGE_BLOCKS:])
        for text in dict.fromkeys(squeeze(block.text) for block in edges):
            if text and len(text) <= _RUNNING_CHARACTERS:
                yield page, text
    for block in reading.blocks if not pages else ():
        if block.kind in ("header", "footer"):
            yield 0, squeeze(block.text)
