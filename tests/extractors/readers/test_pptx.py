"""PPTX made by python-pptx: slides as pages, titles, lists, tables, notes."""

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Pt

from extractors.readers import read

RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
DGM = 'xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram"'


@pytest.fixture
def read_deck(tmp_path, limits):
    def go(deck):
        path = tmp_path / "deck.pptx"
        deck.save(str(path))
        return read(path, limits=limits)

    return go


@pytest.fixture
def deck():
    return pptx.Presentation()


def test_a_slide_is_a_page_and_its_title_a_heading(deck, read_deck):
    for title in ("Single Window", "Next steps"):
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = title
    reading = read_deck(deck)
    found = [(block.kind, block.level, block.page, block.text) for block in reading.blocks]
    assert found == [("heading", 1, 1, "Single Window"), ("heading", 1, 2, "Next steps")]
    assert [(page.number, page.width, page.height) for page in reading.pages] == [(1, 720, 540), (2, 720, 540)]


def test_bullets_are_items_with_their_depth(deck, read_deck):
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    frame = slide.placeholders[1].text_frame
    frame.text = "First"
    below = frame.add_paragraph()
    below.text, below.level = "Below", 1
    items = [(block.text, block.level) for block in read_deck(deck).blocks if block.kind == "item"]
    assert items == [("First", 1), ("Below", 2)]


def test_boxes_are_in_points_also_inside_a_group(deck, read_deck):
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.shapes.add_textbox(Pt(10), Pt(20), Pt(100), Pt(30)).text_frame.text = "Alone"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Pt(0), Pt(0), Pt(100), Pt(50)).text_frame.text = "In a group"
    group.left, group.top, group.width, group.height = Pt(200), Pt(300), Pt(50), Pt(25)
    boxes = {block.text: block.box for block in read_deck(deck).blocks}
    assert boxes == {"Alone": (10, 20, 110, 50), "In a group": (200, 300, 250, 325)}


def test_shapes_are_read_from_top_to_bottom(deck, read_deck):
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for top in (300, 100, 200):
        slide.shapes.add_textbox(Pt(50), Pt(top), Pt(100), Pt(30)).text_frame.text = str(top)
    assert [block.text for block in read_deck(deck).blocks] == ["100", "200", "300"]


def test_tables_keep_their_cells_and_merges(deck, read_deck):
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(2, 2, Pt(10), Pt(10), Pt(200), Pt(100)).table
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(0, 0).text, table.cell(1, 0).text, table.cell(1, 1).text = "Level", "L1", "L2"
    (found,) = read_deck(deck).tables
    assert found.rows == (("Level", ""), ("L1", "L2"))
    assert found.pages == (1,)
    assert found.cells[0].colspan == 2


def test_notes_are_paragraphs_without_a_place(deck, read_deck):
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.notes_slide.notes_text_frame.text = "Say this."
    assert [(block.kind, block.page, block.box, block.text) for block in read_deck(deck).blocks] == [
        ("paragraph", 1, None, "Say this.")
    ]


def test_a_picture_alone_needs_ocr(deck, read_deck, tmp_path):
    from PIL import Image

    Image.new("L", (20, 20), 100).save(tmp_path / "scan.png")
    deck.slides.add_slide(deck.slide_layouts[6]).shapes.add_picture(str(tmp_path / "scan.png"), 0, 0)
    reading = read_deck(deck)
    assert (reading.status, reading.pages[0].status) == ("needs_ocr", "needs_ocr")


def texts(reading, *kinds):
    return [block.text for block in reading.blocks if not kinds or block.kind in kinds]


def blank(deck):
    return deck.slides.add_slide(deck.slide_layouts[6])


def add_part(slide, kind, content, name):
    part = Part(PackURI(name), "application/xml", slide.part.package, content.encode())
    return slide.part.relate_to(part, kind if ":" in kind else RELATED + kind)


def test_a_chart_is_its_title_and_a_table(deck, read_deck):
    data = CategoryChartData()
    data.categories = ["2019", "2020"]
    data.add_series("Members", (4.4, 7))
    data.add_series("Others", (1, None))
    frame = blank(deck).shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Pt(10), Pt(20), Pt(200), Pt(100), data)
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "Declarations"
    frame.chart.value_axis.has_title = True
    frame.chart.value_axis.axis_title.text_frame.text = "Per cent"
    reading = read_deck(deck)
    assert texts(reading, "paragraph") == ["Declarations", "Per cent"]
    assert reading.tables[0].rows == (("", "Members", "Others"), ("2019", "4.4", "1"), ("2020", "7", ""))
    assert (reading.blocks[-1].page, reading.blocks[-1].box) == (1, (10, 20, 210, 120))


def test_a_diagram_is_a_list(deck, read_deck):
    slide = blank(deck)
    points = "".join(
        f'<d:pt modelId="{key}" type="{kind}"><d:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:t></d:pt>'
        for key, kind, text in (("0", "doc", ""), ("1", "node", "Step"), ("2", "node", "Detail"))
    )
    links = '<d:cxn srcId="0" destId="1"/><d:cxn srcId="1" destId="2"/>'
    data = f"<d:dataModel {DGM} {A}><d:ptLst>{points}</d:ptLst><d:cxnLst>{links}</d:cxnLst></d:dataModel>"
    key = add_part(slide, "diagramData", data, "/ppt/diagrams/data1.xml")
    frame = (
        f'<p:graphicFrame {P} {A} {R}><p:nvGraphicFramePr><p:cNvPr id="9" name="d"/><p:cNvGraphicFramePr/><p:nvPr/>'
        '</p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="12700" cy="12700"/></p:xfrm><a:graphic>'
        f'<a:graphicData uri="x"><d:relIds {DGM} r:dm="{key}"/></a:graphicData></a:graphic></p:graphicFrame>'
    )
    slide.shapes._spTree.append(parse_xml(frame))
    found = [(block.kind, block.level, block.text) for block in read_deck(deck).blocks]
    assert found == [("item", 1, "Step"), ("item", 2, "Detail")]


def test_a_table_in_a_group_is_a_table_with_its_place(deck, read_deck):
    slide = blank(deck)
    frame = slide.shapes.add_table(2, 2, Pt(0), Pt(0), Pt(100), Pt(50))
    for place, cell in enumerate(cell for row in frame.table.rows for cell in row.cells):
        cell.text = f"c{place}"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Pt(0), Pt(0), Pt(100), Pt(50))
    group._element.append(frame._element)
    group.left, group.top, group.width, group.height = Pt(200), Pt(300), Pt(50), Pt(25)
    reading = read_deck(deck)
    assert reading.tables[0].rows == (("c0", "c1"), ("c2", "c3"))
    assert reading.blocks[0].box == (200, 300, 250, 325)


def test_of_shapes_in_several_forms_the_newest_known_one_is_read(deck, read_deck):
    slide = blank(deck)
    box = slide.shapes.add_textbox(Pt(0), Pt(0), Pt(100), Pt(50))
    box.text_frame.text = "Kept, "
    math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    box._element.txBody.p_lst[0].append(
        parse_xml(f"<a:r {A}><m:oMath {math}><m:r><m:t>x=1</m:t></m:r></m:oMath></a:r>")
    )
    fallback = slide.shapes.add_textbox(Pt(0), Pt(0), Pt(100), Pt(50))
    fallback.text_frame.text = "Left out"
    only = slide.shapes.add_textbox(Pt(0), Pt(100), Pt(100), Pt(50))
    only.text_frame.text = "Where the new form is not known"
    for chosen, other in (((box,), (fallback,)), ((), (only,))):
        both = '<mc:Choice Requires="p14"><p:x/></mc:Choice><mc:Fallback/>'
        forms = parse_xml(f"<mc:AlternateContent {MC} {P}>{both}</mc:AlternateContent>")
        for shape in chosen:
            forms[0].append(shape._element)
        for shape in other:
            forms[1].append(shape._element)
        slide.shapes._spTree.append(forms)
    assert texts(read_deck(deck)) == ["Kept, x=1", "Where the new form is not known"]


def test_numbers_that_powerpoint_counts_are_printed(deck, read_deck):
    frame = blank(deck).shapes.add_textbox(Pt(0), Pt(0), Pt(100), Pt(50)).text_frame
    schemes = [
        *((0, "arabicPeriod"), (0, "arabicPeriod"), (1, "alphaLcParenBoth"), (0, "arabicPeriod")),
        *((0, None), (0, 'romanUcParenR" startAt="3'), (1, "alphaLcParenBoth"), (0, "unknown")),
    ]
    for place, (level, scheme) in enumerate(schemes):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.text, paragraph.level = "Text", level
        if scheme:
            paragraph._p.get_or_add_pPr().append(parse_xml(f'<a:buAutoNum {A} type="{scheme}"/>'))
    assert [block.number for block in read_deck(deck).blocks] == ["1.", "2.", "(a)", "3.", None, "III)", "(a)", None]


def test_older_comments_stand_behind_their_slide(deck, read_deck):
    authors = '<p:cmAuthor id="1" name="Ann Author"/>'
    add_part(deck, "commentAuthors", f"<p:cmAuthorLst {P}>{authors}</p:cmAuthorLst>", "/ppt/commentAuthors.xml")
    for text in ("First", "Second"):
        slide = blank(deck)
        slide.shapes.add_textbox(0, 0, Pt(50), Pt(50)).text_frame.text = "Text"
        comment = f'<p:cmLst {P}><p:cm authorId="1"><p:text>{text}</p:text></p:cm></p:cmLst>'
        add_part(slide, "comments", comment, f"/ppt/comments/{text}.xml")
    reading = read_deck(deck)
    notes = [(block.page, block.number, block.text) for block in reading.blocks if block.kind == "footnote"]
    assert notes == [(1, "[1]", "Ann Author: First"), (2, "[2]", "Ann Author: Second")]
    assert any("2 comments" in warning for warning in reading.warnings)


def test_threads_of_comments_are_read_with_their_replies(deck, read_deck):
    space = 'xmlns:q="http://schemas.microsoft.com/office/powerpoint/2018/8/main"'
    kind = "http://schemas.microsoft.com/office/2018/10/relationships/"
    authors = f'<q:authorLst {space}><q:author id="{{A}}" name="Ann"/><q:author id="{{B}}" name="Bo"/></q:authorLst>'
    add_part(deck, f"{kind}authors", authors, "/ppt/authors.xml")
    body = f"<q:txBody><a:p {A}><a:r><a:t>{{}}</a:t></a:r></a:p></q:txBody>"
    reply = f'<q:replyLst><q:reply authorId="{{B}}">{body.format("Yes.")}</q:reply></q:replyLst>'
    slide = blank(deck)
    comment = f'<q:cm authorId="{{A}}">{reply}{body.format("Is it so?")}</q:cm>'
    add_part(slide, f"{kind}comments", f"<q:cmLst {space}>{comment}</q:cmLst>", "/ppt/comments/modern.xml")
    assert texts(read_deck(deck), "footnote") == ["Ann: Is it so?", "Bo: Yes."]


def test_text_of_the_master_is_a_header_once(deck, read_deck):
    label = deck.slide_layouts[6].shapes._spTree
    slide = blank(deck)
    box = slide.shapes.add_textbox(0, 0, Pt(50), Pt(50))
    box.text_frame.text = "RESTRICTED"
    label.append(box._element)
    blank(deck).shapes.add_textbox(0, 0, Pt(50), Pt(50)).text_frame.text = "Text"
    found = [(block.kind, block.page, block.text) for block in read_deck(deck).blocks]
    assert found == [("header", None, "RESTRICTED"), ("paragraph", 2, "Text")]


def test_a_hidden_slide_is_read_and_told(deck, read_deck):
    slide = blank(deck)
    slide.shapes.add_textbox(0, 0, Pt(50), Pt(50)).text_frame.text = "Text"
    slide._element.set("show", "0")
    reading = read_deck(deck)
    assert texts(reading) == ["Text"]
    assert "slide 1 is hidden" in reading.warnings[0]


def test_struck_text_is_kept_and_told(deck, read_deck):
    paragraph = blank(deck).shapes.add_textbox(0, 0, Pt(50), Pt(50)).text_frame.paragraphs[0]
    for text, struck in (("Kept ", False), ("struck ", True), ("too", True), (" end", False)):
        run = paragraph.add_run()
        run.text = text
        if struck:
            run._r.get_or_add_rPr().set("strike", "sngStrike")
    reading = read_deck(deck)
    assert texts(reading) == ["Kept struck too end"]
    assert [(mark.kind, mark.page) for mark in reading.marks] == [("struck", 1)]


def test_shapes_with_the_id_of_the_title_are_read(deck, read_deck):
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Title"
    box = slide.shapes.add_textbox(0, 0, Pt(50), Pt(50))
    box.text_frame.text = "Text"
    box._element.nvSpPr.cNvPr.set("id", str(slide.shapes.title.shape_id))
    assert texts(read_deck(deck)) == ["Title", "Text"]


def test_a_table_that_claims_a_billion_rows_is_bounded(deck, read_deck):
    table = blank(deck).shapes.add_table(2, 2, Pt(0), Pt(0), Pt(100), Pt(50)).table
    table.cell(0, 0).text = "Text"
    table.cell(0, 0)._tc.set("rowSpan", "999999999")
    assert read_deck(deck).tables[0].rows == (("Text", ""), ("", ""))


def test_a_shape_without_a_body_has_no_text(deck, read_deck):
    slide = blank(deck)
    empty = slide.shapes.add_textbox(0, 0, Pt(50), Pt(50))
    empty._element.remove(empty._element.txBody)
    slide.shapes.add_textbox(0, 0, Pt(50), Pt(50)).text_frame.text = "Text"
    assert texts(read_deck(deck)) == ["Text"]
