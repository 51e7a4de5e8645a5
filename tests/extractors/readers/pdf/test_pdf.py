"""PDFs made on the spot: text, structure, positions, states."""

from itertools import pairwise

import pypdfium2
import pytest

from extractors.readers import read
from tests.extractors.readers.rawpdf import one_page, raw_pdf, stream

SENTENCE = "Members were invited to share national experiences of electronic customs clearance with the Committee."


def lines(text: str, x: float, top: float, size: float = 11, width: int = 80, step: float = 14):
    """Words wrapped at `width` characters as lines of a page."""
    made, line = [], ""
    for word in text.split():
        if len(line) + len(word) > width:
            made.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [(x, top + step * place, size, part) for place, part in enumerate([*made, line])]


def texts(reading, kind=None):
    return [block.text for block in reading.blocks if kind in (None, block.kind)]


@pytest.fixture
def paper(pdf_file, limits):
    def go(pages, **options):
        return read(pdf_file(pages, **options), limits=limits)

    return go


def test_lines_become_paragraphs_with_their_numbers(paper):
    reading = paper([[*lines(f"12. {SENTENCE} {SENTENCE}", 72, 100), *lines(f"13. {SENTENCE}", 72, 170)]])
    found = [(block.number, block.text) for block in reading.blocks]
    assert found == [("12.", f"{SENTENCE} {SENTENCE}"), ("13.", SENTENCE)]
    assert [block.id for block in reading.blocks] == [0, 1]


def test_items_are_told_from_paragraphs(paper):
    listed = [
        (72, 100, 11, "1. The Committee agreed to:"),
        (90, 114, 11, "(a) take note;"),
        (108, 128, 11, "(i) soon;"),
    ]
    reading = paper([listed])
    found = [(block.kind, block.number, block.level) for block in reading.blocks]
    assert found == [("paragraph", "1.", None), ("item", "(a)", 1), ("item", "(i)", 2)]


def test_a_paragraph_runs_on_over_the_page_break(paper):
    first = lines(f"{SENTENCE} {SENTENCE} and so on until", 72, 740)
    reading = paper([first, [(72, 80, 11, "the next page, where it ends.")]])
    assert texts(reading) == [f"{SENTENCE} {SENTENCE} and so on until the next page, where it ends."]
    assert reading.blocks[0].page == 1
    assert reading.blocks[0].box[3] > 740


def test_what_a_paragraph_has_on_each_page_is_told(paper):
    first = lines(f"12. {SENTENCE} {SENTENCE} and so on until", 72, 740)
    (block,) = paper([first, [(72, 80, 11, "the next page, where it ends.")]]).blocks
    assert [(part.page, block.text[part.start :][:8]) for part in block.parts] == [(1, block.text[:8]), (2, "the next")]
    assert block.parts[0].box == block.box
    assert 60 < block.parts[1].box[1] < 80


def test_each_line_of_a_block_has_its_box_and_the_offset_at_which_it_starts(paper):
    first = lines(f"12. {SENTENCE} {SENTENCE} and so on until", 72, 740)
    (block,) = paper([first, [(72, 80, 11, "the next page, where it ends.")]]).blocks
    printed = [text for _, _, _, text in first]
    bounds = pairwise([*(line[0] for line in block.lines), len(block.text)])
    found = [block.text[low:high].strip() for low, high in bounds]
    assert found == [printed[0].removeprefix("12. "), *printed[1:], "the next page, where it ends."]
    tops = [line[2] for line in block.lines]
    assert all(740 - 14 < top < 740 + 14 * len(first) for top in tops[:-1])
    assert tops[:-1] == sorted(tops[:-1])
    assert 60 < tops[-1] < 80
    assert {line[1] for line in block.lines} == {72}


def test_a_block_of_one_line_needs_no_other_box_than_its_own(paper):
    (block,) = paper([lines("12. Members agreed.", 72, 100)]).blocks
    assert (block.text, block.lines) == ("Members agreed.", ())


def test_headings_have_levels_by_size(paper):
    titles = [(72, 80, 18, "Maturity of digital customs"), (72, 120, 13, "bold:I. Background")]
    reading = paper([[*titles, *lines(SENTENCE * 4, 72, 150)]])
    heads = [(block.number, block.text, block.level) for block in reading.blocks if block.kind == "heading"]
    assert heads == [(None, "Maturity of digital customs", 1), ("I.", "Background", 2)]


def test_a_bare_division_takes_the_title_below_it(paper):
    head = [(250, 80, 11, "bold:Article 5"), (240, 105, 11, "bold:Enquiry points")]
    blocks = paper([[*head, *lines(SENTENCE * 3, 72, 140)]]).blocks
    found = [(block.number, block.text) for block in blocks if block.kind == "heading"]
    assert found == [("Article 5", "Enquiry points")]


def test_running_heads_and_page_numbers_are_kept_apart(paper):
    pages = [
        [(400, 40, 10, "PC0727E1"), *lines(f"{number}. {SENTENCE}", 72, 100), (290, 810, 10, f"Page {number}")]
        for number in (1, 2, 3)
    ]
    reading = paper(pages)
    assert texts(reading, "header") == ["PC0727E1"] * 3
    assert texts(reading, "footer") == ["Page 1", "Page 2", "Page 3"]
    assert texts(reading, "paragraph") == [SENTENCE] * 3


def test_numbers_that_do_not_count_pages_are_no_running_head(paper):
    reading = paper([[(250, 60, 11, f"Article {n}"), *lines(SENTENCE, 72, 100)] for n in (3, 7, 8, 15)])
    assert texts(reading, "header") == []
    assert [block.number for block in reading.blocks if block.kind == "heading"] == [
        "Article 3", "Article 7", "Article 8", "Article 15",
    ]  # fmt: skip


def test_print_at_the_foot_of_a_page_stays_out_of_the_text_that_runs_over_it(paper):
    foot = [
        (72, 790, 8, "Few copies are printed, to save paper."),
        (72, 800, 8, "© 2022 Secretariat. All rights reserved."),
    ]
    first = [(400, 90, 11, "PC0727E1a"), *lines(f"{SENTENCE} {SENTENCE} and so on until", 72, 700), *foot]
    reading = paper([first, [(400, 40, 9, "PC0727E1"), (72, 80, 11, "the next page, where it ends.")]])
    assert texts(reading, "paragraph")[-1].endswith("and so on until the next page, where it ends.")
    found = texts(reading, "footer")
    assert found == ["Few copies are printed, to save paper.", "© 2022 Secretariat. All rights reserved."]


@pytest.mark.parametrize("job", ["GE.20-02503(E)", "18-17962 (E) 021118", "*1817962*"])
def test_the_number_of_a_print_job_as_large_as_the_text_is_its_foot(paper, job):
    first = [*lines(f"{SENTENCE} {SENTENCE} and so on until", 72, 600), (40, 760, 11, job)]
    reading = paper([first, lines(f"the end of it. {SENTENCE}", 72, 100)])
    assert texts(reading, "footer") == [job]
    assert len(texts(reading, "paragraph")) == 1


def test_a_symbol_and_a_page_number_that_stand_once_are_furniture(paper):
    first = [(400, 90, 11, "PC0727E1a"), *lines(SENTENCE, 72, 130)]
    reading = paper([first, [(400, 40, 11, "PC0727E1"), *lines(SENTENCE, 72, 100), (290, 810, 11, "2.")]])
    assert texts(reading, "header") == ["PC0727E1"]
    assert texts(reading, "footer") == ["2."]


def test_a_symbol_beside_the_title_heads_the_second_page_of_two(paper):
    title = "Exchange of advance data between administrations"
    first = [(72, 60, 11, "A/RES/97/321"), (72, 120, 14, title), *lines("The Council took note. " * 20, 72, 160)]
    head = [(72, 40, 9, "A/RES/97/321"), (300, 40, 9, title)]
    reading = paper([first, [*head, *lines("It agreed to go on. " * 20, 72, 80)]])
    assert [block.text for block in reading.blocks if block.kind == "header"] == ["A/RES/97/321", title]


def test_a_sentence_with_the_symbol_at_the_top_of_a_page_is_text(paper):
    first = [(72, 60, 11, "A/RES/97/321"), *lines("The Council took note. " * 20, 72, 100)]
    second = lines("In A/RES/97/321 the Council had asked for a report on it. " * 6, 72, 72)
    assert not [block for block in paper([first, second]).blocks if block.kind == "header"]


def test_a_paragraph_may_fill_a_page(paper):
    text = "members told of what they do at their borders and " * 180
    whole = lines(text.strip(), 72, 0)
    pages = [
        [(72, 72 + 14 * row, 11, part) for row, (*_, part) in enumerate(whole[top : top + 48])] for top in (0, 48, 96)
    ]
    assert [block.text for block in paper(pages).blocks] == [text.strip()]


def test_small_print_under_a_text_is_no_foot(paper):
    reading = paper([[*lines(SENTENCE * 5, 72, 640), (72, 712, 8, "Source: replies of 48 administrations.")]])
    assert texts(reading, "footer") == []


def test_a_word_parted_at_the_line_end_is_whole(paper):
    top = lines(SENTENCE, 72, 100, width=200)
    line = "This line is long enough to reach the margin of the paragraph about digi-"
    reading = paper([[*top, (72, 114, 11, line), (72, 128, 11, "talization of customs.")]])
    assert "about digitalization of customs." in texts(reading)[-1]


def test_a_hyphenated_word_seen_elsewhere_keeps_its_hyphen(paper):
    rows = (
        "Decisions are data-driven in several of the administrations that replied to it.",
        "It is the aim of all the Members that every one of the decisions be data-",
        "driven by the year 2030 at the latest.",
    )
    reading = paper([[(72, 100 + 14 * place, 11, row) for place, row in enumerate(rows)]])
    assert "decisions be data-driven by the year" in " ".join(texts(reading))


def test_two_columns_are_read_one_after_the_other(paper):
    left = lines("left " * 100, 50, 100, width=44)
    right = lines("right " * 100, 310, 100, width=44)
    mixed = [line for pair in zip(left, right, strict=False) for line in pair]
    words = " ".join(texts(paper([mixed]))).split()
    assert words == ["left"] * words.count("left") + ["right"] * words.count("right")


def test_a_masthead_drawn_last_comes_first(paper):
    reading = paper([[*lines(SENTENCE * 3, 72, 200), (72, 60, 20, "WORLD CUSTOMS ORGANIZATION")]])
    assert texts(reading)[0] == "WORLD CUSTOMS ORGANIZATION"


def test_a_raised_ordinal_stays_with_its_number(paper):
    reading = paper([[(72, 100, 11, "The 225"), (111, 96, 7, "th"), (120, 100, 11, "Session was held in Brussels.")]])
    assert texts(reading) == ["The 225th Session was held in Brussels."]


def test_a_footnote_is_no_part_of_the_text(paper):
    foot = [(72, 720, 8, "1 See the report of the previous session."), (72, 730, 8, "It was adopted.")]
    note = paper([[*lines(SENTENCE * 5, 72, 100), *foot]]).blocks[-1]
    assert (note.kind, note.number) == ("footnote", "1")
    assert note.text == "See the report of the previous session. It was adopted."


def test_the_properties_are_those_of_the_file(pdf_file, limits):
    path = pdf_file([[(72, 100, 11, SENTENCE)]], lang="fr-FR")
    assert read(path, limits=limits).properties["language"] == "fr-FR"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (40, 60, 500, 700)])
def test_boxes_are_where_the_page_shows_the_ink(read_bytes, tmp_path, rotation, crop):
    page = b"/Rotate %d" % rotation + (b"/CropBox[%d %d %d %d]" % crop if crop else b"")
    data = one_page(b"BT /F1 24 Tf 120 300 Td (HHHHHH) Tj ET", page=page)
    reading = read_bytes(data, "turned.pdf")
    x0, top, x1, bottom = reading.blocks[0].box

    document = pypdfium2.PdfDocument(data)
    bitmap = document[0].render(scale=1).to_pil().convert("L")
    ink = bitmap.point(lambda shade: 255 if shade < 128 else 0).getbbox()
    document.close()
    assert (reading.pages[0].width, reading.pages[0].height) == pytest.approx(bitmap.size, abs=1)
    assert reading.pages[0].rotation == rotation
    assert x0 - 2 <= ink[0] < ink[2] <= x1 + 2
    assert top - 2 <= ink[1] < ink[3] <= bottom + 2
    assert (x1 - x0) * (bottom - top) < 3 * (ink[2] - ink[0]) * (ink[3] - ink[1])


def test_a_ruled_table_has_its_cells(paper):
    def grid(canvas):
        canvas.grid([72, 200, 330], [700, 680, 660, 640])

    rows = [("Dimension", "Level"), ("Data", "2"), ("Systems", "3")]
    words = [(76, 842 - 700 + 14 + 20 * y, 10, text) for y, row in enumerate(rows) for text in row[:1]]
    words += [(204, 842 - 700 + 14 + 20 * y, 10, row[1]) for y, row in enumerate(rows)]
    reading = paper([[*words, (72, 300, 10, "After the table.")]], draw=grid)
    (table,) = reading.tables
    assert table.rows == tuple(rows)
    assert reading.blocks[table.block].kind == "table"
    assert reading.blocks[table.block].text == "Dimension\tLevel\nData\t2\nSystems\t3"
    assert texts(reading, "paragraph") == ["After the table."]


def test_a_long_numbered_sentence_in_larger_type_is_no_heading(paper):
    small = lines(f"{SENTENCE} " * 30, 72, 300, size=7, step=9)
    reading = paper([[*lines(f"3. {SENTENCE}", 72, 100, size=11), *small]])
    assert (reading.blocks[0].kind, reading.blocks[0].number) == ("paragraph", "3.")


def test_a_frame_round_text_is_no_table(paper):
    reading = paper([lines(SENTENCE * 2, 80, 120)], draw=lambda canvas: canvas.rect(70, 650, 450, 100))
    assert reading.tables == ()


@pytest.mark.parametrize("stamp", [[], ["Received 3 May"]])
def test_a_scan_needs_ocr_and_keeps_its_stamp(pdf_file, limits, tmp_path, stamp):
    from PIL import Image

    image = tmp_path / "scan.png"
    Image.new("L", (200, 280), 200).save(image)
    page = [(72, 300, 12, text) for text in stamp]
    reading = read(pdf_file([page], draw=lambda canvas: canvas.drawImage(str(image), 0, 0, 595, 842)), limits=limits)
    assert (reading.status, reading.pages[0].status) == ("read" if stamp else "needs_ocr", "needs_ocr")
    assert texts(reading) == stamp


def test_a_text_layer_without_meaning_needs_ocr(read_bytes):
    cmap = (
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n1 begincodespacerange\n<00> <FF>\n"
        b"endcodespacerange\n1 beginbfrange\n<41> <5A> <E041>\nendbfrange\nendcmap\nend\nend\n"
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 7 0 R>>"
    data = one_page(
        b"BT /F2 12 Tf 72 700 Td (" + b"ABCDEFGH " * 20 + b") Tj ET", fonts=b"/F2 6 0 R", more=(font, stream(cmap))
    )
    reading = read_bytes(data, "private.pdf")
    assert reading.status == "needs_ocr"
    assert reading.blocks == ()


def test_blank_pages_are_empty(paper):
    reading = paper([[]])
    assert (reading.status, reading.pages[0].status) == ("empty", "text")
    assert reading.warnings


@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_locked_paper_is_encrypted(pdf_file, limits, password):
    path = pdf_file([[(72, 100, 11, SENTENCE)]], encrypt="geheim")
    reading = read(path, limits=limits, passwords=[password] if password else [])
    assert reading.status == "encrypted"
    assert "--password" in reading.warnings[0]


def test_a_password_among_others_opens_a_paper(pdf_file, limits):
    path = pdf_file([[(72, 100, 11, SENTENCE)]], encrypt="geheim")
    assert texts(read(path, limits=limits, passwords=["wrong", "geheim"])) == [SENTENCE]


@pytest.mark.parametrize("keep", [0.05, 0.3, 0.6])
def test_a_paper_cut_short_never_raises(pdf_file, read_bytes, keep):
    data = pdf_file([[(72, 100, 11, SENTENCE)]] * 3).read_bytes()
    reading = read_bytes(data[: int(keep * len(data))], "cut.pdf")
    assert reading.status in ("malformed", "read", "empty")
    assert reading.warnings


@pytest.mark.parametrize("header", [b"", b"%1.7\n", b"%PDX-1.7\n"])
def test_a_paper_without_its_header_line_is_read(read_bytes, header):
    data = one_page(b"BT /F1 12 Tf 72 700 Td (Whole page) Tj ET")
    reading = read_bytes(data.replace(b"%PDF-1.7\n", header), "headless.pdf")
    assert (reading.status, texts(reading)) == ("read", ["Whole page"])


def test_a_broken_page_costs_only_itself(read_bytes):
    data = raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R 9 0 R]/Count 2>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
            stream(b"BT /F1 12 Tf 72 700 Td (Whole page) Tj ET"),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ]
    )
    reading = read_bytes(data, "half.pdf")
    assert reading.status == "read"
    assert [page.status for page in reading.pages] == ["text", "failed"]
    assert "page 2" in reading.warnings[0]


def test_no_more_characters_of_a_page_than_allowed(read_bytes, limits):
    data = one_page(b"BT /F1 1 Tf 0 700 Td " + b"(word word word word ) Tj " * 300 + b"ET")
    reading = read_bytes(data, "long.pdf", limits=limits.model_copy(update={"objects_per_page": 1000}))
    assert sum(len(block.text) for block in reading.blocks) <= 1000
    assert "left out" in reading.warnings[0]
