r"""Reads RTF: paragraphs, printed list numbers (`\listtext`), tables, notes and running heads.

Tables inside tables are taken as text of their cell. Deleted text of tracked changes is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import Cell, Mark, MarkKind, Reading
from extractors.media import RTF
from extractors.readers.metafile import text_of_metafile
from extractors.readers.ooxml.graphics import embedded_warnings
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.rtf.look import Colours, Look
from extractors.readers.rtf.tokens import ASIDE, IGNORED, INFO, KEPT, LISTED, METAFILES, RUNNING, SIGNS, Token, tokens
from extractors.readers.unreadable import UnreadableError
from extractors.text.numbering import BULLET, ItemLevels, is_item, split_bullet, split_division, split_number
from extractors.text.superscripts import superscript

_MAX_GROUPS = 10_000  # groups within groups
_MAX_DEPTH = 8  # of lists in lists
_MAX_HEADING = 120  # characters


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds inside a group: where its text goes, and how it is printed."""

    into: str = "body"
    look: Look = field(default_factory=Look)


@dataclass(slots=True)
class _Paragraph:
    """A paragraph in the making."""

    text: list[str] = field(default_factory=list)
    mark: list[str] = field(default_factory=list)  # its number as the writer printed it
    marks: list[MarkKind | None] = field(default_factory=list)  # of redaction, for each piece of text
    outline: int | None = None
    depth: int = 0  # in its list
    ground: int = 0  # the colour behind it
    in_table: bool = False
    bold: bool = True  # as long as no letter is printed otherwise
    hidden: bool = False  # whether a part of it is not printed


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks and tables of an RTF file; raises `UnreadableError` where groups go too deep."""
    reader = _Reader()
    for token in tokens(path.read_bytes()):
        reader.take(token)
    reader.finish()
    if reader.pictures and not reader.builder.blocks:
        reader.builder.warnings.append("it holds pictures only, which need OCR: save it as PDF")
        return reader.builder.reading(RTF, status="needs_ocr")
    return reader.builder.reading(RTF, properties={name: _joined([value]) for name, value in reader.info.items()})


class _Reader:
    """Processes the tokens one by one and collects the blocks."""

    def __init__(self) -> None:
        self.builder = ReadingBuilder()
        self.info: dict[str, str] = {}
        self.pictures = False
        self._stack: list[_Group] = []
        self._group = _Group()
        self._opened = False  # by the token before
        self._starred = False
        self._paragraph = _Paragraph()
        self._items = ItemLevels()
        self._cells: list[Cell] = []
        self._row = 0
        self._column = 0
        self._cell: list[str] = []
        self._aside: dict[str, list[str]] = {
            name: [] for name in ("header", "footer", "footnote", "comment", "commenter")
        }
        self._notes: list[str] = []
        self._comments: list[str] = []
        self._colours = Colours()
        self._revised = False
        self._hidden = 0
        self._objects = 0
        self._metafile: list[str] = []  # the bytes of a picture, as they are written
        self._drawn: list[str] = []  # the lines of the pictures of a paragraph

    def take(self, token: Token) -> None:
        """Process the next token."""
        opened, self._opened = self._opened, token.word == "{"
        if token.word == "bin":
            if self._group.into == "metafile":
                self._metafile.append(token.text)
        elif token.text:
            self._text(token.text)
        elif token.word == "{":
            if len(self._stack) > _MAX_GROUPS:
                raise UnreadableError("malformed", "its groups are nested too deeply", "save it again")
            self._stack.append(self._group)
        elif token.word == "}":
            self._close()
        elif token.word == "*":
            self._starred = opened  # elsewhere in a group it marks nothing
            return
        else:
            self._word(token.word, token.number)
        self._starred = False

    def finish(self) -> None:
        """Add the pending paragraph, the notes and the running heads."""
        self._end_paragraph()
        self._end_table()
        for number, text in enumerate(self._notes, start=1):
            self.builder.block("footnote", text, number=str(number))
        for number, text in enumerate(self._comments, start=1):
            self.builder.block("footnote", text, number=f"[{number}]")
        body = self.builder.blocks
        heads = dict.fromkeys(self._lines("header"))
        self.builder.blocks = []
        for text in heads:
            self.builder.block("header", text)
        shift = len(self.builder.blocks)
        self.builder.blocks += [block.model_copy(update={"id": block.id + shift}) for block in body]
        self.builder.tables = [table.model_copy(update={"block": table.block + shift}) for table in self.builder.tables]
        for text in dict.fromkeys(self._lines("footer")):
            self.builder.block("footer", text)
        self.builder.warnings += self._warnings()

    def _warnings(self) -> Iterator[str]:
        if self._revised:
            yield "it has tracked changes, which are read as accepted"
        if self._comments:
            yield f"it has {len(self._comments)} comments, which stand behind the text as notes"
        if self._hidden:
            yield f"it has hidden text in {self._hidden} paragraphs, which is not printed and which is left out"
        yield from embedded_warnings(0, self._objects)

    def _lines(self, kind: str) -> list[str]:
        lines = (_joined([line]) for line in "".join(self._aside[kind]).split("\n"))
        return [line for line in lines if line]

    def _text(self, text: str) -> None:
        group = self._group
        if group.into == "body" and group.look.hidden and not group.look.deleted:
            self._paragraph.hidden |= bool(text.strip())
        if group.look.deleted or group.look.hidden or group.into in ("nowhere", "picture"):
            return
        text = superscript(text) if group.look.raised else text
        if group.into == "body":
            self._paragraph.text.append(text)
            if text.strip():
                self._paragraph.bold &= group.look.bold
                self._paragraph.marks.append(self._colours.mark(group.look, self._paragraph.ground))
        elif group.into == "mark":
            self._paragraph.mark.append(text)
        elif group.into == "colours":
            self._colours.text(text)
        elif group.into == "metafile":
            self._metafile.append(text)
        elif group.into in self._aside:
            self._aside[group.into].append(text)
        else:
            self.info[group.into] = self.info.get(group.into, "") + text

    def _close(self) -> None:
        was = self._group
        self._group = self._stack.pop() if self._stack else _Group()
        if was.into == "metafile" != self._group.into:
            self._drawn += text_of_metafile(_from_hex("".join(self._metafile)))
            self._metafile.clear()
        if was.into not in ("footnote", "comment") or self._group.into == was.into:
            return
        text = " ".join(self._lines(was.into))
        self._aside[was.into].clear()
        author = ""
        if was.into == "comment":
            author = " ".join(self._lines("commenter"))
            self._aside["commenter"].clear()
        if text:
            said = f"{author}: {text}" if author else text
            (self._comments if was.into == "comment" else self._notes).append(said)

    def _word(self, word: str, number: int | None) -> None:
        if self._group.into == "colours":
            self._colours.word(word, number)
            return
        if self._destination(word) or self._style(word, number):
            return
        if word in SIGNS and self._group.into != "body":
            self._text(SIGNS[word])
        elif word in ("par", "sect", "page"):
            self._end_paragraph()
        elif word == "cell":
            self._end_cell()
        elif word == "row":
            self._end_row()
        elif word in SIGNS:
            self._text(SIGNS[word])

    def _destination(self, word: str) -> bool:
        """Redirect the text of this group to the destination that its first word names; return whether it names one."""
        self.pictures |= word == "pict"
        self._objects += word == "object"
        into = None
        if self._group.into == "nowhere" and word not in INFO:
            return word in IGNORED
        if word in LISTED:
            into = "mark"
        elif word == "pict":
            into = "picture"
        elif word in METAFILES and self._group.into == "picture":
            into = "metafile"
        elif word == "colortbl":
            into = "colours"
        elif word in RUNNING or word in ASIDE:
            into = RUNNING.get(word) or ASIDE[word]
        elif word in INFO and self._group.into == "nowhere":
            into = INFO[word]
        elif word in IGNORED or (self._starred and word not in KEPT):
            into = "nowhere"
        if into is not None:
            self._group = replace(self._group, into=into)
        return into is not None

    def _style(self, word: str, number: int | None) -> bool:
        look = self._group.look.after(word, number)
        self._revised |= word in ("deleted", "revised")
        if look is not None:
            self._group = replace(self._group, look=look)
        elif word == "pard":
            self._paragraph.in_table, self._paragraph.outline = False, None
            self._paragraph.ground = self._paragraph.depth = 0
        elif word == "intbl":
            self._paragraph.in_table = True
        elif word == "outlinelevel":
            self._paragraph.outline = number
        elif word == "ilvl":
            self._paragraph.depth = min(max(0, number or 0), _MAX_DEPTH)
        elif word == "cbpat":
            self._paragraph.ground = number or 0
        else:
            return word == "revised"
        return True

    def _end_paragraph(self) -> None:
        paragraph = self._paragraph
        self._paragraph = _Paragraph(
            in_table=paragraph.in_table, outline=paragraph.outline, ground=paragraph.ground, depth=paragraph.depth
        )
        text = _joined(paragraph.text)
        mark = _joined(paragraph.mark)
        self._hidden += paragraph.hidden
        self.builder.marks += [Mark(kind=kind, number=mark or None) for kind, _ in groupby(paragraph.marks) if kind]
        drawn, self._drawn = self._drawn, []
        if paragraph.in_table:
            self._cell += [f"{mark} {text}".strip(), *drawn]
            return
        self._end_table()
        if text:
            self._block(text, mark or None, paragraph)
        for line in drawn:
            self.builder.block("paragraph", line)

    def _block(self, text: str, mark: str | None, paragraph: _Paragraph) -> None:
        number, rest = (mark, text) if mark else split_number(text)
        bullet = split_bullet(text) if number is None else None
        division = split_division(text) if mark is None else None
        short = len(text) <= _MAX_HEADING and not text.endswith((".", ";", ","))
        if mark and not any(letter.isalnum() for letter in mark):
            self.builder.block("item", text, level=self._items.level(BULLET * (paragraph.depth + 1)))
        elif paragraph.outline is not None or division or (paragraph.bold and short):
            level = paragraph.outline + 1 if paragraph.outline is not None else 2
            number, rest, level = division or (number, rest, level)
            self._items.close()
            self.builder.block("heading", rest, number=number, level=level)
        elif bullet is not None:
            self.builder.block("item", bullet, level=self._items.level(BULLET))
        elif number and is_item(number):
            self.builder.block("item", rest, number=number, level=self._items.level(number))
        else:
            self._items.close()
            self.builder.block("paragraph", rest, number=number)

    def _end_cell(self) -> None:
        self._paragraph.in_table = True
        self._end_paragraph()
        text = "\n".join(filter(None, self._cell))
        self._cell = []
        self._cells.append(Cell(row=self._row, column=self._column, text=text))
        self._column += 1

    def _end_row(self) -> None:
        if self._column:
            self._row, self._column = self._row + 1, 0

    def _end_table(self) -> None:
        cells, self._cells = self._cells, []
        left, self._cell = self._cell, []
        rows = self._row + (self._column > 0)
        self._row = self._column = 0
        if rows > 1 and max(cell.column for cell in cells) > 0:
            self.builder.table(cells)
        else:  # a frame round text is no table
            left = [line for cell in cells for line in cell.text.split("\n")] + left
        for line in filter(None, left):
            self._block(line, None, _Paragraph(bold=False))


def _joined(parts: Sequence[str]) -> str:
    """Return pieces of text as one, white space folded; the halves of one character come as two pieces."""
    text = "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return " ".join(text.split())


def _from_hex(written: str) -> bytes:
    """Return the bytes of a picture; none where they are not written as digits."""
    try:
        return bytes.fromhex(written)
    except ValueError:
        return b""
