"""What holds for every format: statuses instead of exceptions."""

import subprocess
import sys

import pytest

from extractors.readers import read


def test_a_file_without_bytes_is_empty(read_bytes):
    reading = read_bytes(b"", "a.pdf")
    assert (reading.status, reading.media_type) == ("empty", "application/x-empty")


def test_a_file_over_the_limit_is_not_opened(read_bytes, limits):
    reading = read_bytes(b"%PDF-" + bytes(1 << 21), "a.pdf", limits=limits.model_copy(update={"file_mib": 1}))
    assert reading.status == "too_large"
    assert "1 MiB" in reading.warnings[0]


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Nothing known".encode("utf-16-le"), "a.doc", ".docx"),
        (b"GIF89a", "a.gif", "PNG"),
        (b"PK\x05\x06" + bytes(18), "a.zip", "unpack"),
        (bytes(range(256)), "a.bin", "no reader"),
    ],
)
def test_formats_without_a_reader_say_what_to_do(read_bytes, data, name, words):
    reading = read_bytes(data, name)
    assert reading.status == "unsupported"
    assert words in reading.warnings[0]


def test_a_locked_office_file_is_encrypted(read_bytes):
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    assert read_bytes(data, "a.docx").status == "encrypted"


def test_html_named_pdf_is_read_as_html(read_bytes):
    reading = read_bytes(b"<html><body><p>Not found</p></body></html>", "a.pdf")
    assert (reading.media_type, reading.blocks[0].text) == ("text/html", "Not found")


def test_a_missing_file_is_the_callers_business(tmp_path, limits):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.pdf", limits=limits)


def test_importing_the_readers_loads_no_parser():
    parsers = ("docx", "kreuzberg", "pptx", "lxml", "pypdfium2")
    code = f"import sys, extractors.readers; print([name for name in {parsers} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.corpus
def test_awkward_files_get_the_status_of_their_folder(corpus, limits):
    expected = {
        "encrypted": {"read"},
        "encrypted-openfail": {"encrypted"},
        "office-doc": {"read", "needs_ocr"},
        "office-ppt": {"read", "needs_ocr"},
        "office-rtf": {"read", "needs_ocr"},
        "office-jpg": {"needs_ocr"},
        "office-png": {"needs_ocr"},
        "office-html": {"read"},
        "table-or-columns": {"read"},
        "long": {"read"},
    }
    mended = {"issue19484_1.pdf"}  # an encryption that PDFium does not know
    wrong = [
        (path.name, status)
        for folder, statuses in expected.items()
        for path in sorted((corpus / "awkward" / folder).iterdir())
        if (status := read(path, limits=limits).status) not in (statuses if path.name not in mended else {"read"})
    ]
    assert wrong == []
