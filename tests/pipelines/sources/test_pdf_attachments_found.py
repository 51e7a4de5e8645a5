"""What discovery makes of the files that a PDF carries: each is a source, and so is the PDF."""

import io
import zipfile

from fpdf import FPDF

from configs.settings import ReadingLimits
from tests.extractors.readers.rawpdf import one_page, raw_pdf, stream
from tests.given_sources import discover
from tests.pipelines.sources.conftest import content


def carrier(*files: tuple[str, bytes], password: str | None = None) -> bytes:
    document = FPDF(unit="pt", format="A4")
    document.set_font("Helvetica", size=11)
    document.add_page()
    document.text(72, 100, "See the annexes.")
    for name, data in files:
        document.embed_file(basename=name, bytes=data)
    if password:
        document.set_encryption(owner_password="owner", user_password=password)
    return bytes(document.output())


def test_a_pdf_and_each_file_in_it_count(found, tmp_path):
    sources = found(carrier(("Annex I.txt", b"first"), ("Annex II.txt", b"second")))
    paper = f"file://{tmp_path}/paper.pdf"
    assert list(sources) == [paper, "pdf://Annex I.txt", "pdf://Annex II.txt"]
    assert (sources["pdf://Annex II.txt"].parent, sources[paper].parent) == (paper, None)
    assert content(sources["pdf://Annex II.txt"], tmp_path) == b"second"
    assert [source.uri for source in discover([f"pdf://Annex I.txt::{paper}"])] == [f"pdf://Annex I.txt::{paper}"]


def test_a_file_pinned_to_a_page_counts_once(found, tmp_path):
    pinned = b"<</Type/Annot/Subtype/FileAttachment/Rect[10 10 30 30]/FS 6 0 R>>"
    data = one_page(
        b"BT /F1 12 Tf 72 700 Td (See the annex.) Tj ET",
        page=b"/Annots[" + 2 * pinned + b"]",
        more=(b"<</Type/Filespec/F(Annex.txt)/UF(Annex.txt)/EF<</F 7 0 R>>>>", stream(b"first", b"/Type/EmbeddedFile")),
    )
    sources = found(data)
    assert list(sources)[1:] == ["pdf://Annex.txt"]
    assert content(sources["pdf://Annex.txt"], tmp_path) == b"first"


def test_files_in_a_locked_pdf_come_with_its_password(found, tmp_path):
    data = carrier(("Annex.txt", b"first"), password="sesame")
    assert len(found(data)) == 1
    _, annex = found(data, passwords=["sesame"]).values()
    assert content(annex, tmp_path) == b"first"


def test_a_pdf_in_an_archive_and_a_pdf_in_a_pdf_are_gone_through(found, tmp_path):
    inner = carrier(("Annex.txt", b"first"))
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as out:
        out.writestr("letter.pdf", carrier(("paper.pdf", inner)))
    sources = found(box.getvalue(), name="box.zip")
    assert list(sources) == [
        "pdf://Annex.txt::pdf://paper.pdf::zip://letter.pdf",
        "pdf://paper.pdf::zip://letter.pdf",
        "zip://letter.pdf",
    ]
    assert content(next(iter(sources.values())), tmp_path) == b"first"


def test_an_attachment_that_is_a_bomb_costs_only_itself(found, caplog):
    bomb = raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a)4 0 R]>>>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>",
            b"<</Type/Filespec/F(a.txt)/EF<</F 5 0 R>>>>",
            stream(bytes(400 << 20), b"/Type/EmbeddedFile"),
        ]
    )
    sources = found(bomb, limits=ReadingLimits(memory_mib=256))
    assert len(sources) == 1
    assert "attachments are left out" in caplog.text


def test_names_are_never_paths(found):
    assert list(found(carrier(("../../etc/passwd", b"x"))))[1:] == ["pdf://passwd"]
