"""What a paragraph of a DOCX prints: changes, fields, hidden text, boxes, notes, comments, charts."""

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.extractors.readers.docxparts import MC, R, add_notes, add_part, put, run, text_box
from tests.extractors.readers.test_docx import add_list, listed, numbers

LISTED = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="900"/></w:numPr>'
ITEM = f"<w:pPr>{LISTED}</w:pPr>"
DELETED = f'<w:pPr {nsdecls("w")}>{LISTED}<w:rPr><w:{{kind}} w:id="1"/></w:rPr></w:pPr>'


@pytest.fixture
def document():
    made = docx.Document()
    add_list(made, [("decimal", "%1.")])
    return made


def texts(reading, *kinds):
    return [block.text for block in reading.blocks if not kinds or block.kind in kinds]


def delete_mark(paragraph, kind="del"):
    properties = paragraph._p.pPr
    if properties is not None:
        paragraph._p.remove(properties)
    paragraph._p.insert(0, parse_xml(DELETED.format(kind=kind)))


def test_tracked_changes_are_read_as_accepted_and_flagged(document, read_docx):
    paragraph = document.add_paragraph("We ")
    put(paragraph, '<w:del w:id="1"><w:r><w:delText>may</w:delText></w:r></w:del>')
    put(paragraph, f'<w:ins w:id="2">{run("shall")}</w:ins>')
    reading = read_docx(document)
    assert reading.blocks[0].text == "We shall"
    assert "tracked changes" in reading.warnings[0]


@pytest.mark.parametrize("kind", ["del", "moveFrom"])
def test_a_paragraph_that_is_deleted_is_not_counted(document, read_docx, kind):
    listed(document, "First")
    gone = listed(document, "")
    put(gone, f'<w:{kind} w:id="1"><w:r><w:delText>Gone</w:delText></w:r></w:{kind}>')
    delete_mark(gone, kind)
    listed(document, "Second")
    reading = read_docx(document)
    assert numbers(reading) == ["1.", "2."]
    assert texts(reading) == ["First", "Second"]


def test_paragraphs_whose_mark_is_deleted_are_one_with_the_next(document, read_docx):
    delete_mark(listed(document, "One and "))
    listed(document, "the same")
    delete_mark(listed(document, "Last, before a table"))
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((cell for row in table.rows for cell in row.cells), "abcd", strict=True):
        cell.text = text
    delete_mark(listed(document, "At the end"))
    reading = read_docx(document)
    assert texts(reading, "paragraph") == ["One and the same", "Last, before a table", "At the end"]
    assert [number for number in numbers(reading) if number] == ["1.", "2.", "3."]


def test_a_dropped_capital_opens_the_paragraph_after_it(document, read_docx):
    capital = document.add_paragraph("T")
    capital._p.get_or_add_pPr().append(parse_xml(f'<w:framePr {nsdecls("w")} w:dropCap="drop" w:lines="3"/>'))
    document.add_paragraph("he Committee took note of the report.")
    document.add_paragraph("It agreed.")
    assert texts(read_docx(document)) == ["The Committee took note of the report.", "It agreed."]


@pytest.mark.parametrize("by_style", [False, True])
def test_hidden_text_is_left_out_with_a_warning_but_its_paragraph_counts(document, read_docx, by_style):
    listed(document, "First")
    hidden = listed(document, "" if not by_style else "Hidden")
    if by_style:
        style = document.styles.add_style("Hidden", 1)
        style.font.hidden = True
        hidden.style = style
    else:
        put(hidden, run("Hidden", "<w:vanish/>"))
    put(listed(document, "Third"), run(" and hidden", "<w:vanish/>") + run(" and shown", '<w:vanish w:val="0"/>'))
    reading = read_docx(document)
    assert list(zip(numbers(reading), texts(reading), strict=True)) == [("1.", "First"), ("3.", "Third and shown")]
    assert any("hidden text in 2 paragraphs" in warning for warning in reading.warnings)


def field(code, result=None):
    marks = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    shown = "" if result is None else marks.format("separate") + result
    return f"{marks.format('begin')}{code}{shown}{marks.format('end')}"


def test_fields_show_their_result_and_no_code_of_fields_within_them(document, read_docx):
    inner = field("<w:r><w:instrText> MERGEFIELD x </w:instrText></w:r>", run("inner"))
    code = f'<w:r><w:instrText> IF "</w:instrText></w:r>{inner}<w:r><w:instrText>" = "" </w:instrText></w:r>'
    put(document.add_paragraph("See "), field(code, run("result")) + run(" here") + field("<w:r><w:t>code</w:t></w:r>"))
    endless = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    put(document.add_paragraph("Kept, "), endless + run("though the field has no end"))
    assert texts(read_docx(document)) == ["See result here", "Kept, though the field has no end"]


def test_symbols_and_formulas_are_text(document, read_docx):
    math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    symbol = '<w:r><w:sym w:font="Wingdings" w:char="{}"/></w:r>'
    signs = symbol.format("F0FE") + symbol.format("2192") + symbol.format("D800") + symbol.format("x")
    put(document.add_paragraph(), f"{signs}<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>", math)
    assert texts(read_docx(document)) == ["☒→x=1"]


def test_a_text_box_comes_once_and_its_lists_count_apart(document, read_docx):
    listed(document, "Body one")
    item = f"<w:p>{ITEM}{run('Box')}</w:p>"
    put(listed(document, "Body two"), text_box(item, item), MC)
    put(listed(document, "Body three"), text_box(item), MC)
    reading = read_docx(document)
    assert texts(reading) == ["Body one", "Body two", "Box", "Box", "Body three", "Box"]
    assert numbers(reading) == ["1.", "2.", "1.", "2.", "3.", "3."]


def test_a_text_box_in_a_cell_comes_once(document, read_docx):
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).text = "Cell"
    put(table.cell(0, 0).paragraphs[0], text_box(f"<w:p>{run('Box')}</w:p>"), MC)
    assert read_docx(document).tables[0].rows[0][0] == "Cell\nBox"


def reference(kind, key, mark=""):
    custom = f' w:customMarkFollows="1"/><w:t>{mark}</w:t' if mark else "/"
    return f'<w:r><w:{kind}Reference w:id="{key}"{custom}></w:r>'


def test_footnotes_come_in_the_order_of_the_text_with_their_numbers(document, read_docx):
    marks = reference("footnote", 7) + reference("footnote", 3, "*")
    marks += f'<w:del w:id="1">{reference("footnote", 5)}</w:del>' + reference("footnote", 2)
    put(document.add_paragraph("Text"), marks)
    add_notes(
        document,
        "footnote",
        n2=f"<w:p>{run('Third.')}</w:p>",
        n3=f"<w:p>{run('*')}{run(' Second.')}</w:p>",
        n7=f"<w:p>{run('First,')}</w:p><w:p>{run('in two lines.')}</w:p>",
    )
    notes = [(block.number, block.text) for block in read_docx(document).blocks if block.kind == "footnote"]
    assert notes == [("1", "First, in two lines."), ("*", "Second."), ("2", "Third.")]


def test_lists_in_notes_count_from_note_to_note_and_apart_from_the_body(document, read_docx):
    listed(document, "Body")
    add_notes(document, "footnote", n1=f"<w:p>{ITEM}{run('One')}</w:p>", n2=f"<w:p>{ITEM}{run('Two')}</w:p>")
    assert texts(read_docx(document), "footnote") == ["1. One", "2. Two"]


def test_endnotes_are_footnotes_with_their_own_count(document, read_docx):
    document.add_paragraph("Text.")
    add_notes(document, "endnote", n1=f"<w:p>{run('See above.')}</w:p>")
    note = read_docx(document).blocks[-1]
    assert (note.kind, note.number, note.text) == ("footnote", "i", "See above.")


def test_notes_are_numbered_as_the_section_says(document, read_docx):
    document.add_paragraph("Text.")
    form = '<w:footnotePr {}><w:numFmt w:val="lowerLetter"/><w:numStart w:val="3"/></w:footnotePr>'
    document.element.body.sectPr.append(parse_xml(form.format(nsdecls("w"))))
    add_notes(document, "footnote", n1=f"<w:p>{run('Note.')}</w:p>")
    assert [block.number for block in read_docx(document).blocks] == [None, "c"]


def test_comments_are_notes_with_their_author_and_a_warning(document, read_docx):
    paragraph = document.add_paragraph("The Committee agreed.")
    document.add_comment(paragraph.runs, text="Is this so?", author="A. Reviewer", initials="AR")
    reading = read_docx(document)
    note = reading.blocks[-1]
    assert (note.kind, note.number, note.text) == ("footnote", "[1]", "A. Reviewer: Is this so?")
    assert any("1 comments" in warning for warning in reading.warnings)


def test_content_controls_are_read_in_the_body_cells_and_headers(document, read_docx):
    control = "<w:sdt {ns}><w:sdtContent>{xml}</w:sdtContent></w:sdt>"
    line = f"<w:p>{run('Controlled')}</w:p>"
    document.element.body.insert(0, parse_xml(control.format(ns=nsdecls("w"), xml=line)))
    document.sections[0].header._element.append(parse_xml(control.format(ns=nsdecls("w"), xml=line)))
    table = document.add_table(rows=2, cols=2)
    for cell in table.rows[1].cells:
        cell.text = "x"
    table.cell(0, 0)._tc.append(parse_xml(control.format(ns=nsdecls("w"), xml=line)))
    row = table.rows[1]._tr
    row.addprevious(wrapped := parse_xml(control.format(ns=nsdecls("w"), xml="")))
    wrapped[0].append(row)
    reading = read_docx(document)
    assert texts(reading, "header", "paragraph") == ["Controlled", "Controlled"]
    assert reading.tables[0].rows == (("Controlled", ""), ("x", "x"))


C = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
DGM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"


def test_a_chart_is_its_title_and_a_table(document, read_docx):
    def points(*values):
        return "".join(f'<c:pt idx="{place}"><c:v>{value}</c:v></c:pt>' for place, value in enumerate(values))

    title = "<c:title><c:tx><c:rich><a:p><a:r><a:t>Declarations</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    series = f"<c:ser><c:tx><c:strRef><c:strCache>{points('Share')}</c:strCache></c:strRef></c:tx>"
    series += f"<c:cat><c:strRef><c:strCache>{points('2019', '2020')}</c:strCache></c:strRef></c:cat>"
    series += f"<c:val><c:numRef><c:numCache>{points('4.4000000000000004', '7')}</c:numCache></c:numRef></c:val>"
    plot = f"<c:plotArea><c:barChart>{series}</c:ser></c:barChart></c:plotArea>"
    key = add_part(document, "chart", f"<c:chartSpace {C} {A}><c:chart>{title}{plot}</c:chart></c:chartSpace>")
    put(document.add_paragraph(), f'<w:r><w:drawing><c:chart r:id="{key}"/></w:drawing></w:r>', C, R)
    reading = read_docx(document)
    assert texts(reading) == ["Declarations", "\tShare\n2019\t4.4\n2020\t7"]
    assert reading.tables[0].header_rows == 1


def test_a_diagram_is_a_list_nested_as_its_points_are(document, read_docx):
    def point(key, text="", kind="node"):
        return f'<d:pt modelId="{key}" type="{kind}"><d:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:t></d:pt>'

    links = [("0", "1", 1), ("0", "3", 0), ("1", "2", 0), ("2", "1", 0)]  # the last one goes round
    joined = "".join(f'<d:cxn srcId="{one}" destId="{other}" srcOrd="{at}"/>' for one, other, at in links)
    points = point("0", kind="doc") + point("1", "Second") + point("2", "Below") + point("3", "First")
    points += point("4", "Between", "sibTrans") + point("5", "Alone")
    data = f'<d:dataModel xmlns:d="{DGM}" {A}><d:ptLst>{points}</d:ptLst><d:cxnLst>{joined}</d:cxnLst></d:dataModel>'
    key = add_part(document, "diagramData", data)
    shown = f'<w:r><w:drawing><d:relIds r:dm="{key}"/></w:drawing></w:r>'
    put(document.add_paragraph(), shown, f'xmlns:d="{DGM}"', R)
    items = [(block.level, block.text) for block in read_docx(document).blocks]
    assert items == [(1, "First"), (1, "Second"), (2, "Below"), (1, "Alone")]


def test_embedded_files_are_told(document, read_docx):
    document.add_paragraph("Text.")
    add_part(document, "oleObject", "<x/>", "embeddings/object")
    assert "embedded file" in read_docx(document).warnings[0]
