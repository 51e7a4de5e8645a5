"""Words parted at line ends, and which lines make a paragraph."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfbase.pdfmetrics import stringWidth

from extractors.readers import read
from extractors.readers.pdf.layout.paragraphs import joined_lines, paragraphs
from extractors.readers.pdf.layout.style import Style
from extractors.readers.pdf.text.dehyphenation import WholeWords
from extractors.readers.pdf.text.lines import Line
from tests.extractors.readers.rawpdf import one_page

words = st.text("abcdefghijklmnopqrstuvwxyzéèñçабвгджз", min_size=4, max_size=14)


def line(text: str, *, hyphen: bool = False) -> Line:
    return Line(text, (0, 0, 100, 10), 0, 100, 8, 10, bold=False, angle=0, hyphen=hyphen)


def joined_text(lines: list[Line], known: WholeWords) -> str:
    return joined_lines(lines, known)[0]


@given(before=st.lists(words, max_size=4), word=words, after=st.lists(words, max_size=4), data=st.data())
def test_a_word_parted_anywhere_is_whole_again(before, word, after, data):
    place = data.draw(st.integers(1, len(word) - 1))
    sign = data.draw(st.sampled_from(["", "-", "\u00ad", "\u2010"]))  # PDFium drops it or keeps it
    lines = [line(" ".join([*before, word[:place] + sign]), hyphen=True), line(" ".join([word[place:], *after]))]
    assert joined_text(lines, WholeWords()) == " ".join([*before, word, *after])


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("SECRETARIA DAS RELA-", "ÇÕES do distrito", "SECRETARIA DAS RELAÇÕES do distrito"),
        ("The papers of UN-", "CEFACT", "The papers of UN-CEFACT"),
        ("THE REPUBLIC OF GUINEA-", "Bissau", "THE REPUBLIC OF GUINEA-Bissau"),
    ],
)
def test_a_word_of_a_line_in_capitals_is_whole_again(first, second, joined):
    assert joined_text([line(first, hyphen=True), line(second)], WholeWords()) == joined


@given(first=words, second=words)
def test_a_hyphen_that_the_document_writes_elsewhere_stays(first, second):
    lines = [line(f"{first}-", hyphen=True), line(second)]
    assert joined_text(lines, WholeWords([line(f"The {first}-{second} one.")])) == f"{first}-{second}"


@pytest.mark.parametrize(
    ("elsewhere", "joined"),
    [
        (["Trade is served.", "An enabling law."], "trade-enabling"),
        (["Trade is served by enabling laws.", "It is a tradeenabling law."], "tradeenabling"),
        (["Trade is served by laws."], "tradeenabling"),
        (["World-trade and self-enabling laws."], "trade-enabling"),
        (["Trade is served by laws en-", "enabling it by day."], "tradeenabling"),
    ],
)
def test_a_hyphen_between_words_that_stand_alone_elsewhere_stays(elsewhere, joined):
    known = WholeWords([line(text, hyphen=text.endswith("-")) for text in elsewhere])
    assert joined_text([line("trade-", hyphen=True), line("enabling")], known) == joined


def test_parts_of_words_are_not_taken_for_words():
    known = WholeWords([line("A com unit and a piler.")])
    assert joined_text([line("the com-", hyphen=True), line("piler")], known) == "the compiler"


@given(parts=st.lists(words, min_size=1, max_size=6))
def test_lines_without_hyphens_are_joined_by_spaces(parts):
    assert joined_text([line(part) for part in parts], WholeWords()) == " ".join(parts)


@pytest.mark.parametrize(
    ("parts", "joined"),
    [
        (("the plan for 2013–", "2020 of"), "the plan for 2013–2020 of"),
        (("paragraphs 14-", "15 of it"), "paragraphs 14-15 of it"),
        (("see https://example.org/2025-", "04/paper.pdf for"), "see https://example.org/2025-04/paper.pdf for"),
        (("see https://example.org/", "papers/paper.pdf."), "see https://example.org/papers/paper.pdf."),
        (("see www.example.org/a_", "b.html"), "see www.example.org/a_b.html"),
        (("see https://example.org/", "The paper"), "see https://example.org/ The paper"),
        (("and/", "or the paper"), "and/ or the paper"),
        (("a dash –", "2020 came"), "a dash – 2020 came"),
    ],
)
def test_ranges_of_figures_and_addresses_hold_no_space(parts, joined):
    assert joined_text([line(part) for part in parts], WholeWords()) == joined


@pytest.fixture
def blocks_of(pdf_file, limits):
    """The texts of the blocks of one page, given as lines of `(x, y from the top, text)`."""

    def go(lines):
        page = [(x, top, 11, text) for x, top, text in lines]
        return [block.text for block in read(pdf_file([page]), limits=limits).blocks]

    return go


def right(top, text, margin=524):
    return margin - stringWidth(text, "Helvetica", 11), top, text


def centred(top, text):
    return 297.5 - stringWidth(text, "Helvetica", 11) / 2, top, text


def test_figures_set_off_by_a_wide_space_are_a_number(pdf_file, limits):
    text = "The Committee agreed to establish a working group on the maritime single window."
    lines = [(72, 100 + 40 * place, 11, f"{place}") for place in (1, 2)]
    lines += [(108, 100 + 40 * place, 11, text) for place in (1, 2)]
    reading = read(pdf_file([sorted(lines, key=lambda line: line[1])]), limits=limits)
    assert [(block.number, block.text) for block in reading.blocks] == [("1", text), ("2", text)]


def test_figures_with_an_ordinary_space_are_text(pdf_file, limits):
    text = "55 Newton Road, where the office of the Director-General of Customs is"
    reading = read(pdf_file([[(72, 100, 11, text)]]), limits=limits)
    assert [(block.number, block.text) for block in reading.blocks] == [(None, text)]


def test_figures_that_begin_no_paragraph_keep_their_ordinary_space(read_bytes):
    data = one_page(
        b"BT /F1 11 Tf 72 700 Td (Members asked that the report be put off to the regular meeting of the) Tj"
        b" 0 -14 Td (27) Tj 30 0 Td (Members or more, as agreed upon.) Tj ET"
    )
    (block,) = read_bytes(data, "wide.pdf").blocks
    assert block.text.endswith("regular meeting of the 27 Members or more, as agreed upon.")


def test_paragraphs_of_one_line_each_are_not_one(blocks_of):
    lines = [f"Item {number} was put off to the next meeting of the group." for number in range(1, 7)]
    assert blocks_of([(72, 100 + 20 * place, line) for place, line in enumerate(lines)]) == lines


def test_lines_set_at_the_right_margin_stand_each_for_itself(blocks_of):
    cover = [right(80, "RESTRICTED"), right(94, "G/TFA/W/61/Rev.2"), right(108, "14 June 2022")]
    found = blocks_of([*cover, (72, 136, "Committee on Trade Facilitation")])
    assert found == ["RESTRICTED", "G/TFA/W/61/Rev.2", "14 June 2022", "Committee on Trade Facilitation"]


def test_a_line_at_the_left_does_not_go_on_from_one_in_the_middle(blocks_of):
    emblem = "Established in 1952 as the Customs Co-operation Council"
    found = blocks_of([centred(80, emblem), (72, 94, "PERMANENT TECHNICAL COMMITTEE")])
    assert found == [emblem, "PERMANENT TECHNICAL COMMITTEE"]


def test_lines_in_the_middle_stay_one_however_they_are_broken(blocks_of):
    title = ["Electrical machinery and equipment and parts thereof;", "sound recorders and reproducers,"]
    title += ["television image and sound recorders and reproducers, and", "parts and accessories of such articles"]
    assert blocks_of([centred(80 + 13 * place, line) for place, line in enumerate(title)]) == [" ".join(title)]


def test_a_row_set_wide_up_to_its_margin_is_one_line(blocks_of):
    words, margin = ["RECALLS", "Decisions", "Assembly/AU/Dec.854(XXXVI)", "and"], 524
    widths = [stringWidth(word, "Helvetica", 11) for word in words]
    space = (margin - 72 - sum(widths)) / (len(words) - 1)
    row = [(72 + sum(widths[:place]) + space * place, 100, word) for place, word in enumerate(words)]
    rest = "Assembly/AU/Dec.902(XXXVII) adopting the Protocols on Investment and on the rest"
    assert blocks_of([*row, (72, 114, rest)]) == [f"{' '.join(words)} {rest}"]


def test_a_justified_paragraph_with_an_indent_stays_whole(blocks_of):
    lines = [
        right(100, "The Committee, having heard the Secretariat, took note of the report, and asked"),
        right(114, "for a longer one, with the figures of each Member, to be put before it as soon as"),
        (72, 128, "it can be made."),
    ]
    assert len(blocks_of(lines)) == 1


def test_a_row_that_came_in_pieces_goes_on_in_the_next_one():
    def piece(text: str, start: float, end: float, baseline: float) -> Line:
        box = (start, baseline - 8, end, baseline + 2)
        return Line(text, box, start, end, baseline, 10, bold=False, angle=0, hyphen=False)

    row = [piece("It was considered necessary", 70, 206, 100), piece("to describe the", 211.5, 270, 100)]
    lines = [*row, piece("confidentiality requirements in the agreement", 70, 280, 112)]
    assert len(list(paragraphs(lines, Style(size=10, bold=False, leading={10: 12.0})))) == 1


def test_a_printed_number_a_little_higher_than_its_text_belongs_to_it():
    def placed(text: str, start: float, end: float, baseline: float) -> Line:
        return Line(text, (start, baseline - 8, end, baseline + 3), start, end, baseline, 11, bold=False, angle=0)

    number, text = placed("69.", 48, 57, 211.7), placed("Members exchange advance data", 74, 507, 213.1)
    rest = placed("on parcels with one another.", 74, 300, 229.5)
    ((group, _),) = paragraphs([number, text, rest], Style(size=11, bold=False))
    assert joined_text(group, WholeWords()) == "69. Members exchange advance data on parcels with one another."


@pytest.mark.parametrize(
    ("left", "blocks"),
    [
        (90, [("item", "direito de creditar-se do imposto"), ("item", "débito correspondente")]),
        (78.2, [("paragraph", "o direito de creditar-se do imposto"), ("paragraph", "o débito correspondente")]),
    ],
)
def test_a_letter_is_a_bullet_where_it_is_set_off(pdf_file, limits, left, blocks):
    texts = ("direito de creditar-se do imposto", "débito correspondente")
    page = [
        piece
        for place, text in enumerate(texts)
        for piece in ((72, 100 + 30 * place, 11, "o "), (left, 100 + 30 * place, 11, text))
    ]
    reading = read(pdf_file([page]), limits=limits)
    assert [(block.kind, block.text) for block in reading.blocks] == blocks


@pytest.mark.parametrize(
    ("font", "kind"),
    [("CMBX12", "heading"), ("ABCDEF+SFSX1095", "heading"), ("CMBR10", "paragraph"), ("CMR12", "paragraph")],
)
def test_bold_type_of_tex_makes_a_heading(tmp_path, limits, font, kind):
    bold = f"<</Type/Font/Subtype/Type1/BaseFont/{font}/Encoding/WinAnsiEncoding>>".encode()
    lines = b"".join(
        b"1 0 0 1 72 %d Tm (Members exchange advance data on parcels.) Tj " % (640 - 14 * y) for y in range(9)
    )
    content = b"BT /F2 11 Tf 1 0 0 1 72 700 Tm (Goals and deliverables) Tj /F1 11 Tf " + lines + b"ET"
    (path := tmp_path / "paper.pdf").write_bytes(one_page(content, fonts=b"/F2 6 0 R", more=(bold,)))
    assert read(path, limits=limits).blocks[0].kind == kind


def test_a_clause_that_ends_in_a_comma_within_brackets_is_no_heading(pdf_file, limits):
    clause = "bold:[Acknowledging the role of the Protocol,]"
    text = [(72, 160 + 14 * place, 11, "Members exchange advance data on parcels.") for place in range(9)]
    assert read(pdf_file([[(72, 100, 11, clause), *text]]), limits=limits).blocks[0].kind == "paragraph"


def test_a_paragraph_set_wider_than_the_text_is_whole(pdf_file, limits):
    full = "members shall exchange advance data on parcels with all of the others by means of"
    wide = [(72, 100 + 20 * place, 11, full) for place in range(6)]
    notice = [(72, 220, 11, "the network."), (72, 240, 11, "Notice of a meeting"), (72, 260, 11, f"M{full[1:]}")]
    text = [(72, 400 + 13 * place, 11, full) for place in range(20)]
    blocks = read(pdf_file([[*wide, *notice, *text]], name="wide.pdf"), limits=limits).blocks
    assert [block.text for block in blocks[:2]] == [" ".join([*6 * [full], "the network."]), "Notice of a meeting"]
