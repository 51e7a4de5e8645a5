"""The front of a paper as the evidence for its metadata: cover lines, running heads, imprint, file name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice, pairwise
from pathlib import PurePosixPath
from urllib.parse import unquote

from configs.cover_phrases import load_cover_phrases
from configs.covers import Covers, load_covers
from extractors.document import Block, Reading
from extractors.media import MARKDOWN, TEXT
from extractors.metadata.printed import Printed, Vocabulary

LINE_CHARACTERS = 400
"""Longest stretch of a line that is looked at; keeps every pattern's work bounded."""
COVER_LINES = 90
COVER_CHARACTERS = 9_000
ACT_NUMBER = r"\d{1,3}/\d{1,4}(?: [A-Z])?"
"""The number of a resolution, which stands before its title: 79/10, 80/12 B."""
PROSE_CHARACTERS = 230
"""A block of at least this length is running text, if it may be: what it names is cited there, not declared."""
_LONGEST_NAME = 400
_PLAIN = re.compile(r"[^\":;\\]+")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_NAMED = 0.75  # of its longer words begin with a capital in a name
_NUMBERED_ACT = re.compile(rf"{ACT_NUMBER}\. ")
_PLACE_AND_DATES = 90  # characters before it, in a block of place, dates and item
THIN_COVER_CHARACTERS = 90
"""A first page with less text than this (a logo, a date) is no cover by itself."""
RUNNING_PAGES = 40
_IMPRINT_PAGES, _IMPRINT_CHARACTERS = 5, 60
OPENING_PARAGRAPHS = 30
_LINE_ENDS = re.compile(r"[\n\t]+")
_SYMBOL_BEGINS = re.compile(r"(?:^|.*\s)[A-Z]{1,6}")
_SYMBOL_GOES_ON = re.compile(r"/[A-Z][A-Za-z0-9.()-]{0,20}/")
"""A symbol whose first letters are set larger may come as two lines: `ECE`, `/TRANS/WP.30/310`."""
_SYMBOL_ENDS = re.compile(r".*/[A-Za-z0-9.()-]{0,20}[\d)]")
_EDITION_GOES_ON = re.compile(r"/[A-Z][a-z]{2,8}\.? ?\d{1,2}(?:/[A-Z][a-z]{2,8}\.? ?\d{1,2})*")
"""So may the mark of its edition: `G/TFA/W/5`, `/Rev.2`."""
_SENTENCE_CHARACTERS = 40
_FEW_SENTENCES = 2
"""Behind so many short sentences running text has begun, whatever their length."""
_WRAPPED_CHARACTERS = 120
"""In a line with more than this no name begins that goes on in the next one."""
_EDGE_BLOCKS = 2
_RUNNING_CHARACTERS = 160
_ROW_POINTS = 8.0
_TURNED_LINE = 20
"""A block of at least this many characters shows by its box which way its text runs."""
_TAIL_BLOCKS, _TAIL_CHARACTERS = 14, 90


@dataclass(frozen=True)
class Line(Printed):
    """One line of the cover; `prose` if it is running text or comes after the first of it.

    `table` marks the lines of tables: a masthead may be one, a title is not. `late` ones follow short sentences:
    what heads them may be a section. `level` is that of a heading (1 = highest).
    """

    block: int
    page: int | None
    heading: bool
    prose: bool
    table: bool = False
    late: bool = False
    level: int | None = None

    @property
    def is_sentence(self) -> bool:
        """Whether it reads like a sentence, however short."""
        return not self.heading and self.text.endswith((".", ":")) and len(self.text) >= _SENTENCE_CHARACTERS


@dataclass(frozen=True)
class Front:
    """What metadata is read from: cover lines in reading order, heads and feet by page, the file's name.

    `opening` are the first paragraphs of the whole paper, on the cover or behind it, `imprint` the short texts on the
    pages right behind it. The properties of a text are front matter that its author wrote above it, `is_authored`.
    """

    words: Vocabulary
    lines: tuple[Line, ...]
    running: tuple[tuple[int, Printed], ...]
    stem: Printed
    properties: dict[str, str]
    opening: tuple[Printed, ...] = ()
    imprint: tuple[Printed, ...] = ()
    is_authored: bool = False

    @cached_property
    def header(self) -> tuple[Line, ...]:
        """The lines above the running text."""
        return tuple(line for line in self.lines if not line.prose)

    @cached_property
    def wrapped(self) -> tuple[Printed | None, ...]:
        """Each line joined to the one below it, where a name may run over both; None for any other."""
        return tuple(
            line.of(f"{line.text} {below.text}")
            if below and not line.prose and len(line.text) <= _WRAPPED_CHARACTERS
            else None
            for line, below in pairwise(chain(self.lines, (None,)))
            if line
        )

    def property_text(self, name: str, characters: int) -> Printed:
        """Return the beginning of one of the file's own properties, empty where it has none."""
        return Printed(self.properties.get(name, "")[:characters], self.words)


def front_of(reading: Reading, source: str, words: Vocabulary) -> Front:
    """Return the front matter of a reading; `source` is its path or URI, of which the file name counts."""

    def printed(text: str) -> Printed:
        return Printed(squeeze(text), words)

    return Front(
        words,
        lines=tuple(_front_lines(reading, words)),
        running=tuple((page, Printed(text, words)) for page, text in _running(reading)),
        stem=Printed(_stem(source), words),
        properties=reading.properties,
        opening=tuple(printed(block.text) for block in islice(_paragraphs(reading), OPENING_PARAGRAPHS)),
        imprint=tuple(printed(block.text) for block in reading.blocks if _may_be_imprint(block)),
        is_authored=reading.media_type in (MARKDOWN, TEXT),
    )


def _paragraphs(reading: Reading) -> Iterator[Block]:
    return (block for block in reading.blocks if block.kind == "paragraph")


def _may_be_imprint(block: Block) -> bool:
    behind = block.page is not None and 1 < block.page <= _IMPRINT_PAGES
    return behind and block.kind in ("paragraph", "heading", "item") and len(block.text) <= _IMPRINT_CHARACTERS


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


def _front_lines(reading: Reading, words: Vocabulary) -> Iterator[Line]:
    tail = _tail_blocks(reading)
    behind = {block.id for block in tail}
    yield from _lines([block for block in _cover_blocks(reading) if block.id not in behind], words)
    yield from _lines(tail, words)


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
    # Some producers write the masthead last: on a cover the place on the page decides, not the order. Where the text
    # stands upright on the page, its lines are side by side, and the reader has already ordered them.
    blocks = list(blocks)
    if _is_turned(blocks):
        return blocks

    def place(block: Block) -> tuple[int, float]:
        return (round(block.box[1] / _ROW_POINTS), block.box[0]) if block.box else (0, 0.0)

    return sorted(blocks, key=place)


def _is_turned(blocks: Iterable[Block]) -> bool:
    """Return whether the text of a page runs up or down it: most of what is a line or more is taller than wide."""
    boxes = [block.box for block in blocks if block.box and block.kind != "table" and len(block.text) >= _TURNED_LINE]
    tall = sum(bottom - top > right - left for left, top, right, bottom in boxes)
    return tall * 2 > len(boxes)


def _lines(blocks: list[Block], words: Vocabulary) -> Iterator[Line]:
    covers = load_covers()
    prose, sentences, characters, count = False, 0, 0, 0
    for line in _joined(_printed(blocks, covers, words), covers):
        prose = prose or line.prose or covers.is_contents(line.text)
        yield replace(line, prose=prose, late=sentences >= _FEW_SENTENCES)
        sentences += line.is_sentence
        characters, count = characters + len(line.text), count + 1
        if characters > COVER_CHARACTERS or count >= COVER_LINES:
            return


def _printed(blocks: list[Block], covers: Covers, words: Vocabulary) -> Iterator[Line]:
    """Yield the lines as they stand; `prose` marks those of a block long enough to be running text."""
    for block in blocks:
        prose = block.kind in ("paragraph", "item") and _is_prose(Printed(block.text, words))
        text = f"{block.number} {block.text}" if block.number else block.text
        for piece in _LINE_ENDS.split(text[: 4 * LINE_CHARACTERS]):
            for part in covers.breaks.split(piece):
                heading, table = block.kind == "heading", block.kind == "table"
                if line := squeeze(part):
                    yield Line(line, words, block.id, block.page, heading, prose, table, level=block.level)


def _is_prose(printed: Printed) -> bool:
    """Return whether a block is running text, by its length.

    Items of an agenda, titles of resolutions, names of bodies and of sponsors may be as long:
    "Preparatory Commission for the Entry into Force of the Agreement under the United Nations Convention …".
    """
    text = printed.text
    if len(text) < PROSE_CHARACTERS or load_covers().sponsored.search(printed.folded):
        return False
    if len(text) >= _LONGEST_NAME or text.endswith("."):
        return True
    words = _LONG_WORD.findall(text)
    is_name = _PLAIN.fullmatch(text) is not None and sum(word[0].isupper() for word in words) > _NAMED * len(words)
    folded, phrases = printed.folded, load_cover_phrases()
    of_item = phrases.item_line.match(folded) or phrases.item_mention.search(folded, 0, _PLACE_AND_DATES)
    return not (is_name or of_item or _NUMBERED_ACT.match(text))


def _joined(lines: Iterable[Line], covers: Covers) -> Iterator[Line]:
    """Yield lines with the halves of a symbol joined, and a label with the value that stands in the next line."""
    last: Line | None = None
    for line in lines:
        if last and _goes_on(last, line, covers):
            last = replace(last, text=f"{last.text} {line.text}".replace(" /", "/")[:LINE_CHARACTERS])
            continue
        if last:
            yield last
        last = line
    if last:
        yield last


def _goes_on(last: Line, line: Line, covers: Covers) -> bool:
    if last.page != line.page or line.prose:
        return False
    if _SYMBOL_GOES_ON.match(line.text) and _SYMBOL_BEGINS.fullmatch(last.text):
        return True
    if _EDITION_GOES_ON.fullmatch(line.text):
        return bool(_SYMBOL_ENDS.fullmatch(last.text))
    return bool(covers.bare_label.fullmatch(last.folded)) and not covers.label.match(line.folded)


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
