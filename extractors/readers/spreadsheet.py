"""Reads spreadsheets (XLSX, XLS, ODS) by calamine: a sheet becomes a heading and a table of its displayed values.

Empty rows and columns are left out; values are text.
"""

import datetime as dt
import zipfile
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from configs.settings import ReadingLimits
from extractors.document import Cell, Reading
from extractors.media import ODS, XLS, XLSX, media_type
from extractors.readers.locked_office import is_locked, unlocked
from extractors.readers.ods_details import compact, ods_details
from extractors.readers.ooxml.graphics import FILES, Graphics
from extractors.readers.ooxml.package import check_package
from extractors.readers.ooxml.transitional import transitional
from extractors.readers.package_xml import Package, open_package, parse_part
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.sheet_details import SheetDetails, add_comments
from extractors.readers.sheet_formats import Form, Forms, sheet_forms, styles_of
from extractors.readers.sheet_rows import Span, SparseRows, Value, dense_rows, is_sparse
from extractors.readers.unreadable import UnreadableError
from extractors.readers.xls_details import xls_details
from extractors.readers.xlsx_notes import add_beside, book_part, sheet_parts

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_MAX_CELLS = 100_000  # filled ones of one file; more is data, which no reader of papers goes through
_LONGEST_WHOLE = 1e15  # numbers beyond are not exact as floats
_MAX_GRID = 2_000_000  # cells of the table, empty ones too


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:
    """Return the sheets of a workbook as headings and tables; raises `UnreadableError` for a broken one.

    Dates are ISO 8601; codes with leading zeros, per cents, years and months are as shown. Past 100,000 filled cells
    the rest is left out, with a warning. Comments on cells stand behind the table of their sheet as notes, as do the
    texts and charts that lie over that of an XLSX.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    kind = media_type(path)
    if kind != XLS:
        check_package(path, limits)
    builder = ReadingBuilder()
    try:
        with (
            _readable_copy(path, kind) as usual,
            CalamineWorkbook.from_path(str(usual)) as book,
        ):
            _Workbook(usual, kind, book, builder, limits).add_sheets()
    except CalamineError as error:
        if kind == XLS and is_locked(path):
            with unlocked(path, passwords) as opened:
                return read(opened, passwords=(), limits=limits)
        raise _unreadable_error(error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a panic of Rust, which is no `Exception`
            raise
        raise _unreadable_error(error) from error
    return builder.reading(kind if kind in (XLS, ODS) else XLSX, properties=_properties(path))


def _readable_copy(path: Path, kind: str) -> AbstractContextManager[Path]:
    """Give a path to a workbook in the form that calamine opens."""
    if kind == XLS:
        return nullcontext(path)
    return compact(path) if kind == ODS else transitional(path)


class SheetTable:
    """The filled cells of a sheet, at most so many; `cut` says whether there are more.

    `forms` say how some cells are shown.
    """

    def __init__(
        self,
        rows: Iterable[tuple[int, Sequence[Value | None]]],
        most: int,
        first_column: int = 0,
        forms: Forms = MappingProxyType({}),
    ) -> None:
        self.cut = False
        self.cells: list[tuple[int, int, str]] = []
        columns: set[int] = set()
        height = 0
        for row, values in rows:
            filled = [
                (row, column, text)
                for column, value in enumerate(values, start=first_column)
                if value not in (None, "") and (text := value_text(value, forms.get((row, column))))
            ]
            columns.update(column for _, column, _ in filled)
            height += bool(filled)
            if len(self.cells) + len(filled) > most or height * len(columns) > _MAX_GRID:
                self.cut = True
                break
            self.cells += filled

    def add_to(self, builder: ReadingBuilder, spans: Iterable[Span]) -> None:
        """Gather the cells as a table, or as paragraphs where they are one column."""
        rows = {old: new for new, old in enumerate(sorted({row for row, _, _ in self.cells}))}
        columns = {old: new for new, old in enumerate(sorted({column for _, column, _ in self.cells}))}
        merged = _spans(spans, rows, columns)
        placed = ((rows[row], columns[column], text) for row, column, text in self.cells)
        cells = [
            Cell(row=row, column=column, text=text, **merged.get((row, column), {})) for row, column, text in placed
        ]
        _add_table(cells, builder)


def value_text(value: Value | None, form: Form | None = None) -> str:
    """Return a value as a sheet shows it by a form or without its format; dates are ISO 8601."""
    shown = None if form is None or value is None else form(value)
    if value is None or shown is not None:
        return shown or ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _LONGEST_WHOLE else f"{value:.15g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return " ".join(str(value).split())


def _add_table(cells: list[Cell], builder: ReadingBuilder) -> None:
    """Gather a table; rows of one cell above it are its titles, and what has no other rows is text."""
    in_row = Counter(cell.row for cell in cells)
    titles = next((row for row in range(len(in_row)) if in_row[row] > 1), len(in_row))
    for cell in cells:
        if cell.row < titles:
            builder.block("paragraph", cell.text)
    rest = [cell.model_copy(update={"row": cell.row - titles}) for cell in cells if cell.row >= titles]
    several = len(in_row) - titles > 1
    headed = several and not any(_is_number(cell.text) for cell in rest if cell.row == 0)
    builder.table(rest, header_rows=int(headed))


def _spans(
    spans: Iterable[Span], rows: dict[int, int], columns: dict[int, int]
) -> dict[tuple[int, int], dict[str, int]]:
    """Return the spans of merged cells by their top left cell, in the rows and columns that are kept."""
    found: dict[tuple[int, int], dict[str, int]] = {}
    kept_rows, kept_columns = sorted(rows), sorted(columns)
    for (top, left), (bottom, right) in spans:
        down = _within(kept_rows, top, bottom)
        across = _within(kept_columns, left, right)
        if down and across:
            found[down.start, across.start] = {"rowspan": len(down), "colspan": len(across)}
    return found


def _within(kept: Sequence[int], first: int, last: int) -> range:
    """Return the places of the sorted numbers that lie between two, both included."""
    return range(bisect_left(kept, first), bisect_right(kept, last))


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


class _Workbook:
    """Walks the sheets of an open workbook and collects their content."""

    def __init__(
        self, path: Path, kind: str, book: "CalamineWorkbook", builder: ReadingBuilder, limits: ReadingLimits
    ) -> None:
        self._graphics = Graphics(builder, limits)
        self._related: list[str] = []  # the types of all relationships of sheets
        self._path = path
        self._is_package = kind not in (XLS, ODS)
        self._book = book
        self._builder = builder
        self._left = _MAX_CELLS
        self._styles: Sequence[Form | None] = ()
        self._details: Mapping[str, SheetDetails] = {} if self._is_package else self._read_details(kind)

    def _read_details(self, kind: str) -> Mapping[str, SheetDetails]:
        try:
            return xls_details(self._path) if kind == XLS else ods_details(self._path)
        except UnreadableError:
            self._builder.warnings.append(
                "its number formats and the comments on its cells cannot be read: save it as .xlsx"
            )
            return {}

    def add_sheets(self) -> None:
        """Gather all sheets, in their order."""
        from python_calamine import SheetVisibleEnum

        notes = 0
        with open_package(self._path) if self._is_package else nullcontext() as package:
            parts = sheet_parts(package) if package else {}
            self._styles = styles_of(package, book_part(package)) if package else ()
            for place, sheet in enumerate(self._book.sheets_metadata):
                if sheet.visible != SheetVisibleEnum.Visible:
                    self._builder.warnings.append(f"sheet {sheet.name} is hidden and is read all the same")
                notes += self._sheet(place, sheet.name, parts.get(sheet.name, ""), package)
        if notes:
            self._builder.warnings.append(f"it has {notes} comments on cells, which stand behind their sheets as notes")
        self._builder.warnings += self._graphics.warnings(self._related)

    def _sheet(self, place: int, name: str, part: str, package: Package | None) -> int:
        """Gather one sheet; return how many comments are on its cells."""
        table, spans = self._table(place, name, part, package)
        if table.cut:
            self._builder.warnings.append(
                f"sheet {name} is cut: a file is read up to {_MAX_CELLS:,} filled cells that lie together"
            )
        self._left -= len(table.cells)
        before = len(self._builder.blocks)
        self._builder.block("heading", name, level=1)
        if table.cells:
            table.add_to(self._builder, spans)
        notes = 0
        if package and part:
            notes = add_beside(package, part, self._builder, self._graphics)
            self._embedded(package, part)
        elif name in self._details:
            notes = add_comments(self._details[name].comments, self._builder)
        if len(self._builder.blocks) == before + 1:
            del self._builder.blocks[before:]  # the heading of an empty sheet
        return notes

    def _embedded(self, package: Package, part: str) -> None:
        for relation in package.relations(part):
            self._related.append(relation.kind)
            content = package.content(relation.target) if relation.kind in FILES else None
            if content:
                self._graphics.embed(relation.target, content)

    def _table(self, place: int, name: str, part: str, package: Package | None) -> tuple[SheetTable, Sequence[Span]]:
        forms: Forms = self._details[name].forms if name in self._details else {}
        if package and part.endswith(".xml"):
            if self._styles:
                with package.stream(part) as stream:
                    forms = sheet_forms(self._styles, stream)
            with package.stream(part) as stream:
                sparse = is_sparse(stream)
            if sparse:
                rows = SparseRows(self._path, name)
                table = SheetTable(rows, self._left, forms=forms)
                table.cut |= rows.cut
                return table, ()
        sheet = self._book.get_sheet_by_index(place)
        table = SheetTable(dense_rows(sheet), self._left, (sheet.start or (0, 0))[1], forms)
        return table, sheet.merged_cell_ranges or ()


def _unreadable_error(error: BaseException) -> UnreadableError:
    from python_calamine import PasswordError

    if isinstance(error, PasswordError):
        return UnreadableError("encrypted", "the workbook is locked", "save it without a password")
    if "limit exceeded" in str(error):  # of cells that one element may stand for
        return UnreadableError("too_large", f"the workbook is too large: {error}", "split it")
    return UnreadableError("malformed", f"the workbook is broken: {error}", "save it again")


def _properties(path: Path) -> dict[str, str]:
    """Return what a package declares of itself; a workbook of before 2007 declares nothing here."""
    return dict(_declared(path)) if zipfile.is_zipfile(path) else {}


def _declared(path: Path) -> Iterator[tuple[str, str]]:
    names = {"title": "title", "creator": "author", "created": "created", "creation-date": "created"}
    names |= {"language": "language", "subject": "subject"}
    for part in ("docProps/core.xml", "meta.xml"):
        root = parse_part(path, part)
        for element in () if root is None else root.iter("{*}*"):
            name = names.get(element.tag.rpartition("}")[2])
            if name and element.text:
                yield name, " ".join(element.text.split())
