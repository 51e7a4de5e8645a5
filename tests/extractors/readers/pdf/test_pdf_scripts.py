"""Letters of a PDF: ligatures, fonts that do not say what they show, and scripts that run from right to left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.readers.pdf.bidi.clusters import turned_round
from tests.extractors.readers.rawpdf import one_page, stream
from tests.extractors.readers.test_superscripts import BODY

SHALOM = "שלום"
WORLD = "עולם"


def mapped(meanings: dict[int, str]) -> tuple[bytes, ...]:
    """Font /F2, objects 6 and 7, whose codes mean what is given."""
    rows = b"".join(
        b"<%02X> <%s>\n" % (code, text.encode("utf-16-be").hex().encode()) for code, text in meanings.items()
    )
    cmap = (
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n1 begincodespacerange\n<00> <FF>\n"
        b"endcodespacerange\n%d beginbfchar\n%sendbfchar\nendcmap\nend\nend\n" % (len(meanings), rows)
    )
    return b"<</Type/Font/Subtype/Type1/BaseFont/Courier/ToUnicode 7 0 R>>", stream(cmap)


HEBREW = {ord("a") + place: letter for place, letter in enumerate("אבגדהוזחטיכלמנסעפצקרשתםן")}


def shown(logical: str) -> bytes:
    """What draws a text of Hebrew words from left to right, as it looks on paper."""
    codes = {letter: code for code, letter in HEBREW.items()}
    return bytes(codes.get(letter, ord(letter)) for letter in reversed(logical))


def texts(reading):
    return [block.text for block in reading.blocks]


def page(content: bytes, meanings: dict[int, str], **options) -> bytes:
    return one_page(content, fonts=b"/F2 6 0 R", more=mapped(meanings), **options)


@pytest.mark.parametrize("meaning", ["\ufb03", "ffi"])
def test_ligatures_are_their_letters(read_bytes, meaning):
    data = page(b"BT /F1 12 Tf 72 700 Td (O) Tj /F2 12 Tf (x) Tj /F1 12 Tf (cial) Tj ET", {ord("x"): meaning})
    assert texts(read_bytes(data, "ligature.pdf")) == ["Official"]


def test_control_characters_apart_from_the_words_are_left_out(read_bytes):
    line = "The Committee took note of what it was told and"
    rows = (
        b"BT 1 0 0 1 72 %d Tm /F1 12 Tf (" % (700 - 14 * row) + line.encode() + b") Tj /F2 12 Tf [-4000 (x)] TJ ET "
        for row in range(6)
    )
    data = page(b"".join(rows), {ord("x"): "\x05"})
    assert " ".join(texts(read_bytes(data, "control.pdf"))) == " ".join([line] * 6)


@pytest.mark.parametrize("meaning", ["\x84", "\x95", "•"])
def test_bullets_larger_than_their_text_and_of_unknown_meaning_begin_items(read_bytes, meaning):
    items = [
        ("They work in parallel to private persons who", "represent people"),
        ("They coordinate appointments of private people", "to legal cases"),
    ]
    rows = (
        b"BT 1 0 0 1 72 %d Tm /F2 16 Tf (x) Tj /F1 10 Tf ( %s) Tj ET " % (700 - 40 * row, first.encode())
        + b"BT 1 0 0 1 90 %d Tm /F1 10 Tf (%s) Tj ET " % (688 - 40 * row, second.encode())
        for row, (first, second) in enumerate(items)
    )
    reading = read_bytes(page(b"".join(rows), {ord("x"): meaning}), "boxes.pdf")
    assert [(block.kind, block.text) for block in reading.blocks] == [("item", " ".join(item)) for item in items]


def test_codes_of_windows_taken_for_letters_are_their_letters(read_bytes):
    data = page(b"BT /F1 12 Tf 72 700 Td (Don) Tj /F2 12 Tf (x) Tj /F1 12 Tf (t know) Tj ET", {ord("x"): "\x92"})
    assert texts(read_bytes(data, "quote.pdf")) == ["Don’t know"]


def test_text_in_a_form_stands_in_its_place(read_bytes):
    form = stream(
        b"BT /F1 12 Tf 0 0 Td (in the form) Tj ET",
        b"/Type/XObject/Subtype/Form/BBox[0 -5 200 20]/Matrix[2 0 0 2 0 0]/Resources<</Font<</F1 5 0 R>>>>",
    )
    data = one_page(
        b"BT /F1 12 Tf 72 700 Td (Above) Tj ET q 1 0 0 1 72 600 cm /X Do Q BT /F1 12 Tf 72 500 Td (Below) Tj ET",
        resources=b"/XObject<</X 6 0 R>>",
        more=(form,),
    )
    reading = read_bytes(data, "form.pdf")
    assert texts(reading) == ["Above", "in the form", "Below"]
    inside = reading.blocks[1].box
    assert (inside[0], inside[3]) == pytest.approx((72, 205), abs=6)
    assert 15 < inside[3] - inside[1] < 35


def test_a_font_without_meanings_needs_ocr(read_bytes):
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/AAAAAA+Strange/Encoding/Identity-H/DescendantFonts[<</Type/Font"
        b"/Subtype/CIDFontType2/BaseFont/AAAAAA+Strange/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        b"/Supplement 0>>/DW 600>>]>>"
    )
    codes = "".join(f"{code:04X}" for code in range(3, 63)) * 3
    data = one_page(f"BT /F2 12 Tf 20 700 Td <{codes}> Tj ET".encode(), fonts=b"/F2 6 0 R", more=(font,))
    reading = read_bytes(data, "strange.pdf")
    assert reading.pages[0].status == "needs_ocr"


def by_number(name: str) -> tuple[bytes, ...]:
    """Font /F2, objects 6 to 8, whose glyphs are shown by their numbers and do not say what they mean."""
    font = name.encode()
    return (
        b"<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[7 0 R]>>" % font,
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0"
        b">>/DW 500/CIDToGIDMap/Identity/FontDescriptor 8 0 R>>" % font,
        b"<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[0 -200 1000 800]/ItalicAngle 0/Ascent 800/Descent -200"
        b"/CapHeight 700/StemV 80>>" % font,
    )


def glyphs(text: str) -> bytes:
    """What shows a text in a core font of Windows, whose Latin letters begin at glyph 3 and Cyrillic ones at 570."""
    codes = (570 + ord(letter) - ord("А") if letter >= "А" else 3 + ord(letter) - ord(" ") for letter in text)
    return b"<%s>" % b"".join(b"%04x" % code for code in codes)


@pytest.mark.parametrize("name", ["ABCDEF+TimesNewRomanPSMT", "ABCDEF+Arial-BoldMT", "CourierNewPSMT", "Arial,Bold"])
@pytest.mark.parametrize(
    "lines",
    [
        ("Комитет принял к сведению доклад", "Секретариата о едином окне (5 стран)."),
        ("The Committee took note of the report", "of the Secretariat (SP0250) on 12 May."),
        ("RESOLUTION", "OF THE COUNCIL"),
    ],
)
def test_the_glyphs_of_the_core_fonts_of_windows_tell_their_letters(read_bytes, name, lines):
    rows = b"".join(
        b"BT /F2 12 Tf 1 0 0 1 72 %d Tm %s Tj ET " % (700 - 14 * row, glyphs(text)) for row, text in enumerate(lines)
    )
    reading = read_bytes(one_page(rows, fonts=b"/F2 6 0 R", more=by_number(name)), "numbers.pdf")
    assert (" ".join(texts(reading)), reading.pages[0].status) == (" ".join(lines), "text")


def test_single_letters_that_a_font_does_not_tell_are_told_among_the_others(read_bytes):
    words = (b"(PR) Tj /F2 12 Tf %s Tj /F1 12 Tf (AM) Tj /F2 12 Tf %s Tj /F1 12 Tf (ULE) Tj", glyphs("E"), glyphs("B"))
    line = b"BT /F1 12 Tf 72 700 Td " + words[0] % words[1:] + b" ET"
    data = one_page(line, fonts=b"/F2 6 0 R", more=by_number("ABCDEF+TimesNewRomanPS-BoldMT"))
    assert texts(read_bytes(data, "single.pdf")) == ["PREAMBULE"]


def test_such_letters_stand_in_the_cells_of_tables_too(read_bytes):
    rules = b"".join(b"%d 500 m %d 560 l S " % (x, x) for x in (60, 200, 340))
    rules += b"".join(b"60 %d m 340 %d l S " % (y, y) for y in (500, 520, 540, 560))
    cells = [["Item", "Action"], ["Data model", "adopted"], ["Single window", "noted"]]
    rows = b"".join(
        b"BT /F2 10 Tf 1 0 0 1 %d %d Tm %s Tj ET " % (64 + 140 * column, 546 - 20 * row, glyphs(text))
        for row, texts_of_row in enumerate(cells)
        for column, text in enumerate(texts_of_row)
    )
    reading = read_bytes(one_page(rules + rows, fonts=b"/F2 6 0 R", more=by_number("ABCDEF+ArialMT")), "cells.pdf")
    assert [[cell.text for cell in reading.tables[0].cells if cell.row == row] for row in range(3)] == cells


@pytest.mark.parametrize("text", ["Courier New", "SP0250", "THE COUNCIL"])
def test_numbers_of_glyphs_that_are_letters_stay(read_bytes, text):
    codes = b"<%s>" % text.encode("utf-16-be").hex().encode()
    line = b"BT /F2 12 Tf 72 700 Td %s Tj ET" % codes
    data = one_page(line, fonts=b"/F2 6 0 R", more=by_number("ABCDEF+CourierNewPSMT"))
    assert texts(read_bytes(data, "letters.pdf")) == [text]


def test_glyphs_of_other_fonts_that_look_like_letters_of_no_script_need_ocr(read_bytes):
    line = b"BT /F2 12 Tf 72 700 Td %s Tj ET" % glyphs("Комитет принял к сведению доклад")
    data = one_page(line, fonts=b"/F2 6 0 R", more=by_number("ABCDEF+SimplifiedArabic"))
    reading = read_bytes(data, "other.pdf")
    assert (reading.pages[0].status, reading.blocks) == ("needs_ocr", ())


@pytest.mark.parametrize("matrix", [b"1 0 0 1 72 700", b"0 1 -1 0 300 300", b"-1 0 0 -1 500 400", b"0 -1 1 0 300 600"])
@pytest.mark.parametrize("rotation", [0, 90])
def test_words_of_a_script_from_right_to_left_are_in_the_order_of_reading(read_bytes, rotation, matrix):
    content = b"BT /F2 12 Tf " + matrix + b" Tm (" + shown(f"{SHALOM} {WORLD}") + b") Tj ET"
    data = page(content, HEBREW, page=b"/Rotate %d" % rotation)
    assert texts(read_bytes(data, "hebrew.pdf")) == [f"{SHALOM} {WORLD}"]


def test_numbers_among_them_are_not_turned(read_bytes):
    content = b"BT /F2 12 Tf 72 700 Td (" + shown(WORLD) + b" 2024 " + shown(SHALOM) + b") Tj ET"
    assert texts(read_bytes(page(content, HEBREW), "hebrew.pdf")) == [f"{SHALOM} 2024 {WORLD}"]


def test_lines_of_such_a_script_make_a_paragraph(read_bytes):
    line = shown(" ".join([SHALOM, WORLD] * 6))
    content = b"".join(b"BT /F2 12 Tf 72 %d Td (%s) Tj ET " % (700 - 15 * row, line) for row in range(3))
    assert texts(read_bytes(page(content, HEBREW), "hebrew.pdf")) == [" ".join([SHALOM, WORLD] * 18)]


def test_letters_drawn_as_they_are_read_stay_in_that_order(read_bytes):
    codes = {letter: code for code, letter in HEBREW.items()}
    leftwards = b"".join(b"(%c) 1200 " % codes[letter] for letter in SHALOM)  # each letter is 600 wide
    data = page(b"BT /F2 12 Tf 400 700 Td [" + leftwards + b"] TJ ET", HEBREW)
    assert texts(read_bytes(data, "hebrew.pdf")) == [SHALOM]


@given(words=st.lists(st.text("אבגדהוזח", min_size=1, max_size=5), min_size=2, max_size=5), number=st.integers(0, 9999))
def test_a_text_turned_round_reads_from_the_right(words, number):
    read = " ".join([words[0], str(number), f"({' '.join(words[1:])})", words[0]])
    shown_left_to_right = " ".join(
        [words[0][::-1], f"({' '.join(word[::-1] for word in words[:0:-1])})", str(number), words[0][::-1]]
    )
    assert turned_round(shown_left_to_right) == read


@pytest.mark.parametrize("size", [9, 11])
@pytest.mark.parametrize("gap", [b"", b" ", b"    "])
@pytest.mark.parametrize(("raised", "small"), [(3, 5), (2, 6), (3, 6.5)])
def test_the_raised_mark_of_a_note_belongs_to_its_text(read_bytes, size, gap, raised, small):
    notes = [
        (b"See the document of the Committee on the Single", b"Window."),
        (b"Another note on the same", b"matter."),
    ]
    foot = b"".join(
        b"BT 1 0 0 1 72 %d Tm /F1 %g Tf %g Ts (%d) Tj 0 Ts /F1 %d Tf (%s %s) Tj ET "
        % (120 - 30 * place, small, raised, place + 1, size, gap, first)
        + b"BT 1 0 0 1 72 %d Tm /F1 %d Tf (%s) Tj ET " % (108 - 30 * place, size, second)
        for place, (first, second) in enumerate(notes)
    )
    blocks = read_bytes(one_page(BODY + foot), "notes.pdf").blocks[-2:]
    found = [(block.kind, block.number, block.text) for block in blocks]
    assert found == [("footnote", str(place), b" ".join(note).decode()) for place, note in enumerate(notes, start=1)]


@pytest.mark.parametrize("space", [b"", b" "])
@pytest.mark.parametrize("before", [b"Japan,", b"Japan"])
def test_a_raised_mark_belongs_to_its_note_with_a_space_before_it_or_without(read_bytes, before, space):
    marked = (
        b"BT /F1 11 Tf 1 0 0 1 72 500 Tm (It heard %s%s) Tj /F1 6 Tf 4 Ts (1) Tj 0 Ts /F1 11 Tf "
        b"( Chile and the 27 members of 2 unions.) Tj ET " % (before, space)
    )
    foot = b"BT 1 0 0 1 72 100 Tm /F1 6 Tf 3 Ts (1) Tj 0 Ts /F1 9 Tf ( With a reservation.) Tj ET "
    blocks = read_bytes(one_page(BODY + marked + foot), "mark.pdf").blocks
    found = [block.text for block in blocks if "Japan" in block.text]
    assert found == [f"It heard {before.decode()} Chile and the 27 members of 2 unions."]
    assert [(block.number, block.text) for block in blocks if block.kind == "footnote"] == [
        ("1", "With a reservation.")
    ]


def test_a_star_apart_from_its_note_is_its_mark_and_a_lone_one_an_ornament(read_bytes):
    ornament = b"BT /F1 11 Tf 1 0 0 1 300 400 Tm (*) Tj ET "
    foot = b"BT /F1 6.5 Tf 1 0 0 1 64 103 Tm (*) Tj ET "
    foot += b"BT /F1 9 Tf 1 0 0 1 72 100 Tm (In accordance with the mandate.) Tj ET "
    blocks = read_bytes(one_page(BODY + ornament + foot), "star.pdf").blocks
    assert [(block.kind, block.number, block.text) for block in blocks[1:]] == [
        ("footnote", "*", "In accordance with the mandate.")
    ]


@pytest.mark.parametrize(
    ("drawn", "text"),
    [
        (rb"[(Fr\264) 333 (ed\264) 333 (eric)]", "Frédéric"),  # moved back by the width of the mark, as TeX does
        (rb"[(Fran\270) 333 (coise)]", "Françoise"),
        (rb"[(l\264article)]", "l´article"),
        (rb"[(a 10\264 mark)]", "a 10´ mark"),
    ],
)
def test_marks_over_letters_are_put_on_them(read_bytes, drawn, text):
    reading = read_bytes(one_page(b"BT /F1 12 Tf 72 700 Td " + drawn + b" TJ ET"), "accents.pdf")
    assert [block.text for block in reading.blocks] == [text]
