import io
import zipfile

import pytest

from extractors import media
from extractors.media import bytes_media_type
from tests.extractors.readers import oledata

ODT = "application/vnd.oasis.opendocument.text"


def zipped(*names: str, first: tuple[str, str] | None = None, last: tuple[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if first:
            archive.writestr(*first)
        for name in names:
            archive.writestr(name, "<x/>")
        if last:
            archive.writestr(*last)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "a.pdf", media.EMPTY),
        (b"%PDF-1.7\n%\xe2\xe3", "a.txt", media.PDF),
        (b"\x00" * 900 + b"%PDF-1.4", "a", media.PDF),
        (b"1 0 obj\n<</Type/Catalog>>\nendobj\n", "a.pdf", media.PDF),
        (b"<!DOCTYPE html><html><body>no pdf</body></html>", "a.pdf", media.HTML),
        (b"<html><body>not a pdf</body></html>", "a.pdf", media.HTML),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html xmlns="z"><body/></html>', "a.xml", media.XHTML),
        (b'<?xml version="1.0"?>\n<treaty><meta/></treaty>', "a.html", media.XML),
        ("\ufeff<?xml version='1.0'?><treaty/>".encode(), "a", media.XML),
        (b"{\\rtf1\\ansi hello}", "a.doc", media.RTF),
        (b"\x89PNG\r\n\x1a\n0000", "a.jpg", "image/png"),
        (b"\xff\xd8\xff\xe0....", "a.pdf", "image/jpeg"),
        (b"II*\x00....", "a.tif", "image/tiff"),
        (b"Plain words.\n", "a.txt", media.TEXT),
        (b"# Title\n\nWords.\n", "a.md", media.MARKDOWN),
        (b"# Title\n\nWords.\n", "a.pdf", media.TEXT),
        (b"From: a@b.org\nTo: c@d.org\nSubject: x\nMIME-Version: 1.0\n\nHello", "a.bin", media.EML),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n", "a.mht", media.EML),
        (b"MIME-Version: 1.0\nContent-Type: text/plain\n\nHello", "a.txt", media.TEXT),
        ("Déjà vu".encode("utf-16"), "a.txt", media.TEXT),
        ("Déjà vu".encode("utf-16-le"), "a.txt", media.TEXT),
        ("Таможня, 3".encode("utf-16-be"), "a.bin", media.TEXT),
        ("<html><p>Déjà vu".encode("utf-16-be"), "a.bin", media.HTML),
        (b"+\0-\0" * 500, "a.bin", media.UNKNOWN),
        (b"<note><to>you</to></note>", "a.bin", media.XML),
        (b"<note><to>you</to></note>", "a.txt", media.TEXT),
        (b"<details>more</details>", "a.html", media.HTML),
        (b'<?xml version="1.0"?><link href="x"/><title>t</title></head><body>', "a.html", media.HTML),
        (b"\x1e\n\x1e\nNote on the meeting\n", "a.txt", media.TEXT),
        (bytes(range(256)), "a.bin", media.UNKNOWN),
        (bytes(range(256)), "a.pdf", media.PDF),
        (b"a < b and c > d, so what", "a.txt", media.TEXT),
    ],
)
def test_the_content_decides(data, name, expected):
    assert bytes_media_type(data, name) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (zipped("[Content_Types].xml", "word/document.xml"), media.DOCX),
        (zipped("[Content_Types].xml", "ppt/presentation.xml"), media.PPTX),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), media.XLSX),
        (zipped("content.xml", first=("mimetype", ODT)), ODT),
        (zipped("content.xml", last=("mimetype", ODT)), ODT),
        (zipped("content.xml", first=("mimetype", "")), media.ZIP),
        (zipped("paper.pdf", last=("mimetype", "application/pdf")), media.ZIP),
        (zipped("word/notes.txt", "paper.pdf"), media.ZIP),
        (zipped("paper.pdf")[:-30], media.ZIP),
        # cut off before the directory: the first parts tell
        (zipped("[Content_Types].xml", "word/document.xml")[:-60], media.DOCX),
        (zipped("content.xml", first=("mimetype", ODT))[:-60], ODT),
        (zipped("report.txt", "word/document.xml")[:-60], media.ZIP),
    ],
    # of their bytes, ids would hold the time, and two processes would know the tests by different names
    ids=[
        "docx",
        "pptx",
        "xlsx",
        "odt",
        "odt-type-last",
        "no-type",
        "other-type-last",
        "zip",
        "zip-cut",
        "docx-cut",
        "odt-cut",
        "zip-of-text-cut",
    ],
)
def test_a_zip_is_told_by_its_directory(data, expected):
    assert bytes_media_type(data, "a.docx") == expected


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("WordDocument", "application/msword"),
        ("PowerPoint Document", "application/vnd.ms-powerpoint"),
        ("Workbook", "application/vnd.ms-excel"),
        ("EncryptedPackage", media.ENCRYPTED_OFFICE),
        ("Nothing known", media.OLE),
    ],
)
def test_an_ole_file_is_told_by_its_streams(stream, expected):
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + stream.encode("utf-16-le")
    assert bytes_media_type(data, "a.docx") == expected


@pytest.mark.parametrize("stream", ["Workbook", "WORKBOOK", "Book"])
def test_streams_are_told_in_capitals_too_and_of_old_workbooks(stream):
    assert bytes_media_type(oledata.compound({stream: bytes(4096)})) == media.XLS


@pytest.mark.corpus
def test_real_files_are_what_their_names_say(corpus):
    wrong = [
        path.name
        for suffix, kind in ((".docx", media.DOCX), (".pptx", media.PPTX), (".txt", media.TEXT), (".pdf", media.PDF))
        for folder in ("customs", "committees")
        for path in (corpus / folder).rglob(f"*{suffix}")
        if media.media_type(path) != kind
    ]
    assert wrong == []
