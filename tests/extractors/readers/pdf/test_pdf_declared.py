"""What a PDF declares of its headings, in its outline or its structure tree, outranks how they look."""

import pytest

from extractors.readers import read
from tests.extractors.readers.rawpdf import raw_pdf, stream

BODY = "Members were invited to share national experiences of clearance with the Committee."


def headings(reading):
    return [(block.text, block.level) for block in reading.blocks if block.kind == "heading"]


@pytest.fixture
def outlined(pdf_file, limits):
    """A paper of lines `(text, font, level in the outline or None)`, one below another."""

    def go(lines):
        def draw(canvas):
            for place, (text, font, level) in enumerate(lines):
                canvas.setFont(font, 11)
                canvas.drawString(72, 770 - 40 * place, text)
                if level:
                    canvas.bookmarkPage(str(place))
                    canvas.addOutlineEntry(text, str(place), level=level - 1)

        return read(pdf_file([[]], draw=draw), limits=limits)

    return go


BOLD, PLAIN = "Helvetica-Bold", "Helvetica"
TEXT = (BODY, PLAIN, None)


def test_the_outline_gives_levels_to_headings_that_look_alike(outlined):
    heads = [("Background", BOLD, 1), ("Data quality", BOLD, 2), ("Discussion", BOLD, 1)]
    reading = outlined([line for head in heads for line in (head, TEXT)])
    assert headings(reading) == [("Background", 1), ("Data quality", 2), ("Discussion", 1)]


def test_a_line_of_the_outline_is_a_heading_however_it_looks(outlined):
    reading = outlined([("Background", PLAIN, 1), TEXT, ("Discussion", PLAIN, 1), TEXT])
    assert headings(reading) == [("Background", 1), ("Discussion", 1)]


def test_a_sentence_of_the_outline_is_none(outlined):
    assert headings(outlined([(BODY, PLAIN, 1), TEXT])) == []


def test_headings_without_a_level_have_that_of_their_likes(outlined):
    first = [("Part one of the report", BOLD, 1), ("Background", "Helvetica-BoldOblique", 2), *[TEXT] * 3]
    reading = outlined([*first, ("Part two of the report", BOLD, None), ("MATTERS ARISING", PLAIN, None), TEXT])
    assert dict(headings(reading))["Part two of the report"] in (1, 2)


PAGE = (
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/StructParents 0/Contents 4 0 R"
    b"/Resources<</Font<</F1 5 0 R/F2 8 0 R>>>>>>"
)


def tagged(elements, *, tree_loops: bool = False) -> bytes:
    """A page whose lines `(role, text)` are tagged; every one is set in bold type of one size."""
    content, kids = b"", []
    for mark, (role, text) in enumerate(elements):
        font = b"/F2" if role == "P" else b"/F1"
        line = b"BT %s 11 Tf 72 %d Td (%s) Tj ET" % (font, 740 - 30 * mark, text.encode())
        content += b"/%s <</MCID %d>> BDC %s EMC\n" % (role.encode(), mark, line)
        kids.append(b"<</Type/StructElem/S/%s/P 7 0 R/Pg 3 0 R/K %d>>" % (role.encode(), mark))
    first = 9
    numbers = [b"%d 0 R" % (first + place) for place in range(len(kids))]
    loop = b" 7 0 R" if tree_loops else b""
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R/MarkInfo<</Marked true>>/StructTreeRoot 6 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            PAGE,
            stream(content),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
            b"<</Type/StructTreeRoot/K 7 0 R/ParentTree<</Nums[0[" + b" ".join(numbers) + b"]]>>>>",
            b"<</Type/StructElem/S/Document/P 6 0 R/K[" + b" ".join(numbers) + loop + b"]>>",
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            *kids,
        ]
    )


def test_tags_give_levels_to_headings_that_look_alike(read_bytes):
    lines = [("H1", "Background"), ("P", BODY), ("H2", "Data quality"), ("P", BODY), ("H1", "Discussion"), ("P", BODY)]
    found = headings(read_bytes(tagged(lines), "tagged.pdf"))
    assert found == [("Background", 1), ("Data quality", 2), ("Discussion", 1)]


def test_entries_of_a_table_of_contents_are_no_headings(read_bytes):
    entries = [("TOCI", "Contents"), ("TOCI", "Background 3"), ("TOCI", "Discussion 7")]
    lines = [*entries, ("H1", "Background"), ("P", BODY)]
    assert headings(read_bytes(tagged(lines), "tagged.pdf")) == [("Contents", 1), ("Background", 1)]


def test_one_tag_among_many_headings_sets_no_level(read_bytes):
    lines = [("H4", "Background"), *[("Div", f"Point {name} of the agenda") for name in "ABCDEFG"], *[("P", BODY)] * 4]
    assert {level for _, level in headings(read_bytes(tagged(lines), "tagged.pdf"))} == {1}


def test_a_tree_that_goes_round_in_circles_ends(read_bytes):
    lines = [("H1", "Background"), ("P", BODY)]
    assert headings(read_bytes(tagged(lines, tree_loops=True), "loop.pdf")) == [("Background", 1)]


def test_an_outline_that_goes_round_in_circles_ends(read_bytes):
    data = raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
            stream(b"BT /F1 11 Tf 72 700 Td (Background) Tj ET"),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            b"<</First 7 0 R/Last 7 0 R>>",
            b"<</Title(Background)/Parent 6 0 R/Dest[3 0 R/Fit]/Next 7 0 R/First 7 0 R>>",
        ]
    )
    assert headings(read_bytes(data, "loop.pdf")) == [("Background", 1)]
