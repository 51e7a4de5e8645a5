"""A paper as DOCX, with the automatic numbering of a word processor: no paragraph number is typed."""

import datetime as dt
import io
import zipfile
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import _Footer
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph

from rendering.pdf import AUTHOR
from rendering.source import Layout, Paper, Part, Words

_MADE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_ZIP_DATE = (2000, 1, 1, 0, 0, 0)
_FONT = "Times New Roman"
_NUMBERING_ID = 9001
_LEVELS = {"numbered": 0, "item": 1}
_CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT

# Level 0 runs through the whole paper, headings or not; level 1 starts again after each paragraph.
_NUMBERING = f"""
<w:abstractNum {nsdecls("w")} w:abstractNumId="{_NUMBERING_ID}">
  <w:multiLevelType w:val="multilevel"/>
  <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/><w:lvlJc w:val="left"/>
    <w:pPr><w:tabs><w:tab w:val="num" w:pos="567"/></w:tabs><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>
  <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%2)"/>
    <w:lvlJc w:val="left"/><w:pPr><w:ind w:left="1077" w:hanging="510"/></w:pPr></w:lvl>
</w:abstractNum>"""


def render_word(paper: Paper, layout: Layout) -> bytes:
    """Return the paper as DOCX; the same paper always gives the same bytes."""
    words = layout.languages[paper.cover.language]
    document = docx.Document()
    _prepare(document, paper, words)
    _cover(document, paper, layout, words)
    for part in paper.parts:
        _add(document, paper, words, part)
    buffer = io.BytesIO()
    document.save(buffer)
    return _with_fixed_dates(buffer.getvalue())


def _prepare(document: Document, paper: Paper, words: Words) -> None:
    properties = document.core_properties
    properties.author = properties.last_modified_by = AUTHOR
    properties.title = f"{paper.cover.symbol}: {paper.cover.title}"
    properties.subject, properties.language, properties.comments = words.subject, paper.cover.language, ""
    properties.created = properties.modified = _MADE
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(11)
    normal.paragraph_format.space_after = Pt(6)
    heading = document.styles["Heading 1"]
    heading.element.rPr.rFonts.attrib.clear()  # the theme's font would win over the named one
    heading.font.name, heading.font.size, heading.font.color.rgb = _FONT, Pt(11), RGBColor(0, 0, 0)
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(_NUMBERING))
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="{_NUMBERING_ID}"><w:abstractNumId w:val="{_NUMBERING_ID}"/></w:num>')
    )
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.different_first_page_header_footer = True
    _say(section.header.paragraphs[0], paper.cover.running_symbol, align=_RIGHT)
    first = section.first_page_footer
    _say(first.paragraphs[0], words.note, size=8)
    _say(first.add_paragraph(), words.copyright.format(year=paper.cover.year), size=8)
    _mark(first, words)
    _page_number(section.footer, words)


def _cover(document: Document, paper: Paper, layout: Layout, words: Words) -> None:
    cover = paper.cover
    emblem = document.add_table(0, 2)
    for at, pair in enumerate(layout.emblem):
        for cell, text in zip(emblem.add_row().cells, pair, strict=True):
            _say(cell.paragraphs[0], text, bold=at == 0, size=8 if at else 10.5, align=_CENTRE)
    head = document.add_table(0, 2)
    lines = [
        (cover.body, cover.symbol),
        ("-", ""),
        (cover.sessions, ""),
        ("-", ""),
        (cover.meeting, cover.date),
    ]
    for at, (left, right) in enumerate(lines):
        cells = head.add_row().cells
        _say(cells[0].paragraphs[0], left, bold=at == 0, align=_CENTRE)
        _say(cells[1].paragraphs[0], right, bold=at == 0, align=_RIGHT)
    _say(document.add_paragraph(), cover.title, bold=True, size=12, align=_CENTRE)
    if cover.item:
        _say(document.add_paragraph(), words.item.format(item=cover.item), align=_CENTRE)
    if cover.summary:
        box = document.add_table(1, 1)
        box.style = "Table Grid"
        cell = box.cell(0, 0)
        _say(cell.paragraphs[0], words.summary, bold=True, align=_CENTRE)
        _say(cell.add_paragraph(), words.purpose, bold=True)
        _say(cell.add_paragraph(), cover.summary.purpose)
        _say(cell.add_paragraph(), words.action.format(body=cover.addressee), bold=True)
        _say(cell.add_paragraph(), cover.summary.action)
        document.add_paragraph()


def _add(document: Document, paper: Paper, words: Words, part: Part) -> None:
    if part.kind == "annex":
        _begin_annex(document, words, part, words.annex_to.format(number=part.number, symbol=paper.cover.symbol))
    elif part.kind == "table":
        _fill(document.add_table(len(part.rows), len(part.rows[0])), part)
    elif part.kind == "heading":
        document.add_heading(part.text, level=1)
    else:
        paragraph = document.add_paragraph(part.text)
        if part.kind in _LEVELS:
            _number(paragraph, _LEVELS[part.kind])


def _begin_annex(document: Document, words: Words, part: Part, annex_to: str) -> None:
    """Begin a section with its own running head and page numbers; its first page has the title instead."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.different_first_page_header_footer = True
    section.header.is_linked_to_previous = section.first_page_header.is_linked_to_previous = False
    _say(section.header.paragraphs[0], annex_to, align=_RIGHT)
    for footer in (section.first_page_footer, section.footer):
        footer.is_linked_to_previous = False
        _page_number(footer, words, annex=part.number)
    columns = section._sectPr.find(qn("w:cols"))  # noqa: SLF001 - python-docx has no API for page numbers
    columns.addprevious(parse_xml(f'<w:pgNumType {nsdecls("w")} w:start="1"/>'))
    _say(document.add_paragraph(), annex_to, align=_RIGHT)
    _say(document.add_paragraph(), part.text, bold=True, align=_CENTRE)


def _number(paragraph: Paragraph, level: int) -> None:
    properties: Any = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - python-docx has no API and no types for it
    numbering = properties.get_or_add_numPr()
    numbering.get_or_add_ilvl().val = level
    numbering.get_or_add_numId().val = _NUMBERING_ID


def _fill(table: Table, part: Part) -> None:
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for at, (row, texts) in enumerate(zip(table.rows, part.rows, strict=True)):
        for cell, text in zip(row.cells, texts, strict=True):
            _say(cell.paragraphs[0], text, bold=at == 0, size=9.5)
    header = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no API for header rows
    header.append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))


def _page_number(footer: _Footer, words: Words, annex: str | None = None) -> None:
    paragraph = footer.paragraphs[0]
    paragraph.alignment = _CENTRE
    if annex:
        paragraph.add_run(f"{annex}/")
    field = parse_xml(f"<w:fldSimple {nsdecls('w')}><w:r><w:t>1</w:t></w:r></w:fldSimple>")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001 - python-docx has no API for fields
    _mark(footer, words)


def _mark(footer: _Footer, words: Words) -> None:
    _say(footer.add_paragraph(), words.mark, size=7, align=_CENTRE)


def _say(
    paragraph: Paragraph,
    text: str,
    *,
    bold: bool = False,
    size: float | None = None,
    align: WD_ALIGN_PARAGRAPH | None = None,
) -> None:
    run = paragraph.add_run(text)
    run.bold = bold
    if size:
        run.font.size = Pt(size)
    if align is not None:
        paragraph.alignment = align


def _with_fixed_dates(data: bytes) -> bytes:
    """Pack the parts again with one fixed time, since zip files carry the clock of their making."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _ZIP_DATE), old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
