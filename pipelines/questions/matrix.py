"""The matrix: papers by dimension, level and modality of the maturity model, of what is stated."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from configs.system.errors import UsageError
from configs.system.files import write_atomically
from configs.system.json_text import json_text
from extractors.document import Value
from index.results import Matrix, TrendField, TrendMatrix
from pipelines.access.keys import Reader
from pipelines.collection import Collection
from pipelines.search.cells import csv_bytes, write_xlsx
from pipelines.search.export_files import ExportRow, ExportTable
from pipelines.search.requests import filters_of


class MatrixParameters(Value):
    """By what the matrix is split."""

    by: TrendField | None = Field(default=None, description="One matrix for each value of this field")


def answer(
    collection: Collection, asked: MatrixParameters, reader: Reader, filters: Sequence[str] = ()
) -> Matrix | TrendMatrix:
    """Return the counts of the papers that the filters leave; of accepted tags unless a filter names the status."""
    return collection.service.matrix(filters_of(filters, reader.access_classes), asked.by)


def rows_of(matrix: Matrix | TrendMatrix) -> list[Sequence[Any]]:
    """Return a header row and one row a cell; model and provenance stand in each, so that no row loses them."""
    cells = [cell.model_dump(mode="json") for cell in matrix.cells]
    fields = list(cells[0]) if cells else []
    by = matrix.by if isinstance(matrix, TrendMatrix) else ""
    rows: list[Sequence[Any]] = [["model", "provenance", *(by if field == "value" else field for field in fields)]]
    rows += [[matrix.model, matrix.provenance, *cell.values()] for cell in cells]
    return rows


def table(collection: Collection, asked: MatrixParameters, reader: Reader, filters: Sequence[str]) -> ExportTable:
    """Return the matrix as a table, a row a cell."""
    matrix = answer(collection, asked, reader, filters)
    header, *rows = rows_of(matrix)
    of_model = {"model": matrix.model, "provenance": matrix.provenance}
    records = (of_model | cell.model_dump(mode="json") for cell in matrix.cells)
    return ExportTable(header, (ExportRow(*pair) for pair in zip(records, rows, strict=True)))


def write(matrix: Matrix | TrendMatrix, path: Path) -> None:
    """Write a matrix as `.xlsx`, `.csv` or `.json`, by the name's ending; one row a cell.

    Raises `UsageError` for another ending and `OSError` where the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind == ".json":
        write_atomically(path, json_text(matrix.model_dump(mode="json"), indent=2))
    elif kind == ".csv":
        write_atomically(path, csv_bytes(rows_of(matrix)))
    elif kind == ".xlsx":
        out = io.BytesIO()
        write_xlsx(out, "matrix", rows_of(matrix))
        write_atomically(path, out.getvalue())
    else:
        raise UsageError(f"{path}: unknown kind of file", "end the name with .json, .csv, .xlsx")
