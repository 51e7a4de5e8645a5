"""A document as Markdown: head, headings, lists, tables, notes, page marks, and nothing taken for markup."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.document import Block, Document, MeetingDates, Page, Symbol, Table
from portal.cli.render.markdown import markdown

FACTS = {"id": "0" * 16, "key": "k", "sha256": "0" * 64, "source": "file:///papers/a.pdf", "media_type": "x"}


def document(*blocks, tables=(), **fields):
    numbered = [Block(id=place, **{"kind": "paragraph", **block}) for place, block in enumerate(blocks)]
    return Document(**FACTS | {"title": "Report", **fields}, blocks=tuple(numbered), tables=tuple(tables))


def body(*blocks, **fields):
    return markdown(document(*blocks, **fields)).partition("\n\n---\n\n")[2]


def test_the_head_says_what_the_paper_is_and_what_was_flagged():
    text = markdown(
        document(
            title="Report of <the> Meeting",
            symbol=Symbol(raw="PC0100E1a"),
            sessions=(3, 4),
            meeting_dates=MeetingDates(start=dt.date(2019, 5, 1), end=dt.date(2019, 5, 3)),
            warnings=("it has tracked changes, which are read as accepted", "redaction mark '/**/' stands 2 times"),
        )
    )
    assert text.splitlines() == [
        r"# Report of \<the> Meeting",
        "",
        "- Status: read",
        "- Symbol: PC0100E1a",
        "- Sessions: 3, 4",
        "- Meeting: 2019-05-01 to 2019-05-03",
        "- Warnings:",
        "  - it has tracked changes, which are read as accepted",
        r"  - redaction mark '/\*\*/' stands 2 times",
    ]


def test_without_a_title_the_source_stands_above():
    assert markdown(document(title=None)).startswith("# file:///papers/a.pdf\n")


def test_headings_have_levels_below_the_title_and_their_numbers():
    text = body(
        {"kind": "heading", "level": 1, "number": "I.", "text": "Opening"},
        {"kind": "heading", "level": 9, "text": "Deep"},
        {"kind": "heading", "level": 2, "number": "Annex I", "text": "Annex I"},
        {"number": "12.", "text": "The Committee took note."},
    )
    assert text.split("\n\n") == ["## I. Opening", "###### Deep", "### Annex I", "12. The Committee took note."]


def test_items_are_a_list_nested_by_their_levels():
    items = [(1, "(a)", "one"), (2, "(i)", "below"), (4, None, "deeper"), (2, "(ii)", "below too"), (1, "(b)", "two")]
    text = body(
        {"text": "Before:"},
        *({"kind": "item", "level": level, "number": number, "text": text} for level, number, text in items),
        {"text": "After."},
    )
    assert text.split("\n\n") == [
        "Before:",
        "- (a) one\n  - (i) below\n    - deeper\n  - (ii) below too\n- (b) two",
        "After.",
    ]


def test_tables_have_a_header_and_no_empty_rows_or_columns():
    rows = (("Member", "", "Share | %"), ("", "", ""), ("Arvenia", "", "4\n*5*"))
    text = body({"kind": "table", "text": "x"}, tables=[Table(block=0, rows=rows)])
    assert text == "| Member | Share \\| % |\n| --- | --- |\n| Arvenia | 4<br>\\*5\\* |"


def test_notes_are_quoted_and_running_heads_left_out():
    text = body(
        {"kind": "header", "text": "PC0100E1"},
        {"text": "Text."},
        {"kind": "footnote", "number": "1", "text": "See above."},
        {"kind": "footnote", "number": "[1]", "text": "Ann: Is it so?"},
        {"kind": "footer", "text": "7"},
    )
    assert text == "Text.\n\n> 1 See above.\n>\n> [1] Ann: Is it so?"


def test_a_mark_stands_where_a_page_begins_also_within_a_list():
    pages = [
        Page(number=number, width=1, height=1, status=status, label=label)
        for number, status, label in (
            *((1, "text", "i"), (2, "needs_ocr", None), (3, "text", "3"), (4, "text", None), (5, "failed", None)),
        )
    ]
    text = body(
        {"page": 1, "text": "First."},
        {"page": 1, "kind": "item", "text": "one"},
        {"page": 3, "kind": "item", "text": "two"},
        {"page": None, "text": "Without a page."},
        pages=tuple(pages),
    )
    assert text.split("\n\n") == [
        "<!-- p. 1 (i) -->",
        "First.",
        "- one",
        "<!-- p. 2: a picture, not read -->\n<!-- p. 3 -->",
        "- two",
        "Without a page.",
        "<!-- p. 5: broken, not read -->",
    ]


def test_one_page_needs_no_mark():
    assert body({"page": 1, "text": "Text."}, pages=(Page(number=1, width=1, height=1),)) == "Text."


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("# no heading", r"\# no heading"),
        ("#1 of 2", "#1 of 2"),
        ("- no item", r"\- no item"),
        ("-5 degrees", "-5 degrees"),
        ("> no quotation", r"\> no quotation"),
        ("<b>no tag</b>", r"\<b>no tag\</b>"),
        ("*no* _emphasis_ of snake_case", r"\*no\* \_emphasis\_ of snake_case"),
        ("[no](link) but [a note]", r"\[no](link) but [a note]"),
        ("R&D and &amp;", r"R&D and \&amp;"),
        ("====", r"\===="),
        ("a `b` \\ c", r"a \`b\` \\ c"),
        ("=> goes on", "=> goes on"),
    ],
)
def test_no_text_is_taken_for_markup(text, escaped):
    assert body({"text": text}) == escaped


@given(st.lists(st.tuples(st.integers(1, 9), st.text("abc *#|<>-_`\\\n", max_size=20)), min_size=1, max_size=10))
def test_every_item_is_one_line_indented_by_at_most_two_more_than_the_one_above(items):
    blocks = [{"kind": "item", "level": level, "text": text or "x"} for level, text in items]
    lines = body(*blocks).split("\n")
    assert len(lines) == len(items)
    before = -2
    for line in lines:
        depth = len(line) - len(line.lstrip(" "))
        assert line.lstrip(" ").startswith("-")
        assert depth <= before + 2
        before = depth
