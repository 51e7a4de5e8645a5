"""Counts written to files that spreadsheets and programs read."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from configs.errors import UsageError
from configs.files import write_atomically
from configs.json_text import json_text
from index.results import Matrix, TrendMatrix
from pipelines.search.cells import csv_bytes, write_xlsx


def export_matrix(matrix: Matrix | TrendMatrix, path: Path) -> None:
    """Write a matrix as `.xlsx`, `.csv` or `.json`, by the name's ending; one row a cell.

    Raises `UsageError` for another ending and `OSError` where the file cannot be written.
    """
    writers = {".json": _write_json, ".csv": _write_csv, ".xlsx": _write_xlsx}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise UsageError(f"{path}: unknown kind of file", f"end the name with {', '.join(writers)}")
    writer(matrix, path)


def _write_json(matrix: Matrix | TrendMatrix, path: Path) -> None:
    write_atomically(path, json_text(matrix.model_dump(mode="json"), indent=2))


def _write_csv(matrix: Matrix | TrendMatrix, path: Path) -> None:
    write_atomically(path, csv_bytes(matrix_rows(matrix)))


def _write_xlsx(matrix: Matrix | TrendMatrix, path: Path) -> None:
    out = io.BytesIO()
    write_xlsx(out, "matrix", matrix_rows(matrix))
    write_atomically(path, out.getvalue())


def matrix_rows(matrix: Matrix | TrendMatrix) -> list[Sequence[Any]]:
    """Return a header row and one row a cell; model and provenance stand in each, so that no row loses them."""
    cells = [cell.model_dump(mode="json") for cell in matrix.cells]
    fields = list(cells[0]) if cells else []
    by = matrix.by if isinstance(matrix, TrendMatrix) else ""
    rows: list[Sequence[Any]] = [["model", "provenance", *(by if field == "value" else field for field in fields)]]
    rows += [[matrix.model, matrix.provenance, *cell.values()] for cell in cells]
    return rows
