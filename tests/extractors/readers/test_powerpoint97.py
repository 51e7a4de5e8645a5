"""PowerPoint 97: files that LibreOffice saved, as they are, damaged and locked."""

import io

import olefile
import pptx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pptx.util import Inches

from extractors.media import PPT
from tests.extractors.readers.oledata import compound

STATUSES = {"read", "needs_ocr", "encrypted", "malformed", "empty", "unsupported"}
TOKEN = slice(12, 16)  # of the Current User stream


def deck():
    made = pptx.Presentation()
    made.core_properties.title = "Guichet unique"
    first = made.slides.add_slide(made.slide_layouts[1])
    first.shapes.title.text = "Single Window"
    first.placeholders[1].text = "One entry\nТаможня"
    first.notes_slide.notes_text_frame.text = "Say it slowly"
    second = made.slides.add_slide(made.slide_layouts[5])
    second.shapes.title.text = "Fees"
    box = second.shapes.add_textbox(Inches(1), Inches(2), Inches(3), Inches(1))
    box.text_frame.text = "1. In a box"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(5), Inches(1)).table
    table.cell(0, 0).text, table.cell(1, 1).text = "Member", "Arvenia"
    return made


@pytest.fixture(scope="session")
def old(tmp_path_factory, saved_by_office):
    """The presentations as bytes by their names."""
    folder = tmp_path_factory.mktemp("powerpoint")
    deck().save(str(folder / "deck.pptx"))
    bare = pptx.Presentation()
    bare.slides.add_slide(bare.slide_layouts[6])
    bare.save(str(folder / "bare.pptx"))
    saved_by_office(folder, "ppt")
    return {path.stem: path.read_bytes() for path in folder.glob("*.ppt")}


def with_user(data: bytes, change) -> bytes:
    """Return a presentation with its Current User stream changed."""
    file = io.BytesIO(data)
    with olefile.OleFileIO(file, write_mode=True) as ole:
        stream = bytearray(ole.openstream("Current User").read())
        change(stream)
        ole.write_stream("Current User", bytes(stream))
    return file.getvalue()


def test_slides_are_pages_with_their_notes(old, read_bytes):
    reading = read_bytes(old["deck"], "a.ppt")
    assert (reading.status, reading.media_type) == ("read", PPT)
    assert [(block.page, block.kind, block.number, block.text) for block in reading.blocks] == [
        (1, "heading", None, "Single Window"),
        (1, "paragraph", None, "One entry"),
        (1, "paragraph", None, "Таможня"),
        (1, "paragraph", None, "Say it slowly"),
        (2, "heading", None, "Fees"),
        (2, "paragraph", "1.", "In a box"),
        (2, "paragraph", None, "Member"),
        (2, "paragraph", None, "Arvenia"),
    ]
    assert [(page.number, page.width, page.height) for page in reading.pages] == [(1, 720, 540), (2, 720, 540)]


def test_a_deck_of_pictures_needs_recognition(old, read_bytes):
    reading = read_bytes(old["bare"], "a.ppt")
    assert reading.status == "needs_ocr"
    assert "save it as PDF" in reading.warnings[0]


def test_what_powerpoint_95_opens_too_is_read_from_its_newer_half(old, read_bytes):
    with olefile.OleFileIO(old["deck"]) as ole:
        streams = {name: ole.openstream(name).read() for name in ("Current User", "PowerPoint Document")}
    reading = read_bytes(compound({"PowerPoint Document": bytes(64), "PP97_DUALSTORAGE": streams}), "a.ppt")
    assert reading.blocks[0].text == "Single Window"


@pytest.mark.parametrize(
    ("token", "status"), [(b"\xdf\xc4\xd1\xf3", "encrypted"), (b"\0\0\0\0", "unsupported")], ids=["locked", "of 95"]
)
def test_what_cannot_be_read_says_what_to_do(old, read_bytes, token, status):
    def change(stream):
        stream[TOKEN] = token

    reading = read_bytes(with_user(old["deck"], change), "a.ppt", passwords=("secret",))
    assert (reading.status, reading.blocks) == (status, ())
    assert "save it as .pptx" in reading.warnings[0]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.floats(0, 1) | st.none(),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
def test_a_damaged_file_ends_in_a_status(old, read_bytes, cut, flips):
    data = bytearray(old["deck"])
    for place, value in flips:
        data[int(place * len(data))] = value
    reading = read_bytes(bytes(data if cut is None else data[: 8 + int(cut * len(data))]), "a.ppt")
    assert reading.status in STATUSES
    assert reading.status in ("read", "needs_ocr") or reading.warnings
