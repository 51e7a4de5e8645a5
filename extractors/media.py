"""Detects media types by content; a file name only chooses between kinds of text."""

import io
import re
import struct
import zipfile
from pathlib import Path, PurePath
from typing import BinaryIO

EMPTY = "application/x-empty"
UNKNOWN = "application/octet-stream"
PDF = "application/pdf"
ZIP = "application/zip"
HTML = "text/html"
XHTML = "application/xhtml+xml"
XML = "application/xml"
TEXT = "text/plain"
MARKDOWN = "text/markdown"
EML = "message/rfc822"
RTF = "application/rtf"
OLE = "application/x-ole-storage"
ENCRYPTED_OFFICE = "application/x-tika-ooxml-protected"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
DOC = "application/msword"
PPT = "application/vnd.ms-powerpoint"
MSG = "application/vnd.ms-outlook"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
ODT = f"{_OPEN_DOCUMENT}text"
ODS = f"{_OPEN_DOCUMENT}spreadsheet"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"

_HEAD = 8192  # what is looked at; a PDF header may stand within the first 1,024 bytes

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"{\\rtf", RTF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"BM", "image/bmp"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
)
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD_START = b"\xec\xa5\xc1\0"  # of the text of Word 97 and later, where the names are lost
# Streams at the root of an OLE file; an encrypted package is looked for first.
_OLE_STREAMS: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", ENCRYPTED_OFFICE),
    ("WordDocument", DOC),
    ("PowerPoint Document", PPT),
    ("Workbook", XLS),
    ("Book", XLS),  # of Excel 5 and 95
    ("__properties_version1.0", MSG),
)
_OOXML_PARTS: tuple[tuple[str, str], ...] = (
    ("word/", DOCX),
    ("ppt/", PPTX),
    ("xl/", XLSX),
)
# The first part of a package that an office program wrote.
_PACKAGE_STARTS = (
    b"[Content_Types].xml",
    b"_rels/",
    b"docProps/",
    b"word/",
    b"ppt/",
    b"xl/",
    b"customXml/",
    b"mimetype",
)
_BOMS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_HTML_NAMES = (".html", ".htm")
_PLAIN_NAMES = (".txt", ".text", ".md", ".markdown")
_TEXT_NAMES = {".md": MARKDOWN, ".markdown": MARKDOWN, ".eml": EML}
# Bytes that text in a charset of one or more bytes does not hold; separators such as 0x1E do occur.
_NOT_TEXT = b"\x00\x01\x02\x03\x04\x05\x06\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19"
_MAX_NOT_TEXT = 0.01
_FIRST_PRINTED, _BEYOND_WESTERN = 0x20, 0x530  # Latin, Greek and Cyrillic letters
_WIDE, _LETTERS = 0.9, 0.33  # of a text in UTF-16 are such signs, and letters

_PDF_OBJECT = re.compile(rb"(?:^|[\r\n])\d+ \d+ obj\b|startxref[\r\n ]+\d+")
_XML_PROLOGUE = re.compile(r"\s*(?:<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>|\s)*", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_HTML_START = re.compile(r"<!doctype html|<(?:html|head|body|title|meta|h[1-6]|div|p|table|script)\b", re.IGNORECASE)
_HTML_HEADS = ("head", "body", "title", "meta", "link", "script", "style")  # first tags of HTML that is no XML
_MAIL_HEADER = re.compile(r"(?im)^(?:received|return-path|message-id|mime-version|from|to|subject|date): ?\S")
_MAIL_HEADERS_NEEDED = 3
_WEB_ARCHIVE = re.compile(r"(?ims)mime-version: ?\S.*^content-type: ?multipart/related")  # a page saved as one file


def media_type(path: Path) -> str:
    """Return the media type of a file by its content.

    Raises `OSError` where the file cannot be read.
    """
    with path.open("rb") as file:
        return stream_media_type(file, path.name)


def stream_media_type(file: BinaryIO, name: str = "") -> str:
    """Return the media type of a seekable stream, looking at its content; `name` breaks ties between texts."""
    head = file.read(_HEAD)
    if not head:
        return EMPTY
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_type(file, head)
    if head.startswith(_OLE_MAGIC):
        file.seek(0)
        return _ole_type(file.read())
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if is_pdf(head):
        return PDF
    return _text_type(head, name)


def bytes_media_type(data: bytes, name: str = "") -> str:
    """Return the media type of bytes, as `stream_media_type` does."""
    return stream_media_type(io.BytesIO(data), name)


def may_contain(head: bytes, name: str = "") -> bool:
    """Return whether a file that begins with these bytes may be an archive or a mail, which hold other files.

    Only the whole file is conclusive; office packages are recognised by the name of their first part.
    """
    if head.startswith(b"PK\x03\x04"):
        length = int.from_bytes(head[26:28], "little")
        return not head[30 : 30 + length].startswith(_PACKAGE_STARTS)
    if head.startswith((b"PK\x05\x06", _OLE_MAGIC)):
        return True
    return bytes_media_type(head[:_HEAD], name) == EML


def is_pdf(head: bytes) -> bool:
    """Return whether a file that begins with these bytes has the header of a PDF, and is not an archive of one."""
    return b"%PDF-" in head[:1024] and not head.startswith(b"PK")


def byte_order_mark(data: bytes) -> tuple[str, int] | None:
    """Return the charset that a byte order mark names and the length of the mark, or None."""
    return next(((charset, len(mark)) for mark, charset in _BOMS if data.startswith(mark)), None)


def wide_charset(data: bytes) -> str | None:
    """Return the UTF-16 that bytes without a byte order mark are in, None where they are no Western text in it.

    Of bytes in UTF-16 the other order makes Chinese, as does anything else that is read so.
    """
    sample = data[: _HEAD // 2 * 2]
    if b"\0" not in sample:
        return None
    for charset in ("utf-16-le", "utf-16-be"):
        text = sample.decode(charset, "replace")
        western = sum(_FIRST_PRINTED <= ord(sign) < _BEYOND_WESTERN or sign in "\t\r\n" for sign in text)
        if western > _WIDE * len(text) and sum(map(str.isalpha, text)) > _LETTERS * len(text):
            return charset
    return None


def _zip_type(file: BinaryIO, head: bytes) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:  # noqa: PLR2004 - a type is short
                kind = archive.read("mimetype").decode("ascii", "replace").strip() or ZIP
                if names[0] == "mimetype" or kind.startswith(_OPEN_DOCUMENT):
                    return kind
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        return _broken_type(head)  # its reader reports the damage
    if "[Content_Types].xml" in names:
        for folder, kind in _OOXML_PARTS:
            if any(name.startswith(folder) for name in names):
                return kind
    return ZIP


def _broken_type(head: bytes) -> str:
    """Return what an archive without a sound directory was, by the names of its first parts."""
    length = int.from_bytes(head[26:28], "little")
    name, behind = head[30 : 30 + length], head[30 + length :]
    if name == b"mimetype":
        return behind[: int.from_bytes(head[18:22], "little")].decode("ascii", "replace").strip() or ZIP
    if name.startswith(_PACKAGE_STARTS):
        return next((kind for folder, kind in _OOXML_PARTS if folder.encode() in head), ZIP)
    return ZIP


def _ole_type(data: bytes) -> str:
    names = _ole_root(data)
    if not names and _WORD_START in data:
        return DOC
    for stream, kind in _OLE_STREAMS:
        # without a valid directory, search the file for the names in UTF-16
        if stream.lower() in names if names else stream.encode("utf-16-le") in data:
            return kind
    return OLE


def _ole_root(data: bytes) -> list[str]:
    """Return the names at the root of an OLE file in small letters; what is packed in it has the like further down."""
    import olefile

    try:
        with olefile.OleFileIO(data) as ole:
            return [entry.name.lower() for entry in ole.root.kids]
    except (OSError, IndexError, ValueError, AttributeError, struct.error):
        return []


def _text_type(head: bytes, name: str) -> str:
    suffix = PurePath(name).suffix.lower()
    mark = byte_order_mark(head)
    if mark is None and (wide := wide_charset(head)):
        mark = wide, 0
    if mark is None and len(head) - len(head.translate(None, _NOT_TEXT)) > _MAX_NOT_TEXT * len(head):
        return PDF if suffix == ".pdf" or _PDF_OBJECT.search(head) else UNKNOWN
    text = head[mark[1] :].decode(mark[0], "ignore") if mark else head.decode("latin-1")
    markup = _markup_type(text, suffix)
    if markup:
        return markup
    if _PDF_OBJECT.search(head):
        return PDF  # a PDF without its header line
    if suffix in _TEXT_NAMES:
        return _TEXT_NAMES[suffix]
    top = text.split("\n\n", 1)[0].split("\r\n\r\n", 1)[0]
    mail = len(_MAIL_HEADER.findall(top)) >= _MAIL_HEADERS_NEEDED or _WEB_ARCHIVE.match(top)
    return EML if mail else TEXT


def _markup_type(text: str, suffix: str) -> str | None:
    declared = text.lstrip().startswith("<?xml")
    prologue = _XML_PROLOGUE.match(text)
    rest = text[prologue.end() :] if prologue else text
    root = _ROOT.match(rest)
    if declared and not (root and root[1].lower() in _HTML_HEADS):
        return XHTML if root and root[1].lower() == "html" else XML
    if declared or _HTML_START.match(text.lstrip()) or _HTML_START.match(rest):
        return XHTML if "http://www.w3.org/1999/xhtml" in rest[:2000] else HTML
    if not (root and f"</{root[1]}" in text and rest.rstrip().endswith(">")) or suffix in _PLAIN_NAMES:
        return None
    return HTML if suffix in _HTML_NAMES else XML
