"""Reads details of an ODS that calamine omits: displayed forms of cell values, and comments.

The file holds the text that each cell shows, so that no style has to be looked up. XML with a line for each element,
which calamine refuses, is rewritten for it.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

from extractors.readers.memory_file import file_in_memory
from extractors.readers.odt.reader import paragraph_text
from extractors.readers.ooxml.transitional import changed_copy
from extractors.readers.package_xml import Element, open_package
from extractors.readers.sheet_details import Comments, SheetDetails, put_comment
from extractors.readers.sheet_formats import Form, form_of
from extractors.readers.sheet_rows import MAX_COUNTED
from extractors.readers.unreadable import UnreadableError

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_OFFICE, _TABLE, _TEXT = f"{{{_OASIS}:office:1.0}}", f"{{{_OASIS}:table:1.0}}", f"{{{_OASIS}:text:1.0}}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_SHEET, _ROW, _CELL = f"{_TABLE}table", f"{_TABLE}table-row", f"{_TABLE}table-cell"
_COVERED = f"{_TABLE}covered-table-cell"
_MOST_REPEATED = 1000
_LONGEST_CODE = 255  # digits
_CODE = re.compile(r"\d+(?:[ .\-/]\d+)*")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[ .]\d{3})*|[1-9]\d*")  # numbers as they are, with separators or without
_PER_CENT = re.compile(r"-?\d+(?:[.,](?P<places>\d+))?\s?%")
_YEAR, _MONTH = re.compile(r"\d{4}"), re.compile(r"[^\W\d]{3,}\W+(?P<year>\d{2}|\d{4})")
_CONTENT = "content.xml"
_BETWEEN = re.compile(rb"(?<=>)\s+(?=</?table:)|(<table:(?:covered-)?table-cell\b[^<>]*>)\s+(?=<)")
"""White space between the elements of a table, which says nothing."""


def ods_details(path: Path) -> dict[str, SheetDetails]:
    """Return the details of the sheets of a workbook by their names; to be called after `check_package`.

    Raises `UnreadableError` where its content is not valid XML.
    """
    from lxml.etree import XMLSyntaxError

    try:
        with open_package(path) as package, package.stream("content.xml") as stream:
            return dict(_sheets(stream))
    except XMLSyntaxError as error:
        raise UnreadableError("malformed", f"content.xml is not valid XML: {error}", "save the file again") from error


def _sheets(stream: IO[bytes]) -> Iterator[tuple[str, SheetDetails]]:
    """Yield name and details of each sheet; what lies behind so many cells that sheets are cut is left out."""
    from lxml.etree import iterparse

    forms: dict[tuple[int, int], Form] = {}
    comments: Comments = {}
    row = column = count = 0
    tags = (_SHEET, _ROW, _CELL, _COVERED)
    for event, element in iterparse(
        stream, events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False
    ):
        if event == "start":
            if element.tag == _SHEET:
                forms, comments, row = {}, {}, 0
            elif element.tag == _ROW:
                column = 0
        elif element.tag == _SHEET:
            yield element.get(f"{_TABLE}name", ""), SheetDetails(forms, comments)
            element.clear()
        elif element.tag == _ROW:
            row += _repeated(element, "rows")
            element.clear()
        elif count < MAX_COUNTED:
            wide, high = _repeated(element, "columns"), _repeated(element.getparent(), "rows")
            form = _form(element) if len(element) else None
            if form:
                places = ((row + down, column + across) for down in range(high) for across in range(wide))
                forms |= dict.fromkeys(islice(places, _MOST_REPEATED), form)
            for comment in element.iterchildren(f"{_OFFICE}annotation"):
                _comment(comment, row, column, comments)
            column += wide
            count += 1


def _form(cell: Element) -> Form | None:
    """Return how a cell is shown, by its text; None where that does not change what its value says."""
    kind, text = cell.get(f"{_OFFICE}value-type"), " ".join(_lines(cell))
    if kind == "percentage":
        shown = _PER_CENT.fullmatch(text)
        return form_of(f"0.{'0' * len(shown['places'])}%" if shown["places"] else "0%") if shown else None
    if kind == "date":
        return _date_form(text, cell.get(f"{_OFFICE}date-value") or "")
    if kind != "float" or not _CODE.fullmatch(text) or _THOUSANDS.fullmatch(text):
        return None
    digits = re.sub(r"\D", "", text)
    if len(digits) > _LONGEST_CODE or str(int(digits)) != cell.get(f"{_OFFICE}value"):
        return None
    return form_of(re.sub(r"\D+", lambda match: f'"{match[0]}"', re.sub(r"\d", "0", text)))


def _date_form(text: str, date: str) -> Form | None:
    """Return how a date is shown: by its year, or by month and year; "March 15" may be a day in March."""
    if _YEAR.fullmatch(text):
        return form_of("yyyy")
    month = _MONTH.fullmatch(text)
    year, _, rest = date.partition("-")
    shown = month["year"] if month else ""
    return form_of("mmm yyyy") if shown and year.endswith(shown) and rest[3:5] != shown else None


def _comment(element: Element, row: int, column: int, comments: Comments) -> None:
    from openpyxl.utils import get_column_letter

    author = " ".join((element.findtext(_CREATOR) or "").split())
    put_comment(comments, f"{get_column_letter(column + 1)}{row + 1}", author, " ".join(_lines(element)))


def _lines(element: Element) -> Iterator[str]:
    """Return the paragraphs right inside an element, white space folded."""
    return map(paragraph_text, element.iterchildren(f"{_TEXT}p"))


def _repeated(element: Element, what: str) -> int:
    count = element.get(f"{_TABLE}number-{what}-repeated") or "1"
    return int(count) if count.isdecimal() else 1


@contextmanager
def compact(path: Path) -> Iterator[Path]:
    """Give a path to an ODS without white space between cells: the file itself, or a copy in memory.

    To be called after `check_package`.
    """
    with zipfile.ZipFile(path) as package:
        spaced = _CONTENT in package.NameToInfo and _BETWEEN.search(package.read(_CONTENT)) is not None
        content = changed_copy(package, _compacted) if spaced else b""
    if not spaced:
        yield path
        return
    with file_in_memory(content) as copy:
        yield copy


def _compacted(name: str, content: bytes) -> bytes:
    return _BETWEEN.sub(lambda match: match[1] or b"", content) if name == _CONTENT else content
