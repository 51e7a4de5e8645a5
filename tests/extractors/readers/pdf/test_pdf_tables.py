"""Tables of PDFs: ruled and without rules, wrapped cells, header rows, merged cells, tables over two pages."""

from itertools import pairwise

import pytest

from extractors.document import Reading
from extractors.readers import read
from extractors.readers.pdf.tables.borderless import may_hold_table
from extractors.readers.pdf.text.lines import Line

COUNTRIES = [
    ("Country", "Posts", "Papers"),
    ("Arvenia", "23", "1,204"),
    ("Belmora", "9", "310"),
    ("Cordania", "14", "87"),
    ("Draskia", "2", "5"),
]


@pytest.fixture
def paper(pdf_file, limits):
    def go(pages, **options) -> Reading:
        return read(pdf_file(pages, **options), limits=limits)

    return go


def set_out(rows, lefts, top, step=16, size=10, head=""):
    """Return the words of a table; `head` goes before those of the first row."""
    return [
        (left, top + step * y, size, (head if y == 0 else "") + text)
        for y, row in enumerate(rows)
        for left, text in zip(lefts, row, strict=True)
        if text
    ]


def grid_of(rows, lefts, top, step=20, height=842):
    """Return what draws the rules round a table that `set_out` sets."""

    def draw(canvas):
        ys = [height - top + 14 - step * y for y in range(len(rows) + 1)]
        canvas.grid([left - 4 for left in lefts], ys)

    return draw


def test_a_table_without_rules_is_found(paper):
    (table,) = paper([set_out(COUNTRIES, (72, 220, 330), 100)]).tables
    assert table.rows == tuple(COUNTRIES)


def test_cells_keep_their_places(paper):
    (table,) = paper([set_out(COUNTRIES, (72, 220, 330), 100)]).tables
    cell = next(cell for cell in table.cells if cell.text == "Belmora")
    assert (cell.page, cell.row, cell.column) == (1, 2, 0)
    x0, top, x1, bottom = cell.box
    assert x0 == pytest.approx(72, abs=2)
    assert top < 132 < bottom + 1
    assert x1 < 220


def test_wrapped_cells_are_one_row(paper):
    rows = [("1.", "Single Window interface for the", "Arvenia"), ("", "exchange of licences", "")]
    rows += [("2.", "Message standard", "Belmora"), ("3.", "Electronic declaration of goods", "Cordania")]
    rows += [("", "in transit and their release", ""), ("4.", "Platform", "Draskia")]
    words = set_out(rows, (72, 110, 300), 100, step=12)
    (table,) = paper([words]).tables
    assert [row[1] for row in table.rows] == [
        "Single Window interface for the exchange of licences",
        "Message standard",
        "Electronic declaration of goods in transit and their release",
        "Platform",
    ]


def test_a_ruled_table_and_one_without_rules_stand_on_one_page(paper):
    below = [(f"{name} region", *rest) for name, *rest in COUNTRIES]
    words = set_out(COUNTRIES, (72, 220, 330), 100, step=20) + set_out(below, (72, 220, 330), 400)
    tables = paper([words], draw=grid_of(COUNTRIES, (72, 220, 330, 430), 100)).tables
    assert [table.rows for table in tables] == [tuple(COUNTRIES), tuple(below)]


def test_rules_that_leave_rows_and_columns_out_give_way_to_the_words(paper):
    words = set_out(COUNTRIES, (72, 220, 330), 100)

    def two_by_two(canvas):
        canvas.grid([68, 216, 430], [756, 742, 742 - 16 * len(COUNTRIES)])

    assert [table.rows for table in paper([words], draw=two_by_two).tables] == [tuple(COUNTRIES)]


def test_a_line_on_its_side_among_the_rows_stays_text(paper):
    def stamp(canvas):
        canvas.saveState()
        canvas.translate(180, 690)
        canvas.rotate(90)
        canvas.drawString(0, 0, "Restricted")
        canvas.restoreState()

    reading = paper([set_out(COUNTRIES, (72, 220, 330), 100)], draw=stamp)
    assert reading.tables[0].rows == tuple(COUNTRIES)
    assert [block.text for block in reading.blocks[1:]] == ["Restricted"]


def rules(ends, columns, tops, height=842):
    """Return what draws rules across from one end to the other, and rules down from the first to the last of these."""

    def draw(canvas):
        for top in tops:
            canvas.line(ends[0], height - top, ends[1], height - top)
        for x in columns:
            canvas.line(x, height - tops[0], x, height - tops[-1])

    return draw


def test_a_ruled_table_may_be_open_at_its_sides(paper):
    rows = [("Country", "Posts", "Papers", "Fees", "Staff")]
    rows += [
        (name, posts, papers, f"{place}0", f"{place}5") for place, (name, posts, papers) in enumerate(COUNTRIES[1:])
    ]
    words = set_out(rows, (72, 170, 250, 330, 410), 100, step=20)
    (table,) = paper([words], draw=rules((60, 480), (160, 240, 320, 400), range(86, 200, 20))).tables
    assert table.rows == tuple(rows)


def test_rules_that_reach_out_of_a_table_make_no_column(paper):
    words = set_out(COUNTRIES, (72, 220, 330), 100, step=20)
    (table,) = paper([words], draw=rules((40, 460), (60, 200, 310, 420), range(86, 200, 20))).tables
    assert table.rows == tuple(COUNTRIES)


CODES = [
    ("Heading", "H.S. Code", ""),
    ("07.05", "", "Lettuce and chicory, fresh or"),
    ("", "", "chilled."),
    ("", "0705.11", "Cabbage lettuce"),
    ("", "0705.19", "Other"),
    ("07.06", "0706.00", "Carrots and turnips"),
]
ENDS = (84, 106, 144, 166, 188, 210)
"""Where rows of the codes begin and end: the second one has two lines."""


def code_words(lefts=(80, 150, 210)):
    tops = (100, 120, 134, 160, 182, 204)
    return [
        (x, top, 10, text) for top, row in zip(tops, CODES, strict=True) for x, text in zip(lefts, row, strict=True)
    ]


def piecewise(columns, ends=ENDS, height=842):
    """Return what draws rulings down in pieces, one for each row."""

    def draw(canvas):
        for x in columns:
            for top, bottom in pairwise(ends):
                canvas.line(x, height - top, x, height - bottom)

    return draw


def test_rulings_down_that_are_drawn_cell_by_cell_tell_the_rows(paper):
    (table,) = paper([code_words()], draw=piecewise((140, 200))).tables
    assert table.rows == (CODES[0], ("07.05", "", "Lettuce and chicory, fresh or chilled."), *CODES[3:])


def test_rulings_down_part_the_columns_of_a_table_without_other_rules(paper):
    rows = [
        ("0701", "", "Potatoes, fresh", "", "1.7"),
        ("", "20", "Seed in bags", "kg", "Free"),
        ("", "40", "Other", "kg", ""),
        ("0702", "", "Tomatoes, if entered", "", "3.9"),
        ("", "10", "Cherry", "kg", ""),
    ]
    words = set_out(rows, (64, 104, 132, 236, 276), 100)
    (table,) = paper([words], draw=piecewise((60, 100, 128, 232, 272, 330), (84, 300))).tables
    assert table.rows == tuple(rows)


def test_a_ruled_head_belongs_to_the_rows_between_the_rulings_below_it(paper):
    columns = (60, 100, 128, 232, 330)
    head = [("Code", "Unit", "Article", "Rate"), ("", "", "described", "2025")]
    rows = [("0701", "kg", "Potatoes", ""), ("0702", "kg", "Tomatoes", "3.9"), ("0703", "", "Onions", "")]
    words = set_out(head, columns[:-1], 100) + set_out(rows, columns[:-1], 140)
    down = piecewise(columns, (86, 300))

    def draw(canvas):
        down(canvas)
        for top in (86, 104, 122):
            canvas.line(60, 842 - top, 330, 842 - top)

    (table,) = paper([words], draw=draw).tables
    assert (table.rows, table.header_rows) == ((*head, *rows), 2)


def test_rulings_down_with_cells_beside_them_part_no_table_of_their_own(paper):
    rows = [("Potatoes", "1", "2", "Free"), ("Tomatoes", "3", "4", "Free"), ("Onions", "5", "6", "3.9")]
    (table,) = paper([set_out(rows, (64, 164, 264, 364), 100)], draw=piecewise((150, 250, 350), (84, 150))).tables
    assert table.rows == tuple(rows)


def test_boxes_one_below_the_other_with_a_line_between_are_no_table(paper):
    def boxes(canvas):
        for place in range(5):
            canvas.rect(100, 700 - 60 * place, 120, 30)
            canvas.line(160, 730 - 60 * place, 160, 670 - 60 * place)

    words = [(x, 130 + 60 * place, 10, text) for place in range(5) for x, text in ((110, "Reading"), (170, "Tagging"))]
    assert paper([words], draw=boxes).tables == ()


def test_a_cell_that_is_coloured_line_by_line_is_one(paper):
    heads = [("Measures and", "Bodies"), ("lines of action", "that act")]
    rows = [*heads, ("Single window", "Customs"), ("Transit", "Ports")]

    def draw(canvas):
        canvas.setFillGray(0.7)
        for x in (60, 220):
            canvas.rect(x, 842 - 126, 160, 40, stroke=0, fill=1)
            for top in (86, 106):  # the paragraph's own colour, behind each of its lines
                canvas.rect(x + 5, 842 - top - 20, 150, 20, stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.grid([60, 220, 380], [842 - top for top in (126, 146, 166)])

    words = set_out(rows, (72, 232), 100, step=20)
    (table,) = paper([words], draw=draw).tables
    assert table.rows == (("Measures and lines of action", "Bodies that act"), *rows[2:])


def test_boxes_that_cut_the_words_are_no_table(paper):
    words = "Knockout groups keep what is drawn behind them"

    def boxes(canvas):
        for place in range(4):
            canvas.rect(80 + 50 * place, 690, 50, 20)
            canvas.rect(80 + 50 * place, 710, 50, 20)

    reading = paper([[(72, 128, 12, words), (72, 146, 12, words)]], draw=boxes)
    assert reading.tables == ()
    assert " ".join(block.text for block in reading.blocks) == f"{words} {words}"


def test_a_column_may_have_no_line_outside_of_known_tables():
    def line(text, left, right, baseline):
        return Line(text, (left, baseline - 9, right, baseline), left, right, baseline, 10, bold=False, angle=0)

    left = [line("prose that fills the column on the left", 72, 280, 100 + 12 * y) for y in range(20)]
    right = [line("prose that fills the column on the right", 320, 520, 100 + 12 * y) for y in range(16)]
    right += [line("23 posts", x, x + 60, 292 + 12 * y) for y in range(4) for x in (320, 440)]
    may_hold, gutter = may_hold_table([*left, *right], right)
    assert may_hold
    assert 280 < gutter < 320


def rows_of(count, step, *row):
    """Words of so many rows, each `(x, size, text)` of which has the number of its row put in."""
    return [(x, 100 + step * y, size, text.format(y + 1)) for y in range(count) for x, size, text in row]


SENTENCE = "The Committee took note of the report of the Secretariat on the data model."
MASTHEAD = [("TECHNICAL COMMITTEE", "PC9999E1a"), ("225th Session", "Original: English"), ("Brussels", "3 May 2021")]
PROSE = [("Each of these lines holds quite some words",) * 2, ("It ends in the middle here.",) * 2] * 5
SPREAD = [("0701", "kg", "Free"), ("0702", "t", "3.9"), ("0703", "kg", "Free")]
TICKS = [(str(tick), "", str(tick)) for tick in range(90, 0, -10)]
AGENCIES = "customs and border agencies of members"
NO_TABLES = {
    "numbered paragraphs": (rows_of(8, 30, (72, 11, "{}."), (108, 11, SENTENCE)), None),
    "two columns of prose": (rows_of(20, 13, (60, 10, AGENCIES), (310, 10, AGENCIES)), None),
    "contents": (rows_of(6, 16, (72, 11, "Chapter {} of the report " + "." * 60), (500, 11, "{}")), None),
    "a masthead": (set_out(MASTHEAD, (72, 400), 60), None),
    "prose between rulings": (set_out(PROSE, (64, 304), 100), piecewise((60, 300, 540), (84, 300))),
    "a word over the end of the rulings": (
        set_out(SPREAD, (64, 164, 264), 100, step=60),
        piecewise((60, 160, 260, 340), (97, 240)),
    ),
    "the frame of a chart": (set_out(TICKS, (64, 120, 300), 100), piecewise((60, 110, 290, 400), (84, 260))),
}


@pytest.mark.parametrize("case", NO_TABLES)
def test_what_only_stands_in_columns_is_no_table(paper, case):
    words, draw = NO_TABLES[case]
    assert paper([words], draw=draw).tables == ()


def test_bold_first_rows_are_the_header(paper):
    rows = [("Body", "Meeting", "Place"), ("Arvenia", "spring", "north"), ("Belmora", "autumn", "south")]
    lefts = (72, 220, 330, 440)
    words = set_out(rows, lefts[:3], 100, step=20, head="bold:")
    (table,) = paper([words], draw=grid_of(rows, lefts, 100)).tables
    assert table.header_rows == 1


@pytest.mark.parametrize(("rows", "heads"), [(COUNTRIES, 1), (COUNTRIES[1:], 0)])
def test_words_over_figures_are_the_header_and_figures_alone_have_none(paper, rows, heads):
    (table,) = paper([set_out(rows, (72, 220, 330), 100)]).tables
    assert table.header_rows == heads


def test_numbered_rows_are_no_header_above_the_first_figure(paper):
    rows = [("1", "Apologies", "All"), ("2", "Matters arising", "LM"), ("3", "Report of the chair", "--")]
    rows += [("4", "Other business", "12"), ("5", "Next meeting", "JH")]
    (table,) = paper([set_out(rows, (72, 110, 300), 100)]).tables
    assert table.rows == tuple(rows)


def test_a_merged_cell_says_its_text_once(paper):
    def draw(canvas):
        canvas.lines([(68, 756, 368, 756), (68, 736, 368, 736), (68, 716, 368, 716)])
        canvas.lines([(68, 756, 68, 716), (368, 756, 368, 716), (218, 736, 218, 716)])

    words = [(72, 100, 10, "Dimension and level"), (72, 120, 10, "Data"), (222, 120, 10, "3")]
    (table,) = paper([words], draw=draw).tables
    assert table.rows == (("Dimension and level", ""), ("Data", "3"))
    assert table.cells[0].colspan == 2


def test_a_table_goes_on_on_the_next_page(paper):
    rows = [("Item", "Title", "Range"), ("one", "first", "here"), ("two", "second", "there")]
    more = [rows[0], ("three", "third", "everywhere"), ("four", "fourth", "nowhere")]
    lefts = (72, 220, 330, 440)
    pages = [set_out(part, lefts[:3], 600, step=20, head="bold:") for part in (rows, more)]
    pages[0].insert(0, (72, 300, 10, "Before the table stands a sentence."))
    reading = paper(pages, draw=grid_of(rows, lefts, 600))
    (table,) = reading.tables
    assert table.pages == (1, 2)
    assert table.rows == (*rows, *more[1:])
    assert [cell.page for cell in table.cells if cell.text == "fourth"] == [2]
    assert reading.blocks[table.block].text.split("\n")[-1] == "four\tfourth\tnowhere"


def test_notes_below_a_table_do_not_end_it(paper):
    rows = [("Item", "Title", "Range"), ("one", "first of¹", "here"), ("two", "second", "there")]
    more = [rows[0], ("three", "third", "everywhere"), ("four", "fourth", "nowhere")]
    lefts = (72, 220, 330, 440)
    pages = [set_out(part, lefts[:3], 600, step=20, head="bold:") for part in (rows, more)]
    pages[0] += [(72, 714, 10, "¹ As agreed between the Members"), (72, 726, 10, "and all others.")]
    ruled = grid_of(rows, lefts, 600)

    def draw(canvas):
        ruled(canvas)
        canvas.line(72, 842 - 702, 180, 842 - 702)

    (table,) = paper(pages, draw=draw).tables
    assert table.pages == (1, 2)


def test_bold_rows_that_are_not_printed_again_are_no_header(paper):
    head, *rows = [("Code", "Title", "Range"), ("bold:one", "bold:first", "bold:here"), ("two", "second", "there")]
    more = [head, ("three", "third", "everywhere"), ("four", "fourth", "nowhere")]
    lefts = (72, 220, 330, 440)
    pages = [set_out(part, lefts[:3], 600, step=20, head="bold:") for part in ([head, *rows], more)]
    (table,) = paper(pages, draw=grid_of(more, lefts, 600)).tables
    assert (table.header_rows, [row[0] for row in table.rows]) == (1, ["Code", "one", "two", "three", "four"])


def test_a_sentence_between_parts_two_tables(paper):
    rows = [("Item", "Title", "Range"), ("one", "first", "here"), ("two", "second", "there")]
    lefts = (72, 220, 330, 440)
    pages = [set_out(rows, lefts[:3], 600, step=20, head="bold:") for _ in range(2)]
    pages[1].insert(0, (72, 300, 10, "Another table stands below."))
    assert [table.pages for table in paper(pages, draw=grid_of(rows, lefts, 600)).tables] == [(1,), (2,)]


@pytest.mark.parametrize("name", ["PC9001E1a", "PC9001F1a", "PC9003E1a", "PC9005E1a", "PM9003E1a"])
def test_agenda_tables_of_the_samples_have_a_header(samples, limits, name):
    table = read(samples / "papers" / f"{name}.pdf", limits=limits).tables[0]
    assert table.header_rows == 1
    assert len(table.rows[0]) == 3
    assert all(row[0] and row[1] and row[2] for row in table.rows)


def test_a_word_that_reaches_out_of_a_table_stays_whole(paper):
    rows = [COUNTRIES[0], *((name, posts, "confidentiality") for name, posts, _ in COUNTRIES[1:])]
    (table,) = paper([set_out(rows, (72, 220, 330), 100)], draw=framed((68, 216, 326, 372), 5)).tables
    assert table.rows == tuple(rows)


def test_letters_that_reach_into_the_next_cell_stand_there(paper):
    rows = [COUNTRIES[0], ("Arveniastan", "23", "1,204"), *COUNTRIES[2:]]
    (table,) = paper([set_out(rows, (72, 220, 330), 100)], draw=framed((68, 105, 326, 390), 5)).tables
    assert table.rows[1][:2] == ("Arvenia", "stan 23")


def test_a_word_that_a_line_of_a_cell_parts_is_whole(paper):
    task = [(72, 140, 10, "Arvenia"), (220, 134, 10, "trade facili-"), (220, 146, 10, "tation")]
    page = [*set_out([("Post", "Task")], (72, 220), 110), *task]
    (table,) = paper([page], draw=framed((68, 216, 390), 2, step=28)).tables
    assert table.rows == (("Post", "Task"), ("Arvenia", "trade facilitation"))


def framed(places, rows, step=16, height=842):
    """Return what draws the rules round rows of a table whose rules down stand at some places."""

    def draw(canvas):
        canvas.grid(list(places), [height - 88 - step * y for y in range(rows + 1)])

    return draw


def test_borders_drawn_in_long_and_short_pieces_are_whole(paper):
    """As Word draws them: a piece beside each cell, and a short one where cells meet."""

    def borders(canvas):
        places, rows = (68, 216, 326, 390), [842 - 88 - 16 * y for y in range(6)]
        for x in places:
            for top, bottom in pairwise(rows):
                canvas.rect(x, bottom + 3.4, 0.5, top - bottom - 3.4, stroke=0, fill=1)
                canvas.rect(x, bottom, 0.5, 3.4, stroke=0, fill=1)
        for y in rows:
            for left, right in pairwise(places):
                canvas.rect(left + 0.5, y, right - left - 0.5, 0.5, stroke=0, fill=1)

    rows = [COUNTRIES[0], ("Arvenia", "", "1,204"), *COUNTRIES[2:]]
    (table,) = paper([set_out(rows, (72, 220, 330), 100)], draw=borders).tables
    assert table.rows == tuple(rows)
    assert table.cells[0].box == pytest.approx((68, 88, 216, 104), abs=0.5)
