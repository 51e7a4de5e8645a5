"""MSG made by hand after MS-OXMSG: properties in one stream, strings and bytes in streams of their own."""

import struct

import pytest

from extractors.readers import mail_attachments as mail
from tests.extractors.readers import oledata

TEXT, NARROW_TEXT, BINARY, INTEGER = 0x001F, 0x001E, 0x0102, 0x0003


class NARROW(bytes):
    """Text of one byte a letter."""


def storage(header, **properties):
    """Return a storage; a property is named by its tag, `x0037`."""
    table, streams = b"", {}
    for name, value in properties.items():
        tag = int(name[1:], 16)
        if isinstance(value, int):
            table += struct.pack("<HHIQ", INTEGER, tag, 6, value)
            continue
        kind, content = (TEXT, value.encode("utf-16-le")) if isinstance(value, str) else (BINARY, bytes(value))
        kind = NARROW_TEXT if isinstance(value, NARROW) else kind
        size = len(content) + 2 * (kind == TEXT)
        table += struct.pack("<HHIII", kind, tag, 6, size, 0)
        streams[f"__substg1.0_{tag:04X}{kind:04X}"] = content.ljust(4096, b"\0" if kind == TEXT else b" ")
    return {"__properties_version1.0": header + table, **streams}


def message(attachments=(), **properties):
    head = bytes(8) + struct.pack("<4I", 0, len(attachments), 0, len(attachments)) + bytes(8)
    tree = storage(head, x340D=0x40000, **properties)
    for place, attachment in enumerate(attachments):
        tree[f"__attach_version1.0_#{place:08X}"] = storage(bytes(8), **attachment)
    return oledata.compound(tree)


@pytest.fixture
def letter():
    attached = [{"x3707": "report.txt", "x3705": 1, "x3701": b"Arvenia went digital."}, {"x3707": "inner", "x3705": 5}]
    sender = {"x0C1A": "Anna", "x0C1F": "anna@example.org"}
    return message(
        attached, x001A="IPM.Note", x0037="Papers of the meeting", x1000="The papers are attached.", **sender
    )


def test_headers_and_body(read_bytes, letter):
    reading = read_bytes(letter, "a.bin")
    assert reading.media_type == "application/vnd.ms-outlook"
    texts = [block.text.rstrip("\0") for block in reading.blocks]
    assert texts[0].startswith("From: ")
    assert "Papers of the meeting" in texts
    assert texts[-1] == "The papers are attached."
    assert reading.warnings == ("2 files are attached",)


@pytest.mark.parametrize(
    ("coded", "plain"),
    [("=?UTF-8?Q?Bo=C3=9F?=", "Boß"), ("=?UTF-8?Q?=FF?=", "=?UTF-8?Q?=FF?="), ("=?no-such?Q?a?=", "=?no-such?Q?a?=")],
)
def test_coded_headers_are_decoded(read_bytes, coded, plain):
    reading = read_bytes(message(x001A="IPM.Note", x0037=coded, x1000="Text."), "a.msg")
    assert plain in [block.text.rstrip("\0 ") for block in reading.blocks]


def test_a_body_in_another_charset_than_declared_is_read(read_bytes):
    letter = message(x001A="IPM.Note", x0037="Fees", x3FDE=65001, x1000=NARROW(b"Geb\xfchren f\xfcr M\xe4rz"))
    assert read_bytes(letter, "a.msg").blocks[-1].text.rstrip("\0 ") == "Gebühren für März"


def test_attachments_and_a_message_that_is_one(letter):
    (name, content), (inner, nothing) = mail.attachments(letter, "application/vnd.ms-outlook")
    assert (name.rstrip("\0"), content.strip()) == ("report.txt", b"Arvenia went digital.")
    assert (inner.rstrip("\0"), nothing) == ("inner", None)


def test_a_broken_message_is_malformed(read_bytes, letter):
    assert read_bytes(letter[:1500], "a.msg").status in ("malformed", "unsupported")
