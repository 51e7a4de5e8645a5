import datetime as dt
import tracemalloc
import zipfile
from unittest.mock import patch

import openpyxl
import openpyxl.chart
import openpyxl.comments
import pytest

from extractors.readers import ods_details, read, spreadsheet, xls_details
from extractors.readers.sheet_formats import form_of
from tests.extractors.readers import biff

SHEET = "xl/worksheets/sheet1.xml"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


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


@pytest.fixture
def ods(tmp_path, limits):
    """Write a sheet of rows, given as XML, with other parts, and read the file."""

    def go(*rows, between="", **parts):
        lines = between.join(f"<table:table-row>{row}</table:table-row>" for row in rows)
        table = f'<table:table table:name="S">{between}{lines}</table:table>{between}'
        body = f"<office:body>{between}<office:spreadsheet>{between}{table}</office:spreadsheet></office:body>"
        spaces = f'{SPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"'
        with zipfile.ZipFile(tmp_path / "book.ods", "w") as out:
            out.writestr("mimetype", ODS)
            out.writestr("META-INF/manifest.xml", "<manifest/>")
            out.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
            for name, content in parts.items():
                out.writestr(f"{name}.xml", content)
        return read(tmp_path / "book.ods", limits=limits)

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
        (dt.datetime(2020, 1, 2, 3, 4), "2020-01-02T03:04:00"),  # noqa: DTZ001 - a sheet knows no zones
        (dt.time(9, 30), "09:30:00"),
        ("two\nlines", "two lines"),
    ],
)
def test_values_as_text(workbook, value, shown):
    assert workbook(S=[["a", "b"], ["x", value]]).tables[0].rows[1][1] == shown


def test_empty_rows_and_columns_are_left_out_and_a_title_stands_above(workbook):
    reading = workbook(S=[["Table 1: fees"], [], ["a", None, "b"], [1, None, 2]])
    found = [(block.kind, block.text) for block in reading.blocks][1:]
    assert found == [("paragraph", "Table 1: fees"), ("table", "a\tb\n1\t2")]


def test_a_single_column_is_text(workbook):
    reading = workbook(S=[["First."], ["Second."]])
    assert [block.kind for block in reading.blocks] == ["heading", "paragraph", "paragraph"]


def test_rows_of_one_cell_each_are_text_however_many_there_are(workbook):
    reading = workbook(S=[["a"], [None, "b"]] * 2_000)
    assert reading.tables == ()
    assert len(reading.blocks) == 4_001


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


def test_opendocument_and_properties(ods):
    cell = '<table:table-cell office:value-type="{}" {}><text:p>{}</text:p></table:table-cell>'
    row = cell.format("string", "", "Since") + cell.format("date", 'office:date-value="2019-05-03"', "3 May")
    reading = ods(row, meta="<m xmlns:dc='x'><dc:title>Fees</dc:title></m>")
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


def test_a_workbook_that_calamine_ends_on_is_malformed(read_bytes, workbook, tmp_path):
    class PanicException(BaseException):
        """As Rust raises it."""

    workbook(S=[["a", "b"]])
    with patch("python_calamine.CalamineWorkbook.from_path", side_effect=PanicException("no entry found for key")):
        reading = read_bytes((tmp_path / "book.xlsx").read_bytes(), "a.xlsx")
    assert reading.status == "malformed"
    assert "no entry found for key" in reading.warnings[0]


def test_entities_are_refused(tmp_path, limits, workbook):
    workbook(S=[["a", "b"]])
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with zipfile.ZipFile(tmp_path / "book.xlsx", "a") as out:
        out.writestr("xl/bomb.xml", bomb)
    assert read(tmp_path / "book.xlsx", limits=limits).status == "malformed"


@pytest.fixture
def built(tmp_path, limits):
    """Let a function fill a workbook of openpyxl, change parts of the package, and read it."""

    def go(fill, parts=()):
        book = openpyxl.Workbook()
        fill(book)
        path = tmp_path / "built.xlsx"
        book.save(path)
        with zipfile.ZipFile(path) as package:
            content = {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}
        for name, change in dict(parts).items():
            content[name] = change(content.get(name, "")) if callable(change) else change
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for name, text in content.items():
                package.writestr(name, text)
        return read(path, limits=limits)

    return go


@pytest.mark.parametrize("far", ["A1048576", "CV1048576", "XFD1048576", "XFD1"])
def test_a_sheet_that_spreads_over_a_million_rows_is_read(built, far):
    def fill(book):
        book.active["A1"], book.active["B1"], book.active["A2"], book.active[far] = "a", "b", "c", "far"

    reading = built(fill)
    assert reading.status == "read"
    assert {text for row in reading.tables[0].rows for text in row} == {"a", "b", "c", "far", ""}


def test_cells_on_a_diagonal_are_cut_before_the_table_grows_too_large(built, monkeypatch):
    monkeypatch.setattr("extractors.readers.spreadsheet._MAX_GRID", 100)

    def fill(book):
        for place in range(1, 50):
            book.active.cell(place, 2 * place, f"v{place}")
            book.active.cell(place, 2 * place + 1, "x")

    reading = built(fill)
    assert (len(reading.tables[0].rows), len(reading.tables[0].rows[0])) == (7, 14)
    assert "cut" in reading.warnings[0]


def test_rows_that_reach_the_last_column_are_bounded(built, monkeypatch):
    monkeypatch.setattr("extractors.readers.sheet_rows._MAX_SPREAD", 50_000)

    def fill(book):
        for row in range(1, 200):
            book.active.cell(row, 16_384, f"v{row}")
            book.active.cell(row, 1, "x")

    reading = built(fill)
    assert len(reading.tables[0].rows) == 3
    assert "cut" in reading.warnings[0]


def test_a_size_that_a_sheet_only_claims_is_not_believed(built):
    def fill(book):
        book.active["A1"], book.active["B1"], book.active["B2"] = "a", "c", "b"

    claim = built(fill, {SHEET: lambda text: text.replace('ref="A1:B2"', 'ref="A1:XFD1048576"')})
    assert claim.tables[0].rows == (("a", "c"), ("", "b"))


def test_merges_over_the_whole_sheet_do_not_spin(built):
    def fill(book):
        for place, cell in enumerate(("A1", "B1", "A2", "B2")):
            book.active[cell] = f"v{place}"

    merges = '<mergeCells count="2000">' + '<mergeCell ref="A1:XFD1048576"/>' * 2_000 + "</mergeCells>"
    reading = built(fill, {SHEET: lambda text: text.replace("</sheetData>", f"</sheetData>{merges}")})
    assert (reading.tables[0].cells[0].rowspan, reading.tables[0].cells[0].colspan) == (2, 2)


def test_columns_past_a_thousand_are_read(workbook):
    assert workbook(S=[["a"] * 1_200, ["b"] * 1_200]).tables[0].rows[1][-1] == "b"


def test_comments_stand_behind_their_sheet_with_their_cell(built):
    def fill(book):
        book.active.append(["Member", "Share"])
        book.active.append(["Arvenia", 4])
        book.active["B2"].comment = openpyxl.comments.Comment("Anna:\nPlease check.", "Anna")
        book.active["A1"].comment = openpyxl.comments.Comment("Which list?", "Bo")

    reading = built(fill)
    notes = [(block.number, block.text) for block in reading.blocks if block.kind == "footnote"]
    assert sorted(notes) == [("A1", "Bo: Which list?"), ("B2", "Anna: Please check.")]
    assert "2 comments" in reading.warnings[0]


def test_threaded_comments_replace_the_notes_that_say_them_again(built):
    def fill(book):
        book.active["A1"], book.active["B1"] = "a", "b"
        book.active["A1"].comment = openpyxl.comments.Comment("[Threaded comment] Your version … old", "tc={1}")
        book.active["B1"].comment = openpyxl.comments.Comment("Kept.", "Bo")

    space = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    said = "".join(f'<threadedComment ref="A1" personId="p"><text>{text}</text></threadedComment>' for text in "XY")
    kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    related = f'<Relationship Id="t" Type="{kind}" Target="../threadedComments/t1.xml"/></Relationships>'
    reading = built(
        fill,
        {
            "xl/worksheets/_rels/sheet1.xml.rels": lambda text: text.replace("</Relationships>", related),
            "xl/threadedComments/t1.xml": f'<ThreadedComments xmlns="{space}">{said}</ThreadedComments>',
            "xl/persons/person.xml": f'<personList xmlns="{space}"><person id="p" displayName="Ann"/></personList>',
        },
    )
    notes = [(block.number, block.text) for block in reading.blocks if block.kind == "footnote"]
    assert notes == [("B1", "Bo: Kept."), ("A1", "Ann: X"), ("A1", "Ann: Y")]


def test_charts_and_text_boxes_over_a_sheet_are_read(built):
    def fill(book):
        sheet = book.active
        for row in (["Member", "Share"], ["Arvenia", 4], ["Borduria", 5]):
            sheet.append(row)
        chart = openpyxl.chart.BarChart()
        chart.title = "Shares"
        chart.add_data(openpyxl.chart.Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
        sheet.add_chart(chart)
        alone = openpyxl.chart.BarChart()
        alone.title = "On a sheet of its own"
        book.create_chartsheet("Chart").add_chart(alone)

    space = "http://schemas.openxmlformats.org/drawingml/2006/"
    text = f'<a:p xmlns:a="{space}main"><a:r><a:t>In a box</a:t></a:r></a:p>'
    box = f'<x:sp xmlns:x="{space}spreadsheetDrawing"><x:txBody>{text}</x:txBody></x:sp>'
    reading = built(fill, {"xl/drawings/drawing1.xml": lambda text: text.replace("</wsDr>", f"{box}</wsDr>")})
    found = [block.text for block in reading.blocks if block.kind != "table"]
    assert found == [*("Sheet", "Shares", "In a box"), *("Chart", "On a sheet of its own")]


def test_a_workbook_of_before_2007_is_read(read_bytes):
    reading = read_bytes(biff.workbook("Fees", [["Member", "Fee"], ["Arvenia", 7.5]]), "a.xls")
    assert reading.media_type == "application/vnd.ms-excel"
    assert [block.text for block in reading.blocks] == ["Fees", "Member\tFee\nArvenia\t7.5"]


def test_an_element_that_stands_for_too_many_cells_is_refused(ods):
    cell = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    wide = '<table:table-cell table:number-columns-repeated="16382"/>'
    high = '</table:table-row><table:table-row table:number-rows-repeated="1048570"><table:table-cell/>'
    assert ods(f"{cell}{wide}{cell}{high}", cell).status == "too_large"


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (10121, "000000", "010121"),
        (10121, "0000.00", "10121.00"),
        (10121, '0000"."00', "0101.21"),
        (10121, "0000\\.00", "0101.21"),
        (7, "[Red]00;-00", "07"),
        (12345678, "000000", "12345678"),
        (-7, "000", "-7"),
        (7.25, "000", "7.25"),
        (7, 300 * "0", "7"),
        (0.05, "0%", "5%"),
        (0.0525, "0.0%", "5.3%"),
        (1234.5, "#,##0.00", "1234.5"),
        (1234.5, "0", "1234.5"),
        (dt.date(2026, 3, 1), "yyyy", "2026"),
        (dt.date(2026, 3, 1), "mmm\\ yyyy", "2026-03"),
        (dt.date(2026, 3, 1), "d mmm yyyy", "2026-03-01"),
        ("text", "000000", "text"),
        (True, "000000", "TRUE"),
        (0.285, "0%", "29%"),
        (0.125, "0%", "13%"),
        (-0.00125, "0.0%", "-0.1%"),
        (2.5, "00.0", "02.5"),
        (2.25, "00.0", "02.3"),
    ],
)
def test_formats_that_change_what_a_value_says_are_shown(tmp_path, limits, value, form, shown):
    book = openpyxl.Workbook()
    book.active.append(["Heading", "Code"])
    book.active.append(["Horses", value])
    book.active["B2"].number_format = form
    book.save(tmp_path / "tariff.xlsx")
    (table,) = read(tmp_path / "tariff.xlsx", limits=limits).tables
    assert table.rows[1] == ("Horses", shown)


def test_an_ods_with_a_line_for_each_element_is_read(ods):
    cell = '\n   <table:table-cell office:value-type="string">\n    <text:p>{}</text:p>\n   </table:table-cell>\n'
    rows = (("Heading", "Duty"), ("Live horses", "free"))
    reading = ods(*("".join(cell.format(text) for text in row) for row in rows), between="\n")
    assert (reading.tables[0].rows, reading.warnings) == (rows, ())


CODES = [["Heading", "Duty"], [10121, 0.05], ["Horses", 84.5], [700, "free"]]


def test_formats_and_comments_of_an_xls(read_bytes):
    formats = {(1, 0): '0000"."00', (1, 1): "0.0%", (2, 1): "#,##0.00", (3, 0): "000000"}
    data = biff.workbook(
        "Tariff", CODES, formats=formats, comments={(1, 0): "Which edition?", (3, 1): "Anna: since 2020"}
    )
    reading = read_bytes(data, "tariff.xls")
    assert reading.tables[0].rows == (("Heading", "Duty"), ("0101.21", "5.0%"), ("Horses", "84.5"), ("000700", "free"))
    assert [(block.number, block.text) for block in reading.blocks if block.kind == "footnote"] == [
        ("A2", "Anna: Which edition?"), ("B4", "Anna: since 2020"),
    ]  # fmt: skip
    assert reading.warnings == ("it has 2 comments on cells, which stand behind their sheets as notes",)


@pytest.mark.parametrize("formats", [{(0, 0): "0%"}, {}])
def test_an_xls_without_more_is_read_as_it_is(read_bytes, formats):
    reading = read_bytes(biff.workbook("Tariff", CODES, formats=formats), "tariff.xls")
    assert (reading.tables[0].rows[1], reading.warnings) == (("10121", "0.05"), ())


def test_an_xls_whose_formats_cannot_be_read_says_so(read_bytes, monkeypatch):
    monkeypatch.setattr(xls_details, "_LARGEST", 100)
    reading = read_bytes(biff.workbook("Tariff", CODES, formats={(1, 0): "000000"}), "tariff.xls")
    assert reading.tables[0].rows[1] == ("10121", "0.05")
    assert reading.warnings == ("its number formats and the comments on its cells cannot be read: save it as .xlsx",)


@pytest.fixture
def ods_cells(ods):
    """Write a sheet of rows of cells, each kind, value and shown text, and read the file."""

    def cell(kind, value, text, more="", inside=""):
        named = f'office:{"date-value" if kind == "date" else "value"}="{value}"' if value else ""
        given = f'office:value-type="{kind}" {named} {more}'
        return f"<table:table-cell {given}>{inside}<text:p>{text}</text:p></table:table-cell>"

    return lambda *rows: ods(*("".join(cell(*given) for given in row) for row in rows))


@pytest.mark.parametrize(
    ("kind", "value", "text", "shown"),
    [
        ("float", "10121", "010121", "010121"),
        ("float", "10121", "0101.21", "0101.21"),
        ("float", "847130", "8471.30", "8471.30"),
        ("float", "1234", "1.234", "1234"),
        ("float", "1234567", "1 234 567", "1234567"),
        ("float", "12.5", "12.50", "12.5"),
        ("float", "7", "08", "7"),
        ("percentage", "0.0525", "5,25 %", "5.25%"),
        ("percentage", "0.05", "5%", "5%"),
        ("percentage", "0.05", "five", "0.05"),
        ("date", "2026-03-01", "2026", "2026"),
        ("date", "2026-03-01", "mars 26", "2026-03"),
        ("date", "2026-03-01", "1 mars 2026", "2026-03-01"),
        ("date", "2026-03-15", "March 15", "2026-03-15"),
        ("date", "2026-03-26", "March 26", "2026-03-26"),
        ("percentage", "0.285", "29%", "29%"),
        ("float", "1", "0" * 5000, "1"),
    ],
)
def test_what_an_ods_shows_of_a_value(ods_cells, kind, value, text, shown):
    reading = ods_cells([("string", "", "a"), ("string", "", "b")], [("string", "", "c"), (kind, value, text)])
    assert reading.tables[0].rows[1] == ("c", shown)


def test_comments_of_an_ods_and_repeated_cells(ods_cells):
    comment = "<office:annotation><dc:creator>Anna</dc:creator><text:p>Which<text:s/>list?</text:p></office:annotation>"
    twice = 'table:number-columns-repeated="2"'
    reading = ods_cells(
        [("string", "", "a"), ("string", "", "b", twice), ("string", "", "d")],
        [("string", "", "e"), ("float", "7", "007", twice), ("float", "8", "8", "", comment)],
    )
    assert reading.tables[0].rows[1] == ("e", "007", "007", "8")
    assert [(block.number, block.text) for block in reading.blocks if block.kind == "footnote"] == [
        ("D2", "Anna: Which list?")
    ]
    assert reading.warnings == ("it has 1 comments on cells, which stand behind their sheets as notes",)


def test_a_cell_that_is_repeated_a_million_times_takes_no_room(ods_cells, monkeypatch):
    monkeypatch.setattr(ods_details, "_repeated", lambda _, what: 1 if what == "columns" else 1_000_000)
    tracemalloc.start()
    try:
        assert ods_cells([("string", "", "a"), ("percentage", "0.05", "5%")]).tables[0].rows[0] == ("a", "5%")
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()


def test_formats_and_merged_cells_of_a_sheet_that_begins_further_down(tmp_path, limits):
    book = openpyxl.Workbook()
    for place, value, form in (("C4", "Code", ""), ("E4", 10121, "000000"), ("C5", "Duty", ""), ("E5", 0.05, "0%")):
        book.active[place] = value
        book.active[place].number_format = form or "General"
    book.active["D5"] = "paid"
    book.active.merge_cells("C4:D4")
    book.save(tmp_path / "tariff.xlsx")
    (table,) = read(tmp_path / "tariff.xlsx", limits=limits).tables
    assert [(cell.text, cell.colspan) for cell in table.cells] == [
        ("Code", 2), ("010121", 1), ("Duty", 1), ("paid", 1), ("5%", 1),
    ]  # fmt: skip


def test_an_infinite_value_is_no_code():
    form = form_of("000000")
    assert form is not None
    assert form(float("inf")) is None
