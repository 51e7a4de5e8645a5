"""Pages of scripts that run from right to left: words, numbers, marks, lines and tables in the order of reading."""

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.readers.pdf.bidi.reordering import Glyph, read_order, with_brackets_turned
from extractors.readers.pdf.layout.paragraphs import runs_on
from extractors.readers.pdf.layout.parts import in_capitals
from extractors.readers.pdf.pdfium.coordinates import Frame
from extractors.readers.pdf.text.lines import Line
from extractors.readers.pdf.text.text_layer import TextLayer
from tests.extractors.readers.rawpdf import one_page, stream

SIZE, WIDTH = 10, 6  # points of type, and of each letter of Courier
FATHA = "\u064e"
FIRST = 0xAE  # from here on all codes of WinAnsiEncoding have a shape, without which PDFium drops a letter
CODES = {letter: FIRST + place for place, letter in enumerate(["لا", *"ابتثجحدرسعفكلمنهوي،", FATHA, "ﻢ", *"אבגדהושלם"])}


def page(*lines: bytes, more: bytes = b"") -> bytes:
    """A page of lines in Courier whose codes from FIRST on mean Arabic and Hebrew letters."""
    meanings = b"".join(
        b"<%02X> <%s>\n" % (code, text.encode("utf-16-be").hex().encode()) for text, code in CODES.items()
    )
    ascii_codes = b"".join(b"<%02X> <00%02X>\n" % (code, code) for code in range(0x20, 0x7F))
    cmap = b"begincmap\n1 begincodespacerange\n<00> <FF>\nendcodespacerange\n%d beginbfchar\n%sendbfchar\nendcmap\n" % (
        len(CODES) + 0x5F,
        meanings + ascii_codes,
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding/ToUnicode 7 0 R>>"
    return one_page(b" ".join(lines), page=more, fonts=b"/F2 6 0 R", more=(font, stream(cmap)))


def drawn(seen: list[str] | str, right: float, y: float, size: float = SIZE, rise: float = 0) -> bytes:
    """What draws letters, given as they look from left to right, up to a place on the right."""
    codes = bytes(CODES.get(letter, ord(letter[0]) & 0xFF) for letter in seen)
    left = right - 0.6 * size * len(codes)
    return b"BT /F2 %g Tf %g Ts 1 0 0 1 %g %g Tm <%s> Tj ET" % (size, rise, left, y, codes.hex().encode())


def texts(reading):
    return [block.text for block in reading.blocks]


def read_of(seen: str, *, right_to_left: bool = True) -> str:
    """The order of reading of letters that stand side by side, `_` a wide gap."""
    glyphs = [
        Glyph(" " if letter == "_" else letter, WIDTH * place, WIDTH * (place + 1), letter == "_")
        for place, letter in enumerate(seen)
    ]
    places = read_order(glyphs, right_to_left=right_to_left, start=100)
    return with_brackets_turned("".join(glyphs[place.glyph].text for place in places))


@pytest.mark.parametrize(
    ("seen", "read"),
    [
        ("ج 2025/12/31 ب", "ب 2025/12/31 ج"),
        ("ج 2024-2020 ب", "ب 2020-2024 ج"),  # an Arabic hyphen joins no figures
        ("א 2020-2024 ב", "ב 2020-2024 א"),
        ("ج %12.5 ب", "ب 12.5% ج"),
        ("א 12.5%-ב", "ב-12.5% א"),
        ("ج A/79/100 ب", "ب A/79/100 ج"),
        (".A/79/100 ب", "ب A/79/100."),
        ("ج Single Window (SW) ب", "ب Single Window (SW) ج"),
        ("ج R، G ب", "ب G ،R ج"),
        ("ج WCO_1", "1 WCO ج"),
        ("1,250_2023_ج", "ج 2023 1,250"),
        ("א ¹²1986-ב", "ב-1986¹² א"),
        ("א A/79/100¹ ב", "ב A/79/100¹ א"),
        (f"א {60 * '1'} ב", f"ב {60 * '1'} א"),
    ],
)
def test_numbers_and_latin_words_keep_their_order_in_a_row_from_the_right(seen, read):
    assert read_of(seen) == read


def test_a_word_from_the_right_is_turned_in_a_row_from_the_left():
    assert read_of("a word 12 גבא דה b", right_to_left=False) == "a word 12 הד אבג b"


@given(st.text("אב אבabc12./-()", min_size=1, max_size=30), st.booleans())
def test_rows_lead_from_their_start_without_gap_or_overlap(seen, right_to_left):
    glyphs = [Glyph(letter, WIDTH * place, WIDTH * (place + 1)) for place, letter in enumerate(seen)]
    places = read_order(glyphs, right_to_left=right_to_left, start=100)
    assert sorted(place.glyph for place in places) == list(range(len(seen)))
    lefts = [
        place.offset - glyphs[place.glyph].right if place.right_to_left else place.offset + glyphs[place.glyph].left
        for place in places
    ]
    assert lefts == [100 + WIDTH * place for place in range(len(seen))]


@pytest.mark.parametrize("signs", ["()", "[]", "«»"])
@pytest.mark.parametrize("text", ["(א) ב", "א (ב ג), ד", "((א) ב)", "סעיף 15(ב)(4) ל", "f(א)", "א) ב"])
def test_brackets_open_before_a_word_and_close_behind_it_however_the_file_has_them(text, signs):
    right = text.translate(str.maketrans("()", signs))
    wrong = right.translate(str.maketrans(signs, signs[::-1]))
    assert with_brackets_turned(wrong) == with_brackets_turned(right) == right


@pytest.mark.parametrize("letters", ["لا", "ال", "علم"])  # some files give lam and alef as they look
def test_the_letters_of_a_ligature_are_in_the_order_of_reading(read_bytes, monkeypatch, letters):
    monkeypatch.delitem(CODES, "لا")
    monkeypatch.setitem(CODES, letters, FIRST)
    read = {"ال": "لا"}.get(letters, letters)
    assert texts(read_bytes(page(drawn(["م", letters, "س"], 500, 700)), "ligature.pdf")) == [f"س{read}م"]


def test_ligatures_that_the_file_gives_as_one_character_are_not_turned(read_bytes, monkeypatch):
    monkeypatch.setitem(CODES, "ﻼ", 0xFD)
    monkeypatch.setitem(CODES, "ﷲ", 0xFE)
    line = drawn(["م", "ﻼ", "ك", " ", "ﷲ"], 500, 700)
    assert texts(read_bytes(page(line), "one.pdf")) == ["الله كلام"]


def test_an_alef_drawn_over_its_lam_follows_it(read_bytes):
    words = [drawn("م", 476, 700), drawn("ا", 482.3, 700), drawn("ل", 482, 700), drawn("س", 488, 700)]
    assert texts(read_bytes(page(*words), "over.pdf")) == ["سلام"]


@pytest.mark.parametrize("signs", ["()", ")("])
def test_brackets_of_a_page_open_and_close_as_they_should(read_bytes, signs):
    line = drawn(f"בא {signs[0]}םולש{signs[1]} דג", 500, 700)
    assert texts(read_bytes(page(line), "brackets.pdf")) == ["גד (שלום) אב"]


def test_a_space_drawn_under_the_last_letter_is_none(read_bytes):
    back = b"BT /F2 10 Tf 1 0 0 1 476 700 Tm [<%02X> 600 <20>] TJ ET" % CODES["ם"]
    words = [drawn("ולש", 500, 700), back, drawn(".", 476, 700)]
    assert texts(read_bytes(page(*words), "space.pdf")) == ["שלום."]


def test_narrow_spaces_of_the_file_are_spaces(read_bytes):
    line = b"18 Tz " + drawn("דגה בא", 500, 700)
    assert texts(read_bytes(page(line), "narrow.pdf")) == ["אב הגד"]


def test_latin_words_behind_a_wide_gap_come_later(read_bytes):
    words = [drawn("הד בא םולש", 500, 700), drawn("ISO ", 434, 700), drawn("WCO", 394, 700)]
    assert texts(read_bytes(page(*words), "gap.pdf")) == ["שלום אב דה ISO WCO"]


def test_signs_of_direction_are_left_out(read_bytes, monkeypatch):
    monkeypatch.setitem(CODES, "\u200f", 0xFE)
    words = [drawn("א", 500, 700), drawn(["\u200f"], 494.5, 700, 1), drawn("ב", 494, 700)]
    assert texts(read_bytes(page(*words), "signs.pdf")) == ["אב"]


def test_letters_as_they_are_shown_are_plain_ones(read_bytes):
    assert texts(read_bytes(page(drawn(["ﻢ", "ك"], 500, 700)), "shown.pdf")) == ["كم"]


def test_a_mark_drawn_by_itself_stands_behind_its_letter(read_bytes):
    marks = drawn([FATHA], 500, 704), drawn([FATHA], 494, 703)
    assert texts(read_bytes(page(*marks, drawn("بتك", 500, 700)), "marks.pdf")) == [f"ك{FATHA}ت{FATHA}ب"]


def test_latin_words_and_numbers_drawn_apart_stand_in_their_places(read_bytes):
    words = [drawn("بتك", 500, 700), drawn("World", 446, 700), drawn("12", 476, 700), drawn("سرد", 410, 700)]
    assert texts(read_bytes(page(*words), "apart.pdf")) == ["كتب 12 World درس"]


def test_a_raised_figure_follows_its_word(read_bytes):
    words = [drawn("הבד", 500, 700), drawn("7", 480, 700, 6, 4)]
    words.append(drawn("םולש", 470, 700))
    assert texts(read_bytes(page(*words), "raised.pdf")) == ["דבה⁷ שלום"]


def test_a_raised_figure_beside_a_number_is_no_figure_of_it(read_bytes):
    words = [drawn("1981", 500, 700), drawn("12", 476, 700, 6, 4), drawn("םולש", 460, 700)]
    assert texts(read_bytes(page(*words), "number.pdf")) == ["1981¹² שלום"]


def test_a_raised_figure_behind_a_latin_symbol_is_no_figure_of_it(read_bytes):
    words = [drawn("דב םולש", 500, 700), drawn("A/79", 452, 700), drawn("3", 455.6, 700, 6, 4)]
    assert texts(read_bytes(page(*words), "symbol.pdf")) == ["שלום בד A/79³"]


def test_a_row_drawn_letter_by_letter_from_its_end_is_one_with_the_raised_figure_in_it(read_bytes):
    words = [drawn(letter, 470 - WIDTH * place, 700) for place, letter in enumerate("שלום")]
    words += [drawn("7", 477, 700, 6, 4.8), drawn("הבד", 500, 700)]
    assert texts(read_bytes(page(*words), "end.pdf")) == ["דבה⁷ שלום"]


def test_lines_indented_at_the_right_begin_paragraphs(read_bytes):
    full, short = (" ".join(["םלש"] * words) for words in (18, 5))
    indented = [drawn(full[4:], 484, y) for y in (700, 658)]
    first = (indented[0], drawn(full, 500, 686), drawn(short, 500, 672))
    found = texts(read_bytes(page(*first, indented[1], drawn(full, 500, 644)), "paragraphs.pdf"))
    assert [len(text.split()) for text in found] == [17 + 18 + 5, 17 + 18]


def test_the_first_column_of_a_table_is_the_one_at_the_right_and_its_boxes_are_those_of_the_page(read_bytes):
    cells = [["بلد", "سعر"], ["تمر", "12.5"], ["ورد", "7"]]
    lines = [
        drawn(text if text[0].isdigit() else text[::-1], 490 - 150 * column, 706 - 20 * row)
        for row, texts_of_row in enumerate(cells)
        for column, text in enumerate(texts_of_row)
    ]
    rules = [b"%d 660 m %d 720 l S" % (x, x) for x in (200, 350, 500)]
    rules += [b"200 %d m 500 %d l S" % (y, y) for y in (660, 680, 700, 720)]
    reading = read_bytes(page(*rules, *lines), "table.pdf")
    assert [list(row) for row in reading.tables[0].rows] == cells
    boxes = [cell.box for cell in reading.tables[0].cells if cell.text in ("بلد", "سعر")]
    assert [(box[0], box[2]) for box in boxes] == [(350, 500), (200, 350)]


def test_a_line_of_latin_words_on_such_a_page_is_read_from_the_left(read_bytes):
    lines = [drawn("םולש " * 9, 500, 700 - 14 * row) for row in range(3)]
    lines.append(drawn("The word " + "םולש" + " is known.", 400, 600))
    assert texts(read_bytes(page(*lines), "latin.pdf"))[-1] == "The word שלום is known."


def test_a_word_from_the_right_on_a_page_of_latin_words_stands_in_its_line(read_bytes):
    line = "The word שלום אב is known.".replace("שלום אב", "בא םולש")
    lines = [drawn(line, 400, 600), drawn("Another line", 400, 580)]
    assert texts(read_bytes(page(*lines), "word.pdf"))[0].startswith("The word שלום אב is known.")


def test_each_letter_of_a_page_laid_anew_knows_its_index(tmp_path):
    words = [drawn("םולש", 470, 700), drawn("12", 440, 700), drawn("הבד", 500, 700)]
    document = pdfium.PdfDocument(page(*words))
    sheet = document[0]
    text_page = sheet.get_textpage()
    layer = TextLayer(text_page.raw, Frame(0, 0, 600, 800, 0), 100)
    places = [place for place, unit in enumerate(layer.units) if not unit.isspace()]
    found = [chr(pdfium.raw.FPDFText_GetUnicode(text_page.raw, layer.own_index(place))) for place in places]
    assert "".join(found) == "דבהשלום12"


def test_text_without_such_letters_is_not_laid_anew(read_bytes, monkeypatch):
    monkeypatch.setattr("extractors.readers.pdf.text.text_layer.reorder", None)
    assert texts(read_bytes(page(drawn("Plain text", 500, 700)), "plain.pdf")) == ["Plain text"]


def test_scripts_without_capitals_have_no_headings_in_capitals(read_bytes):
    lines = [drawn(("םולש " * 8).strip(), 500, 700), drawn(("םולש " * 5).strip(), 500, 660)]
    assert [block.kind for block in read_bytes(page(*lines), "kinds.pdf").blocks] == ["paragraph", "paragraph"]


@pytest.mark.parametrize("text", ["世界関税機構の会議", "세계관세기구 회의", "שלום עולם שלום"])
def test_what_has_no_small_letters_has_no_capitals(text):
    assert not in_capitals(text)


@pytest.mark.parametrize(("end", "kind"), [("", "heading"), ("؛", "paragraph"), ("،", "paragraph")])
def test_large_type_that_goes_on_is_no_heading(read_bytes, monkeypatch, end, kind):
    monkeypatch.setitem(CODES, "؛", 0xFE)
    lines = [drawn(("בלש " * 15).strip(), 500, 700 - 14 * row) for row in range(3)]
    large = drawn(f"{end}םולש אב גד", 500, 740, 16)
    assert read_bytes(page(large, *lines), "large.pdf").blocks[0].kind == kind


@pytest.mark.parametrize(("end", "open_"), [("א", True), ("א؟", False), ("א؛", False)])
def test_no_sentence_goes_on_behind_a_question_mark(end, open_):
    last, line = (
        Line(text, (100, top, 400, top + 10), 100, 400, top + 8, 10, bold=False, angle=0)
        for text, top in ((end, 700), ("ב", 50))
    )
    assert runs_on(last, line) is open_


def test_the_value_of_a_field_stands_where_the_page_has_it(read_bytes):
    field = b"/Annots[<</Type/Annot/Subtype/Widget/FT/Tx/T(member)/V(Ruritania)/Rect[60 300 200 320]>>]"
    word = [*"אבגדה אבגדה אבגדה אבגדה אבגדה אבגדה אבגדה אבגדה"]
    reading = read_bytes(page(drawn(word, 500, 700), drawn(word, 500, 685), more=field), "a.pdf")
    assert [(block.box[0], block.box[2]) for block in reading.blocks if block.text == "Ruritania"] == [(60, 200)]
