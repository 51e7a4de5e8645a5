"""PPTX made by python-pptx: slides as pages, titles, lists, tables, notes."""

import pptx
import pytest
from pptx.util import Pt

from extractors.readers import read


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
    assert [(block.kind, block.level, block.page, block.text) for block in reading.blocks] == [
        ("heading", 1, 1, "Single Window"),
        ("heading", 1, 2, "Next steps"),
    ]
    assert [(page.number, page.width, page.height) for page in reading.pages] == [
        (1, 720, 540),
        (2, 720, 540),
    ]


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
