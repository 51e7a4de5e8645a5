"""XML that is a bomb or points outside: a status at once, within the limits, and nothing outside is opened."""

import hashlib
import os
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from configs.settings import OcrSettings, ReadingLimits
from extractors.reading import read_document

LIMITS = ReadingLimits(memory_mib=512, cpu_seconds=10, wall_seconds=30, ocr=OcrSettings(enabled="off"))
SECRET = "Arvenia's secret"
BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 50}">' for n in range(1, 12))
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ODF = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
SVG = "http://www.w3.org/2000/svg"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A file with a secret, a pipe that blocks whoever opens it, and a server that fails the test when asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    (tmp_path / "secret.txt").write_text(SECRET, encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    try:
        yield {
            "file": (tmp_path / "secret.txt").as_uri(),
            "pipe": (tmp_path / "pipe").as_uri(),
            "url": f"http://127.0.0.1:{server.server_port}/entity",
        }
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == []


def doctype(kind: str, outside: dict[str, str]) -> str:
    """A document type that declares the entity `x`."""
    if kind == "bomb":
        return f'<!DOCTYPE a [<!ENTITY e0 "ha">{BOMB}<!ENTITY x "&e11;">]>'
    if kind == "subset":
        return f'<!DOCTYPE a SYSTEM "{outside["url"]}" [<!ENTITY x "x">]>'
    if kind == "parameter":
        return f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{outside["url"]}"> %p; <!ENTITY x "x">]>'
    return f'<!DOCTYPE a [<!ENTITY x SYSTEM "{outside[kind]}">]>'


KINDS = ("bomb", "file", "pipe", "url", "subset", "parameter")


def read(path: Path):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    document = read_document(path, source=path.as_uri(), sha256=digest, limits=LIMITS)
    assert SECRET not in document.model_dump_json()
    assert document.status not in ("timeout", "crashed")
    return document


def package(path: Path, name: str, content: bytes) -> None:
    """Write an Office file with one part of other content."""
    if path.suffix == ".docx":
        docx.Document().save(str(path))
    elif path.suffix == ".pptx":
        pptx.Presentation().save(str(path))
    elif path.suffix == ".xlsx":
        openpyxl.Workbook().save(path)
    else:
        kind = {".odt": "text", ".ods": "spreadsheet"}[path.suffix]
        with zipfile.ZipFile(path, "w") as out:
            out.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
            out.writestr("content.xml", f"<office:document-content {ODF}/>")
    with zipfile.ZipFile(path) as old:
        parts = {part: old.read(part) for part in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for part, data in (parts | {name: content}).items():
            out.writestr(part, data)


PARTS = [
    (".docx", "word/document.xml"),
    (".docx", "word/styles.xml"),
    (".docx", "[Content_Types].xml"),
    (".docx", "_rels/.rels"),
    (".docx", "docProps/core.xml"),
    (".pptx", "ppt/presentation.xml"),
    (".pptx", "ppt/comments/comment1.xml"),
    (".xlsx", "xl/workbook.xml"),
    (".xlsx", "xl/worksheets/sheet1.xml"),
    (".odt", "content.xml"),
    (".odt", "META-INF/manifest.xml"),
    (".ods", "content.xml"),
]


@pytest.mark.parametrize(("suffix", "part"), PARTS)
def test_entities_in_a_part_are_refused(tmp_path, outside, suffix, part):
    for kind in KINDS:
        path = tmp_path / f"{kind}{suffix}"
        package(path, part, f'<?xml version="1.0"?>{doctype(kind, outside)}<a>&x;</a>'.encode())
        document = read(path)
        assert document.status == "malformed"
        assert "entities" in document.warnings[0]


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("<!DOCTYPE", f"<!--{'<a>' * 50_000}-->\n<!DOCTYPE").encode(),
        lambda text: text.replace("<!DOCTYPE", "<?a <b>?>" * 1_000 + "<!DOCTYPE").encode(),
        lambda text: text.replace("<!DOCTYPE", " " * 4090 + "<!DOCTYPE").encode(),
        lambda text: text.replace("1.0", '1.0" encoding="UTF-16').encode("utf-16"),
        lambda text: text.encode("utf-16-be"),
    ],
)
def test_entities_are_found_behind_whatever_stands_before_them(tmp_path, outside, disguise):
    path = tmp_path / "a.docx"
    package(path, "word/document.xml", disguise(f'<?xml version="1.0"?>{doctype("bomb", outside)}<a>&x;</a>'))
    assert read(path).status == "malformed"


def test_a_part_with_a_long_comment_only_is_read(tmp_path):
    path = tmp_path / "a.docx"
    body = "<w:body><w:p><w:r><w:t>Text</w:t></w:r></w:p></w:body>"
    comment = f"<!-- <!DOCTYPE a> {'x' * 9_000} -->"
    package(path, "word/document.xml", f'{comment}<w:document xmlns:w="{WORD}">{body}</w:document>'.encode())
    assert read(path).status == "read"


def test_a_part_that_no_check_names_is_parsed_without_entities(tmp_path, outside):
    """The main part of a DOCX may have any name; its parser follows no entity either."""
    for kind in KINDS:
        path = tmp_path / f"{kind}.docx"
        run = "<w:body><w:p><w:r><w:t>Kept &x;</w:t></w:r></w:p></w:body>"
        content = f'{doctype(kind, outside)}<w:document xmlns:w="{WORD}">{run}</w:document>'
        package(path, "word/main.part", content.encode())
        with zipfile.ZipFile(path) as old:
            parts = {part: old.read(part) for part in old.namelist()}
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"/word/document.xml", b"/word/main.part")
        parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"word/document.xml", b"word/main.part")
        with zipfile.ZipFile(path, "w") as out:
            for part, data in parts.items():
                out.writestr(part, data)
        assert read(path).status in ("read", "malformed", "empty")


@pytest.mark.parametrize("name", ["picture.svg", "treaty.xml", "page.xhtml", "page.html"])
def test_entities_of_xml_and_html_files_are_not_followed(tmp_path, outside, name):
    root = {
        "picture.svg": f'<svg xmlns="{SVG}"><text>&x;</text></svg>',
        "treaty.xml": "<treaty><body>&x;</body></treaty>",
    }
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Kept &x;</p></body></html>'
    for kind in KINDS:
        path = tmp_path / f"{kind}-{name}"
        declared = "" if name == "page.html" else '<?xml version="1.0"?>'
        path.write_text(f"{declared}{doctype(kind, outside)}{root.get(name, page)}", encoding="utf-8")
        assert read(path).status in ("read", "malformed", "empty", "unsupported")


def test_pictures_templates_and_links_outside_are_not_opened(tmp_path, outside):
    document = docx.Document()
    document.add_paragraph("Text")
    for kind in ("image", "attachedTemplate", "hyperlink", "oleObject", "footnotes", "header", "comments", "aFChunk"):
        for target in outside.values():
            relation = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
            document.part.relate_to(target, relation, is_external=True)
    path = tmp_path / "a.docx"
    document.save(str(path))
    assert read(path).status == "read"
    svg = f'<svg xmlns="{SVG}"><image href="{outside["url"]}"/></svg>'
    package(tmp_path / "b.docx", "word/media/image1.svg", f'<!DOCTYPE svg SYSTEM "{outside["url"]}">{svg}'.encode())
    assert read(tmp_path / "b.docx").status == "empty"
