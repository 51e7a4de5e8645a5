"""`export`: tables as files, written to a temporary file first: a slow client holds no engine, no file is cut off."""

import tempfile
from collections.abc import Iterator
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import IO, Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from pipelines.access import audit
from pipelines.questions.export import Exported, SplitField, answer
from pipelines.questions.trends import MOST_SERIES
from pipelines.search.export_files import MEDIA_TYPES, MOST_XLSX_ROWS, ExportFormat, write_export
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.reviewing import withheld_from
from portal.web.routes.api.parameters import Narrowing, Text
from portal.web.turns import InTurn

router = APIRouter(tags=["export"])
EXPORTS_AT_ONCE = 2
"""Each holds an engine of the search service; its other engines stay free for searches."""
_CHUNK_BYTES = 256 << 10
_BINARY_CONTENT = {"schema": {"type": "string", "format": "binary"}}


class ExportParameters(Narrowing):
    """The parameters of an export; `by` applies to the matrix and to trends, `of` to trends alone."""

    by: SplitField | None = Field(
        default=None, description="The matrix for each year, body or subject; trends over years or sessions"
    )
    of: Annotated[list[Text], Field(max_length=MOST_SERIES)] = Field(
        default_factory=list, description="Of trends: theme:ID or dimension:ID; without any the most frequent themes"
    )
    format: ExportFormat = Field(
        default="csv", description=f"csv, jsonl (a JSON object a line) or xlsx (at most {MOST_XLSX_ROWS:,} rows)"
    )


_FILE_RESPONSE = {
    "description": "The table, a row at a time",
    "content": {kind.partition(";")[0]: _BINARY_CONTENT for kind in MEDIA_TYPES.values()},
    "headers": {
        "X-Truncated": {
            "description": "Whether there are more rows than a spreadsheet gets",
            "schema": {"type": "string", "enum": ["true", "false"]},
        }
    },
}


@router.get("/export/{what}", responses={HTTPStatus.OK: _FILE_RESPONSE}, response_class=StreamingResponse)
def export(
    request: Request, reader: AnyReader, what: Exported, given: Annotated[ExportParameters, Query()], turn: InTurn
) -> Response:
    """Give documents, passages, tags, the matrix, decisions or trends as a table, of what filters and the key leave."""
    portal = portal_of(request)
    slots: BoundedSemaphore = request.app.state.exports
    if not slots.acquire(blocking=False):
        detail = f"{EXPORTS_AT_ONCE} exports are being written: ask again in a minute"
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": "60"})
    try:
        shown = withheld_from(portal, reader).passage
        table = answer(portal.collection, what, reader, given.filters, by=given.by, of=given.of, shown=shown)
        query = f"{request.url.path}?{request.url.query}"
        audit.record(portal.settings.home, reader.actor, "export", what=what, query=query)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed after it was sent
        try:
            written = write_export(table._replace(rows=turn.each(table.rows)), given.format, file)
        except BaseException:
            file.close()
            raise
    finally:
        slots.release()
    headers = {
        "Content-Disposition": f'attachment; filename="{what}.{given.format}"',
        "Content-Length": str(file.tell()),
        "X-Truncated": "true" if written.truncated else "false",
    }
    return StreamingResponse(_chunks(file), media_type=MEDIA_TYPES[given.format], headers=headers)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
