import datetime as dt
import zipfile

import openpyxl
import pytest

from extractors.readers import read, spreadsheet

ODS = "application/vnd.oasis.opendocument.spreadsheet"


@pytest.fixture
def workbook(tmp_path, limits):
    """Write sheets, each a list of rows, and read the file."""

    def go(merge=None, hide=None, **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
            if merge:
                sheet.merge_cells(merge)
            if name == hide:
                sheet.sheet_state = "hidden"
        book.save(tmp_path / "book.xlsx")
        return read(tmp_path / "book.xlsx", limits=limits)

    return go


def test_a_sheet_is_a_heading_and_a_table(workbook):
    reading = workbook(
        Members=[["Member", "Since"], ["Arvenia", dt.date(2019, 5, 3)]], Fees=[["Fee", "EUR"], ["Stamp", 7.5]]
    )
    assert [(block.kind, block.text) for block in reading.blocks] == [
        ("heading", "Members"),
        ("table", "Member\tSince\nArvenia\t2019-05-03"),
        ("heading", "Fees"),
        ("table", "Fee\tEUR\nStamp\t7.5"),
    ]
    assert reading.tables[0].header_rows == 1
    assert reading.media_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (7.0, "7"),
        (0.1 + 0.2, "0.3"),
        (True, "TRUE"),
        (
            dt.datetime(2020, 1, 2, 3, 4),  # noqa: DTZ001 - a sheet knows no zones
            "2020-01-02T03:04:00",
        ),
        (dt.time(9, 30), "09:30:00"),
        ("two\nlines", "two lines"),
    ],
)
def test_values_as_text(workbook, value, shown):
    assert workbook(S=[["a", "b"], ["x", value]]).tables[0].rows[1][1] == shown


def test_empty_rows_and_columns_are_left_out_and_a_title_stands_above(workbook):
    reading = workbook(S=[["Table 1: fees"], [], ["a", None, "b"], [1, None, 2]])
    assert [(block.kind, block.text) for block in reading.blocks][1:] == [
        ("paragraph", "Table 1: fees"),
        ("table", "a\tb\n1\t2"),
    ]


def test_a_single_column_is_text(workbook):
    reading = workbook(S=[["First."], ["Second."]])
    assert [block.kind for block in reading.blocks] == ["heading", "paragraph", "paragraph"]


def test_merged_cells_stand_once(workbook):
    reading = workbook(S=[["Fees", None, "x"], ["a", "b", "c"]], merge="A1:B1")
    assert reading.tables[0].rows[0] == ("Fees", "", "x")
    assert reading.tables[0].cells[0].colspan == 2


def test_a_hidden_sheet_is_flagged(workbook):
    reading = workbook(A=[["a", "b"], ["c", "d"]], B=[["e", "f"], ["g", "h"]], hide="B")
    assert "hidden" in reading.warnings[0]


def test_a_huge_sheet_is_cut_with_a_warning(workbook, monkeypatch):
    monkeypatch.setattr(spreadsheet, "_MAX_CELLS", 10)
    reading = workbook(S=[["a", "b"]] * 20)
    assert len(reading.tables[0].rows) == 5
    assert "cut" in reading.warnings[0]


def test_opendocument_and_properties(tmp_path, limits):
    path = tmp_path / "book.ods"
    cell = '<table:table-cell office:value-type="{}" {}><text:p>{}</text:p></table:table-cell>'
    row = cell.format("string", "", "Since") + cell.format("date", 'office:date-value="2019-05-03"', "3 May")
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("mimetype", ODS)
        out.writestr("META-INF/manifest.xml", "<manifest/>")
        body = f'<table:table table:name="S"><table:table-row>{row}</table:table-row></table:table>'
        out.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>{body}{''}</office:spreadsheet>"
            "</office:body></office:document-content>",
        )
        out.writestr("meta.xml", "<m xmlns:dc='x'><dc:title>Fees</dc:title></m>")
    reading = read(path, limits=limits)
    assert (reading.status, reading.media_type, reading.properties) == ("read", ODS, {"title": "Fees"})
    assert reading.tables[0].rows == (("Since", "2019-05-03"),)


def test_a_broken_workbook_is_malformed(tmp_path, limits, workbook):
    workbook(S=[["a", "b"]])
    data = (tmp_path / "book.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "book.xlsx") as good, zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as bad:
        for name in good.namelist():
            bad.writestr(name, b"<broken" if name.startswith("xl/") else good.read(name))
    assert read(tmp_path / "bad.xlsx", limits=limits).status == "malformed"
    (tmp_path / "cut.xlsx").write_bytes(data[: len(data) // 2])
    assert read(tmp_path / "cut.xlsx", limits=limits).status in ("malformed", "unsupported")


def test_entities_are_refused(tmp_path, limits, workbook):
    workbook(S=[["a", "b"]])
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with zipfile.ZipFile(tmp_path / "book.xlsx", "a") as out:
        out.writestr("xl/bomb.xml", bomb)
    assert read(tmp_path / "book.xlsx", limits=limits).status == "malformed"
