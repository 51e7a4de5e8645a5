"""A paper as PDF, in the layout of committee papers: cover, summary box, numbered paragraphs, annexes."""

import io
from functools import partial
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from rendering.source import Layout, Paper, Part, Words, agenda_rows
from rendering.styles import FONT, ITALIC, STYLES

AUTHOR = "Customs Lens project"
_WIDTH, _HEIGHT = A4
_SIDE = 2.5 * cm
_MEASURE = _WIDTH - 2 * _SIDE
_FOOT = 2.3 * cm
_COVER_FOOT = 3.4 * cm
_HEAD = 2.6 * cm
_MARK_GREY = colors.Color(0.35, 0.35, 0.35)
_HEADER_GREY = colors.Color(0.92, 0.92, 0.92)
_ALL = ((0, 0), (-1, -1))  # first and last cell of a table, as reportlab's styles name a range


def render_pdf(paper: Paper, layout: Layout) -> bytes:
    """Return the paper as PDF; the same paper always gives the same bytes."""
    words = layout.languages[paper.cover.language]
    buffer = io.BytesIO()
    document = BaseDocTemplate(
        buffer,
        pagesize=A4,
        title=f"{paper.cover.symbol}: {paper.cover.title}",
        author=AUTHOR,
        subject=words.subject,
        creator=AUTHOR,
        lang=paper.cover.language,
        invariant=1,
    )
    document.addPageTemplates(_templates(paper, words))
    document.build([*_cover(paper, layout, words), *_text(paper, words)])
    return buffer.getvalue()


def _templates(paper: Paper, words: Words) -> list[PageTemplate]:
    def frame(top: float, foot: float) -> Frame:
        return Frame(_SIDE, foot, _MEASURE, _HEIGHT - top - foot, 0, 0, 0, 0)

    running = _Running(words, paper.cover.running_symbol)
    templates = [
        PageTemplate("cover", [frame(1.6 * cm, _COVER_FOOT)], onPageEnd=partial(_cover_foot, paper, words)),
        PageTemplate("text", [frame(_HEAD, _FOOT)], onPage=running.head, onPageEnd=running.foot),
    ]
    for part in paper.parts:
        if part.kind == "annex":
            annex = _Running(words, _annex_to(paper, words, part), part.number)
            frames = [frame(_HEAD, _FOOT)]
            templates.append(PageTemplate(part.number, frames, onPage=annex.head, onPageEnd=annex.foot))
    return templates


class _Running:
    """Running head and foot; an annex counts its own pages from `I/1`, and its first page has a title instead."""

    def __init__(self, words: Words, text: str, annex: str | None = None) -> None:
        self._words, self._text, self._annex = words, text, annex
        self._first: int | None = None

    def head(self, canvas: Canvas, document: BaseDocTemplate) -> None:
        if self._first is None:
            self._first = document.page
            if self._annex:
                return
        canvas.setFont(FONT, 10)
        canvas.drawRightString(_WIDTH - _SIDE, _HEIGHT - 1.7 * cm, self._text)

    def foot(self, canvas: Canvas, document: BaseDocTemplate) -> None:
        first = self._first or document.page
        number = f"{self._annex}/{document.page - first + 1}" if self._annex else str(document.page)
        canvas.setFont(FONT, 10)
        canvas.drawCentredString(_WIDTH / 2, 1.5 * cm, number)
        _mark(canvas, self._words)


def _cover_foot(paper: Paper, words: Words, canvas: Canvas, _document: BaseDocTemplate) -> None:
    canvas.setLineWidth(0.5)
    canvas.line(_SIDE, 2.75 * cm, _WIDTH - _SIDE, 2.75 * cm)
    canvas.setFont(FONT, 8)
    canvas.drawString(_SIDE, 2.35 * cm, words.note)
    canvas.drawString(_SIDE, 1.95 * cm, words.copyright.format(year=paper.cover.year))
    _mark(canvas, words)


def _mark(canvas: Canvas, words: Words) -> None:
    canvas.saveState()
    canvas.setFont(ITALIC, 7)
    canvas.setFillColor(_MARK_GREY)
    canvas.drawCentredString(_WIDTH / 2, 0.95 * cm, words.mark)
    canvas.restoreState()


def _cover(paper: Paper, layout: Layout, words: Words) -> list[Flowable]:
    cover = paper.cover
    lines = zip(("emblem", "emblem small"), layout.emblem, strict=True)
    emblem = [[_say(style, text) for text in pair] for style, pair in lines]
    left = ["-", cover.sessions, "-", cover.meeting]
    right = [*cover.marks, *[""] * (3 - len(cover.marks)), cover.date]
    head = [[_say("body name", cover.body), _say("symbol", cover.symbol)]]
    head += [[_say("cover left", a), _say("cover right", b)] for a, b in zip(left, right, strict=True)]
    tight = TableStyle()
    tight.add("VALIGN", *_ALL, "TOP")
    tight.add("TOPPADDING", *_ALL, 1)
    tight.add("LEFTPADDING", *_ALL, 0)
    tight.add("RIGHTPADDING", *_ALL, 0)
    flow: list[Flowable] = [
        Table(emblem, colWidths=[_MEASURE / 2] * 2, style=tight),
        Spacer(0, 4),
        HRFlowable(width="100%", thickness=0.5, color=colors.black),
        Spacer(0, 8),
        Table(head, colWidths=[_MEASURE * 0.66, _MEASURE * 0.34], style=tight),
        _say("title", cover.title),
    ]
    if cover.item:
        flow.append(_say("item of agenda", words.item.format(item=cover.item)))
    flow.append(Spacer(0, 16))
    if cover.summary:
        flow += [_summary(paper, words), Spacer(0, 8)]
    if cover.agenda:
        flow += [_agenda(paper, words), Spacer(0, 8)]
    return [*flow, NextPageTemplate("text")]


def _summary(paper: Paper, words: Words) -> Table:
    summary = paper.cover.summary
    if summary is None:
        raise ValueError(f"{paper.cover.symbol}: has no summary")
    cell = [
        _say("summary", words.summary),
        _say("summary label", words.purpose),
        _say("summary text", summary.purpose),
        _say("summary label", words.action.format(body=paper.cover.addressee)),
        _say("summary text", summary.action),
    ]
    style = TableStyle()
    style.add("BOX", *_ALL, 0.8, colors.black)
    for side in ("LEFT", "RIGHT", "TOP", "BOTTOM"):
        style.add(f"{side}PADDING", *_ALL, 9)
    return Table([[cell]], colWidths=[_MEASURE], style=style)


def _agenda(paper: Paper, words: Words) -> Table:
    rows: list[list[object]] = []
    for number, (item, lines, last) in enumerate(agenda_rows(paper, words)):
        style = "cell" if number else "header cell"
        title = [_say(style, lines[0]), *[_say("cell mark", line) for line in lines[1:]]]
        rows.append([_say(style, item), title, _say(style, last)])
    return _ruled(rows, [2.0 * cm, _MEASURE - 4.9 * cm, 2.9 * cm])


def _text(paper: Paper, words: Words) -> list[Flowable]:
    flow: list[Flowable] = []
    for part in paper.parts:
        if part.kind == "annex":
            flow += [NextPageTemplate(part.number), PageBreak()]
            flow += [_say("annex", _annex_to(paper, words, part)), _say("annex title", part.text)]
        elif part.kind == "table":
            flow += [Spacer(0, 6), _table(part), Spacer(0, 6)]
        else:
            flow.append(_say(part.kind, part.text, part.number))
    return flow


def _annex_to(paper: Paper, words: Words, part: Part) -> str:
    return words.annex_to.format(number=part.number, symbol=paper.cover.symbol)


def _table(part: Part) -> Table:
    rows: list[list[object]] = [
        [_say("cell" if at else "header cell", text) for text in row] for at, row in enumerate(part.rows)
    ]
    return _ruled(rows, _widths(part.rows))


def _widths(rows: tuple[tuple[str, ...], ...]) -> list[float]:
    """Share the measure by the longest cell of each column, damped so that short columns keep their room."""
    damping = 0.6
    longest = [max(len(row[column]) for row in rows) ** damping for column in range(len(rows[0]))]
    return [_MEASURE * width / sum(longest) for width in longest]


def _ruled(rows: list[list[object]], widths: list[float]) -> Table:
    style = TableStyle()
    style.add("GRID", *_ALL, 0.5, colors.black)
    style.add("BACKGROUND", (0, 0), (-1, 0), _HEADER_GREY)
    style.add("VALIGN", *_ALL, "TOP")
    style.add("TOPPADDING", *_ALL, 3)
    style.add("BOTTOMPADDING", *_ALL, 4)
    return Table(rows, colWidths=widths, style=style, repeatRows=1)


def _say(style: str, text: str, number: str = "") -> Paragraph:
    return Paragraph(escape(text), STYLES[style], bulletText=number or None)
