"""Files and drawings inside Office files: read where they stand, as deep as the settings say."""

import io
import struct

import docx
import openpyxl
import pptx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from pptx.util import Pt

from configs.settings import ReadingLimits
from extractors.readers import read
from extractors.readers.ooxml.embedded import embedded_file
from tests.extractors.readers import biff
from tests.extractors.readers.docxparts import RELATED, R, put
from tests.extractors.readers.oledata import compound
from tests.extractors.readers.test_metafile import emf, text_at

OFFICE = 'xmlns:o="urn:schemas-microsoft-com:office:office"'
VML = 'xmlns:v="urn:schemas-microsoft-com:vml"'
DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
NOT_READ = "it holds 1 embedded files, which are not read: save them as files of their own"
IS_READ = "it holds 1 embedded files, which are read where they stand"


def saved(document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Fees"
    book.active.append(["Member", "Fee"])
    book.active.append(["Arvenia", 7])
    return saved(book)


def word_file(text: str, *held: bytes) -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    for content in held:
        hold(document, content)
    return saved(document)


def related(document, content: bytes, name: str, kind: str) -> str:
    part = Part(PackURI(f"/word/{name}"), "application/octet-stream", content, document.part.package)
    return document.part.relate_to(part, RELATED + kind)


def hold(document, content: bytes, shown: bytes | None = None) -> None:
    """Put a file into a document as an object, with the metafile that shows it."""
    number = len(document.part.rels)
    key = related(document, content, f"embeddings/object{number}.bin", "oleObject")
    picture = ""
    if shown is not None:
        picture = f'<v:imagedata r:id="{related(document, shown, f"media/image{number}.emf", "image")}"/>'
    shown_as = f'<w:r><w:object>{picture}<o:OLEObject r:id="{key}"/></w:object></w:r>'
    put(document.add_paragraph(), shown_as, R, OFFICE, VML)


def texts(reading) -> list[str]:
    return [block.text for block in reading.blocks]


@pytest.fixture
def document():
    made = docx.Document()
    made.add_paragraph("Before")
    return made


@pytest.mark.parametrize(
    "wrap",
    [
        lambda file: file,
        lambda file: compound({"Package": file}),
        lambda file: compound({"\x01Ole10Native": native("fees.xlsx", file)}),
    ],
    ids=["a part", "in a package stream", "by the Object Packager"],
)
def test_an_embedded_workbook_is_read_where_it_stands(document, read_docx, wrap):
    hold(document, wrap(workbook()), emf(text_at(0, 0, "As it is shown")))
    document.add_paragraph("After")
    reading = read_docx(document)
    assert texts(reading) == ["Before", "Fees", "Member\tFee\nArvenia\t7", "After"]
    assert [block.kind for block in reading.blocks] == ["paragraph", "paragraph", "table", "paragraph"]
    assert reading.tables[0].block == 2
    assert reading.warnings == (IS_READ,)


def native(name: str, file: bytes) -> bytes:
    named = name.encode() + b"\0"
    body = b"\x02\0" + named + named + b"\0\0\x03\0" + struct.pack("<I", len(named)) + named
    body += struct.pack("<I", len(file)) + file
    return struct.pack("<I", len(body)) + body


def test_a_workbook_of_before_2007_is_read_from_its_object(document, read_docx):
    hold(document, biff.workbook("Fees", [["Member", "Fee"], ["Arvenia", 7]]))
    assert texts(read_docx(document)) == ["Before", "Fees", "Member\tFee\nArvenia\t7"]


@pytest.mark.parametrize(
    "content",
    [b"\xd0\xcf\x11\xe0 broken", compound({"WordDocument": b"old"}), b"\0\1\2", b"", compound({"Package": b"PK\3\4"})],
    ids=["broken", "of before 2007", "unknown", "empty", "a broken package"],
)
def test_of_a_file_that_cannot_be_read_its_picture_is(document, read_docx, content):
    hold(document, content, emf(text_at(0, 0, "As it is shown")))
    reading = read_docx(document)
    assert texts(reading) == ["Before", "As it is shown"]
    assert reading.warnings == (NOT_READ,)


def test_a_drawing_of_a_metafile_is_read(document, read_docx):
    key = related(document, emf(text_at(0, 0, "Risk"), text_at(0, 99, "Release")), "media/image1.emf", "image")
    put(document.add_paragraph("Figure 1"), f'<w:r><w:drawing><a:blip r:embed="{key}"/></w:drawing></w:r>', R, DRAWING)
    assert texts(read_docx(document)) == ["Before", "Figure 1", "Risk", "Release"]


def test_a_joined_file_is_a_part_of_the_text(document, read_docx):
    key = related(document, b"<html><body><h1>Annex</h1><p>Joined.</p></body></html>", "chunk.html", "aFChunk")
    put(document.add_paragraph(), f'<w:altChunk r:id="{key}"/>', R)
    chunk = document.paragraphs[-1]._p[-1]
    document.element.body.insert(1, chunk)
    document.add_paragraph("After")
    reading = read_docx(document)
    assert texts(reading) == ["Before", "Annex", "Joined.", "After"]
    assert reading.blocks[1].kind == "heading"


@pytest.mark.parametrize(("depth", "found"), [(0, ["One"]), (1, ["One", "Two"]), (2, ["One", "Two", "Three"])])
def test_files_in_files_are_read_as_deep_as_the_settings_say(tmp_path, depth, found):
    path = tmp_path / "a.docx"
    path.write_bytes(word_file("One", word_file("Two", word_file("Three"))))
    reading = read(path, limits=ReadingLimits(embedded_depth=depth))
    assert texts(reading) == found


def test_running_heads_of_an_embedded_file_are_left_out(document, read_docx):
    inner = docx.Document()
    inner.sections[0].header.paragraphs[0].text = "Head"
    inner.add_paragraph("Inside")
    hold(document, saved(inner))
    assert texts(read_docx(document)) == ["Before", "Inside"]


def test_an_object_on_a_slide_is_of_the_slide(tmp_path, limits):
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[6])
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.shapes.add_ole_object(io.BytesIO(workbook()), "Excel.Sheet.12", Pt(10), Pt(20), Pt(100), Pt(50))
    path = tmp_path / "deck.pptx"
    deck.save(str(path))
    reading = read(path, limits=limits)
    assert [(block.page, block.text) for block in reading.blocks] == [(2, "Fees"), (2, "Member\tFee\nArvenia\t7")]
    assert reading.warnings == (IS_READ,)


def test_tables_on_a_page_of_notes_are_read(tmp_path, limits):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(2, 2, 0, 0, Pt(100), Pt(50))
    for cell, text in zip(table.table.iter_cells(), "abcd", strict=True):
        cell.text = text
    slide.notes_slide.notes_text_frame.text = "Say this."
    slide.notes_slide.shapes._spTree.append(table._element)
    path = tmp_path / "deck.pptx"
    deck.save(str(path))
    assert texts(read(path, limits=limits)) == ["Say this.", "a\tb\nc\td"]


@pytest.mark.parametrize("stream", [b"", b"\0\0", native("a.txt", b"text" * 2000)[:4100], native("a.txt", b"")])
def test_a_native_stream_that_is_cut_holds_nothing(stream):
    assert embedded_file(compound({"\x01Ole10Native": stream.ljust(4096, b"\1")})) is None
