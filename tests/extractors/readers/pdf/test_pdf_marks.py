"""Marks of redaction in a PDF: told, never mended, and not seen where there are none."""

from collections import Counter

import pytest

from extractors.readers import read

WORDS = "The applicant declared a value of two million francs for the goods"
STRUCK_FROM, STRUCK_TO = 190, 330


@pytest.fixture
def marks(pdf_file, limits):
    """The kinds of the marks on a page with one line of text, whose baseline is at 700, and what is drawn on it."""

    def go(*before, after=(), colour=0.0, rotation=0):
        def draw(canvas):
            for step in before:
                step(canvas)
            canvas.setFillGray(colour)
            canvas.setFont("Helvetica", 11)
            canvas.drawString(72, 700, WORDS)
            for step in after:
                step(canvas)

        path = pdf_file([[]], draw=draw)
        path.write_bytes(path.read_bytes().replace(b"/Rotate 0", b"/Rotate %d" % rotation))
        reading = read(path, limits=limits)
        assert [block.text for block in reading.blocks] == [WORDS]
        assert {mark.page for mark in reading.marks} <= {1}
        return Counter(mark.kind for mark in reading.marks)

    return go


def rule(y, x0=STRUCK_FROM, x1=STRUCK_TO):
    return lambda canvas: canvas.line(x0, y, x1, y)


def ground(grey, y0=696, y1=711, x0=STRUCK_FROM, x1=STRUCK_TO):
    def draw(canvas):
        canvas.setFillGray(grey)
        canvas.rect(x0, y0, x1 - x0, y1 - y0, stroke=0, fill=1)

    return draw


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_line_through_letters_is_told(marks, rotation):
    assert marks(after=[rule(703)], rotation=rotation) == {"struck": 1}


def test_a_line_through_letters_may_be_a_flat_rectangle(marks):
    assert marks(after=[ground(0, 702.5, 703.5)]) == {"struck": 1}


def test_each_stretch_counts_once(marks):
    assert marks(after=[rule(703, 80, 120), rule(703, 121, 160), rule(703, 220, 300)]) == {"struck": 2}


@pytest.mark.parametrize(
    "drawn",
    [rule(698), rule(712), rule(703, 20, 560), ground(0.2, 690, 692)],
    ids=["underlined", "overlined", "rule across the page", "rule below"],
)
def test_other_lines_strike_nothing(marks, drawn):
    assert marks(after=[drawn]) == {}


@pytest.mark.parametrize("rotation", [0, 90])
def test_blackened_text_is_told_whichever_is_drawn_first(marks, rotation):
    assert marks(ground(0), rotation=rotation) == {"blackened": 1}
    assert marks(after=[ground(0)], rotation=rotation) == {"blackened": 1}


def test_white_text_on_black_is_plain_to_read(marks):
    assert marks(ground(0, x0=60, x1=480), colour=1.0) == {}


def test_a_black_bar_beside_text_hides_nothing(marks):
    assert marks(ground(0, 670, 690)) == {}


def test_grey_behind_text_is_told(marks):
    assert marks(ground(0.8)) == {"shaded": 1}


def test_marks_are_told_to_the_reader_of_the_paper(pdf_file, limits):
    from configs.bodies import load_bodies
    from configs.kinds import load_kinds
    from extractors.metadata.describe import describe

    path = pdf_file([[(72, 142, 11, WORDS)]], draw=lambda canvas: canvas.line(190, 703, 330, 703))
    reading = read(path, limits=limits)
    document = describe(reading, source="file:///paper.pdf", sha256="0" * 64, bodies=load_bodies(), kinds=load_kinds())
    assert document.warnings == (
        "redaction mark 'strike-through' stands 1 times (page 1); the text is kept as printed",
    )
