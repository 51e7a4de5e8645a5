import zipfile

import pytest

from extractors.readers import read
from tests.extractors.readers.test_embedded import workbook
from tests.extractors.readers.test_metafile import emf, text_at

NAMES = ("office", "text", "table", "style", "drawing", "chart", "meta")
SPACES = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in NAMES)
SPACES += ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
LISTS = """
<text:list-style style:name="L1">
  <text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
  <text:list-level-style-number text:level="2" style:num-format="a" style:num-prefix="(" style:num-suffix=")"/>
  <text:list-level-style-number text:level="3" style:num-format="i" text:display-levels="3"/>
</text:list-style>
<text:list-style style:name="L2"><text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>
"""


@pytest.fixture
def odt(tmp_path, limits):
    def go(body, styles="", **parts):
        path = tmp_path / "paper.odt"
        with zipfile.ZipFile(path, "w") as out:
            out.writestr("mimetype", "application/vnd.oasis.opendocument.text")
            out.writestr(
                "content.xml",
                f"<office:document-content {SPACES}><office:automatic-styles>{LISTS}</office:automatic-styles>"
                f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
            )
            out.writestr("styles.xml", f"<office:document-styles {SPACES}>{styles}</office:document-styles>")
            for name, content in parts.items():
                out.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
        return read(path, limits=limits)

    return go


def blocks(reading):
    return [(block.kind, block.number, block.text) for block in reading.blocks]


def test_headings_and_paragraphs(odt):
    reading = odt(
        '<text:h text:outline-level="2">Scope</text:h><text:p>12.<text:tab/>The<text:s text:c="3"/>end</text:p>'
    )
    assert blocks(reading) == [("heading", None, "Scope"), ("paragraph", "12.", "The end")]
    assert reading.blocks[0].level == 2


def item(text, inside="", more=""):
    return f"<text:list-item {more}><text:p>{text}</text:p>{inside}</text:list-item>"


def test_lists_are_numbered_as_their_style_says(odt):
    inner = f"<text:list>{item('a', '<text:list>' + item('deep') + '</text:list>')}{item('b')}</text:list>"
    reading = odt(f'<text:list text:style-name="L1">{item("one", inner)}{item("two", inner)}</text:list>')
    assert [block.number for block in reading.blocks] == ["1.", "(a)", "1.a.i", "(b)", "2.", "(a)", "2.a.i", "(b)"]


def test_a_list_starts_anew_unless_it_continues(odt):
    def part(more=""):
        return f'<text:list text:style-name="L1" {more}>{item("x")}{item("y")}</text:list>'

    reading = odt(part() + part('text:continue-numbering="true"') + part())
    assert [block.number for block in reading.blocks] == ["1.", "2.", "3.", "4.", "1.", "2."]


def test_an_item_may_set_its_number(odt):
    items = item("x", more='text:start-value="7"') + item("y")
    reading = odt(f'<text:list text:style-name="L1">{items}</text:list>')
    assert [block.number for block in reading.blocks] == ["7.", "8."]


def test_bullets_are_items(odt):
    assert blocks(odt(f'<text:list text:style-name="L2">{item("Point")}</text:list>')) == [("item", None, "Point")]


def test_headings_take_the_numbers_of_the_outline(odt):
    outline = """<text:outline-style>
    <text:outline-level-style text:level="1" style:num-format="I" style:num-suffix="."/>
    <text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>"""
    body = "".join(f'<text:h text:outline-level="{level}">H</text:h>' for level in (1, 2, 2, 1, 2))
    assert [block.number for block in odt(body, outline).blocks] == ["I.", "I.1", "I.2", "II.", "II.1"]


def test_tables_notes_and_running_heads(odt):
    row = "<table:table-row>{}</table:table-row>"
    cell = "<table:table-cell {}><text:p>{}</text:p></table:table-cell>"
    head = row.format(cell.format('table:number-columns-spanned="2"', "wide") + "<table:covered-table-cell/>")
    rows = f"<table:table-header-rows>{head}</table:table-header-rows>"
    rows += row.format(cell.format("", "a") + cell.format("", "b"))
    body = "<text:note-body><text:p>See.</text:p></text:note-body>"
    note = f"<text:note><text:note-citation>1</text:note-citation>{body}</text:note>"
    styles = "<style:header><text:p>PC0100E1</text:p></style:header><style:footer><text:p>page</text:p></style:footer>"
    reading = odt(f"<table:table>{rows}</table:table><text:p>Text{note} on</text:p>", styles)
    assert blocks(reading) == [
        ("header", None, "PC0100E1"),
        ("table", None, "wide\t\na\tb"),
        ("paragraph", None, "Text on"),
        ("footnote", "1", "See."),
        ("footer", None, "page"),
    ]
    assert (reading.tables[0].header_rows, reading.tables[0].cells[0].colspan) == (1, 2)


def test_changes_are_read_as_accepted_and_flagged(odt):
    deleted = "<text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region>"
    reading = odt(f"<text:tracked-changes>{deleted}</text:tracked-changes><text:p>kept</text:p>")
    assert blocks(reading) == [("paragraph", None, "kept")]
    assert "tracked changes" in reading.warnings[0]


def test_what_is_declared(odt):
    reading = odt("<text:p>x</text:p>", meta_xml=f"<m {SPACES}><dc:title>A report</dc:title></m>")
    assert reading.properties == {"title": "A report"}


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"META-INF__manifest_xml": "<m><encryption-data/></m>"}, "encrypted"),
        ({"bomb_xml": '<!DOCTYPE x [<!ENTITY a "ha">]><x/>'}, "malformed"),
        ({"META-INF__manifest_xml": '<!DOCTYPE m PUBLIC "x" "y"><m/>'}, "read"),
        ({"Basic__macro_xml": '<!DOCTYPE m PUBLIC "x" "y"><m/>'}, "read"),
        ({"META-INF__manifest_xml": '<!DOCTYPE m [<!ENTITY a "x">]><m>&a;</m>'}, "malformed"),
    ],
)
def test_locked_and_hostile_packages(odt, parts, status):
    assert odt("<text:p>x</text:p>", **parts).status == status


def test_a_million_cells_in_one_element_are_bounded(odt):
    cell = '<table:table-cell table:number-columns-repeated="1000000"><text:p>x</text:p></table:table-cell>'
    row = f"<table:table-row>{cell}</table:table-row>"
    assert odt(f"<table:table>{row * 2}</table:table>").status == "read"
    assert odt(f"<table:table>{row * 200}</table:table>").status == "too_large"


@pytest.mark.corpus
def test_real_files(corpus, limits):
    files = list((corpus / "awkward" / "office-odt").iterdir())
    assert files
    for path in files:
        assert read(path, limits=limits).status == "read"


SPANS = """
<style:style style:name="Struck" style:family="text"><style:text-properties style:text-line-through-style="solid"/>
</style:style>
<style:style style:name="Child" style:family="text" style:parent-style-name="Struck"/>
<style:style style:name="Black" style:family="text"><style:text-properties fo:background-color="#000000"/></style:style>
<style:style style:name="Legible" style:family="text" style:parent-style-name="Black">
<style:text-properties fo:color="#ffffff"/></style:style>
<style:style style:name="Grey" style:family="paragraph"><style:paragraph-properties fo:background-color="#d9d9d9"/>
</style:style>
"""


@pytest.mark.parametrize(
    ("paragraph", "kinds"),
    [
        ("<text:p>a <text:span text:style-name='Child'>b</text:span> c</text:p>", ["struck"]),
        ("<text:p><text:span text:style-name='Struck'>a<text:span>b</text:span>c</text:span></text:p>", ["struck"]),
        ("<text:p>a <text:span text:style-name='Black'>b</text:span></text:p>", ["blackened"]),
        ("<text:p>a <text:span text:style-name='Legible'>b</text:span></text:p>", []),
        ("<text:p text:style-name='Grey'>a <text:span>b</text:span></text:p>", ["shaded"]),
        ("<text:p text:style-name='Unknown'>a</text:p>", []),
    ],
)
def test_marks_of_redaction_are_kept_and_told(odt, paragraph, kinds):
    space = 'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
    reading = odt(paragraph, f"<office:styles {space}>{SPANS}</office:styles>")
    assert [mark.kind for mark in reading.marks] == kinds
    assert reading.blocks[0].text


def test_comments_are_notes_with_their_author(odt):
    comment = (
        "<office:annotation><dc:creator>Ann</dc:creator><text:p>Is it</text:p><text:p>so?</text:p></office:annotation>"
    )
    box = f"<draw:text-box><text:p>In the box{comment}</text:p></draw:text-box>"
    reading = odt(f"<text:p>The Committee agreed.{box.replace('draw:', 'drawing:')}</text:p>")
    assert blocks(reading) == [
        ("paragraph", None, "The Committee agreed."),
        ("paragraph", None, "In the box"),
        ("footnote", "[1]", "Ann: Is it so?"),
    ]
    assert "1 comments" in reading.warnings[0]


def test_bullets_are_nested_as_deep_as_their_lists(odt):
    style = '<text:list-style style:name="B">{}</text:list-style>'.format(
        "".join(f'<text:list-level-style-bullet text:level="{level}" text:bullet-char="•"/>' for level in (1, 2))
    )
    inner = f"<text:list>{item('below')}</text:list>"
    body = f'<text:list text:style-name="B">{item("one", inner)}{item("two")}</text:list>'
    assert [block.level for block in odt(body, f"<office:styles>{style}</office:styles>").blocks] == [1, 2, 1]


TABLE = """<table:table><table:table-row><table:table-cell><text:p>Year</text:p></table:table-cell>
<table:table-cell><text:p>Declarations</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>2019</text:p></table:table-cell>
<table:table-cell><text:p>1,204</text:p></table:table-cell></table:table-row></table:table>"""
TABLE_TEXT = "Year\tDeclarations\n2019\t1,204"


def framed(*shown):
    return f"<drawing:frame>{''.join(shown)}</drawing:frame>"


def held(name, kind="object"):
    return f'<drawing:{kind} xlink:href="./{name}"/>'


def document(body):
    return f"<office:document-content {SPACES}><office:body>{body}</office:body></office:document-content>"


@pytest.mark.parametrize("place", ["<text:p>Before{}</text:p>", "<text:p>Before</text:p>{}"])
def test_an_embedded_sheet_is_read_where_it_stands(odt, place):
    sheet = document(f"<office:spreadsheet>{TABLE}</office:spreadsheet>")
    reading = odt(f"{place.format(framed(held('Object 1')))}<text:p>Behind</text:p>", **{"Object 1/content.xml": sheet})
    assert [text for *_, text in blocks(reading)] == ["Before", TABLE_TEXT, "Behind"]
    assert reading.warnings == ("it holds 1 embedded files, which are read where they stand",)


def test_an_object_that_is_shown_twice_is_read_once(odt):
    sheet = document(f"<office:spreadsheet>{TABLE}</office:spreadsheet>")
    reading = odt(f"<text:p>{framed(held('Object 1')) * 2}</text:p>", **{"Object 1/content.xml": sheet})
    assert [text for *_, text in blocks(reading)] == [TABLE_TEXT]


def test_a_chart_is_its_titles_and_its_table(odt):
    title = "<chart:title><text:p>Declarations lodged</text:p></chart:title>"
    axis = "<chart:axis><chart:title><text:p>Thousands</text:p></chart:title></chart:axis>"
    plot = f"<chart:plot-area>{axis}</chart:plot-area>"
    chart = document(f"<office:chart><chart:chart>{title}{plot}{TABLE}</chart:chart></office:chart>")
    reading = odt(f"<text:p>{framed(held('Object 1'))}</text:p>", **{"Object 1/content.xml": chart})
    assert [text for *_, text in blocks(reading)] == ["Declarations lodged", "Thousands", TABLE_TEXT]


def test_a_file_of_another_program_is_read_from_its_object(odt):
    reading = odt(f"<text:p>{framed(held('Object 1', 'object-ole'))}</text:p>", **{"Object 1": workbook()})
    assert [block.text for block in reading.blocks] == ["Fees", "Member\tFee\nArvenia\t7"]


def test_objects_in_objects_are_read_as_deep_as_the_settings_say(odt, tmp_path, limits):
    parts = {
        f"{folder}content.xml": document(f"<office:text><text:p>{place}{framed(held('In'))}</text:p></office:text>")
        for place, folder in enumerate(("In/", "In/In/", "In/In/In/"), 1)
    }
    assert [block.text for block in odt(f"<text:p>0{framed(held('In'))}</text:p>", **parts).blocks] == ["0", "1", "2"]
    shallow = read(tmp_path / "paper.odt", limits=limits.model_copy(update={"embedded_depth": 0}))
    assert [block.text for block in shallow.blocks] == ["0"]
    assert shallow.warnings == ("it holds 1 embedded files, which are not read: save them as files of their own",)


@pytest.mark.parametrize("content", [{}, {"Object 1/content.xml": "<broken"}, {"Object 1": b"\0" * 99}])
def test_of_an_object_that_cannot_be_read_its_drawing_is(odt, content):
    drawing = {"ObjectReplacements/Object 1": emf(text_at(0, 20, "Cargo"))}
    shown = framed(held("Object 1"), held("ObjectReplacements/Object 1", "image"))
    reading = odt(f"<text:p>{shown}</text:p>", **content, **drawing)
    assert [block.text for block in reading.blocks] == ["Cargo"]
    assert "not read" in reading.warnings[0]


def test_no_path_leads_out_of_the_package(odt, tmp_path):
    (tmp_path / "outside.txt").write_text("Secret")
    shown = [held(f"../{name}", kind) for name in ("outside.txt", "../outside.txt") for kind in ("object", "image")]
    reading = odt(f"<text:p>Text{framed(*shown, held(tmp_path / 'outside.txt', 'object-ole'))}</text:p>")
    assert [block.text for block in reading.blocks] == ["Text"]
    assert reading.warnings == ("it holds 3 embedded files, which are not read: save them as files of their own",)


def test_a_level_of_a_list_that_is_no_number_is_none(odt):
    style = '<text:list-style style:name="B"><text:list-level-style-number text:level="²"/></text:list-style>'
    body = f'<text:list text:style-name="B">{item("one")}</text:list>'
    assert odt(body, f"<office:styles>{style}</office:styles>").status == "read"
