"""Tables as files: CSV and spreadsheets, whose texts stay texts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi import HTTPException
from starlette.responses import Response

from pipelines.search.cells import csv_bytes, xlsx_bytes

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Rows = Iterable[Sequence[Any]]

TABLES: Mapping[str, tuple[str, Callable[[Rows], bytes]]] = {
    "csv": ("text/csv", csv_bytes),
    "xlsx": (_XLSX, partial(xlsx_bytes, "Customs Lens")),
}
"""The kinds of files by the ending of their names: media type, and what writes them."""


def table_response(name: str, kind: str, rows: Rows) -> Response:
    """Return rows, the first of which is the header, as a file to be kept; 404 for another kind than `TABLES`."""
    if kind not in TABLES:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no .{kind[:10]} here: ask for .json, .csv or .xlsx")
    media_type, write = TABLES[kind]
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(write(rows), media_type=media_type, headers=disposition)
