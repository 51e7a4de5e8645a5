"""What is pinned to the pages of a PDF: values of form fields, text boxes, remarks, files."""

import pypdfium2
import pytest
from fpdf import FPDF

from tests.extractors.readers.rawpdf import one_page, raw_pdf, stream

CONTENT = b"BT /F1 12 Tf 72 700 Td (Name of the Member:) Tj ET"


def annotated(*annotations: bytes, more: tuple[bytes, ...] = (), content: bytes = CONTENT) -> bytes:
    """One page that says something, and annotations on it; `more` are objects from number 6 on."""
    pinned = b"".join(b"<</Type/Annot/Rect[200 690 400 715]" + body + b">>" for body in annotations)
    return one_page(content, page=b"/Annots[" + pinned + b"]", more=more)


def look(text: bytes) -> bytes:
    """How an annotation is drawn, as a form of its own."""
    resources = b"/Resources<</Font<</F1 5 0 R>>>>"
    return stream(
        b"BT /F1 12 Tf 2 8 Td (" + text + b") Tj ET", b"/Type/XObject/Subtype/Form/BBox[0 0 200 25]" + resources
    )


def texts(reading):
    return [block.text for block in reading.blocks]


def test_the_value_of_a_field_is_text_where_it_is_shown(read_bytes):
    data = annotated(b"/Subtype/Widget/FT/Tx/T(member)/V(Ruritania)/AP<</N 6 0 R>>", more=(look(b"Ruritania"),))
    reading = read_bytes(data, "form.pdf")
    assert " ".join(texts(reading)) == "Name of the Member: Ruritania"
    assert reading.blocks[-1].box[2] > 200


def test_a_field_that_the_file_does_not_draw_has_its_value(read_bytes):
    reading = read_bytes(annotated(b"/Subtype/Widget/FT/Tx/T(member)/V(Ruritania)"), "form.pdf")
    assert " ".join(texts(reading)) == "Name of the Member: Ruritania"


def test_a_form_whose_fonts_stand_in_the_page_tree_keeps_its_text_and_its_values(read_bytes):
    cmap = (
        b"begincmap\n1 begincodespacerange\n<00> <FF>\nendcodespacerange\n"
        b"1 beginbfrange\n<41> <5A> <0061>\nendbfrange\nendcmap"
    )
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Annots[<</Type/Annot/Subtype/Widget/FT/Tx"
        b"/T(member)/V(Ruritania)/Rect[200 690 400 715]/AP<</N 7 0 R>>>>]>>"
    )
    data = raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font<</F1 5 0 R>>>>>>",
            page,
            stream(b"BT /F1 12 Tf 72 700 Td (NAME OF THE MEMBER) Tj ET"),
            b"<</Type/Font/Subtype/Type1/BaseFont/Courier/ToUnicode 6 0 R>>",
            stream(cmap),
            stream(b"BT /F1 12 Tf 2 8 Td (RURITANIA) Tj ET", b"/Type/XObject/Subtype/Form/BBox[0 0 200 25]"),
        ]
    )
    assert " ".join(texts(read_bytes(data, "form.pdf"))) == "name of the member Ruritania"


def test_the_state_of_a_button_is_no_text(read_bytes):
    reading = read_bytes(annotated(b"/Subtype/Widget/FT/Btn/T(agreed)/V/Yes"), "form.pdf")
    assert texts(reading) == ["Name of the Member:"]


def test_a_text_box_is_text(read_bytes):
    reading = read_bytes(annotated(b"/Subtype/FreeText/Contents(Not for release)"), "box.pdf")
    assert "Not for release" in " ".join(texts(reading))


def test_a_hidden_annotation_is_left_out(read_bytes):
    hidden = annotated(
        b"/F 2/Subtype/FreeText/Contents(Not for release)/AP<</N 6 0 R>>", more=(look(b"Not for release"),)
    )
    assert texts(read_bytes(hidden, "hidden.pdf")) == ["Name of the Member:"]


@pytest.mark.parametrize("kind", [b"Text", b"Highlight", b"StrikeOut", b"Square"])
def test_a_remark_is_a_note_behind_the_page_with_its_author(read_bytes, kind):
    reading = read_bytes(annotated(b"/Subtype/" + kind + b"/T(A Delegate)/Contents(Is this still so?)"), "remark.pdf")
    note = reading.blocks[-1]
    assert (note.kind, note.number, note.text) == ("footnote", "[1]", "A Delegate: Is this still so?")
    assert (note.page, note.box) == (1, (200.0, 85.0, 400.0, 110.0))
    assert any("1 comments" in warning for warning in reading.warnings)


def test_a_remark_that_only_repeats_the_page_is_left_out(read_bytes):
    reading = read_bytes(annotated(b"/Subtype/Highlight/Contents(of the Member)"), "repeat.pdf")
    assert texts(reading) == ["Name of the Member:"]
    assert reading.warnings == ()


def test_links_and_windows_of_remarks_say_nothing(read_bytes):
    data = annotated(b"/Subtype/Link/Contents(Go to page 2)", b"/Subtype/Popup/Contents(Window)")
    assert texts(read_bytes(data, "links.pdf")) == ["Name of the Member:"]


def test_remarks_stand_behind_their_own_pages(tmp_path, read_bytes):
    document = FPDF(unit="pt", format="A4")
    document.set_font("Helvetica", size=11)
    for page in ("first", "second"):
        document.add_page()
        document.text(72, 100, f"What the {page} page says.")
        document.text_annotation(300, 100, f"About the {page} page", title="A Delegate")
    reading = read_bytes(bytes(document.output()), "two.pdf")
    notes = [(block.page, block.number) for block in reading.blocks if block.kind == "footnote"]
    assert notes == [(1, "[1]"), (2, "[2]")]
    assert [block.page for block in reading.blocks] == [1, 1, 2, 2]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_text_boxes_stand_where_a_turned_page_shows_them(read_bytes, rotation):
    data = annotated(b"/Subtype/FreeText/AP<</N 6 0 R>>", more=(look(b"HHHHHH"),), content=b"")
    data = data.replace(b"/Type/Page/Parent", b"/Type/Page/Rotate %d/Parent" % rotation)
    reading = read_bytes(data, "turned.pdf")
    document = pypdfium2.PdfDocument(data)
    bitmap = document[0].render(scale=1).to_pil().convert("L")
    ink = bitmap.point(lambda shade: 255 if shade < 128 else 0).getbbox()
    document.close()
    x0, top, x1, bottom = reading.blocks[0].box
    assert x0 - 2 <= ink[0] < ink[2] <= x1 + 2
    assert top - 2 <= ink[1] < ink[3] <= bottom + 2


def test_files_that_it_carries_are_counted(read_bytes):
    document = FPDF(unit="pt", format="A4")
    document.set_font("Helvetica", size=11)
    document.add_page()
    document.text(72, 100, "See the annexes.")
    document.embed_file(basename="Annex I.txt", bytes=b"first")
    document.embed_file(basename="Annex II.txt", bytes=b"second")
    reading = read_bytes(bytes(document.output()), "carrier.pdf")
    assert reading.warnings == ("2 files are attached",)
