"""Spreadsheets (XLSX, XLS, ODS) by calamine: a sheet is a heading and a table of the values that it shows."""

import datetime as dt
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from configs.settings import ReadingLimits
from extractors.document import Cell, Reading
from extractors.media import ODS, XLS, XLSX, media_type
from extractors.readers.gather import Gathering
from extractors.readers.ooxml import check_package
from extractors.readers.unreadable import UnreadableError

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_MAX_CELLS = 100_000  # filled ones of one file; more is data, which no reader of papers goes through
_MAX_COLUMNS = 1_000
_LONGEST_WHOLE = 1e15  # numbers beyond are not exact as floats

_Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the sheets of a workbook as headings and tables; raises `UnreadableError` for a broken one.

    Dates are ISO 8601. Past 100,000 filled cells the rest is left out, with a warning.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    kind = media_type(path)
    if kind != XLS:
        check_package(path, limits)
    gathering = Gathering()
    left = _MAX_CELLS
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            for place, sheet in enumerate(book.sheets_metadata):
                if sheet.visible != SheetVisibleEnum.Visible:
                    gathering.warnings.append(f"sheet {sheet.name} is hidden and is read all the same")
                left -= _sheet(book.get_sheet_by_index(place), gathering, left)
    except PasswordError as error:
        raise UnreadableError("encrypted", "the workbook is locked", "save it without a password") from error
    except CalamineError as error:
        raise UnreadableError("malformed", f"the workbook is broken: {error}", "save it anew") from error
    return gathering.reading(kind if kind in (XLS, ODS) else XLSX, properties=_properties(path))


def _sheet(sheet: "CalamineSheet", gathering: Gathering, most: int) -> int:
    """Gather a sheet of at most so many filled cells; return how many there were."""
    cells: list[Cell] = []
    cut = False
    for row, values in enumerate(sheet.iter_rows()):
        texts = [(column, _text(value)) for column, value in enumerate(values[:_MAX_COLUMNS])]
        filled = [(column, text) for column, text in texts if text]
        if len(cells) + len(filled) > most:
            cut = True
            break
        cells += [Cell(row=row, column=column, text=text) for column, text in filled]
    if cut:
        gathering.warnings.append(f"sheet {sheet.name} is cut: a file is read up to {_MAX_CELLS:,} filled cells")
    rows, columns = sorted({cell.row for cell in cells}), sorted({cell.column for cell in cells})
    row_of, column_of = ({old: new for new, old in enumerate(kept)} for kept in (rows, columns))
    spans = _spans(sheet, row_of, column_of)
    made = [
        cell.model_copy(
            update={
                "row": row_of[cell.row],
                "column": column_of[cell.column],
                **spans.get((row_of[cell.row], column_of[cell.column]), {}),
            }
        )
        for cell in cells
    ]
    if made:
        gathering.block("heading", sheet.name, level=1)
        _table(made, gathering)
    return len(cells)


def _table(cells: list[Cell], gathering: Gathering) -> None:
    """Gather a table; what is one column is a list of paragraphs, and one line above it is its title."""
    if max(cell.column + cell.colspan for cell in cells) == 1:
        for cell in cells:
            gathering.block("paragraph", cell.text)
        return
    first = [cell for cell in cells if cell.row == 0]
    last = max(cell.row for cell in cells)
    if len(first) == 1 and last:
        gathering.block("paragraph", first[0].text)
        _table([cell.model_copy(update={"row": cell.row - 1}) for cell in cells if cell.row], gathering)
        return
    gathering.table(cells, header_rows=int(last > 0 and all(not _is_number(cell.text) for cell in first)))


def _spans(
    sheet: "CalamineSheet", row_of: dict[int, int], column_of: dict[int, int]
) -> dict[tuple[int, int], dict[str, int]]:
    """Return the spans of merged cells by their top left cell, in the rows and columns that are kept."""
    down, across = sheet.start or (0, 0)
    spans: dict[tuple[int, int], dict[str, int]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        rows = [new for old, new in row_of.items() if top <= old + down <= bottom]
        columns = [new for old, new in column_of.items() if left <= old + across <= right]
        if rows and columns:
            spans[rows[0], columns[0]] = {"rowspan": len(rows), "colspan": len(columns)}
    return spans


def _text(value: _Value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _LONGEST_WHOLE else f"{value:.15g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return " ".join(str(value).split())


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


def _properties(path: Path) -> dict[str, str]:
    """Return what a package declares of itself; a workbook of before 2007 declares nothing here."""
    return dict(_declared(path)) if zipfile.is_zipfile(path) else {}


def _declared(path: Path) -> Iterator[tuple[str, str]]:
    from extractors.readers.package_xml import parse_part

    names = {"title": "title", "creator": "author", "created": "created", "creation-date": "created"}
    names |= {"language": "language", "subject": "subject"}
    for part in ("docProps/core.xml", "meta.xml"):
        root = parse_part(path, part)
        for element in () if root is None else root.iter("{*}*"):
            name = names.get(element.tag.rpartition("}")[2])
            if name and element.text:
                yield name, " ".join(element.text.split())
