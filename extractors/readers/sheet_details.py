"""Details of a sheet beside the values of its cells: formats and comments."""

from typing import NamedTuple

from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.sheet_formats import Forms

Comments = dict[str, list[str]]
"""The comments on the cells of a sheet, with their authors, by the name of the cell (`B4`)."""


class SheetDetails(NamedTuple):
    """How cells of a sheet are shown, and the comments on them."""

    forms: Forms
    comments: Comments


def put_comment(comments: Comments, cell: str, author: str, text: str) -> None:
    """Add a comment, unless it is empty; the name of its author is put before it unless it begins with that."""
    if text:
        line = text if not author or text.startswith(f"{author}:") else f"{author}: {text}"
        comments.setdefault(cell, []).append(line)


def add_comments(comments: Comments, builder: ReadingBuilder) -> int:
    """Add comments as notes whose number is their cell; return how many these are."""
    for cell, lines in comments.items():
        for line in lines:
            builder.block("footnote", line, number=cell)
    return sum(map(len, comments.values()))
