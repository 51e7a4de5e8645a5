"""PDFs that PDFium does not open: rewritten by qpdf, or left as they are."""

import hashlib
import struct

import pytest
from pdfminer.arcfour import Arcfour
from pdfminer.pdfdocument import PDFStandardSecurityHandler

from extractors.readers.pdf import repair
from tests.extractors.readers.rawpdf import one_page, raw_pdf

SHOWN = b"BT /F1 12 Tf 72 700 Td (The single window is open to all traders.) Tj ET"
REPAIRED = "the file is damaged and was repaired for reading: check that nothing is missing"


def texts(reading) -> list[str]:
    return [block.text for block in reading.blocks]


def test_a_pdf_with_a_broken_trailer_is_mended(read_bytes):
    reading = read_bytes(one_page(SHOWN).replace(b"trailer<<", b"trailer"), "a.pdf")
    assert (reading.status, texts(reading)) == ("read", ["The single window is open to all traders."])
    assert reading.warnings == (REPAIRED,)


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\ntrailer<</Root 1 0 R>>", one_page(SHOWN)[:60]])
def test_what_nobody_can_open_is_malformed(read_bytes, content):
    reading = read_bytes(content, "a.pdf")
    assert reading.status == "malformed"
    assert REPAIRED not in reading.warnings


def test_a_large_pdf_is_not_written_anew(read_bytes, monkeypatch):
    monkeypatch.setattr(repair, "_LARGEST", 100)
    assert read_bytes(one_page(SHOWN).replace(b"trailer<<", b"trailer"), "a.pdf").status == "malformed"


def short_key_pdf(password: bytes) -> bytes:
    """Return a PDF that is locked as InDesign CS3 did: a key of 5 bytes, with zeros behind it for decryption."""
    padding, owner = PDFStandardSecurityHandler.PASSWORD_PADDING, bytes(range(65, 97))
    rights, identity = -3392, b"i" * 16
    key = hashlib.md5((password + padding)[:32] + owner + struct.pack("<i", rights) + identity).digest()
    for _ in range(50):
        key = hashlib.md5(key[:5]).digest()
    key = key[:5]
    user = Arcfour(key).encrypt(hashlib.md5(padding + identity).digest())
    for turn in range(1, 20):
        user = Arcfour(bytes(byte ^ turn for byte in key)).encrypt(user)
    of_stream = hashlib.md5(key.ljust(16, b"\0") + struct.pack("<I", 4)[:3] + b"\0\0").digest()
    locked = Arcfour(of_stream).encrypt(SHOWN)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n" % len(locked) + locked + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</CF<</StdCF<</AuthEvent/DocOpen/CFM/V2/Length 5>>>>/Filter/Standard/Length 40/R 4/V 4/StmF/StdCF/StrF/StdCF"
        b"/P %d/O<%s>/U<%s>>>" % (rights, owner.hex().encode(), user.ljust(32, b"\0").hex().encode()),
    ]
    ids = identity.hex().encode()
    return raw_pdf(objects).replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 6 0 R/ID[<%s><%s>]" % (ids, ids))


@pytest.mark.parametrize("password", ["", "customs"])
def test_a_key_that_is_shorter_than_its_version_allows_opens(tmp_path, read_bytes, password):
    path = tmp_path / "a.pdf"
    path.write_bytes(short_key_pdf(password.encode()))
    written = repair.repaired(path, ["other", password])
    assert written is not None
    assert texts(read_bytes(written, "b.pdf")) == ["The single window is open to all traders."]


def test_a_short_key_opens_with_its_password_alone(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(short_key_pdf(b"customs"))
    assert repair.repaired(path, ["other"]) is None
