"""Typesets synthetic papers: breaks and hyphenates lines, places them on pages, and draws them by a PDF library.

usage: python -m benchmarks.typesetting OUT

reportlab draws each line as one string with word spacing, column by column; fpdf2 draws each word by itself,
row by row across the columns. The two together are what readers meet in the files of office programs.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.papers import Element, Paper, collection

WIDTH, HEIGHT = 595.28, 841.89
"""A4 in points."""
_MARGIN = 70.0
_TOP, _BOTTOM = 84.0, 760.0  # first and last baseline of the text
_GUTTER = 24.0
_SIZE, _NOTE_SIZE, _MARK_SIZE = 10.0, 8.0, 6.5
_NOTE_MARK_SIZE = 5.2
_RAISED = {_MARK_SIZE: 3.5, _NOTE_MARK_SIZE: 2.8}  # points by which marks of that size stand above their row
_LEADING = 1.22  # em
_PARAGRAPH_GAP = 6.0
_TAB = 28.0
_FONTS = Path(__file__).parents[1] / "samples" / "fonts"
_HYPHENS = {"en": "en_GB", "fr": "fr_FR", "es": "es_ES", "ru": "ru_RU"}
_MIN_WORD = 7  # letters of a word that may be parted


@dataclass(frozen=True, slots=True)
class Run:
    """Words to draw: where the first begins and its baseline from the top, in points; `space` widens each space."""

    page: int
    x: float
    y: float
    text: str
    font: str
    size: float
    space: float = 0.0


@dataclass(slots=True)
class _Galley:
    """The place where the next line goes, and the notes that wait for the foot of the column."""

    paper: Paper
    fonts: tuple[str, str]
    page: int = 1
    column: int = 0
    y: float = _TOP
    top: float = _TOP
    floor: float = _BOTTOM
    runs: list[Run] = field(default_factory=list)
    rules: list[tuple[int, float, float]] = field(default_factory=list)
    notes: list[Element] = field(default_factory=list)

    @property
    def width(self) -> float:
        columns = self.paper.columns
        return (WIDTH - 2 * _MARGIN - (columns - 1) * _GUTTER) / columns

    @property
    def left(self) -> float:
        return _MARGIN + self.column * (self.width + _GUTTER)

    def turn(self) -> None:
        """Go to the next column or page, after the notes of this one."""
        self.set_notes()
        self.column += 1
        if self.column == self.paper.columns:
            self.column, self.page, self.top = 0, self.page + 1, _TOP
        self.y, self.floor = self.top, _BOTTOM

    def set_notes(self) -> None:
        leading = _LEADING * _NOTE_SIZE
        y = self.floor + 1.5 * leading
        if self.notes:
            self.rules.append((self.page, self.left, y - leading))
        for note in self.notes:
            font, number, indent = self.fonts[0], note.number or "", 0.0
            if self.paper.producer == "reportlab":  # as Word sets it: raised, in small type
                mark = Run(self.page, self.left, y - _RAISED[_NOTE_MARK_SIZE], number, font, _NOTE_MARK_SIZE)
                self.runs.append(mark)
                number, indent = "", _wide(f"{number} ", font, _NOTE_MARK_SIZE)
            text = f"{number} {note.text}".lstrip()
            for place, words in enumerate(_broken(text, self.width - indent, self.width, font, _NOTE_SIZE, "")):
                self.runs.append(Run(self.page, self.left + (0 if place else indent), y, words, font, _NOTE_SIZE))
                y += leading
        self.notes.clear()


def write(paper: Paper, path: Path) -> int:
    """Write a paper as a PDF and return its number of pages."""
    _register()
    latin = paper.producer == "reportlab" and paper.language != "ru"
    fonts = ("Helvetica", "Helvetica-Bold") if latin else ("LensSerif", "LensSerif-Bold")
    galley = _Galley(paper, fonts)
    _front(galley, [element for element in paper.elements if element.kind == "front"])
    notes = {element.number: element for element in paper.elements if element.kind == "footnote"}
    for element in paper.elements:
        if element.kind == "heading":
            _heading(galley, element)
        elif element.kind in ("paragraph", "item"):
            _paragraph(galley, element, notes)
    galley.set_notes()
    _furniture(galley)
    (_by_reportlab if paper.producer == "reportlab" else _by_fpdf)(galley, path)
    return galley.page


def _front(galley: _Galley, elements: Sequence[Element]) -> None:
    regular, bold = galley.fonts
    first, second, body, symbol, session = (element.text for element in elements)
    runs = [(100.0, 54.0, first, bold, 8.0), (320.0, 54.0, second, bold, 8.0), (110.0, 96.0, body, bold, 11.0)]
    runs += [
        (WIDTH - _MARGIN - _wide(symbol, bold, 11), 96.0, symbol, bold, 11.0),
        (170.0, 126.0, session, regular, _SIZE),
    ]
    galley.runs += [Run(1, *run) for run in runs]
    galley.y = 160.0


def _heading(galley: _Galley, element: Element) -> None:
    regular, bold = galley.fonts
    if element.text.endswith(galley.paper.symbol):  # an annex begins on a page of its own
        galley.column = galley.paper.columns - 1
        galley.turn()
        x = WIDTH - _MARGIN - _wide(element.text, regular, _SIZE)
        galley.runs.append(Run(galley.page, x, galley.y, element.text, regular, _SIZE))
        galley.top = galley.y = galley.y + 2 * _SIZE
        return
    size = 14.0 if element.level == 1 else 11.0 if element.number else _SIZE
    leading = _LEADING * size
    if galley.y + 5 * leading > galley.floor:
        galley.turn()
    galley.y += 0.8 * leading if galley.y > galley.top else 0
    text = f"{element.number} {element.text}" if element.number else element.text
    width = WIDTH - 2 * _MARGIN if element.level == 1 else galley.width
    for line in _broken(text, width, width, bold, size, ""):
        galley.runs.append(Run(galley.page, galley.left, galley.y, line, bold, size))
        galley.y += leading
    galley.y += 0.3 * leading
    if element.level == 1:
        galley.top = galley.y


def _paragraph(galley: _Galley, element: Element, notes: dict[str | None, Element]) -> None:
    paper, font = galley.paper, galley.fonts[0]
    indent, first, tab = _shape(element, indented=paper.indented)
    language = paper.language if paper.columns > 1 or paper.producer == "fpdf2" else ""
    lines = list(_broken(element.text, galley.width - first, galley.width - indent, font, _SIZE, language))
    leading = _LEADING * _SIZE
    note = notes[element.mark] if element.mark else None
    room = 4 * _LEADING * _NOTE_SIZE if note else 0.0
    for place, line in enumerate(lines):
        last = place == len(lines) - 1
        if galley.y > galley.floor - (room if last else 0):
            galley.turn()
        left = galley.left + (indent if place else first)
        if place == 0 and element.number:
            galley.runs.append(Run(galley.page, left - tab, galley.y, element.number, font, _SIZE))
        free = galley.left + galley.width - left - _wide(line, font, _SIZE)
        gaps = line.count(" ")
        space = free / gaps if paper.justified and gaps and not last else 0.0
        galley.runs.append(Run(galley.page, left, galley.y, line, font, _SIZE, space))
        if last and note:
            x = left + _wide(line, font, _SIZE) + 0.3
            y = galley.y - _RAISED[_MARK_SIZE]
            galley.runs.append(Run(galley.page, x, y, element.mark or "", font, _MARK_SIZE))
            galley.notes.append(note)
            galley.floor -= room
        galley.y += leading
    galley.y += 0 if paper.indented and not element.number else _PARAGRAPH_GAP


def _shape(element: Element, *, indented: bool) -> tuple[float, float, float]:
    """Return how far the lines of a paragraph and its first line stand in, and its number before that."""
    if element.kind == "item":
        return 2 * _TAB, 2 * _TAB, _TAB
    if element.number:
        return 0.0, _TAB, _TAB
    return 0.0, (_TAB / 2 if indented else 0.0), 0.0


def _broken(text: str, first: float, other: float, font: str, size: float, language: str) -> Iterator[str]:
    """Yield the lines of a text; with a language, words may be parted at their ends."""
    width, line = first, ""
    for word in text.split():
        rest = word
        while True:
            trial = f"{line} {rest}" if line else rest
            if _wide(trial, font, size) <= width:
                line = trial
                break
            head, tail = _parted(f"{line} " if line else "", rest, width, font, size, language)
            if head:
                yield head
                rest = tail
            else:
                yield line
            width, line = other, ""
    yield line


def _parted(before: str, word: str, width: float, font: str, size: float, language: str) -> tuple[str, str]:
    if not language or len(word) < _MIN_WORD or not word.strip(".,;:()").isalpha():
        return "", ""
    for head, tail in _hyphenator(language).iterate(word):
        line = f"{before}{head}-"
        if _wide(line, font, size) <= width:
            return line, tail
    return "", ""


def _furniture(galley: _Galley) -> None:
    regular = galley.fonts[0]
    head, *foot = galley.paper.furniture
    galley.rules.append((1, _MARGIN, 782.0))
    galley.runs += [Run(1, _MARGIN, 792.0 + 10 * place, text, regular, 7.3) for place, text in enumerate(foot)]
    for page in range(2, galley.page + 1):
        galley.runs.append(Run(page, WIDTH - _MARGIN - _wide(head, regular, 9), 48.0, head, regular, 9.0))
        galley.runs.append(Run(page, WIDTH / 2, 800.0, f"{page}.", regular, 9.0))


def _by_reportlab(galley: _Galley, path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), invariant=1)
    for page in range(1, galley.page + 1):
        for _, x, y in (rule for rule in galley.rules if rule[0] == page):
            canvas.line(x, HEIGHT - y, x + 120, HEIGHT - y)
        for run in (run for run in galley.runs if run.page == page):
            words = canvas.beginText(run.x, HEIGHT - run.y)
            words.setFont(run.font, run.size)
            words.setWordSpace(run.space)
            words.textOut(run.text)
            canvas.drawText(words)
        canvas.showPage()
    canvas.save()


def _by_fpdf(galley: _Galley, path: Path) -> None:
    import datetime as dt

    from fpdf import FPDF

    document = FPDF(unit="pt", format="A4")
    document.set_creation_date(dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    document.set_auto_page_break(auto=False)
    document.add_font("LensSerif", "", _FONTS / "LensSerif-Regular.ttf")
    document.add_font("LensSerif", "B", _FONTS / "LensSerif-Bold.ttf")
    for page in range(1, galley.page + 1):
        document.add_page()
        for _, x, y in (rule for rule in galley.rules if rule[0] == page):
            document.line(x, y, x + 120, y)
        for run in sorted((run for run in galley.runs if run.page == page), key=_row):
            document.set_font("LensSerif", "B" if run.font.endswith("Bold") else "", run.size)
            x = run.x
            for word in run.text.split():
                document.text(x, run.y, word)
                x += _wide(f"{word} ", run.font, run.size) + run.space
    document.output(str(path))


def _row(run: Run) -> tuple[float, float]:
    """Return where a run stands in the order of rows; a raised mark belongs to the row that it ends."""
    return run.y + _RAISED.get(run.size, 0.0), run.x


def _wide(text: str, font: str, size: float) -> float:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return float(stringWidth(text, font, size))


@cache
def _register() -> None:
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    registerFont(TTFont("LensSerif", str(_FONTS / "LensSerif-Regular.ttf")))
    registerFont(TTFont("LensSerif-Bold", str(_FONTS / "LensSerif-Bold.ttf")))


@cache
def _hyphenator(language: str) -> Any:  # noqa: ANN401 - pyphen has no types
    import pyphen

    return pyphen.Pyphen(lang=_HYPHENS[language])


def main() -> None:
    """Write the papers into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for paper in collection():
        write(paper, out / f"{paper.name}.pdf")


if __name__ == "__main__":
    main()
