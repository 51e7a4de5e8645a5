"""Reads details of an XLS that calamine omits, by xlrd: number formats of cells, and comments."""

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from extractors.readers.sheet_details import Comments, SheetDetails, put_comment
from extractors.readers.sheet_formats import Form, form_of
from extractors.readers.unreadable import UnreadableError

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Sheet

_LARGEST = 16 << 20  # bytes; xlrd goes through so many in two seconds


def xls_details(path: Path) -> dict[str, SheetDetails]:
    """Return the details of the sheets of a workbook by their names.

    Raises `UnreadableError` for one that xlrd does not take; calamine may take it all the same.
    """
    import xlrd

    if path.stat().st_size > _LARGEST:
        raise UnreadableError("too_large", "the workbook is too large for its formats to be read", "save it as .xlsx")
    try:
        with xlrd.open_workbook(
            str(path), formatting_info=True, on_demand=True, ragged_rows=True, logfile=StringIO()
        ) as book:
            codes = {key: made.format_str for key, made in book.format_map.items()}
            forms = [form_of(codes.get(style.format_key, "")) for style in book.xf_list]
            return {name: _details(book, name, forms) for name in book.sheet_names()}
    except Exception as error:  # xlrd raises arbitrary errors on broken files
        raise UnreadableError("malformed", f"the workbook is broken: {error}", "save it again") from error


def _details(book: "Book", name: str, forms: list[Form | None]) -> SheetDetails:
    from xlrd.formula import cellname

    sheet = book.sheet_by_name(name)
    comments: Comments = {}
    for (row, column), note in sorted(sheet.cell_note_map.items()):
        put_comment(comments, cellname(row, column), " ".join(note.author.split()), " ".join(note.text.split()))
    found = SheetDetails(_shown(sheet, forms) if any(forms) else {}, comments)
    book.unload_sheet(name)
    return found


def _shown(sheet: "Sheet", forms: list[Form | None]) -> dict[tuple[int, int], Form]:
    return {
        (row, column): form
        for row in range(sheet.nrows)
        for column in range(sheet.row_len(row))
        if (form := forms[sheet.cell_xf_index(row, column)])
    }
