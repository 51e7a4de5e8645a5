"""Reads plain text: paragraphs from lines, wrapped or not; Word's field codes are removed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from configs.settings import ReadingLimits
from extractors.document import Reading
from extractors.media import TEXT
from extractors.readers.charset import decode
from extractors.readers.divisions import find_divisions, is_number, is_title
from extractors.readers.front_matter import split_front_matter
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.word_fields import split_contents_entry, without_fields
from extractors.text.numbering import ItemLevels, is_item, split_bullet, split_division, split_number

_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0x7F, 0xFEFF, 0xFFFE])
_MARK = re.compile(r"^\s*(?:(\d{1,3})[.,]?\s*)?&&\s*")  # where a paragraph number stood that Word made
_PAGE_LINE = re.compile(r"^(?:\S+\s+)?[-–—]?\s*page:?\s+(?:page\s+)?\d+\s*(?:/\s*\d*)?\s*[-–—]?$", re.IGNORECASE)
_PAGE_NUMBER = re.compile(  # at a page break, behind a full line that ends no sentence
    r"(?<=[^\n]{60}[^\W\d_]|[^\n]{60},)[^\S\n]*+\n(?:[^\S\f]*+\f\s*+\d{1,4}[^\S\n]*+\n|\s*+\d{1,4}[^\S\f]*+\f)\s*+(?=\S)"
)
_CHAPTER = re.compile(r"(?:[A-Z]{1,5}|\d{1,2})\.")  # numbers a heading of the first level in a table of contents
_WRAPPED = 120  # characters; text broken at a margin has hardly a longer line
_MAX_LONG_LINES = 0.02  # share of the lines that may be longer all the same
_SHORT = 0.7  # of the longest line; a shorter one that ends a sentence ends a paragraph
_MAX_HEADING = 120  # characters
_MAX_CAPITALS = 350  # of a heading in capitals: items of an agenda name whole documents
_MIN_CAPITALS = 4
_MOST_TITLE_LINES = 2  # of a division, its number in the first
_SENTENCE_END = (".", ":", ";", "?", "!", "…")


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the paragraphs of a text file in any charset; title, author and date are those of its front matter."""
    text = decode(path.read_bytes())
    fields, below = split_front_matter(text)
    builder = ReadingBuilder()
    add_text(below if fields else text, builder)
    return builder.reading(TEXT, properties=fields)


def add_text(text: str, builder: ReadingBuilder) -> None:
    """Add the paragraphs, items and headings of plain text to a builder."""
    add_paragraphs(text_paragraphs(text), builder)


def add_paragraphs(paragraphs: Iterable[str], builder: ReadingBuilder) -> None:
    """Add paragraphs of plain text, each whole, to a builder: as headings, items and paragraphs."""
    items = ItemLevels()
    pieces = [piece for paragraph in paragraphs if (piece := _piece(paragraph)).line]
    divisions = find_divisions([piece.line if piece.is_plain else "" for piece in pieces])
    listed = {_title(one.entry).casefold(): 1 if _CHAPTER.match(one.entry) else 2 for one in pieces if one.entry}
    place = 0
    while place < len(pieces):
        piece, division = pieces[place], divisions.get(place)
        if division:
            builder.block("heading", division.text, number=division.number, level=division.level)
        elif piece.entry is not None:
            number, _ = split_number(" ".join(piece.entry.split()))
            builder.block("item", _title(piece.entry), number=number, level=1)
        elif piece.is_page:
            builder.block("footer", piece.line)
        elif level := listed.get(_title(piece.line).casefold()):
            items.close()
            builder.block("heading", _title(piece.line), number=split_number(piece.line)[0], level=level)
        elif piece.mark:
            items.close()
            number, rest = (f"{piece.mark[1]}.", piece.line) if piece.mark[1] else split_number(piece.line)
            builder.block("paragraph", rest, number=number)
        else:
            _add(piece.line, builder, items)
        place += division.lines if division else 1


class _Piece(NamedTuple):
    """A paragraph without the codes of fields, and what it may be besides a plain one."""

    line: str
    mark: re.Match[str] | None
    entry: str | None

    @property
    def is_page(self) -> bool:
        return _PAGE_LINE.match(self.line) is not None

    @property
    def is_plain(self) -> bool:
        return not (self.mark or self.entry is not None or self.is_page)


def _piece(paragraph: str) -> _Piece:
    mark = _MARK.match(paragraph)
    line = " ".join(without_fields(paragraph[mark.end() if mark else 0 :]).replace("&&", " ").split())
    return _Piece(line, mark, split_contents_entry(paragraph))


def _title(line: str) -> str:
    """Return a heading or its entry in a table of contents without the number or bullet before it."""
    _, rest = split_number(" ".join(line.split()))
    return split_bullet(rest) or rest


def text_paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of plain text, the lines of wrapped ones joined, without page numbers inside a sentence."""
    text = _PAGE_NUMBER.sub("\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [line.rstrip() for line in text.translate(_CONTROL).split("\n")]
    lengths = [len(line) for line in lines if line.strip()]
    if not lengths:
        return
    wrapped = sum(length > _WRAPPED for length in lengths) <= _MAX_LONG_LINES * len(lengths)
    if not wrapped:
        yield from (line for line in lines if line.strip())
        return
    width = min(max(lengths), _WRAPPED)
    group: list[str] = []
    blank = titled = False  # titled: the number of a division stands right above
    for line in lines:
        if not line.strip():
            blank = True
            continue
        if group and (
            _begins(line)
            or _ends(group[-1], width)
            or _parts(group, line, titled=titled)
            or (blank and not _goes_on(group[-1], line))
        ):
            yield " ".join(map(str.strip, group))
            titled = _is_number(group)
            group = []
        group.append(line)
        blank = False
    if group:
        yield " ".join(map(str.strip, group))


def _parts(group: Sequence[str], line: str, *, titled: bool) -> bool:
    """Return whether a line ends what is above it by what stands there: a division's number, its title, a sentence."""
    if line.lstrip()[:1].islower():
        return False
    if is_number(line) and group[-1].endswith(_SENTENCE_END):
        return True
    if _is_number(group):
        return True
    _, title, _ = split_division(group[0].strip()) or (None, "", None)
    if title and len(group) <= _MOST_TITLE_LINES:
        return is_title(title if len(group) == 1 else group[-1], line)
    return titled and len(group) == 1 and is_title(group[0], line)


def _is_number(group: Sequence[str]) -> bool:
    return len(group) == 1 and is_number(group[0])


def _begins(line: str) -> bool:
    line = line.strip()
    return (
        line.startswith("#")
        or _MARK.match(line) is not None
        or split_number(line)[0] is not None
        or split_bullet(line) is not None
    )


def _goes_on(before: str, line: str) -> bool:
    """Return whether a sentence runs on over a blank line."""
    return not before.endswith(_SENTENCE_END) and line.lstrip()[:1].islower()


def _ends(line: str, width: int) -> bool:
    return len(line) < _SHORT * width and (line.rstrip().endswith(_SENTENCE_END) or _in_capitals(line))


def _add(line: str, builder: ReadingBuilder, items: ItemLevels) -> None:
    number, rest = split_number(line)
    bullet = split_bullet(line)
    if _is_heading(line, number, rest):
        items.close()
        builder.block("heading", rest, number=number, level=1 if _in_capitals(line) else 2)
    elif bullet is not None:
        builder.block("item", bullet, level=items.level("•"))
    elif number and is_item(number):
        builder.block("item", rest, number=number, level=items.level(number))
    else:
        items.close()
        builder.block("paragraph", rest, number=number)


def _is_heading(line: str, number: str | None, rest: str) -> bool:
    if rest.endswith(_SENTENCE_END[:3]):
        return False
    if _in_capitals(line):
        return len(line) <= _MAX_CAPITALS
    lettered = number is not None and number[0].isupper() and rest[:1].isupper()
    return lettered and len(line) <= _MAX_HEADING


def _in_capitals(line: str) -> bool:
    words = [word for word in re.findall(r"[^\W\d_]+", line) if len(word) > 1]
    return line.upper() == line and sum(map(len, words)) > max(_MIN_CAPITALS, 0.6 * len(line.replace(" ", "")))
