"""DOCX made by python-docx: order, headings, numbers, tables, and what is refused."""

import re
import zipfile

import docx
import openpyxl
import openpyxl.comments
import pptx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from PIL import Image

from extractors.readers import read

NUMBERING = """<w:abstractNum {ns} w:abstractNumId="90">{levels}</w:abstractNum>"""
LEVEL = (
    '<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{restart}<w:lvlText w:val="{text}"/></w:lvl>'
)

TYPES = "[Content_Types].xml"


def add_list(document, levels, *, number="900", overrides=""):
    """Define a list; `levels` are (form, text), (form, text, restart) or (form, text, "", more)."""
    made = "".join(
        LEVEL.format(
            depth=depth,
            form=level[0],
            text=level[1],
            restart="".join(level[3:]) or (f'<w:lvlRestart w:val="{level[2]}"/>' if len(level) > 2 else ""),
        )
        for depth, level in enumerate(levels)
    )
    root = document.part.numbering_part.element
    if root.find(f"{qn('w:abstractNum')}[@{qn('w:abstractNumId')}='90']") is None:
        root.insert(0, parse_xml(NUMBERING.format(ns=nsdecls("w"), levels=made)))
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="90"/>{overrides}</w:num>'))


NUMBER_OF = '<w:numPr {ns}><w:ilvl w:val="{depth}"/><w:numId w:val="900"/></w:numPr>'


def add_styles(document, **properties):
    """Add paragraph styles, each based on the one before it, with the XML of their paragraph properties."""
    base = None
    for name, xml in properties.items():
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = base
        made = style.element.get_or_add_pPr()
        for child in parse_xml(f"<w:pPr {nsdecls('w')}>{xml}</w:pPr>"):
            made.append(child)
        base = style


def listed(document, text, depth=0, number="900"):
    paragraph = document.add_paragraph(text)
    properties = paragraph._p.get_or_add_pPr()
    properties.append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')
    )
    return paragraph


def numbers(reading):
    return [block.number for block in reading.blocks]


def test_paragraphs_and_tables_come_in_the_order_of_the_body(read_docx):
    document = docx.Document()
    document.add_heading("Digital customs", 1)
    document.add_paragraph("Before.")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((cell for row in table.rows for cell in row.cells), "abcd", strict=True):
        cell.text = text
    document.add_paragraph("After.")
    reading = read_docx(document)
    assert [(block.kind, block.text) for block in reading.blocks] == [
        ("heading", "Digital customs"),
        ("paragraph", "Before."),
        ("table", "a\tb\nc\td"),
        ("paragraph", "After."),
    ]
    assert reading.tables[0].rows == (("a", "b"), ("c", "d"))
    assert reading.blocks[0].level == 1


STRAIGHT = [("upperRoman", "%1."), ("decimal", "%2.", 0), ("lowerLetter", "(%3)")]
WITH_ABOVE = [("decimal", "%1."), ("decimal", "%1.%2"), ("lowerRoman", "(%3)")]


@pytest.mark.parametrize(
    ("levels", "depths", "printed"),
    [
        (STRAIGHT, (0, 1, 1, 2, 2, 0, 1, 2), ["I.", "1.", "2.", "(a)", "(b)", "II.", "3.", "(a)"]),
        (WITH_ABOVE, (0, 1, 2, 2, 1, 0, 1), ["1.", "1.1", "(i)", "(ii)", "1.2", "2.", "2.1"]),
    ],
    ids=["straight through headings", "with the numbers above"],
)
def test_paragraphs_have_the_numbers_of_their_lists(read_docx, levels, depths, printed):
    document = docx.Document()
    add_list(document, levels)
    for depth in depths:
        listed(document, "Text.", depth)
    assert numbers(read_docx(document)) == printed


def test_an_override_starts_an_instance_anew(read_docx):
    document = docx.Document()
    levels = [("decimal", "%1.")]
    add_list(document, levels)
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    add_list(document, levels, number="901", overrides=restart)
    for number in ("900", "900", "901", "901", "900"):
        listed(document, "Text.", number=number)
    assert numbers(read_docx(document)) == ["1.", "2.", "5.", "6.", "7."]


def test_bullets_are_items_without_a_number(read_docx):
    document = docx.Document()
    document.add_paragraph("One", style="List Bullet")
    reading = read_docx(document)
    assert [(block.kind, block.number, block.text) for block in reading.blocks] == [("item", None, "One")]


def test_typed_numbers_are_numbers_too(read_docx):
    document = docx.Document()
    document.add_paragraph("12. The Committee took note.")
    assert [(block.number, block.text) for block in read_docx(document).blocks] == [("12.", "The Committee took note.")]


def test_a_bold_line_is_a_heading_below_the_styled_ones(read_docx):
    document = docx.Document()
    document.add_heading("Report", 1)
    document.add_paragraph().add_run("Background").bold = True
    document.add_paragraph("Text that goes on.")
    found = [(block.kind, block.level) for block in read_docx(document).blocks]
    assert found == [("heading", 1), ("heading", 2), ("paragraph", None)]


def test_entries_of_a_table_of_contents_are_no_headings(read_docx):
    document = docx.Document()
    style = document.styles.add_style("toc 1", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style, style.font.bold = document.styles["Heading 1"], True
    document.add_paragraph("1.1\tScope\t9", style="toc 1")
    document.add_paragraph("Scope", style="Heading 1")
    blocks = [(block.kind, block.number, block.text) for block in read_docx(document).blocks]
    assert blocks == [("paragraph", "1.1", "Scope 9"), ("heading", None, "Scope")]


def test_merged_cells_stand_once(read_docx):
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for y, row in enumerate(table.rows):
        for x, cell in enumerate(row.cells):
            cell.text = f"{y}{x}"
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    table.cell(1, 2).merge(table.cell(2, 2)).text = "high"
    (found,) = read_docx(document).tables
    assert found.rows == (("wide", "", "02"), ("10", "11", "high"), ("20", "21", ""))
    spans = {cell.text: (cell.rowspan, cell.colspan) for cell in found.cells}
    assert (spans["wide"], spans["high"]) == ((1, 2), (2, 1))


def test_a_frame_of_one_cell_is_no_table(read_docx):
    document = docx.Document()
    document.add_table(rows=1, cols=1).cell(0, 0).text = "Purpose of document"
    reading = read_docx(document)
    assert reading.tables == ()
    assert [block.text for block in reading.blocks] == ["Purpose of document"]


def test_headers_and_footers_come_once(read_docx):
    document = docx.Document()
    document.add_paragraph("Text.")
    document.sections[0].header.paragraphs[0].text = "PC0345E1"
    document.sections[0].footer.paragraphs[0].text = "Copyright"
    document.add_section()
    found = [(block.kind, block.text) for block in read_docx(document).blocks]
    assert found == [("header", "PC0345E1"), ("paragraph", "Text."), ("footer", "Copyright")]


def test_the_properties_are_those_of_the_file(read_docx):
    document = docx.Document()
    document.add_paragraph("Text.")
    document.core_properties.title = "Report"
    document.core_properties.language = "fr"
    properties = read_docx(document).properties
    assert (properties["title"], properties["language"]) == ("Report", "fr")


def test_an_empty_document_is_empty(read_docx):
    assert read_docx(docx.Document()).status == "empty"


@pytest.mark.parametrize("anchored", [False, True])
def test_a_picture_alone_needs_ocr(read_docx, tmp_path, anchored):
    Image.new("L", (20, 20), 100).save(tmp_path / "scan.png")
    document = docx.Document()
    document.add_picture(str(tmp_path / "scan.png"))
    if anchored:
        inline = document.inline_shapes[0]._inline
        inline.tag = inline.tag.replace("inline", "anchor")
    assert read_docx(document).status == "needs_ocr"


@pytest.fixture
def plain(tmp_path):
    document = docx.Document()
    document.add_paragraph("Text.")
    path = tmp_path / "plain.docx"
    document.save(str(path))
    return path


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("part", "data", "status", "warning"),
    [
        ("word/document.xml", BOMB, "malformed", "entities"),
        ("word/media/image1.bin", bytes(64 << 20), "too_large", ""),
        ("word/document.xml", None, "malformed", "lacks a part"),
        *(
            ("word/document.xml", broken, "malformed", "")
            for broken in (b"", b"<w:document", b"\x00\xff" * 50, b"<a/>")
        ),
    ],
    ids=["entities", "zip bomb", "no main part", "no bytes", "cut", "no XML", "other XML"],
)
def test_a_hostile_or_broken_part_is_a_status(plain, limits, part, data, status, warning):
    rewritten(plain, lambda parts: parts.pop(part) if data is None else parts.update({part: data}))
    reading = read(plain, limits=limits)
    assert reading.status == status
    assert warning in reading.warnings[0]


def test_a_missing_part_is_a_status(tmp_path, limits):
    path = tmp_path / "hollow.docx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/other.xml", "<a/>")
    assert read(path, limits=limits).status == "malformed"


def test_numbers_come_from_a_style_and_what_it_is_based_on(read_docx):
    document = docx.Document()
    add_list(document, [("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)")])
    add_styles(
        document,
        Rule='<w:numPr><w:numId w:val="900"/></w:numPr>',
        Subrule='<w:numPr><w:ilvl w:val="1"/></w:numPr>',
        Plain='<w:numPr><w:numId w:val="0"/></w:numPr>',
    )
    for style in ("Rule", "Subrule", "Plain", "Subrule"):
        document.add_paragraph("Text", style=style)
    listed(document, "Text", 2)  # its own depth and list
    document.add_paragraph("Text", style="Subrule")
    listed(document, "Text", number="0").style = "Rule"
    assert numbers(read_docx(document)) == ["1.", "1.1", None, "1.2", "(a)", "1.3", None]


def test_a_level_that_is_tied_to_a_style_outranks_the_one_that_the_style_names(read_docx):
    document = docx.Document()
    tied = ("decimal", "%1.%2", "", '<w:pStyle w:val="Subrule"/>')
    add_list(document, [("decimal", "%1."), tied, ("lowerLetter", "(%3)")])
    add_styles(document, Rule='<w:numPr><w:numId w:val="900"/></w:numPr>', Subrule="", Copy="", Plain="")
    document.styles["Subrule"].element.pPr.append(parse_xml(NUMBER_OF.format(ns=nsdecls("w"), depth=2)))
    document.styles["Copy"].base_style = document.styles["Subrule"]
    for style in ("Rule", "Subrule", "Copy"):
        document.add_paragraph("Text", style=style)
    assert numbers(read_docx(document)) == ["1.", "1.1", "1.2"]


def test_an_empty_paragraph_counts_but_the_break_of_a_section_does_not(read_docx):
    document = docx.Document()
    add_list(document, [("decimal", "%1.")])
    listed(document, "First")
    listed(document, "")
    listed(document, "")._p.pPr.append(OxmlElement("w:sectPr"))
    listed(document, "Third")
    assert numbers(read_docx(document)) == ["1.", "3."]


def test_numbers_in_cells_count_with_those_around(read_docx):
    document = docx.Document()
    add_list(document, [("decimal", "%1.")])
    listed(document, "First")
    table = document.add_table(rows=2, cols=2)
    for place, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell._tc.append(listed(document, f"Cell {place}")._p)
    listed(document, "Sixth")
    reading = read_docx(document)
    assert reading.tables[0].rows == (("2. Cell 0", "3. Cell 1"), ("4. Cell 2", "5. Cell 3"))
    assert numbers(reading) == ["1.", None, "6."]


def test_a_table_that_claims_a_billion_columns_is_bounded(read_docx):
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).text = "Text"
    table.cell(0, 0)._tc.get_or_add_tcPr().append(parse_xml(f'<w:gridSpan {nsdecls("w")} w:val="999999999"/>'))
    assert len(read_docx(document).tables[0].rows[0]) < 2_000


def test_bullets_are_nested_as_deep_as_their_lists(read_docx):
    document = docx.Document()
    add_list(document, [("bullet", "•"), ("bullet", "o"), ("bullet", "-")])
    for depth in (0, 1, 2, 1, 0, 2, 0):
        listed(document, "Text", depth)
    assert [block.level for block in read_docx(document).blocks] == [1, 2, 3, 2, 1, 2, 1]


def test_the_name_of_a_list_style_tells_how_deep_it_is(read_docx):
    document = docx.Document()
    for style in ("List Bullet", "List Bullet 2", "List Bullet 3", "List Bullet"):
        document.add_paragraph("Text", style=style)
    assert [block.level for block in read_docx(document).blocks] == [1, 2, 3, 1]


def rewritten(path, change):
    """Change the parts of a package, given as a dictionary of names and contents."""
    with zipfile.ZipFile(path) as package:
        parts = {part: package.read(part) for part in package.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in parts.items():
            package.writestr(part, content)


def strict(path):
    """Turn a package into one of the strict kind."""

    def change(parts):
        pattern, name = rb"http://schemas\.openxmlformats\.org/(\w+)/2006/", rb"http://purl.oclc.org/ooxml/\1/"
        for part, content in parts.items():
            if part != TYPES and part.endswith((".xml", ".rels")):
                parts[part] = re.sub(pattern, name, content)

    rewritten(path, change)


@pytest.mark.parametrize(
    "kind",
    [
        b"application/vnd.ms-word.document.macroEnabled.main+xml",
        b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    ],
)
def test_files_with_macros_and_templates_are_read(plain, limits, kind):
    usual = read(plain, limits=limits)
    main = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    rewritten(plain, lambda parts: parts.update({TYPES: parts[TYPES].replace(main, kind)}))
    assert read(plain, limits=limits) == usual


@pytest.fixture
def slides(tmp_path):
    path, deck = tmp_path / "a.pptx", pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Title"
    deck.save(str(path))
    return path


@pytest.mark.parametrize("kind", [b"template", b"slideshow"])
def test_slide_shows_and_templates_are_read(limits, slides, kind):
    main = b"presentationml.presentation.main+xml"
    other = b"presentationml.%s.main+xml" % kind
    rewritten(slides, lambda parts: parts.update({TYPES: parts[TYPES].replace(main, other)}))
    assert read(slides, limits=limits).blocks[-1].text == "Title"


def test_relationships_that_office_passes_over_are_passed_over(plain, limits):
    usual = read(plain, limits=limits)

    def spoil(parts):
        lost = b'<Relationship Id="rId99" Type="http://x/image" Target="media/gone.png"/></Relationships>'
        again = b'<Relationship Id="rId98" Type="http://x/metadata/core-properties" Target="docProps/core.xml"/>'
        for name, more in (("word/_rels/document.xml.rels", lost), ("_rels/.rels", again + b"</Relationships>")):
            parts[name] = parts[name].replace(b"</Relationships>", more)

    rewritten(plain, spoil)
    assert read(plain, limits=limits) == usual


def test_files_of_the_strict_kind_are_read(plain, slides, limits, tmp_path):
    usual = read(plain, limits=limits)
    strict(plain)
    assert read(plain, limits=limits) == usual
    book = openpyxl.Workbook()
    book.active["A1"] = "Value"
    book.active["A1"].comment = openpyxl.comments.Comment("Note", "Ann")
    book.save(tmp_path / "a.xlsx")
    for path, text in ((slides, "Title"), (tmp_path / "a.xlsx", "Ann: Note")):
        strict(path)
        assert read(path, limits=limits).blocks[-1].text == text


def test_an_outline_level_of_all_text_makes_no_headings(read_docx):
    document = docx.Document()
    document.styles["Normal"].element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="0"/>'))
    document.add_paragraph("WHEREAS the Members exchange advance data on parcels.")
    document.add_paragraph("Scope", style="Heading 2")
    assert [(block.kind, block.level) for block in read_docx(document).blocks] == [("paragraph", None), ("heading", 2)]
