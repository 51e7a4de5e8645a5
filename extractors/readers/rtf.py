r"""RTF: paragraphs, the list numbers that its writer printed (`\listtext`), tables, notes and running heads.

Tables inside tables are taken as text of their cell. Deleted text of tracked changes is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import Cell, Reading
from extractors.media import RTF
from extractors.readers.gather import Gathering
from extractors.readers.numbering import ItemLevels, is_item, split_bullet, split_division, split_number
from extractors.readers.rtf_tokens import Token, tokens
from extractors.readers.unreadable import UnreadableError

_MAX_GROUPS = 10_000  # groups within groups
_MAX_HEADING = 120  # characters
_LISTED = {"listtext", "pntext"}
_RUNNING = {"header": "header", "headerl": "header", "headerr": "header", "headerf": "header"}
_RUNNING |= {"footer": "footer", "footerl": "footer", "footerr": "footer", "footerf": "footer"}
_INFO = {"title": "title", "author": "author", "subject": "subject"}
_IGNORED = {
    *("fonttbl", "colortbl", "stylesheet", "pict", "object", "fldinst", "info", "generator", "themedata", "datafield"),
    *("listtable", "listoverridetable", "revtbl", "rsidtbl", "xmlnstbl", "filetbl", "datastore", "latentstyles"),
    *("atnid", "atnauthor", "annotation", "bkmkstart", "bkmkend", "nonshppict", "shppict", "xe", "tc", "private"),
    *(
        "colorschememapping",
        "pgdsctbl",
        "mmathPr",
        "ftnsep",
        "ftnsepc",
        "aftnsep",
        "aftnsepc",
        "comment",
        "nonesttables",
    ),
}
_KEPT = {"shpinst", "shptxt", "bkmkstart", "ud", "listtext", "pntext", "footnote"}  # though a * stands before them
_SIGNS = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\n",
    "tab": "\t",
    "cell": "",
    "row": "",
    "nestcell": "\t",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds inside a group: where its text goes, and how it is printed."""

    into: str = "body"
    deleted: bool = False
    hidden: bool = False
    bold: bool = False


@dataclass(slots=True)
class _Paragraph:
    """A paragraph in the making."""

    text: list[str] = field(default_factory=list)
    mark: list[str] = field(default_factory=list)  # its number as the writer printed it
    outline: int | None = None
    in_table: bool = False
    bold: bool = True  # as long as no letter is printed otherwise


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks and tables of an RTF file; raises `UnreadableError` where groups go too deep."""
    reader = _Reader()
    for token in tokens(path.read_bytes()):
        reader.take(token)
    reader.finish()
    if reader.pictures and not reader.gathering.blocks:
        reader.gathering.warnings.append("it holds pictures only, which need OCR: save it as PDF")
        return reader.gathering.reading(RTF, status="needs_ocr")
    return reader.gathering.reading(RTF, properties={name: _joined([value]) for name, value in reader.info.items()})


class _Reader:
    """Takes the tokens one by one and gathers the blocks."""

    def __init__(self) -> None:
        self.gathering = Gathering()
        self.info: dict[str, str] = {}
        self.pictures = False
        self._stack: list[_Group] = []
        self._group = _Group()
        self._starred = False
        self._paragraph = _Paragraph()
        self._items = ItemLevels()
        self._cells: list[Cell] = []
        self._row = 0
        self._column = 0
        self._cell: list[str] = []
        self._aside: dict[str, list[str]] = {"header": [], "footer": [], "footnote": []}
        self._notes: list[str] = []
        self._revised = False

    def take(self, token: Token) -> None:
        """Take the next token."""
        if token.text:
            self._text(token.text)
        elif token.word == "{":
            if len(self._stack) > _MAX_GROUPS:
                raise UnreadableError("malformed", "its groups lie too deep in each other", "save it anew")
            self._stack.append(self._group)
        elif token.word == "}":
            self._close()
        elif token.word == "*":
            self._starred = True
            return
        else:
            self._word(token.word, token.number)
        self._starred = False

    def finish(self) -> None:
        """Gather what is left, and the notes and running heads."""
        self._end_paragraph()
        self._end_table()
        for number, text in enumerate(self._notes, start=1):
            self.gathering.block("footnote", text, number=str(number))
        body = self.gathering.blocks
        heads = dict.fromkeys(self._lines("header"))
        self.gathering.blocks = []
        for text in heads:
            self.gathering.block("header", text)
        shift = len(self.gathering.blocks)
        self.gathering.blocks += [block.model_copy(update={"id": block.id + shift}) for block in body]
        self.gathering.tables = [
            table.model_copy(update={"block": table.block + shift}) for table in self.gathering.tables
        ]
        for text in dict.fromkeys(self._lines("footer")):
            self.gathering.block("footer", text)
        if self._revised:
            self.gathering.warnings.append("it has tracked changes, which are read as accepted")

    def _lines(self, kind: str) -> list[str]:
        lines = (_joined([line]) for line in "".join(self._aside[kind]).split("\n"))
        return [line for line in lines if line]

    def _text(self, text: str) -> None:
        group = self._group
        if group.deleted or group.hidden or group.into == "nowhere":
            return
        if group.into == "body":
            self._paragraph.text.append(text)
            self._paragraph.bold &= group.bold or not text.strip()
        elif group.into == "mark":
            self._paragraph.mark.append(text)
        elif group.into in self._aside:
            self._aside[group.into].append(text)
        else:
            self.info[group.into] = self.info.get(group.into, "") + text

    def _close(self) -> None:
        was = self._group
        self._group = self._stack.pop() if self._stack else _Group()
        if was.into == "footnote" and self._group.into != "footnote":
            note = " ".join(self._lines("footnote"))
            self._aside["footnote"].clear()
            if note:
                self._notes.append(note)

    def _word(self, word: str, number: int | None) -> None:
        if self._destination(word) or self._style(word, number):
            return
        if word in _SIGNS and self._group.into != "body":
            self._text(_SIGNS[word])
        elif word in ("par", "sect", "page"):
            self._end_paragraph()
        elif word == "cell":
            self._end_cell()
        elif word == "row":
            self._end_row()
        elif word in _SIGNS:
            self._text(_SIGNS[word])

    def _destination(self, word: str) -> bool:
        """Turn the text of this group to where its first word says; tell whether the word says so."""
        self.pictures |= word == "pict"
        into = None
        if self._group.into == "nowhere" and word not in _INFO:
            return word in _IGNORED
        if word in _LISTED:
            into = "mark"
        elif word in _RUNNING:
            into = _RUNNING[word]
        elif word == "footnote":
            into = "footnote"
        elif word in _INFO and self._group.into == "nowhere":
            into = _INFO[word]
        elif word in _IGNORED or (self._starred and word not in _KEPT):
            into = "nowhere"
        if into is not None:
            self._group = replace(self._group, into=into)
        return into is not None

    def _style(self, word: str, number: int | None) -> bool:
        on = number != 0
        if word == "b":
            self._group = replace(self._group, bold=on)
        elif word == "v":
            self._group = replace(self._group, hidden=on)
        elif word == "plain":
            self._group = replace(self._group, bold=False, hidden=False, deleted=False)
        elif word in ("deleted", "revised"):
            self._revised = True
            if word == "deleted":
                self._group = replace(self._group, deleted=on)
        elif word == "pard":
            self._paragraph.in_table, self._paragraph.outline = False, None
        elif word == "intbl":
            self._paragraph.in_table = True
        elif word == "outlinelevel":
            self._paragraph.outline = number
        else:
            return False
        return True

    def _end_paragraph(self) -> None:
        paragraph = self._paragraph
        self._paragraph = _Paragraph(in_table=paragraph.in_table, outline=paragraph.outline)
        text = _joined(paragraph.text)
        mark = _joined(paragraph.mark)
        if paragraph.in_table:
            self._cell.append(f"{mark} {text}".strip())
            return
        self._end_table()
        if text:
            self._block(text, mark or None, paragraph)

    def _block(self, text: str, mark: str | None, paragraph: _Paragraph) -> None:
        number, rest = (mark, text) if mark else split_number(text)
        bullet = split_bullet(text) if number is None else None
        division = split_division(text) if mark is None else None
        short = len(text) <= _MAX_HEADING and not text.endswith((".", ";", ","))
        if mark and not any(letter.isalnum() for letter in mark):
            self.gathering.block("item", text, level=self._items.level("•"))
        elif paragraph.outline is not None or division or (paragraph.bold and short):
            level = paragraph.outline + 1 if paragraph.outline is not None else 2
            number, rest, level = division or (number, rest, level)
            self._items.close()
            self.gathering.block("heading", rest, number=number, level=level)
        elif bullet is not None:
            self.gathering.block("item", bullet, level=self._items.level("•"))
        elif number and is_item(number):
            self.gathering.block("item", rest, number=number, level=self._items.level(number))
        else:
            self._items.close()
            self.gathering.block("paragraph", rest, number=number)

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
            self.gathering.table(cells)
        else:  # a frame round text is no table
            left = [line for cell in cells for line in cell.text.split("\n")] + left
        for line in filter(None, left):
            self._block(line, None, _Paragraph(bold=False))


def _joined(parts: Sequence[str]) -> str:
    """Return pieces of text as one, white space folded; the halves of one character come as two pieces."""
    text = "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return " ".join(text.split())
