"""What stands under a rule at the end of a page, in the type of the text."""

import pytest

from extractors.readers import read

SENTENCE = "Members were invited to share national experiences of electronic customs clearance with it."
NOTE = "See the report of the previous session."


@pytest.fixture
def paper(pdf_file, limits):
    """A paper of pages of lines with a rule at a height of each, or none."""

    def go(pages, rules):
        def draw(canvas):
            height = rules[canvas.getPageNumber() - 1]
            if height:
                canvas.line(72, 842 - height, 192, 842 - height)

        return read(pdf_file(pages, draw=draw), limits=limits)

    return go


def text(*lines: str, top: float = 100):
    return [(72, top + 14 * place, 11, line) for place, line in enumerate(lines)]


def kinds(reading):
    return [(block.kind, block.number, block.text) for block in reading.blocks]


def test_a_note_in_the_type_of_the_text_is_one(pdf_file, limits):
    from reportlab.pdfbase.pdfmetrics import stringWidth

    end = 72 + stringWidth(SENTENCE, "Helvetica", 11)
    lines = [*text(SENTENCE), (end, 96, 7, "1"), *text(f"1 {NOTE}", top=740)]
    reading = read(pdf_file([lines], draw=lambda canvas: canvas.line(72, 116, 192, 116)), limits=limits)
    assert kinds(reading) == [("paragraph", None, SENTENCE), ("footnote", "1", NOTE)]


def test_the_terms_of_printing_at_the_end_of_a_first_page_are_its_foot(paper):
    open_end = "All of the Members were of the opinion that the work of the Committee had to go on until"
    first = [*text(SENTENCE, open_end), *text("Few copies are printed.", top=770)]
    reading = paper([first, text("the next page, where it ends.")], [755, None])
    assert kinds(reading)[-1] == ("footer", None, "Few copies are printed.")
    assert kinds(reading)[0][2].endswith("had to go on until the next page, where it ends.")


def test_an_underlined_heading_begins_no_foot(paper):
    lines = [*text(SENTENCE), *text("bold:Discussion of it", top=640), *text(SENTENCE, SENTENCE, top=670)]
    assert "footnote" not in {kind for kind, _, _ in kinds(paper([lines], [642]))}
    assert "footer" not in {kind for kind, _, _ in kinds(paper([lines], [642]))}


def test_a_rule_over_a_numbered_heading_begins_no_foot(paper):
    lines = [*text(SENTENCE), *text("7 Check of the data", SENTENCE, top=640)]
    assert {kind for kind, _, _ in kinds(paper([lines], [620]))} <= {"paragraph", "heading"}


@pytest.mark.parametrize(
    ("end", "kind"), [("Figure 2: parcels by region", "text"), ("25-00749", "footer"), ("4 / 4", "footer")]
)
def test_small_type_low_on_a_later_page_is_text_unless_it_is_a_number(paper, end, kind):
    small = (72, 780, 8, end)
    reading = paper([text(SENTENCE, SENTENCE), [*text(SENTENCE, SENTENCE), small]], [None, None])
    found = next(block.kind for block in reading.blocks if block.text == end)
    assert ("footer" if found == "footer" else "text") == kind


def test_what_repeats_in_the_tables_of_all_pages_belongs_to_them(pdf_file, limits):
    rows = [("0303.5", "kg", "free"), ("0303.51", "kg", "free"), ("0303.53", "kg", "free")]

    def page(number):
        cells = [
            (76 + 100 * x, 100 + 20 * y, 10, f"{number}{cell}" if x == 0 else cell)
            for y, row in enumerate(rows)
            for x, cell in enumerate(row)
        ]
        return [*cells, *text(f"{number}) {SENTENCE}", top=300)]

    def rules(canvas):
        canvas.grid([72, 172, 272, 372], [842 - 87 - 20 * y for y in range(4)])

    reading = read(pdf_file([page(number) for number in range(1, 5)], draw=rules), limits=limits)
    assert not [block.text for block in reading.blocks if block.kind in ("header", "footer")]
    assert [table.rows[0][1:] for table in reading.tables] == [("kg", "free")] * 4


def test_a_masthead_in_boxes_on_all_pages_is_no_table(pdf_file, limits):
    def rules(canvas):
        canvas.grid([72, 272, 472], [842 - 25, 842 - 45, 842 - 65])

    head = [
        (76, 40, 10, "Committee on Parcels"),
        (276, 40, 10, "Guide"),
        (76, 60, 10, "Edition"),
        (276, 60, 10, "Third"),
    ]
    pages = [[*head, *text(f"{place}) {SENTENCE}")] for place in range(1, 5)]
    reading = read(pdf_file(pages, draw=rules), limits=limits)
    assert not reading.tables
    assert sum(block.kind == "header" for block in reading.blocks) == 16
