"""Tables as files: JSON, CSV and spreadsheets, in which texts remain texts."""

import io
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import HTTPException
from pydantic import BaseModel
from starlette.responses import Response

from configs.system.json_text import json_text
from pipelines.search.cells import csv_bytes, write_xlsx
from pipelines.search.export_files import MEDIA_TYPES

KINDS = ("json", "csv", "xlsx")


def known_kind(kind: str) -> str:
    """Return the requested file extension; 404 for one that is not in `KINDS`."""
    if kind not in KINDS:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no .{kind[:10]} here: ask for .{', .'.join(KINDS)}")
    return kind


def file_response(name: str, kind: str, value: BaseModel, rows: Callable[[], Iterable[Sequence[Any]]]) -> Response:
    """Return a value as JSON, or the rows that it makes, the first of which is the header, as a file to be kept."""
    if kind == "json":
        return Response(json_text(value.model_dump(mode="json")), media_type="application/json")
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "csv":
        return Response(csv_bytes(rows()), media_type=MEDIA_TYPES["csv"], headers=disposition)
    out = io.BytesIO()
    write_xlsx(out, "Customs Lens", rows())
    return Response(out.getvalue(), media_type=MEDIA_TYPES["xlsx"], headers=disposition)
