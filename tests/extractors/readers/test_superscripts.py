"""Raised figures, which would say something else as plain ones: `10³` is not 103."""

import docx
import pptx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pptx.util import Pt
from reportlab.pdfbase.pdfmetrics import stringWidth

from extractors.readers import read
from extractors.text.superscripts import RAISED_DIGITS, superscript
from tests.extractors.readers.docxparts import put, run
from tests.extractors.readers.rawpdf import one_page
from tests.extractors.readers.test_odt import odt  # noqa: F401 - a fixture

RAISED = '<w:vertAlign w:val="superscript"/>'
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
LINE = b"The Committee took note of the report of the working group on data models and asked"
BODY = b"".join(b"BT /F1 11 Tf 1 0 0 1 72 %d Tm (%s) Tj ET " % (700 - 14 * row, LINE) for row in range(12))


def texts(reading):
    return [block.text for block in reading.blocks]


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("44", "⁴⁴"), ("-3", "⁻³"), ("\u22123", "⁻³"), ("\u20131", "⁻¹"), ("1, 2", "¹, ²"), ("(4)", "(⁴)"),
        ("th", "th"), ("2nd", "2nd"), ("*", "*"), ("TM", "TM"), ("", ""), (" ", " "),
    ],
)  # fmt: skip
def test_figures_are_raised_and_words_are_not(text, raised):
    assert superscript(text) == raised


@given(st.text(max_size=12))
def test_a_superscript_is_as_long_as_its_text(text):
    assert len(superscript(text)) == len(text)


def test_of_docx(read_docx):
    document = docx.Document()
    paragraph = document.add_paragraph("10")
    put(paragraph, run("3", RAISED))
    put(paragraph, run(" kg on the 2"))
    put(paragraph, run("nd", RAISED))
    parts = "".join(f"<m:{name}><m:r><m:t>{text}</m:t></m:r></m:{name}>" for name, text in (("e", "x"), ("sup", "2")))
    put(paragraph, f"<m:oMath {M}><m:sSup>{parts}</m:sSup></m:oMath>")
    assert texts(read_docx(document)) == ["10³ kg on the 2ndx²"]


def test_of_pptx(tmp_path, limits):
    deck = pptx.Presentation()
    paragraph = deck.slides.add_slide(deck.slide_layouts[6]).shapes.add_textbox(0, 0, Pt(50), Pt(50)).text_frame
    for text, baseline in (("10", None), ("3", "30000"), (" kg of CO", None), ("2", "-25000")):
        made = paragraph.paragraphs[0].add_run()
        made.text = text
        if baseline:
            made._r.get_or_add_rPr().set("baseline", baseline)
    deck.save(str(tmp_path / "deck.pptx"))
    assert texts(read(tmp_path / "deck.pptx", limits=limits)) == ["10³ kg of CO2"]


@pytest.mark.parametrize("position", ["super 58%", "33% 58%"])
def test_of_odt(odt, position):  # noqa: F811 - the fixture
    styles = "".join(
        f'<style:style style:name="{name}" style:family="text"><style:text-properties style:text-position="{place}"/>'
        "</style:style>"
        for name, place in (("up", position), ("down", "sub 58%"), ("low", "-33% 58%"))
    )
    body = "".join(
        f'<text:span text:style-name="{name}">{text}</text:span>' for name, text in (("down", "2"), ("low", "3"))
    )
    reading = odt(f'<text:p>10<text:span text:style-name="up">3</text:span> kg of CO{body}</text:p>',
                  f"<office:styles>{styles}</office:styles>")  # fmt: skip
    assert texts(reading) == ["10³ kg of CO23"]


def test_of_what_stands_in_a_raised_span_of_odt(odt):  # noqa: F811 - the fixture
    style = '<style:style style:name="{}" style:family="text"><style:text-properties {}/></style:style>'
    styles = style.format("up", 'style:text-position="super 58%"') + style.format("bold", "")
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>12</text:p></text:note-body>"
    inner = f'<text:span text:style-name="bold">3</text:span>, <text:a>4</text:a><text:s/>5{note}</text:note>'
    reading = odt(f'<text:p>10<text:span text:style-name="up">{inner}</text:span></text:p>',
                  f"<office:styles>{styles}</office:styles>")  # fmt: skip
    assert reading.blocks[0].text.startswith("10³, ⁴ ⁵")
    assert reading.blocks[1].text == "12"


def test_of_rtf(read_bytes):
    data = rb"{\rtf1 10{\super 3} kg of CO{\sub 2}, 5 m\super 2\nosupersub 3 and 2{\super nd}\par}"
    assert texts(read_bytes(data, "a.rtf")) == ["10³ kg of CO2, 5 m²3 and 2nd"]


def test_of_html(read_bytes):
    data = b"<p>10<sup>3</sup> kg<sup><a href='#n'>[4]</a></sup></p>"
    data += (
        b"<table><tr><td>Area (km<sup>2</sup>)</td><td>b</td></tr><tr><td>a <b>b</b>c<br>d</td><td>e</td></tr></table>"
    )
    reading = read_bytes(data, "a.html")
    assert texts(reading)[0] == "10³ kg[⁴]"
    assert [cell.text for cell in reading.tables[0].cells] == ["Area (km²)", "b", "a bc d", "e"]


def small(text, size=7, rise=4):
    return b"/F1 %g Tf %g Ts (%s) Tj 0 Ts /F1 11 Tf " % (size, rise, text)


def line(*parts):
    return b"BT /F1 11 Tf 1 0 0 1 72 500 Tm " + b"".join(parts) + b" ET "


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((b"(Under the Framework 2015-2030) Tj ", small(b"3"), b"( and) Tj"), "Under the Framework 2015-2030³ and"),
        ((b"(About 10) Tj ", small(b"12"), b"( bytes of it) Tj"), "About 10¹² bytes of it"),
        ((b"(A burst index of 2 m) Tj ", small(b"2"), b"(/g or less) Tj"), "A burst index of 2 m²/g or less"),
        ((b"(A length of about ) Tj ", small(b"1", rise=2), b"(/4 of it) Tj"), "A length of about 1/4 of it"),
        ((b"(In figures of 20) Tj ", small(b"14", rise=0), b"( or so) Tj"), "In figures of 2014 or so"),
        ((b"(In figures of 20) Tj ", small(b"14", 10, 2), b"( as large) Tj"), "In figures of 2014 as large"),
    ],
)
def test_of_pdf(read_bytes, parts, text):
    assert texts(read_bytes(one_page(BODY + line(*parts)), "a.pdf"))[1] == text


def test_of_pdf_where_matrices_tell_the_sizes(read_bytes):
    """As Acrobat and InDesign write them."""
    text, x = b"BT /F1 1 Tf ", 72.0
    for piece, size in (("Until the end of 2019", 11), ("12", 7), (" it had 2026 members, and 5 km", 11), ("2", 7)):
        text += b"%d 0 0 %d %.2f %d Tm (%s) Tj " % (size, size, x, 511 - size, piece.encode())
        x += stringWidth(piece, "Helvetica", size)
    found = texts(read_bytes(one_page(BODY + text + b"ET "), "a.pdf"))
    assert found[1] == "Until the end of 2019¹² it had 2026 members, and 5 km²"


def test_the_mark_of_a_note_is_no_part_of_the_number_before_it(read_bytes):
    heading = b"BT /F1 14 Tf 1 0 0 1 72 500 Tm (Article 194) Tj /F1 9 Tf 5 Ts (44) Tj 0 Ts ET "
    foot = b"BT /F1 9 Tf 1 0 0 1 72 100 Tm (44- As amended by the law of 2011.) Tj ET "
    blocks = read_bytes(one_page(BODY + heading + foot), "a.pdf").blocks[1:]
    assert [(block.kind, block.number, block.text) for block in blocks] == [
        ("heading", "Article 194", "Article 194"), ("footnote", "44", "As amended by the law of 2011."),
    ]  # fmt: skip


def test_a_note_with_a_dash_may_stand_on_the_next_page(pdf_file, limits):
    text = [(72, 100 + 14 * row, 11, LINE.decode()) for row in range(12)]
    end = 72 + stringWidth("as amended", "Helvetica", 11)
    first = [*text, (72, 300, 11, "as amended"), (end, 295, 7, "44")]
    reading = read(pdf_file([first, [*text, (72, 760, 9, "44- By the law of 2011.")]]), limits=limits)
    assert [(block.number, block.text) for block in reading.blocks if block.kind == "footnote"] == [
        ("44", "By the law of 2011.")
    ]


def test_a_number_with_a_dash_begins_a_note_only_where_its_mark_is_raised(read_bytes):
    foot = b"BT /F1 9 Tf 1 0 0 1 72 100 Tm (2- Chome, Minato-ku, Tokyo) Tj ET "
    assert [block.kind for block in read_bytes(one_page(BODY + foot), "a.pdf").blocks] == ["paragraph", "paragraph"]


def test_in_the_cells_of_a_table(read_bytes):
    rules = b"".join(b"%d %d m %d %d l S " % rule for rule in (
        *((72, y, 400, y) for y in (600, 570, 540)), *((x, 540, x, 600) for x in (72, 230, 400)),
    ))  # fmt: skip
    cells = [
        *(b"(Country) Tj", b"(Area, km) Tj " + small(b"2")),
        *(b"(Austria) Tj " + small(b"3"), b"(83,879) Tj " + small(b"1")),
    ]
    text = b"".join(
        b"BT /F1 11 Tf 1 0 0 1 %d %d Tm %s ET " % (80 + 158 * (place % 2), 580 - 30 * (place // 2), cell)
        for place, cell in enumerate(cells)
    )
    reading = read_bytes(one_page(rules + text), "a.pdf")
    assert [cell.text for cell in reading.tables[0].cells] == ["Country", "Area, km²", "Austria³", "83,879¹"]


def test_figures_inside_raised_elements_of_html_are_raised_once(read_bytes):
    page = b"<html><body><p>Trade<sup>1, <a>2</a>, 3</sup> and tax<sup><b>4</b>5</sup></p></body></html>"
    assert texts(read_bytes(page, "a.html")) == ["Trade¹, ², ³ and tax⁴⁵"]


@pytest.mark.parametrize(
    ("sign", "matrix"), [(b"", b"0 1 -1 0 500 100 Tm"), (b"-", b"-1 0 0 -1 72 500 Tm")], ids=["sideways", "below zero"]
)
def test_what_is_not_raised_stays_plain_however_text_is_turned(read_bytes, sign, matrix):
    one, other = (b"/F1 " + sign + size + b" Tf" for size in (b"11", b"7"))
    text = b"BT %s %s (In 2026, CO) Tj %s -3 Ts (2) Tj 0 Ts %s ( and 10) Tj %s (50) Tj ET" % (
        one, matrix, other, one, other,
    )  # fmt: skip
    found = " ".join(texts(read_bytes(one_page(BODY + text), "a.pdf")))
    assert not set(found) & set(RAISED_DIGITS)


def test_a_number_that_goes_on_behind_small_figures_is_none_with_a_mark(read_bytes):
    text = b"BT /F1 11 Tf 1 0 0 1 72 400 Tm (Heading 84) Tj " + small(b"15") + b" (.10) Tj ET"
    assert "Heading 8415.10" in " ".join(texts(read_bytes(one_page(BODY + text), "a.pdf")))
