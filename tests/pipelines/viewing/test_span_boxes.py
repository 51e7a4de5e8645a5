"""Where sentences and words stand on pages, compared with where PDFium finds their letters."""

import re
from statistics import median

import pypdfium2
import pytest

from extractors.document import Block, Cell, Document, Passage, Table
from pipelines.viewing.span_boxes import SpanBoxes, block_spans


def document(*blocks, tables=(), text=None, pieces=()):
    text = text or "\n".join(block.text for block in blocks)
    passage = Passage(id="d-0", ordinal=0, text=text, pieces=pieces or ((0, 0, 0),))
    given = {"source": "file:///x.pdf", "media_type": "application/pdf", "sha256": "0"}
    return Document(id="d", key="k", blocks=blocks, tables=tables, passages=(passage,), **given)


def boxes(paper, words):
    passage = paper.passages[0]
    start = passage.text.index(words)
    return [(one.page, one.box) for one in SpanBoxes(paper).boxes(passage, start, start + len(words))]


def printed(page, word):
    """Yield left, middle and right of each place of a page at which PDFium finds a word, from its top left."""
    text, height = page.get_textpage(), page.get_height()
    search = text.search(word, match_case=True)
    while place := search.get_next():
        sides = [text.get_charbox(index) for index in range(place[0], place[0] + place[1])]
        middle = height - (sides[0][1] + sides[0][3]) / 2
        yield min(one[0] for one in sides), middle, max(one[2] for one in sides)


@pytest.mark.parametrize("name", ["PC9001E1a", "PC9001F1a"])
def test_words_are_marked_where_their_letters_stand(shown, samples, name):
    paper = shown(name)
    found, tables = SpanBoxes(paper), {table.block for table in paper.tables}
    apart = []
    with pypdfium2.PdfDocument(samples / "papers" / f"{name}.pdf") as pages:
        for passage in paper.passages:
            for word in list(re.finditer(r"[^\W\d]{6,}", passage.text))[::6]:
                marks = list(found.boxes(passage, *word.span()))
                in_table = next(block_spans(passage, *word.span())).block in tables  # its cells are marked whole
                if len(marks) == 1 and not in_table:  # else it is parted by the end of a line
                    x0, top, x1, bottom = marks[0].box
                    places = [one for one in printed(pages[marks[0].page - 1], word[0]) if top <= one[1] <= bottom]
                    apart += [min(max(abs(left - x0), abs(right - x1)) for left, _, right in places)] if places else []
    assert len(apart) > 40
    assert median(apart) < 5, apart
    assert sum(one < 30 for one in apart) > 0.95 * len(apart), apart


def test_every_page_of_every_passage_has_a_box(shown):
    paper = shown("PC9001E1a")
    found = SpanBoxes(paper)
    assert paper.passages
    for passage in paper.passages:
        assert {one.page for one in passage.boxes} == set(passage.pages)
        assert {one.page for one in found.boxes(passage, 0, len(passage.text))} == set(passage.pages)


def test_a_sentence_over_two_lines_has_a_box_in_each():
    lines = ((0, 10, 100, 120, 112), (20, 10, 112, 120, 124))
    paper = document(Block(id=0, kind="paragraph", text="One two. Three four five six seven.", page=2, lines=lines))
    (first, second) = boxes(paper, "Three four five six seven.")
    assert (first[0], second[0]) == (2, 2)
    assert 50 < first[1][0] < 75
    assert first[1][2] <= 120
    assert second[1] == (10, 112, 120, 124)


def test_a_whole_first_line_is_marked_with_its_number():
    lines = ((0, 10, 100, 210, 112), (20, 10, 112, 210, 124))
    text = "One two three fours five six seven."
    paper = document(Block(id=0, kind="paragraph", number="12.", text=text, page=2, lines=lines))
    assert boxes(paper, text)[0][1] == (10, 100, 210, 112)


def test_a_line_that_runs_leftwards_is_marked_from_its_right():
    paper = document(Block(id=0, kind="paragraph", text="אחת שתיים שלוש", page=1, box=(10, 100, 110, 114)))
    ((_, box),) = boxes(paper, "אחת")
    assert box[2] == 110
    assert box[0] > 80


def test_a_cell_of_several_lines_and_a_turned_line_are_marked_whole():
    cell = Cell(row=0, column=0, text="one two three four", page=1, box=(10, 100, 50, 150))
    table = Table(block=0, rows=(("one two three four",),), cells=(cell,))
    assert boxes(document(Block(id=0, kind="table", text="one two three four"), tables=(table,)), "two") == [
        (1, (10, 100, 50, 150))
    ]
    turned = Block(id=0, kind="paragraph", text="one two three four", page=1, box=(10, 100, 22, 300))
    assert boxes(document(turned), "two") == [(1, (10, 100, 22, 300))]


def test_a_stretch_over_two_blocks_is_one_of_each():
    passage = Passage(id="d-0", ordinal=0, text="Scope\nOne two.", pieces=((0, 4, 0), (6, 5, 30)))
    assert list(block_spans(passage, 0, 9)) == [(4, 0, 5), (5, 30, 33)]
    assert list(block_spans(passage, 6, 14)) == [(5, 30, 38)]


def test_a_format_without_pages_has_no_boxes():
    assert boxes(document(Block(id=0, kind="paragraph", text="One two.")), "two") == []
