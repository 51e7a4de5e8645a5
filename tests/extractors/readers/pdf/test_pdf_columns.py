"""Columns of a PDF: what stands beside, above and below them."""

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from extractors.readers import read
from tests.extractors.readers.rawpdf import one_page

SENTENCE = "Members were invited to share national experiences of electronic customs clearance with the Committee."


def column(text: str, x: float, top: float, width: int = 42):
    """Words wrapped at `width` characters as lines of a column."""
    made, line = [], ""
    for word in text.split():
        if len(line) + len(word) > width:
            made.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [(x, top + 13 * place, 10, part) for place, part in enumerate([*made, line])]


def by_rows(*columns):
    """Lines of columns in the order of their rows, as many programs draw them."""
    return sorted((line for lines in columns for line in lines), key=lambda line: (line[1], line[0]))


@pytest.fixture
def paper(pdf_file, limits):
    return lambda pages: read(pdf_file(pages), limits=limits)


def texts(reading, *kinds):
    return [block.text for block in reading.blocks if not kinds or block.kind in kinds]


def test_a_short_page_has_the_columns_of_the_others(paper):
    full = by_rows(column("left " * 200, 50, 100), column("right " * 200, 310, 100))
    last = by_rows(column(f"1. {SENTENCE} {SENTENCE}", 50, 100), column(f"2. {SENTENCE}", 310, 100))
    reading = paper([full, last])
    found = [(block.number, block.text) for block in reading.blocks if block.page == 2]
    assert found == [("1.", f"{SENTENCE} {SENTENCE}"), ("2.", SENTENCE)]


def test_page_numbers_beside_short_titles_are_no_column(paper):
    full = by_rows(column("left " * 200, 50, 100), column("right " * 200, 310, 100))
    contents = by_rows(
        [(50, 100 + 13 * place, 10, f"Chapter {place} of the report") for place in range(1, 5)],
        [(310, 100 + 13 * place, 10, f"{place}{place}") for place in range(1, 5)],
    )
    words = " ".join(block.text for block in paper([full, contents]).blocks if block.page == 2).split()
    assert words.index("11") < words.index("22") - 1


def test_the_entries_of_a_table_of_contents_are_whole_and_no_headings(paper):
    entries = [
        ("PART I.", ["INTRODUCTION . . . . . . . . . . . . . . . . . . . . . . 22"]),
        ("Article 1.", ["Use of terms and scope . . . . . . . . . . . . . . . 22"]),
        ("Article 2.", ["Legal status of the territorial", "sea, of the air over it", "and its bed . . . . . . 23"]),
        ("Article 3.", ["Breadth of the zone . . . . . . . . . . . . . . . . 23"]),
        ("Article 4.", ["Outer limit of the zone . . . . . . . . . . . . . . 24"]),
        ("ANNEX I.", ["Highly migratory", "species . . . . . . . . . . . . . . . . . . . . . . 141"]),
    ]
    labels, titles, top = [], [], 100
    for label, lines in entries:
        labels.append((60, top, 10, label))
        titles += [(130, top + 12 * place, 10, text) for place, text in enumerate(lines)]
        top += 12 * len(lines) + 4
    for drawn in ([*labels, *titles], [*titles, *labels]):
        reading = paper([drawn])
        assert texts(reading) == [f"{label} {' '.join(lines)}" for label, lines in entries]
        assert not texts(reading, "heading")


ACRONYMS = {
    "AEO": "Authorized Economic Operator, which customs administrations trust with data",
    "CCSBT": "Commission for the Conservation of Southern Bluefin Tuna",
    "CPC": "Contracting Parties and Cooperating Non-Contracting Parties of the Convention",
    "CSIRO": "Commonwealth Scientific and Industrial Research Organization of Australia",
    "FAO": "Food and Agriculture Organization",
    "WCO": "World Customs Organization, established in 1952 as a council of customs",
}


@pytest.mark.parametrize("by_columns", [True, False])
def test_the_labels_of_a_list_stand_before_their_texts(paper, by_columns):
    labels = [(72, 200 + 16 * place, 10, label) for place, label in enumerate(ACRONYMS)]
    meanings = [(140, 200 + 16 * place, 10, text) for place, text in enumerate(ACRONYMS.values())]
    drawn = [*labels, *meanings] if by_columns else by_rows(labels, meanings)
    reading = paper([[*column(SENTENCE * 2, 72, 100, width=90), *drawn]])
    found = [block.text for block in reading.blocks if block.text.split()[0] in ACRONYMS]
    assert found == [" ".join(entry) for entry in ACRONYMS.items()]
    assert not texts(reading, "heading")


def test_the_numbers_of_lines_at_a_margin_part_no_paragraph(paper):
    text = column(f"{SENTENCE} " * 6, 100, 100, width=80)
    numbers = [(60, top, 8, str(place)) for place, (_, top, *_) in enumerate(text, start=1)]
    assert " ".join([SENTENCE] * 6) in texts(paper([[*text, *numbers]]))


def test_units_behind_dots_end_no_entry_of_contents(paper):
    lines = ["Figs:", "Whole . . . . . . . . kg", "Other:", "Dried . . . . . . . . kg", "Fresh . . . . . . . . kg"]
    lines += ["Dates:", "With stones . . . . . . kg"]
    reading = paper([[(60, 100 + 13 * place, 10, text) for place, text in enumerate(lines)]])
    assert texts(reading) == lines


def test_a_masthead_over_two_columns_is_read_row_by_row(paper):
    masthead = [
        (60, 60, 11, "PERMANENT TECHNICAL COMMITTEE"),
        (320, 60, 11, "PC0727E1a of the Committee"),
        (60, 90, 11, "225th Session of the Committee"),
        (320, 90, 11, "Brussels, 3 May 2022, plenary"),
    ]
    title = [(50, 130, 14, "bold:Exchange of advance electronic data between administrations of Members")]
    reading = paper([[*masthead, *title, *column("left " * 200, 50, 160), *column("right " * 200, 310, 160)]])
    assert texts(reading)[:4] == [text for _, _, _, text in masthead]


def test_a_sentence_runs_on_over_the_foot_of_a_column(paper):
    reading = paper([[*column(SENTENCE * 12 + " and until", 50, 100), *column("its end. " + SENTENCE * 12, 310, 100)]])
    assert sum("and until its end." in text for text in texts(reading)) == 1


def test_a_number_far_from_its_text_keeps_its_paragraph(paper):
    reading = paper([[(72, 100, 11, "12."), (110, 100, 11, SENTENCE), (72, 130, 11, "13."), (110, 130, 11, SENTENCE)]])
    assert [(block.number, block.text) for block in reading.blocks] == [("12.", SENTENCE), ("13.", SENTENCE)]


def test_numbers_drawn_before_all_texts_go_before_their_own(paper):
    numbers = [(50, 100 + 60 * place, 10, f"{place}.") for place in range(1, 4)]
    notes = [[(70, 100 + 60 * place + 13 * row, 10, SENTENCE[:60]) for row in range(2)] for place in range(1, 4)]
    reading = paper([[(50, 100, 10, "bold:Notes"), *numbers, *notes[2], *notes[0], *notes[1]]])
    assert [block.number for block in reading.blocks] == [None, "1.", "2.", "3."]


def test_a_number_drawn_apart_at_the_right_does_not_go_before_its_line(paper):
    lines = [(50, 100 + 60 * place, 10, SENTENCE[:50]) for place in range(3)]
    numbers = [(500, 100 + 60 * place, 10, f"({place})") for place in range(3)]
    assert texts(paper([[*lines, *numbers]]))[0].startswith("Members")


def test_texts_beside_one_another_keep_the_order_they_are_drawn_in(paper):
    left = [(50, 150 + 20 * place, 10, f"of the margin, line {place}") for place in range(3)]
    right = [(250, 100 + 20 * place, 10, f"of the text, line {place}") for place in range(6)]
    text = " ".join(texts(paper([[*right, *left]])))
    assert text.index("margin, line 0") > text.index("text, line 5")


def test_a_number_in_one_column_is_not_joined_to_the_other_column(paper):
    left = [(50, 100, 10, "left " * 8), (50, 113, 10, "7."), (50, 126, 10, "left " * 8)]
    reading = paper([by_rows(left, column("right " * 200, 310, 100), column("left " * 200, 50, 139))])
    assert not any("7. right" in text for text in texts(reading))


def test_a_line_with_stretched_spaces_is_one(read_bytes):
    full = "Members were invited to share national views and data."
    short = "experiences of electronic customs clearance by"
    space = (stringWidth(full, "Helvetica", 10) - stringWidth(short, "Helvetica", 10)) / short.count(" ")
    rows = [f"BT /F1 10 Tf 60 {700 - 13 * row} Td ({full}) Tj ET\n" for row in range(9)]
    rows[4] = f"BT /F1 10 Tf 60 648 Td {space} Tw ({short}) Tj 0 Tw ET\n"
    narrow = [f"BT /F1 10 Tf 150 {500 - 13 * row} Td (x {full}) Tj ET\n" for row in range(5)]
    reading = read_bytes(one_page("".join(rows + narrow).encode()), "stretched.pdf")
    assert f"{short} Members" in texts(reading)[0]


def test_notes_that_follow_one_another_are_two(paper):
    notes = ["1 See the report of the previous session", "2 Replies that came after the date limit are not included."]
    foot = [(72, 720 + 10 * place, 8, note) for place, note in enumerate(notes)]
    reading = paper([[*column(SENTENCE * 12, 72, 100, width=80), *foot]])
    assert [block.number for block in reading.blocks if block.kind == "footnote"] == ["1", "2"]


def test_a_bulleted_list_between_stretched_lines_is_no_table(read_bytes):
    words = (b"Members", b"were invited", b"to share national views")
    prose = b"".join(
        b"BT /F1 10 Tf %d 700 Td (%s) Tj ET\n" % (x, text) for x, text in zip((60, 140, 230), words, strict=True)
    )
    items = b"".join(
        b"BT /F1 10 Tf 130 %d Td (\225) Tj ET BT /F1 10 Tf 160 %d Td (to take note of progress) Tj ET\n"
        % (686 - 14 * row, 686 - 14 * row)
        for row in range(4)
    )
    reading = read_bytes(one_page(prose + items), "list.pdf")
    assert reading.tables == ()
    assert texts(reading, "item") == ["to take note of progress"] * 4


def test_what_stands_often_on_one_page_is_no_running_head(paper):
    again = [(x, 60, 10, "to take note") for x in (50, 220, 390)]
    pages = [again, *[column(f"{colour} " * 60, 50, 200) for colour in ("red", "green", "blue", "grey")]]
    assert texts(paper(pages), "header") == []


@pytest.mark.parametrize("drift", [0, 4], ids=["level", "not level"])
def test_three_columns_of_prose_are_no_table(paper, drift):
    columns = [column(f"{SENTENCE} " * 18, x, 100 + drift * place, width=28) for place, x in enumerate((50, 222, 394))]
    reading = paper([by_rows(*columns)])
    assert reading.tables == ()
    assert " ".join(texts(reading)).split() == f"{SENTENCE} ".split() * 54


def test_long_cells_beside_one_another_are_a_table(paper):
    rows = [(3, 1, 2), (1, 2, 3), (2, 3, 1), (1, 1, 2), (3, 2, 1)]
    words, top = [], 100
    for row in rows:
        for x, lines in zip((50, 222, 394), row, strict=True):
            words += [(x, top + 13 * line, 10, SENTENCE[:27]) for line in range(lines)]
        top += 13 * max(row) + 10
    (table,) = paper([words]).tables
    assert [len(row) for row in table.rows] == [3] * 5
