import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.sentences import load_sentence_rules
from extractors.document import Block, Document, Table
from extractors.text.passages import split_passages

SPECIAL = 2
RULES = load_sentence_rules()
KNOWN = {"id": "d" * 16, "key": "k", "sha256": "0", "source": "file:///x", "media_type": "text/plain"}


def count(texts):
    """Words and the two special tokens stand in for a tokenizer."""
    return [len(text.split()) + SPECIAL for text in texts]


def split(blocks, max_tokens=40, tables=()):
    blocks = tuple(Block(id=number, **block) for number, block in enumerate(blocks))
    document = Document(**KNOWN, language="en", blocks=blocks, tables=tables)
    return split_passages(document, count, language_of=lambda _: None, sentences=RULES, max_tokens=max_tokens)


def paragraph(text, **fields):
    return {"kind": "paragraph", "text": text, **fields}


def heading(text, level=1, **fields):
    return {"kind": "heading", "text": text, "level": level, **fields}


def test_a_passage_never_crosses_a_heading_and_starts_with_it():
    passages = split([heading("One"), paragraph("First text."), heading("Two"), paragraph("Second text.")])
    assert [passage.text for passage in passages] == ["One\nFirst text.", "Two\nSecond text."]
    assert [passage.section for passage in passages] == [("One",), ("Two",)]


def test_sections_are_paths_of_headings():
    headings = [heading("A"), heading("B", 2, number="1.1"), heading("C")]
    passages = split([each for one in headings for each in (one, paragraph("x."))])
    assert [passage.section for passage in passages] == [("A",), ("A", "1.1 B"), ("C",)]


def test_headings_in_a_row_open_one_passage():
    (passage,) = split([heading("Title"), heading("Subtitle", 2), paragraph("Body.")])
    assert passage.text == "Title\nSubtitle\nBody."
    assert passage.section == ("Title", "Subtitle")


def test_a_heading_that_is_a_number_only_is_named_once():
    (passage,) = split([heading("SECTION I", number="SECTION I"), paragraph("Body.")])
    assert passage.section == ("SECTION I",)


def test_ids_ordinals_pages_boxes_and_paragraphs():
    first, second = split(
        [
            paragraph("One two three.", number="1.", page=1, box=(10, 10, 50, 20)),
            paragraph("Four five.", number="2.", page=1, box=(5, 30, 40, 45)),
            heading("Next", page=2, box=(10, 5, 30, 9)),
            paragraph("Six.", number="3.", page=2, box=(10, 10, 30, 20)),
        ]
    )
    assert (first.id, second.id) == ("d" * 16 + "-0", "d" * 16 + "-1")
    assert (first.paragraphs, second.paragraphs) == (("1.", "2."), ("3.",))
    assert first.pages == (1,)
    assert first.boxes[0].box == (5, 10, 50, 45)
    assert second.boxes[0].model_dump() == {"page": 2, "box": (10, 5, 30, 20)}


def test_a_passage_says_of_which_blocks_its_text_is():
    rows = [["Port", "Year"], *([f"Port {number}", "2019"] for number in range(12))]
    text = "\n".join("\t".join(row) for row in rows)
    table = Table(block=2, header_rows=1, rows=tuple(map(tuple, rows)))
    words = " ".join(f"word{number}" for number in range(50))
    given = [heading("One"), paragraph(f"First. {words}."), {"kind": "table", "text": text}]
    found = split(given, tables=(table,))
    assert len(found) == 3
    for passage in found:
        ends = [*(start - 1 for start, _, _ in passage.pieces[1:]), len(passage.text)]
        for (start, block, offset), end in zip(passage.pieces, ends, strict=True):
            line = passage.text[start:end]
            assert given[block]["text"][offset : offset + len(line)] == line


def test_a_passage_stands_where_its_own_lines_do():
    text = " ".join(f"word{number}" for number in range(60))
    half = text.index("word30")
    box = (10, 100, 90, 122)
    found = split([paragraph(text, page=1, box=box, lines=((0, 10, 100, 90, 111), (half, 10, 111, 90, 122)))])
    boxes = [[one.box for one in passage.boxes] for passage in found]
    assert boxes[0][0][1] == 100
    assert boxes[-1] == [(10, 111, 90, 122)]


def test_running_headers_belong_to_no_passage():
    passages = split([{"kind": "header", "text": "PC9001E1"}, paragraph("Body."), {"kind": "footer", "text": "2"}])
    assert [passage.text for passage in passages] == ["Body."]


def test_an_overlong_sentence_is_cut_between_words():
    text = " ".join(f"word{number}" for number in range(200))
    passages = split([paragraph(text)])
    assert all(count([passage.text])[0] <= 40 for passage in passages)
    assert " ".join(passage.text for passage in passages) == text


def test_a_long_enough_passage_ends_before_the_next_numbered_paragraph():
    long = " ".join(["word"] * 100) + "."
    passages = split([paragraph(long, number="1."), paragraph("Short.", number="2.")], max_tokens=256)
    assert [passage.paragraphs for passage in passages] == [("1.",), ("2.",)]


def test_a_document_without_text_has_no_passages():
    assert split([]) == ()
    assert split([paragraph("  ")]) == ()


WORDS = st.lists(st.sampled_from(["customs", "data", "the", "x." * 3, "window.", "É", "U+"]), max_size=120).map(
    " ".join
)


@given(st.lists(st.tuples(st.sampled_from(["heading", "paragraph", "table"]), WORDS), max_size=8), st.integers(8, 60))
def test_nothing_is_lost_and_no_passage_is_too_long(blocks, max_tokens):
    passages = split([{"kind": kind, "text": text} for kind, text in blocks], max_tokens=max_tokens)
    words = [word for _, text in blocks for word in text.split()]
    assert [word for passage in passages for word in passage.text.split()] == words
    assert all(count([passage.text])[0] <= max_tokens for passage in passages)


@pytest.mark.parametrize("size", [1, 3])
def test_a_word_longer_than_a_passage_does_not_hang(size):
    def count_characters(texts):
        return [len(text) + SPECIAL for text in texts]

    blocks = (Block(id=0, kind="paragraph", text="x" * 500),)
    document = Document(**KNOWN, blocks=blocks)
    passages = split_passages(
        document, count_characters, language_of=lambda _: None, sentences=RULES, max_tokens=SPECIAL + size
    )
    assert "".join(passage.text for passage in passages) == "x" * 500


def table(rows, header_rows=1):
    text = "\n".join("\t".join(row) for row in rows)
    return {"kind": "table", "text": text}, Table(block=0, header_rows=header_rows, rows=tuple(map(tuple, rows)))


def test_a_table_that_goes_on_repeats_its_header_rows():
    rows = [["Member", "System in use. Since"], *([f"Land {number}", "Both. Yes"] for number in range(12))]
    block, described = table(rows)
    passages = split([block], max_tokens=20, tables=[described])
    assert len(passages) > 2
    lines = [passage.text.split("\n") for passage in passages]
    assert all(of_one[0] == "Member\tSystem in use. Since" for of_one in lines)
    assert [line for of_one in lines for line in of_one[1:]] == ["\t".join(row) for row in rows[1:]]
    assert all(count([passage.text])[0] <= 20 for passage in passages)


def test_a_header_that_would_fill_the_passage_is_not_repeated():
    rows = [[" ".join(["title"] * 12)], *([f"row {number}"] for number in range(12))]
    block, described = table(rows)
    passages = split([block], max_tokens=20, tables=[described])
    assert sum(passage.text.count("title") for passage in passages) == 12


def test_a_row_too_long_for_a_passage_is_cut_and_each_part_has_the_header():
    rows = [["Member", "Report"], ["Land", " ".join(["word"] * 50)]]
    block, described = table(rows)
    passages = split([block], max_tokens=20, tables=[described])
    assert len(passages) > 2
    assert all(passage.text.startswith("Member\tReport\n") for passage in passages)
    assert all(count([passage.text])[0] <= 20 for passage in passages)


def chapter(number, title, level=2):
    return heading(title, level, number=number)


def test_a_chapter_holds_the_headings_that_the_file_gives_a_higher_level():
    one, numbered = chapter("Chapter 1", "Trade in Arvenia"), heading("Introduction", number="1.")
    blocks = [one, numbered, heading("Systems", 2, number="1.1"), heading("Outlook", number="2.")]
    blocks += [chapter("Annex I", "Tables", 1), chapter("Chapter 2", "Trade in Belmora"), numbered]
    passages = split([each for block in blocks for each in (block, paragraph("Text."))])
    first, second = "Chapter 1 Trade in Arvenia", "Chapter 2 Trade in Belmora"
    assert [passage.section for passage in passages] == [
        (first,),
        (first, "1. Introduction"),
        (first, "1. Introduction", "1.1 Systems"),
        (first, "2. Outlook"),
        ("Annex I Tables",),
        (second,),
        (second, "1. Introduction"),
    ]


def test_a_heading_right_above_a_chapter_stands_above_it():
    blocks = [chapter("Chapter 1", "A"), heading("One"), paragraph("a."), heading("Rules"), chapter("Chapter 2", "B")]
    assert [one.section for one in split([*blocks, paragraph("b.")])][-1] == ("Rules", "Chapter 2 B")


def test_headings_of_a_lower_level_than_their_chapter_keep_it_beside_articles():
    blocks = [chapter("Chapter 1", "A"), heading("Scope", 3), heading("Aim", 4, number="Article 1"), paragraph("a.")]
    passage = split([*blocks, heading("Terms", 3), paragraph("b.")])[-1]
    assert passage.section == ("Chapter 1 A", "Terms")
