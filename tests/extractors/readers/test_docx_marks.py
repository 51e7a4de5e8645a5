"""Redaction as Word writes it: struck, blackened and shaded text is kept and told."""

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.extractors.readers.docxparts import put, run
from tests.extractors.readers.test_docx import add_list, listed


@pytest.fixture
def document():
    return docx.Document()


@pytest.mark.parametrize(
    ("properties", "kind"),
    [
        ("<w:strike/>", "struck"),
        ("<w:dstrike/>", "struck"),
        ('<w:strike w:val="false"/>', None),
        ('<w:highlight w:val="black"/>', "blackened"),
        ('<w:highlight w:val="yellow"/>', None),
        ('<w:highlight w:val="lightGray"/>', "shaded"),
        ('<w:shd w:val="clear" w:color="auto" w:fill="000000"/>', "blackened"),
        ('<w:shd w:val="solid" w:color="000000" w:fill="auto"/>', "blackened"),
        ('<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="000000"/>', None),  # white on black is legible
        ('<w:color w:val="1F3864"/><w:shd w:val="clear" w:fill="1F3864"/>', "blackened"),
        ('<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="FFFFFF"/>', "blackened"),
        ('<w:shd w:val="clear" w:fill="FFFFFF"/>', None),
        ('<w:shd w:val="clear" w:fill="D9D9D9"/>', "shaded"),
        ('<w:shd w:val="pct25" w:color="auto" w:fill="auto"/>', "shaded"),
        ('<w:shd w:val="nil"/>', None),
        ('<w:shd w:val="clear" w:fill="FFF2CC"/>', None),
    ],
)
def test_marks_on_runs_are_kept_and_told(document, read_docx, properties, kind):
    put(document.add_paragraph("12. The goods of "), run("Arvenia", properties) + run(" were seized."))
    reading = read_docx(document)
    assert reading.blocks[0].text == "The goods of Arvenia were seized."
    assert [(mark.kind, mark.number) for mark in reading.marks] == ([(kind, "12.")] if kind else [])


def test_a_stretch_of_runs_is_one_mark(document, read_docx):
    struck = "<w:strike/>"
    runs = run("a", struck) + run("b", struck + "<w:b/>") + run("c") + run("d", struck)
    put(document.add_paragraph(), runs)
    assert len(read_docx(document).marks) == 2


def test_marks_come_from_paragraphs_and_styles_too(document, read_docx):
    add_list(document, [("decimal", "%1.")])
    paragraph = listed(document, "Wholly shaded.")
    paragraph._p.pPr.append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="000000"/>'))
    style = document.styles.add_style("Gone", 2)
    style.font.strike = True
    document.add_paragraph("Text ").add_run("struck by a style", style=style)
    marks = read_docx(document).marks
    assert [(mark.kind, mark.number) for mark in marks] == [("blackened", "1."), ("struck", None)]


def test_marks_in_cells_count_but_the_shading_of_a_cell_does_not(document, read_docx):
    table = document.add_table(rows=2, cols=2)
    for row in table.rows:
        for cell in row.cells:
            cell.text = "x"
            cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="000000"/>'))
    put(table.cell(0, 0).paragraphs[0], run("struck", "<w:strike/>"))
    assert [mark.kind for mark in read_docx(document).marks] == ["struck"]
