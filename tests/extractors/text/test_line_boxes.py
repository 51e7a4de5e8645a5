"""Where the lines of blocks and passages stand."""

from extractors.document import Block, BlockPart, Cell, Table
from extractors.text.line_boxes import PlacedText, passage_boxes, placed_texts


def block(text, **more):
    return Block(id=0, kind="paragraph", text=text, **more)


def test_a_block_of_several_lines_stands_line_by_line():
    one = block("One two three", page=3, box=(9.5, 9.5, 50.5, 30.5), lines=((0, 9, 9, 50, 20), (8, 9, 20, 40, 31)))
    found = placed_texts(one)
    assert found == (PlacedText(0, 8, 3, (9.0, 9.0, 50.0, 20.0)), PlacedText(8, 13, 3, (9.0, 20.0, 40.0, 31.0)))


def test_lines_behind_a_page_break_are_on_the_next_page():
    parts = (BlockPart(start=0, page=3, box=(9, 700, 50, 711)), BlockPart(start=8, page=4, box=(9, 40, 40, 51)))
    one = block("One two three", page=3, parts=parts, lines=((0, 9, 700, 50, 711), (8, 9, 40, 40, 51)))
    assert [line.page for line in placed_texts(one)] == [3, 4]


def test_a_block_of_one_line_is_its_box_and_one_without_a_page_is_nowhere():
    box = (1.25, 2.5, 3.75, 4.5)
    assert placed_texts(block("One", page=1, box=box)) == (PlacedText(0, 3, 1, box),)
    assert placed_texts(block("One")) == ()


def test_a_table_stands_cell_by_cell():
    cells = [Cell(row=0, column=0, text="a  b", page=1, box=(0, 0, 9, 9)), Cell(row=1, column=1, text="c")]
    cells.append(Cell(row=1, column=0, text="dd", page=2, box=(0, 0, 9, 5)))
    table = Table(block=0, rows=(("a  b", ""), ("dd", "c")), cells=tuple(cells))
    placed = placed_texts(Block(id=0, kind="table", text="a b\t\ndd\tc"), table)
    assert placed == (PlacedText(0, 3, 1, (0, 0, 9, 9)), PlacedText(5, 7, 2, (0, 0, 9, 5)))


def test_a_passage_has_a_box_for_each_column_of_each_page():
    lines = [(1, (10, 700, 90, 711)), (1, (10, 712, 90, 723)), (1, (110, 50, 190, 61)), (2, (10, 50, 90, 61))]
    found = passage_boxes(PlacedText(0, 1, page, box) for page, box in lines)
    shown = [(one.page, one.box) for one in found]
    assert shown == [(1, (10, 700, 90, 723)), (1, (110, 50, 190, 61)), (2, (10, 50, 90, 61))]
