"""Word 97: files that LibreOffice saved, as they are, damaged, locked and under a wrong name."""

import io
import subprocess
import sys

import docx
import olefile
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractors.media import DOC
from extractors.readers.doc.reader import lines_and_tables
from extractors.readers.word_fields import without_fields
from extractors.reading import read_document
from tests.extractors.readers.oledata import compound

STATUSES = {"read", "needs_ocr", "encrypted", "malformed", "empty", "unsupported"}
NUMBERS = "2 paragraphs have numbers or bullets that Word makes, which are missing: save it as .docx to have them"
CHINESE = "海关与商界工作组的报告" * 3


def field(paragraph, code, shown):
    """Add a field with its code and what it shows."""
    for kind, text in (("begin", None), (None, code), ("separate", None), ("text", shown), ("end", None)):
        run = paragraph.add_run()
        if kind == "text":
            run.text = text
        elif kind is None:
            instruction = OxmlElement("w:instrText")
            instruction.text = text
            run._r.append(instruction)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def report():
    document = docx.Document()
    document.core_properties.title = "Rapport du Comité"
    document.sections[0].header.paragraphs[0].text = "PC0100E1"
    document.add_paragraph("INTRODUCTION")
    document.add_paragraph("1. The Committee took note of “the paper” – café, таможня.")
    document.add_paragraph("(a)\tfirst")
    document.add_paragraph("Counted by Word", style="List Number")
    document.add_paragraph("Counted, too", style="List Number")
    table = document.add_table(rows=3, cols=3)
    for row in range(3):
        for column in range(3):
            table.cell(row, column).text = f"r{row}c{column}"
    table.cell(0, 0).text = table.cell(2, 2).text = ""
    table.cell(1, 1).add_paragraph("and more")
    document.add_paragraph("Behind the table.")
    linked = document.add_paragraph("See ")
    field(linked, ' HYPERLINK "https://example.org/" \\o "Example" ', "the site")
    linked.add_run(" of the ")
    field(linked, " DOCPROPERTY Body \\* MERGEFORMAT ", "Committee")
    return document


def chinese():
    document = docx.Document()
    document.add_paragraph(CHINESE)
    return document


def tracked():
    document = docx.Document()
    paragraph = document.add_paragraph("Kept")
    deleted = f'<w:del {nsdecls("w")} w:id="1" w:author="A" w:date="2009-01-01T00:00:00Z">'
    paragraph._p.append(parse_xml(f"{deleted}<w:r><w:delText>gone</w:delText></w:r></w:del>"))
    return document


@pytest.fixture(scope="session")
def old(tmp_path_factory, saved_by_office):
    """The papers as bytes by their names."""
    folder = tmp_path_factory.mktemp("word")
    for name, document in (("report", report()), ("chinese", chinese()), ("tracked", tracked())):
        document.save(str(folder / f"{name}.docx"))
    saved_by_office(folder, "doc")
    return {path.stem: path.read_bytes() for path in folder.glob("*.doc")}


def changed(data: bytes, change) -> bytes:
    """Return a Word file with its text stream changed."""
    file = io.BytesIO(data)
    with olefile.OleFileIO(file, write_mode=True) as ole:
        stream = bytearray(ole.openstream("WordDocument").read())
        change(stream)
        ole.write_stream("WordDocument", bytes(stream))
    return file.getvalue()


def test_paragraphs_numbers_and_tables_of_a_word_97_file(old, read_bytes):
    reading = read_bytes(old["report"], "a.doc")
    assert (reading.status, reading.media_type) == ("read", DOC)
    assert reading.properties["title"] == "Rapport du Comité"
    assert [(block.kind, block.number, block.text) for block in reading.blocks] == [
        ("heading", None, "INTRODUCTION"),
        ("paragraph", "1.", "The Committee took note of “the paper” – café, таможня."),
        ("item", "(a)", "first"),
        ("paragraph", None, "Counted by Word"),
        ("paragraph", None, "Counted, too"),
        ("table", None, "\tr0c1\tr0c2\nr1c0\tr1c1 and more\tr1c2\nr2c0\tr2c1\t"),
        ("paragraph", None, "Behind the table."),
        ("paragraph", None, "See the site of the Committee"),
    ]
    assert reading.tables[0].rows[1] == ("r1c0", "r1c1\nand more", "r1c2")


def test_a_warning_says_what_is_missing(old, read_bytes):
    found = read_bytes(old["report"], "a.doc").warnings
    assert found == (NUMBERS, "its headers and footers are not read: save it as .docx to have them")
    tracked = read_bytes(old["tracked"], "a.doc")
    assert "it has tracked changes: deleted text may be among what is read" in tracked.warnings


def test_the_file_is_read_in_the_child_within_its_limits(old, tmp_path, limits):
    path = tmp_path / "PC0100E1.doc"
    path.write_bytes(old["report"])
    document = read_document(path, source="file:///PC0100E1.doc", sha256="0" * 64, limits=limits)
    assert (document.status, document.title) == ("read", "Counted by Word")


def test_reading_writes_nothing_beside_the_paper(old, tmp_path):
    """Kreuzberg would keep the texts of papers in the user's cache folder."""
    path = tmp_path / "a.doc"
    path.write_bytes(old["report"])
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "from pathlib import Path; from configs.settings import ReadingLimits; from extractors.readers import read;"
        f"print(read(Path({str(path)!r}), limits=ReadingLimits()).status)"
    )
    environment = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "TMPDIR"), str(home)) | {"PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=home, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "read"
    assert list(home.rglob("*")) == []


def test_chinese_text_is_told_and_not_garbled(old, read_bytes):
    reading = read_bytes(old["chinese"], "a.doc")
    assert (reading.status, reading.blocks) == ("unsupported", ())
    assert "Chinese" in reading.warnings[0]
    assert ".docx" in reading.warnings[0]


def test_a_locked_file_is_encrypted(old, read_bytes):
    def lock(stream):
        stream[0x0B] |= 0x01

    reading = read_bytes(changed(old["report"], lock), "a.doc", passwords=("wrong",))
    assert (reading.status, reading.blocks) == ("encrypted", ())


def test_a_file_of_word_95_says_what_to_do(read_bytes):
    reading = read_bytes(compound({"WordDocument": b"\xdc\xa5\x65\0" + bytes(600)}), "a.doc")
    assert reading.status == "unsupported"
    assert "save it as .docx" in reading.warnings[0]


def test_pieces_that_point_nowhere_are_damage_and_no_text(old, read_bytes):
    def lose_pieces(stream):
        stream[0x1A2:0x1AA] = bytes(8)  # fcClx, lcbClx

    reading = read_bytes(changed(old["report"], lose_pieces), "a.doc")
    assert (reading.status, reading.blocks) == ("malformed", ())


def test_damaged_formats_leave_the_text(old, read_bytes):
    def lose_formats(stream):
        stream[0x102:0x10A] = b"\0\0\0\0\x05\0\0\0"  # PlcfBtePapx

    reading = read_bytes(changed(old["report"], lose_formats), "a.doc")
    assert reading.status == "read"
    assert reading.blocks[0].text == "INTRODUCTION"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"{\\rtf1 Text\\par}", "application/rtf"),
        (b"<html><body><p>Text</p></body></html>", "text/html"),
        (b"Text", "text/plain"),
    ],
)
def test_other_formats_named_doc_go_to_their_readers(read_bytes, data, kind):
    reading = read_bytes(data, "a.doc")
    assert (reading.status, reading.media_type, reading.blocks[0].text) == ("read", kind, "Text")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.floats(0, 1) | st.none(),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
def test_a_damaged_file_ends_in_a_status(old, read_bytes, cut, flips):
    data = bytearray(old["report"])
    for place, value in flips:
        data[int(place * len(data))] = value
    reading = read_bytes(bytes(data if cut is None else data[: 8 + int(cut * len(data))]), "a.doc")
    assert reading.status in STATUSES
    assert reading.status in ("read", "needs_ocr") or reading.warnings


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        (' TOC \\o "1-3" \\h \\z \\u  HYPERLINK \\l "_Toc46" Scope', "Scope"),
        ("EMBED Excel.Sheet.8", ""),
        (" EMBED MSDraw \\* mergeformat Figure", "Figure"),
        ("EMBED Package", ""),
        (" EMBED   \\* MERGEFORMAT  EMBED   \\* MERGEFORMAT", ""),
        ("Table  SEQ Table \\* ARABIC 1: Fees", "Table 1: Fees"),
        ('A word XE "word" in the index', "A word in the index"),
        ('Cited TA \\l "citation" \\s "citation" \\c 1 here', "Cited here"),
        ("Write to HYPERLINK mailto:a@example.org a@example.org", "Write to a@example.org"),
        ("Name: FORMTEXT Arvenia", "Name: Arvenia"),
        ("The rules EMBED the tariff; DATE and TIME differ", "The rules EMBED the tariff; DATE and TIME differ"),
    ],
)
def test_codes_of_fields_are_taken_out(line, clean):
    assert " ".join(without_fields(line).split()) == clean


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Before\na\tb\t\tc\td\t\tBehind", ["Before", [["a", "b"], ["c", "d"]], "Behind"]),
        ("a\tb\t\tc\td", [[["a", "b"], ["c", "d"]]]),  # at the end of a chunk tabs are lost
        ("b\tc\t\td\te\tf\t\tg\th\ti\t\tEnd", [[["", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]], "End"]),
        ("Date:\ttoday\nPlace:\there", ["Date:\ttoday", "Place:\there"]),
        ("one\tx\t\tBehind\nmore", ["one\tx\t\tBehind", "more"]),  # a single row is a frame round text
        ("", []),
    ],
)
def test_tables_are_found_by_the_ends_of_their_rows(text, parts):
    assert list(lines_and_tables(text)) == parts


@given(st.text(alphabet="a\t\n", max_size=200))
def test_no_letter_of_a_text_is_lost_or_doubled(text):
    found = [
        letter
        for part in lines_and_tables(text)
        for letter in (part if isinstance(part, str) else "".join(map("".join, part)))
    ]
    assert found.count("a") == text.count("a")
