"""Word 97 to 2003 by kreuzberg: paragraphs, the numbers typed before them, tables as far as tabs show them.

Numbers that Word makes, notes, running heads, comments and text boxes are not in the text that kreuzberg gives; a
warning says which of them a file has.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from configs.settings import ReadingLimits
from extractors.document import Cell, Reading
from extractors.media import DOC
from extractors.readers.doc.header import WordHeader, word_header
from extractors.readers.doc.tables import Rows, lines_and_tables
from extractors.readers.locked_office import unlocked
from extractors.readers.ole_properties import ole_properties
from extractors.readers.ooxml.graphics import embedded_warnings
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.text import add_paragraphs
from extractors.readers.unreadable import UnreadableError
from extractors.readers.word_fields import without_fields

_OBJECTS = "ObjectPool"
_PICTURES = "Data"


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
    builder.warnings += [*_not_read(header), *embedded_warnings(0, objects)]
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


def _not_read(header: WordHeader) -> Iterator[str]:
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
