r"""Reads Word 97 to 2003 by kreuzberg: paragraphs with typed numbers, and tables inferred from tabs.

Numbers that Word makes, notes, running heads, comments and text boxes are not in the text that kreuzberg gives; a
warning says which of them a file has.

Tables are reconstructed from text where a tab ends every cell, and one more every row. The columns are inferred from
where rows end: a table whose rows differ in their number of cells comes in parts, and one with a single row or column
is text. A blank line ends a table.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from configs.settings import ReadingLimits
from extractors.document import Cell, Reading
from extractors.media import DOC
from extractors.readers.doc.header import WordHeader, word_header
from extractors.readers.locked_office import unlocked
from extractors.readers.ole_properties import ole_properties
from extractors.readers.ooxml.graphics import embedded_warnings
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.text import add_paragraphs
from extractors.readers.unreadable import UnreadableError
from extractors.readers.word_fields import without_fields

_OBJECTS = "ObjectPool"
_PICTURES = "Data"
_MAX_COLUMNS = 63  # of a table in Word
_MIN_COLUMNS = 2

Rows = list[list[str]]


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks and tables of a Word file of before 2007.

    Raises `UnreadableError`: `encrypted` where no password opens it, `unsupported` for Word 6 and 95 and for Chinese
    or Japanese text, `malformed` where it is damaged.
    """
    import olefile

    content = path.read_bytes()
    with olefile.OleFileIO(BytesIO(content)) as ole:
        locked = word_header(ole).encrypted
    if locked:
        with unlocked(path, passwords) as opened:
            content = opened.read_bytes()
    with olefile.OleFileIO(BytesIO(content)) as ole:
        header = word_header(ole)
        if header.encrypted:
            raise UnreadableError("encrypted", "how this file is locked is not known", "take the password off in Word")
        properties = ole_properties(ole)
        objects = sum(folder == _OBJECTS and not below for folder, _, *below in _storages(ole))
        pictures = ole.exists(_PICTURES) and ole.get_size(_PICTURES) > 0
    builder = ReadingBuilder()
    lines: list[str] = []
    for part in lines_and_tables(_text(content)):
        if isinstance(part, str):
            lines.append(part)
            continue
        add_paragraphs(lines, builder)
        lines = []
        builder.table(list(_cells(part)))
    add_paragraphs(lines, builder)
    builder.warnings += [*_warn_of_unread(header), *embedded_warnings(0, objects)]
    if pictures and not builder.blocks:
        builder.warnings.append("it holds pictures only, which need OCR: save it as PDF")
        return builder.reading(DOC, status="needs_ocr", properties=properties)
    return builder.reading(DOC, properties=properties)


def _storages(ole: Any) -> list[list[str]]:  # noqa: ANN401 - olefile has no types
    """Return the paths of the storages below others."""
    return [path for path in ole.listdir(streams=False, storages=True) if len(path) > 1]


def _text(content: bytes) -> str:
    """Return the main text: a line a paragraph, a tab behind each cell and each row of a table."""
    import kreuzberg

    # its cache would keep the texts of papers in the user's folder
    config = kreuzberg.ExtractionConfig(
        use_cache=False, enable_quality_processing=False, concurrency=kreuzberg.ConcurrencyConfig(max_threads=1)
    )
    try:
        return kreuzberg.extract_bytes_sync(content, DOC, config=config).content
    except kreuzberg.KreuzbergError as error:
        raise UnreadableError("malformed", f"the Word file is damaged: {error}", "save it as .docx") from error


def _cells(rows: Rows) -> Iterator[Cell]:
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            lines = (" ".join(without_fields(line).split()) for line in text.split("\n"))
            yield Cell(row=row, column=column, text="\n".join(filter(None, lines)))


def _warn_of_unread(header: WordHeader) -> Iterator[str]:
    """Warn of parts that the file has besides its text, and of what is special about the text."""
    if header.numbered is None:
        yield "the formats of its paragraphs are damaged: numbers that Word makes may be missing"
    elif header.numbered:
        yield (
            f"{header.numbered} paragraphs have numbers or bullets that Word makes, which are missing: save it as .docx"
            " to have them"
        )
    beside = {
        "notes": header.notes,
        "headers and footers": header.running,
        "comments": header.comments,
        "text boxes": header.boxes,
    }
    missing = [name for name, characters in beside.items() if characters]
    if missing:
        yield f"its {', '.join(missing)} are not read: save it as .docx to have them"
    if header.revised:
        yield "it has tracked changes: deleted text may be among what is read"


def lines_and_tables(text: str) -> Iterator[str | Rows]:
    """Yield the lines of a text and the rows of the tables in it, in their order; blank lines are left out."""
    for chunk in text.split("\n\n"):
        for part in _parts(chunk.split("\t")):
            if isinstance(part, str):
                yield from filter(str.strip, part.split("\n"))
            else:
                yield part


def _parts(tokens: list[str]) -> Iterator[str | Rows]:
    """Yield the texts and the tables of a chunk, given as what stands between its tabs."""
    if not _columns(tokens, 0) and _columns(["", *tokens], 0):
        tokens = ["", *tokens]  # a chunk has lost the tab of an empty cell at its start
    done = at = 0
    while at < len(tokens):
        columns = _first_row(tokens, at)
        if not columns:
            at += 1
            continue
        before, _, first = tokens[at].rpartition("\n")
        yield "\t".join([*tokens[done:at], before])
        rows = _rows(tokens, at, columns)
        at += len(rows) * (columns + 1)
        done = at
        rows[0][0] = first
        yield rows
    yield "\t".join(tokens[done:])


def _first_row(tokens: Sequence[str], at: int) -> int:
    """Return the number of columns of a table that begins at a token, 0 where none does.

    A line that ends inside the row is more likely one before the table, if a table begins behind it.
    """
    columns = _columns(tokens, at)
    inside = range(at + 1, at + columns)
    if any("\n" in tokens[place] for place in inside) and any(_columns(tokens, place) for place in inside):
        return 0
    return columns


def _columns(tokens: Sequence[str], at: int) -> int:
    """Return the least number of columns with which two rows stand at a token, 0 where there is none."""
    for columns in range(_MIN_COLUMNS, min(_MAX_COLUMNS, len(tokens) - at - 1) + 1):
        if not tokens[at + columns] and _is_row(tokens, at + columns + 1, columns):
            return columns
    return 0


def _is_row(tokens: Sequence[str], at: int, columns: int) -> bool:
    """Return whether a row that goes on a table stands at a token; the last of a chunk has lost the tabs of its end."""
    end = at + columns
    if end > len(tokens) or "\n" in tokens[at]:
        return False
    return end == len(tokens) or not tokens[end]


def _rows(tokens: Sequence[str], at: int, columns: int) -> Rows:
    rows = [list(tokens[at : at + columns])]
    at += columns + 1
    while _is_row(tokens, at, columns):
        rows.append(list(tokens[at : at + columns]))
        at += columns + 1
    return rows
