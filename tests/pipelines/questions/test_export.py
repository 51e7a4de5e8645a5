"""Exports hold what the filters leave, row by row, and say where they do not hold all of it."""

import csv
import io
import json
import tracemalloc

import pytest
from openpyxl import load_workbook

from configs.settings import load_settings
from configs.system.errors import UsageError
from extractors.document import Document, document_id
from index.filters import EVERY_CLASS
from pipelines.access.keys import LOCAL
from pipelines.collection import Collection
from pipelines.questions.export import EXPORTED, answer
from pipelines.search.export_files import ExportRow, ExportTable, export_lines, write_export
from tests.dummy_encoder import dummy_encoders
from tests.pipelines.test_access import NOBODY, OPEN, RESTRICTED, SECRETARIAT, fill


@pytest.fixture(scope="module")
def collection(tmp_path_factory, dummy_cache):
    settings = load_settings(tmp_path_factory.mktemp("exports"), encoder="all-MiniLM-L6-v2")
    with dummy_encoders(dummy_cache):
        fill(settings, [*OPEN, *RESTRICTED], [])
        with Collection(settings) as opened:
            yield opened


def records(collection, what, held=EVERY_CLASS, *filters):
    table = answer(collection, what, LOCAL.model_copy(update={"access_classes": held}), filters)
    return [json.loads(line) for line in export_lines(table, "jsonl")]


def rows(collection, what, *filters):
    table = answer(collection, what, LOCAL, filters)
    return list(csv.DictReader(io.StringIO("".join(export_lines(table, "csv")), newline="")))


def test_documents_are_those_with_a_passage_that_is_left(collection):
    assert {one["id"] for one in records(collection, "documents")} == {one.id for one in (*OPEN, *RESTRICTED)}
    (french,) = records(collection, "documents", EVERY_CLASS, "language=fr")
    assert Document.model_validate(french).title == "Paper secret"
    (row,) = rows(collection, "documents", "language=fr")
    assert (row["document"], row["passages"], row["access"]) == (document_id("file:///secret"), "2", "secretariat")


def test_documents_without_text_are_exported_as_what_they_are(tmp_path, dummy_cache):
    settings = load_settings(tmp_path, encoder="all-MiniLM-L6-v2")
    scan = OPEN[0].model_copy(update={"passages": (), "status": "needs_ocr", "language": "en"})
    hidden = scan.model_copy(update={"id": "0" * 16, "source": "file:///hidden", "access": "secretariat"})
    with dummy_encoders(dummy_cache):
        fill(settings, [scan, hidden], [])
        with Collection(settings) as opened:
            (row,) = [one for one in rows(opened, "documents") if one["document"] == scan.id]
            assert (row["status"], row["passages"]) == ("needs_ocr", "0")
            assert len(records(opened, "documents", NOBODY, "language=en")) == 1
            assert len(records(opened, "documents")) == 2
            assert records(opened, "documents", EVERY_CLASS, "language=fr") == []
            assert records(opened, "passages") == records(opened, "tags") == []


def test_passages_are_those_that_the_filters_leave(collection):
    found = records(collection, "passages", EVERY_CLASS, "theme.named=single-window")
    assert all("single window" in one["text"] for one in found)
    assert len(found) == len(rows(collection, "passages", "theme.named=single-window")) == 4


def test_tags_are_accepted_ones_unless_a_filter_says_otherwise(collection):
    assert records(collection, "tags") == []
    found = records(collection, "tags", EVERY_CLASS, "status=suggested")
    assert len(found) == sum(len(one.passages) for one in (*OPEN, *RESTRICTED))
    assert {one["evidence"] for one in found} >= {OPEN[0].passages[0].text}
    assert records(collection, "tags", EVERY_CLASS, "status=suggested", "dimension=data_standards") == []


@pytest.mark.parametrize("what", EXPORTED)
def test_what_a_reader_may_not_see_is_not_exported(collection, what):
    hidden, shown = records(collection, what, NOBODY, "status=suggested"), records(collection, what, SECRETARIAT)
    assert "secretariat" not in json.dumps(hidden)
    assert "zorbel" not in json.dumps(hidden).casefold()
    if what in ("documents", "passages"):
        assert len(shown) > len(records(collection, what, NOBODY))


@pytest.mark.parametrize("what", EXPORTED)
def test_a_filter_that_cannot_be_read_is_refused_before_a_row_is_asked_for(collection, what):
    with pytest.raises(UsageError, match="unknown field"):
        answer(collection, what, LOCAL, ["colour=red"])


def test_an_engine_is_given_back_when_the_rows_are_taken_and_when_they_are_not(collection):
    for _ in range(10):
        table = answer(collection, "passages", LOCAL)
        next(table.rows)
        table.rows.close()
    assert len(records(collection, "passages")) == 8


def many(count):
    rows = (ExportRow({"text": str(number)}, (str(number), number)) for number in range(count))
    return ExportTable(("text", "number"), rows)


def test_a_spreadsheet_says_where_it_ends(tmp_path):
    for count, truncated in ((5, False), (6, True)):
        with (tmp_path / "t.xlsx").open("wb") as file:
            assert write_export(many(count), "xlsx", file, most_xlsx_rows=5) == (5, truncated)
        found = list(load_workbook(tmp_path / "t.xlsx").active.values)
        assert found[:2] == [("text", "number"), ("0", 0)]
        assert len(found) == 6 + truncated
        assert str(found[-1][0]).startswith("truncated after 5 rows") == truncated


def test_texts_stay_texts_in_a_spreadsheet(tmp_path):
    table = ExportTable(("a",), (ExportRow({}, (text,)) for text in ("=1+1", "plain\x1b")))
    with (tmp_path / "t.xlsx").open("wb") as file:
        write_export(table, "xlsx", file)
    header, formula, plain = (row[0] for row in load_workbook(tmp_path / "t.xlsx").active)
    assert (formula.value, formula.data_type, formula.quotePrefix) == ("=1+1", "s", True)
    assert (plain.value, header.font.bold) == ("plain", True)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_long_table_is_never_whole_in_memory(form, tmp_path):
    text = "x" * 1000
    rows = (ExportRow({"text": text}, (text,)) for _ in range(20_000))
    with (tmp_path / "t").open("wb") as file:
        tracemalloc.start()
        written = write_export(ExportTable(("text",), rows), form, file)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert written.rows == 20_000
    assert (tmp_path / "t").stat().st_size > 20_000_000
    assert most < 2_000_000
