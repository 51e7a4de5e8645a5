"""Pages that are turned, and text that lies on its side: read as a person would turn the paper."""

import pypdfium2
import pytest

from extractors.readers import read

SENTENCE = "Members were invited to share national experiences of electronic customs clearance with the Committee."
ROWS = [("Dimension", "Level", "Year"), ("Data", "2", "2019"), ("Systems", "3", "2021"), ("People", "4", "2022")]
TITLES = ("Levels of the Members", "Subjects of the questionnaire", "Years of the replies")
TURNS = {90: (0, -595), 180: (-595, -842), 270: (-842, 0)}
"""Where the origin moves for text turned counterclockwise by so many degrees on an upright A4 page."""


def table(canvas, left: float, top: float, *, ruled: bool) -> None:
    columns, rows = [left, left + 128, left + 248, left + 368], [top - 20 * row for row in range(len(ROWS) + 1)]
    if ruled:
        canvas.grid(columns, rows)
    canvas.setFont("Helvetica", 10)
    for row, texts in zip(rows, ROWS, strict=False):
        for x, text in zip(columns, texts, strict=False):
            canvas.drawString(x + 4, row - 14, text)


@pytest.fixture
def sideways(pdf_file, limits):
    """An upright page with its number at the foot, and a table with its title turned on it."""

    def go(turn: int, *, ruled: bool = False):
        def draw(canvas):
            if turn:
                canvas.rotate(turn)
                canvas.translate(*TURNS[turn])
            canvas.setFont("Helvetica-Bold", 12)
            canvas.drawString(80, 480, TITLES[canvas.getPageNumber() - 1])
            table(canvas, 80, 440, ruled=ruled)

        upright = [[(290, 820, 9, f"Page {number}")] for number in (1, 2, 3)]
        return pdf_file(upright, draw=draw)

    return lambda turn, **options: (path := go(turn, **options), read(path, limits=limits))


@pytest.mark.parametrize("ruled", [True, False])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_table_on_its_side_is_read_as_an_upright_one(sideways, turn, ruled):
    _, reading = sideways(turn, ruled=ruled)
    assert reading.tables[0].rows == tuple(ROWS)
    assert [block.text for block in reading.blocks if block.kind == "heading"] == list(TITLES)
    furniture = [block.text for block in reading.blocks if block.kind in ("header", "footer")]
    assert furniture == ["Page 1", "Page 2", "Page 3"]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_boxes_of_what_lies_on_its_side_are_where_the_page_shows_it(sideways, turn):
    path, reading = sideways(turn)
    heading = next(block for block in reading.blocks if block.kind == "heading")
    document = pypdfium2.PdfDocument(path)
    bitmap = document[0].render(scale=1).to_pil().convert("L")
    document.close()
    for box in (heading.box, reading.tables[0].cells[0].box):
        x0, top, x1, bottom = (round(edge) for edge in box)
        inside = bitmap.crop((x0 - 1, top - 1, x1 + 1, bottom + 1))
        around = bitmap.crop((x0 - 8, top - 8, x1 + 8, bottom + 8))
        dark = [sum(part.histogram()[:128]) for part in (inside, around)]
        assert dark[0] == dark[1] > 20


@pytest.mark.parametrize("ruled", [True, False])
@pytest.mark.parametrize("crop", [None, (40, 60, 560, 800)])
@pytest.mark.parametrize("form", ["none", "plain", "scaled", "moved", "turned"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_tables_of_turned_and_cropped_pages_and_inside_forms(pdf_file, limits, rotation, form, crop, ruled):
    def draw(canvas):
        if crop:
            canvas.setCropBox(crop)
        if form == "none":
            table(canvas, 80, 700, ruled=ruled)
            return
        canvas.beginForm("form")
        table(canvas, 80, 700, ruled=ruled)
        canvas.endForm()
        if form == "scaled":
            canvas.transform(0.8, 0, 0, 0.8, 50, 100)
        if form == "moved":
            canvas.translate(20, -60)
        if form == "turned":
            canvas.translate(595, 0)
            canvas.rotate(90)
            canvas.translate(100, -150)
        canvas.doForm("form")

    path = pdf_file([[]], draw=draw)
    path.write_bytes(path.read_bytes().replace(b"/Rotate 0", b"/Rotate %d" % rotation))
    assert read(path, limits=limits).tables[0].rows == tuple(ROWS)


def test_a_sideways_stamp_in_the_margin_stays_out_of_tables(pdf_file, limits):
    def draw(canvas):
        table(canvas, 120, 700, ruled=False)
        canvas.setFont("Helvetica", 10)
        canvas.saveState()
        canvas.translate(110, 640)
        canvas.rotate(90)
        canvas.drawString(0, 0, "Received in May")
        canvas.restoreState()

    reading = read(pdf_file([[(120, 100, 10, SENTENCE)]], draw=draw), limits=limits)
    assert reading.tables[0].rows == tuple(ROWS)
    assert "Received in May" in [block.text for block in reading.blocks]


def test_sideways_paragraphs_are_whole_and_in_order(pdf_file, limits):
    def draw(canvas):
        canvas.rotate(90)
        canvas.translate(*TURNS[90])
        for place, number in enumerate((1, 2)):
            canvas.setFont("Helvetica", 11)
            canvas.drawString(80, 480 - 60 * place, f"{number}. {SENTENCE}")
            canvas.drawString(80, 466 - 60 * place, "It agreed.")

    reading = read(pdf_file([[]], draw=draw), limits=limits)
    found = [(block.number, block.text) for block in reading.blocks]
    assert found == [("1.", f"{SENTENCE} It agreed."), ("2.", f"{SENTENCE} It agreed.")]
