"""The addresses of the reader, its outline, and what it marks."""

import pytest

from extractors.document import Block, Cell, Page, Passage, PassageBox, Table
from pipelines.viewing.document_view import OutlineEntry, PageView
from pipelines.viewing.paper_marks import PaperMarks
from portal.web.reading import MarkedText, ReaderAddress, excerpt, outline_tree, page_marks, text_blocks, ticks
from tests.pipelines.viewing.test_document_view import document

NOTHING = PaperMarks((), {}, {})


def test_an_address_keeps_what_is_not_changed_and_leaves_out_what_is_usual():
    at = ReaderAddress.of("d", {"q": " window ", "view": "text", "zoom": "150", "mode": "hybrid", "passage": "d-1"})
    assert at.to(passage="d-2") == "/documents/d?passage=d-2&view=text&q=window&zoom=150#mark"
    assert at.to(page=3, passage=None, q="", view=None, zoom=100) == "/documents/d?page=3#page-3"
    assert ReaderAddress("d").to() == "/documents/d"


def test_to_go_to_a_passage_leaves_the_page():
    assert ReaderAddress("d", page=7).to(passage="d-2") == "/documents/d?passage=d-2#mark"


@pytest.mark.parametrize("given", [{"view": "3d"}, {"zoom": "1000"}, {"mode": "x"}, {"zoom": "²"}, {"theme": ""}])
def test_what_an_address_cannot_ask_for_is_the_usual(given):
    assert ReaderAddress.of("d", given) == ReaderAddress("d")


def test_pages_grow_and_shrink_in_steps():
    assert (ReaderAddress("d").smaller, ReaderAddress("d").larger) == (None, 125)
    assert (ReaderAddress("d", zoom=200).smaller, ReaderAddress("d", zoom=200).larger) == (150, None)


def entry(level, title, passage=None):
    return OutlineEntry(level=level, number=None, title=title, block=0, page=1, passage=passage)


def test_headings_are_a_tree_and_say_where_the_passage_that_is_shown_is():
    shown = Passage(id="d-5", ordinal=5, text="x")
    tree = outline_tree([entry(2, "A"), entry(4, "a"), entry(3, "b", "d-5"), entry(1, "B")], shown)
    assert [(one.entry.title, one.holds, [below.entry.title for below in one.below]) for one in tree] == [
        ("A", True, ["a", "b"]),
        ("B", False, []),
    ]


def test_an_excerpt_is_the_sentence_with_the_words():
    passage = Passage(id="d-0", ordinal=0, text="One two. Three four. Five.")
    marks = PaperMarks(("d-0",), {"d-0": ((0, 8), (9, 20))}, {"d-0": ((15, 19),)})
    assert excerpt(passage, marks) == ("Three four.", [(6, 10)])
    assert excerpt(passage, NOTHING)[0] == "One two."
    long = Passage(id="d-0", ordinal=0, text=f"{'word ' * 100}end.")
    assert excerpt(long, NOTHING)[0].endswith("word …")


def test_a_stretch_of_a_marked_text_has_its_own_offsets():
    whole = MarkedText("one two three", ((0, 7),), ((4, 7),), ((8, 13, "t"),))
    assert whole.part(4, 13) == MarkedText("two three", ((-4, 3),), ((0, 3),), ((4, 9, "t"),))


@pytest.fixture
def paper():
    """A paragraph over two pages, and a table."""
    cells = (Cell(row=0, column=0, text="a  b", page=2, box=(0, 0, 50, 10)), Cell(row=0, column=1, text="c"))
    table = Table(block=1, rows=(("a  b", "c"),), cells=cells)
    blocks = (
        Block(
            id=0,
            kind="paragraph",
            text="One two. Three four.",
            page=1,
            lines=((0, 0, 700, 100, 712), (9, 0, 712, 100, 724)),
        ),
        Block(id=1, kind="table", text="a b\tc", page=2, box=(0, 0, 100, 10)),
        Block(id=2, kind="footer", text="1", page=1),
    )
    text = "One two. Three four.\na b\tc"
    places = (PassageBox(page=1, box=(0, 700, 100, 724)), PassageBox(page=2, box=(0, 0, 50, 10)))
    passage = Passage(id="d-0", ordinal=0, text=text, pieces=((0, 0, 0), (21, 1, 0)), boxes=places, pages=(1, 2))
    sizes = [Page(number=number, width=600, height=800) for number in (1, 2)]
    return document(passage, blocks=blocks, tables=(table,), pages=sizes)


MARKS = PaperMarks(("d-0",), {"d-0": ((9, 20),)}, {"d-0": ((15, 19), (21, 24))})


def test_sentences_and_words_are_marked_on_the_pages_that_are_shown(paper):
    views = [PageView(number=number, label=None, width=600, height=800, passages=()) for number in (1, 2)]
    found = page_marks(paper, MARKS, views, paper.passages[0])
    assert [(one.kind, one.box[1], one.chosen) for one in found[1]] == [("sentence", 712, True), ("word", 712, True)]
    assert [(one.kind, one.box) for one in found[2]] == [("word", (0, 0, 50, 10))]
    assert list(page_marks(paper, MARKS, views[:1], None)) == [1]


def test_ticks_are_where_marked_passages_stand(paper):
    assert ticks(paper, MARKS) == {1: [(87.5, 3.0)], 2: [(0.0, 1.2)]}
    assert ticks(paper, NOTHING) == {}


def test_the_text_is_marked_block_by_block_and_cell_by_cell(paper):
    first, table = text_blocks(paper, MARKS)
    assert (first.marked.sentences, first.marked.words) == (((9, 20),), ((15, 19),))
    assert [(cell.text, cell.words) for cell in table.rows[0]] == [("a b", ((0, 3),)), ("c", ())]
    assert [one.block.id for one in text_blocks(paper, MARKS, {2})] == [1]
