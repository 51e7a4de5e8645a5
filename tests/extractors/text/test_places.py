from functools import partial

import pytest

from extractors.document import Block, BlockPart, Document, Page, Place
from extractors.text.passages import split_passages
from extractors.text.places import places_of_span, spots_of
from tests.extractors.text.test_passages import RULES, count


def block(kind, number=None, text="Text.", **fields):
    return {"kind": kind, "number": number, "text": text, **fields}


heading, paragraph, item = (partial(block, kind) for kind in ("heading", "paragraph", "item"))


def spots(*blocks, skipped=()):
    made = [Block(id=place, **one) for place, one in enumerate(blocks)]
    return list(spots_of(made, skipped=frozenset(skipped)).values())


def paragraphs(*numbers):
    """Return the paragraph that each of some numbered blocks is cited by, "-" being a heading without a number."""
    blocks = [heading() if number == "-" else paragraph(number) for number in numbers]
    return [spot.paragraph for spot, number in zip(spots(*blocks), numbers, strict=True) if number != "-"]


@pytest.mark.parametrize(
    ("numbers", "cited"),
    [
        (["1.", "2.", "3."], ["1.", "2.", "3."]),
        (["12.", "1.", "2.", "13."], ["12.", "12.", "12.", "13."]),
        (["2.", "1.", "2.", "3.", "3."], ["2.", "2.", "2.", "2.", "3."]),
        (["1.", "2.", "-", "1.", "2."], ["1.", "2.", "1.", "2."]),
        (["1.", "2.", "-", "3."], ["1.", "2.", "3."]),
        (["4.", "27.", "5."], ["4.", "4.", "5."]),
        (["1.", "3.", "4."], ["1.", "3.", "4."]),
        (["45.", "46."], ["45.", "46."]),
        (["1.1", "1.2", "2.1"], ["1.1", "1.2", "2.1"]),
        (["3.3", "-", "5.1", "5.2", "-", "-", "8.1"], ["3.3", "5.1", "5.2", "8.1"]),
        (["12.", "3.2", "13."], ["12.", "12.", "13."]),
        (["12.", None, "13."], ["12.", "12.", "13."]),
        ([None, "1."], [None, "1."]),
    ],
)
def test_a_paragraph_number_follows_those_before_it(numbers, cited):
    assert paragraphs(*numbers) == cited


def test_paragraphs_are_numbered_anew_in_each_article_and_articles_in_each_annex():
    found = spots(
        heading("Article 18"),
        paragraph("1."),
        paragraph("2."),
        heading("Annex 4"),
        heading("Article 1"),
        paragraph("1."),
    )
    assert found[2] == (None, "18", "2.", None)
    assert found[5] == ("4", "1", "1.", None)


def test_an_appendix_is_no_annex():
    assert spots(heading("Appendix II"), paragraph())[1].annex == "Appendix II"


def test_items_are_named_within_each_other_and_end_with_the_next_paragraph():
    found = spots(paragraph("3."), item("(a)", level=1), item("(i)", level=2), item("(b)", level=1), paragraph("4."))
    shown = [(one.paragraph, one.item) for one in found]
    assert shown == [("3.", None), ("3.", "(a)"), ("3.", "(a)(i)"), ("3.", "(b)"), ("4.", None)]


def test_numbers_in_brackets_are_paragraphs_where_no_others_are():
    assert [one.paragraph for one in spots(item("(1)"), item("(2)"))] == ["(1)", "(2)"]
    assert [one.item for one in spots(paragraph("1."), item("(1)"))] == [None, "(1)"]


def test_text_without_numbers_is_cited_by_the_number_of_its_heading():
    found = spots(heading("2.4.2", level=3), paragraph(), heading(level=4), paragraph())
    assert [one.paragraph for one in found] == ["2.4.2"] * 4
    assert spots(heading(text="Item 6. Future work"), paragraph())[1].paragraph == "6"


@pytest.mark.parametrize(
    ("later", "cited"), [("8.2", "8.1"), ("9.", "8.1"), ("9.1", None), ("8.1.1", None), ("1.", None), ("", None)]
)
def test_a_heading_without_a_number_between_two_that_follow_each_other_is_below_the_first(later, cited):
    found = spots(heading("8.1", level=2), heading(level=2), paragraph(), *[heading(later, level=2)][: bool(later)])
    assert [one.paragraph for one in found[1:3]] == [cited, cited]


def test_a_list_under_a_numbered_heading_is_one_of_items():
    found = spots(heading("9"), paragraph("1)"), paragraph("2)"))
    assert [(one.paragraph, one.item) for one in found] == [("9", None), ("9", "1)"), ("9", "2)")]
    assert paragraphs("1)", "2)") == ["1)", "2)"]


def test_numbers_that_begin_below_a_section_and_end_there_are_a_list_in_it():
    one, two, other = paragraph("1."), paragraph("2."), heading("3.2.")
    found = spots(heading("3.1."), one, two, paragraph(), other, one, two)
    assert [(spot.paragraph, spot.item) for spot in found[1:4]] == [("3.1.", "1."), ("3.1.", "2."), ("3.1.", None)]
    found = spots(heading("3.1."), one, two, other, paragraph("3."))
    assert [(spot.paragraph, spot.item) for spot in (found[2], found[4])] == [("2.", None), ("3.", None)]


def test_headings_with_simple_numbers_are_no_paragraphs_where_paragraphs_are_numbered():
    found = spots(heading("2."), paragraph(), paragraph("17."), paragraph("18."))
    assert [one.paragraph for one in found] == [None, None, "17.", "18."]


def test_a_simple_heading_is_a_place_where_no_paragraph_below_it_is_numbered_and_no_numbers_go_on_over_headings():
    found = spots(heading("1"), paragraph("1."), paragraph("2."), heading("2"), paragraph())
    assert [one.paragraph for one in found] == [None, "1.", "2.", "2", "2"]


def test_headings_right_above_an_article_are_not_of_the_one_before():
    found = spots(
        heading("Article 20"), paragraph("1."), heading(), heading(), heading("Article 21"), heading(), paragraph()
    )
    assert [one.article for one in found] == ["20", "20", "21", "21", "21", "21", "21"]


@pytest.mark.parametrize(
    ("chapters", "annexes"),
    [(["Chapter 2", "Chapter 3"], [None, None]), (["Chapter 1", "Chapter 2"], ["Appendix I", "Appendix I"])],
)
def test_a_chapter_that_follows_the_last_one_before_an_annex_ends_it(chapters, annexes):
    before = [heading("Chapter 1"), heading("Appendix I")]
    found = spots(*before, *(heading(chapter) for chapter in chapters))
    assert [one.annex for one in found] == [None, "Appendix I", *annexes]


def test_notes_and_tables_of_contents_are_in_no_paragraph():
    blocks = [paragraph("1."), block("footnote", "27"), paragraph("2."), paragraph("3.")]
    assert [one.paragraph for one in spots(*blocks, skipped={0})] == ["2.", "3."]


def document(*blocks, pages=()):
    made = tuple(Block(id=place, **one) for place, one in enumerate(blocks))
    return Document(
        id="d" * 16, key="k", sha256="0", source="file:///x", media_type="application/pdf", blocks=made, pages=pages
    )


def passages(*blocks, pages=()):
    return split_passages(document(*blocks, pages=pages), count, language_of=lambda _: None, sentences=RULES)


def test_places_cover_the_text_of_a_passage_in_order():
    (passage,) = passages(heading("I.", "Scope"), paragraph("1.", "One."), paragraph("2.", "Two."))
    found = [(one.paragraph, passage.text[one.start : one.end]) for one in passage.places]
    assert found == [(None, "Scope\n"), ("1.", "One.\n"), ("2.", "Two.")]
    assert passage.paragraphs == ("1.", "2.")


def test_a_passage_over_a_page_break_stands_on_both_pages():
    first, second = (0.0, 700.0, 100.0, 720.0), (0.0, 50.0, 100.0, 60.0)
    parts = [BlockPart(start=0, page=4, box=first), BlockPart(start=10, page=5, box=second)]
    sizes = [Page(number=number, label=str(number + 8), width=600, height=800) for number in (4, 5)]
    (passage,) = passages(paragraph("65.", "Countries explore projects.", page=4, box=first, parts=parts), pages=sizes)
    assert [(one.page, one.label, one.start) for one in passage.places] == [(4, "12", 0), (5, "13", 10)]
    assert passage.pages == (4, 5)
    assert [(one.page, one.box) for one in passage.boxes] == [(4, first), (5, second)]


def test_a_note_is_a_passage_of_its_own_and_parts_no_other():
    found = passages(
        paragraph("65.", "Some countries."), block("footnote", "27", "See there."), paragraph(None, "More.")
    )
    shown = [(one.kind, one.note, one.text) for one in found]
    assert shown == [("text", None, "Some countries.\nMore."), ("note", "27", "See there.")]
    assert found[1].paragraphs == ()


def test_a_span_is_cited_by_the_places_that_it_touches():
    places = [Place(start=0, end=5, paragraph="1."), Place(start=5, end=9, paragraph="2.")]
    assert [one.paragraph for one in places_of_span(places, 1, 4)] == ["1."]
    assert [(one.paragraph, one.start, one.end) for one in places_of_span(places, 4, 7)] == [("1.", 4, 5), ("2.", 5, 7)]
    assert [one.paragraph for one in places_of_span(places, 5, 5)] == ["2."]
