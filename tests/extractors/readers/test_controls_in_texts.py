"""Characters that command a terminal, in every format that can hold them: none is kept in what was read."""

import io
import re

import pytest
from docx import Document as Word
from openpyxl import Workbook

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.metadata.describe import describe

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
HOSTILE = "Single\x1b]52;c;eA==\x07 \x9bwindow\x7f \u202eof\u202c \u200ecustoms"
KEPT = "Single]52;c;eA== window \u202eof\u202c \u200ecustoms"
IN_XML = HOSTILE.replace("\x1b", "\x9b").replace("\x07", "\x9c")
"""XML has no C0, but it has C1."""


def html():
    cells = f"<table><tr><td>{HOSTILE}</td><td>2</td></tr><tr><td>a</td><td>b</td></tr></table>"
    items = f"<ol><li>{HOSTILE}</li></ol>"
    page = f"<title>{HOSTILE}</title><h1>{HOSTILE}</h1><p>{HOSTILE}</p>{cells}{items}<p>&#27;[31m&#155;x&#x9b;</p>"
    return page.encode()


def mail():
    subject = "=?utf-8?q?" + "".join(f"={byte:02X}" for byte in HOSTILE.encode()) + "?="
    head = f"From: {subject} <a@b.org>\nSubject: {subject}\nMIME-Version: 1.0\n"
    kind = "Content-Type: multipart/mixed; boundary=b\n\n"
    body = f"--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{HOSTILE}\n"
    name = "attachment; filename*=utf-8''a%1B%5B31m%C2%9Bb.txt"
    part = f"--b\nContent-Type: text/plain\nContent-Disposition: {name}\n\nx\n--b--\n"
    return f"{head}{kind}{body}{part}".encode()


def word():
    document = Word()
    document.core_properties.title = IN_XML
    document.add_heading(IN_XML)
    document.add_paragraph(IN_XML)
    document.add_table(1, 2).cell(0, 0).text = IN_XML
    return saved(document)


def sheet():
    book = Workbook()
    book.active.append(["Single _x001B_]52 window", IN_XML])
    book.active.append(["a", "b"])
    return saved(book)


def saved(document):
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


FILES = {
    "a.html": html,
    "a.eml": mail,
    "a.docx": word,
    "a.xlsx": sheet,
    "a.txt": f"{HOSTILE}\n\n{HOSTILE} was agreed.\n".encode,
    "a.md": f"# {HOSTILE}\n\n{HOSTILE} was agreed.\n".encode,
    "a.rtf": lambda: rb"{\rtf1\ansi\deff0 Single \u27?]52 \u155?window \'1b was agreed.\par}",
}


@pytest.mark.parametrize("name", FILES)
def test_no_format_lets_a_control_through(name, read_bytes):
    reading = read_bytes(FILES[name](), name)
    assert reading.status == "read"
    document = describe(reading, source=f"file:///{name}", sha256="0" * 64, bodies=load_bodies(), kinds=load_kinds())
    said = [*texts_of(reading.model_dump()), *texts_of(document.model_dump(mode="json"))]
    assert any("window" in text for text in said)
    assert [text for text in said if CONTROL.search(text)] == []


def test_directions_stay_in_what_is_kept(read_bytes):
    reading = read_bytes(f"<title>{HOSTILE}</title><p>{HOSTILE} was agreed.</p>".encode(), "a.html")
    assert reading.blocks[0].text == f"{KEPT} was agreed."
    assert reading.properties["title"] == KEPT


def test_a_table_and_its_block_lose_the_same(read_bytes):
    reading = read_bytes(html(), "a.html")
    (table,) = reading.tables
    block = reading.blocks[table.block]
    assert block.text == "\n".join("\t".join(row) for row in table.rows)
    assert [cell.text for cell in table.cells] == [text for row in table.rows for text in row]


def test_what_is_nothing_but_controls_is_no_block(read_bytes):
    reading = read_bytes("<p>\x9b\x90</p><p>One.</p>".encode(), "a.html")
    assert [(block.id, block.text) for block in reading.blocks] == [(0, "One.")]


def texts_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts_of(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts_of(part)
