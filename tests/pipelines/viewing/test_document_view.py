import pytest

from extractors.document import Block, Document, Page, Passage, Place, Symbol
from pipelines.viewing.blocks import passages_of_blocks
from pipelines.viewing.document_view import cut_to_page, document_view, find_paragraphs, outline, pages, paragraphs

PAPERS = ("PC9001E1a", "PC9001F1a", "PC9004E1a", "PC9002E1a")


def passage(ordinal, text="text", **more):
    return Passage(id=f"d-{ordinal}", ordinal=ordinal, text=text, **more)


def document(*passages, blocks=(), **more):
    given = {"source": "file:///papers/Report.pdf", "symbol": Symbol(raw="PC0345E1a")}
    given |= {"id": "d", "key": "k", "sha256": "", "media_type": "application/pdf", "blocks": blocks}
    return Document(passages=passages, **(given | more))


def page(number, **more):
    return Page(number=number, width=600, height=800, **more)


@pytest.mark.parametrize("name", PAPERS)
def test_every_block_of_a_real_paper_begins_in_a_passage_that_has_its_words(shown, name):
    paper = shown(name)
    homes = passages_of_blocks(paper)
    texts = {one.id: one.text for one in paper.passages}
    for block in paper.blocks:
        if block.kind not in ("header", "footer"):
            assert block.text.split("\n")[0][:20].strip() in texts[homes[block.id]]
    ordinals = [int(home.rpartition("-")[2]) for _, home in sorted(homes.items())]
    assert ordinals == sorted(ordinals)


def test_the_headings_of_a_paper_lead_to_the_passages_that_begin_with_them(shown):
    paper = shown("PC9001E1a")
    entries = [entry for entry in outline(paper) if entry.title.startswith("Item ")]
    assert [entry.title.partition(" – ")[0] for entry in entries][:4] == ["Item I", "Item II", "Item III", "Item IV"]
    assert {entry.level for entry in entries} == {3}
    texts = {one.id: one.text for one in paper.passages}
    assert all(texts[entry.passage].startswith(entry.title) for entry in entries)
    assert [entry.page for entry in entries][:3] == [1, 1, 2]


def test_a_heading_that_comes_twice_leads_to_two_places():
    texts = ("Annex", "One.", "Annex", "Two.")
    blocks = [
        Block(id=at, text=text, **({"kind": "paragraph"} if at % 2 else {"kind": "heading", "level": 1}))
        for at, text in enumerate(texts)
    ]
    pieces = [((0, 0, 0), (6, 1, 0)), ((0, 2, 0), (6, 3, 0))]
    found = [passage(0, "Annex\nOne.", pieces=pieces[0]), passage(1, "Annex\nTwo.", pieces=pieces[1])]
    paper = document(*found, blocks=blocks)
    assert [entry.passage for entry in outline(paper)] == ["d-0", "d-1"]


@pytest.mark.parametrize("name", ["PC9001E1a", "PC9001F1a"])
def test_every_numbered_paragraph_is_found_in_its_passage_and_on_its_page(shown, name):
    paper = shown(name)
    by_number = {place.number: place for place in paragraphs(paper)}
    assert list(by_number) == [str(number) for number in range(1, len(by_number) + 1)]
    assert len(by_number) > 15
    passages = {one.id: one for one in paper.passages}
    for number, place in by_number.items():
        assert f"{number}." in passages[place.passage].paragraphs
        assert place.page in passages[place.passage].pages


@pytest.mark.parametrize("spelling", ["5", "5.", "§ 5", "§5", "5)"])
def test_a_paragraph_is_found_in_any_spelling(shown, spelling):
    (place,) = find_paragraphs(shown("PC9001E1a"), spelling)
    assert (place.number, place.page) == ("5", 2)  # its passage begins on page 1


def test_an_unknown_paragraph_is_not_found(shown):
    assert find_paragraphs(shown("PC9001E1a"), "4711") == ()


def law(*places):
    made = [passage(at, places=(Place(start=0, end=4, page=at + 1, **one),)) for at, one in enumerate(places)]
    return document(*made)


def test_a_number_is_found_in_each_article():
    paper = law({"article": "1", "paragraph": "1."}, {"article": "2", "paragraph": "1."}, {"article": "2"})
    assert [(one.article, one.page) for one in find_paragraphs(paper, "1")] == [("1", 1), ("2", 2)]
    assert [one.page for one in find_paragraphs(paper, "1", article="2")] == [2]


def test_the_papers_own_paragraph_outranks_those_of_its_annexes():
    paper = law({"paragraph": "1."}, {"annex": "II", "paragraph": "1."})
    assert [one.page for one in find_paragraphs(paper, "1")] == [1]
    assert [one.page for one in find_paragraphs(paper, "1", annex="ii")] == [2]


def test_an_article_without_a_paragraph_is_where_it_begins():
    paper = law({"annex": "4", "article": "18"}, {"annex": "4", "article": "18", "paragraph": "1."}, {"annex": "5"})
    assert [one.page for one in find_paragraphs(paper, None, annex="4", article="18")] == [1]
    assert [one.page for one in find_paragraphs(paper, None, annex="5")] == [3]
    assert find_paragraphs(paper, None, article="19") == ()


def test_a_passage_is_on_every_page_that_it_covers(shown):
    paper = shown("PC9001E1a")
    on = {view.number: {one.passage: one for one in view.passages} for view in pages(paper)}
    for one in paper.passages:
        assert {number for number, found in on.items() if one.id in found} == set(one.pages)
    over_two = next(one for one in paper.passages if len(one.pages) > 1)
    assert all(on[number][over_two.id].boxes for number in over_two.pages)


def test_a_box_is_cut_at_the_edges_of_its_page():
    assert cut_to_page((-3, 200, 660, 900), page(1)) == (0, 200, 600, 800)


def test_a_format_without_pages_has_an_outline_and_no_pages(shown):
    view = document_view(shown("PC9002E1a"))
    assert view.pages == ()
    assert view.outline
    assert view.file_name == "PC9002E1a.docx"


def test_the_view_names_the_passages_with_a_tag_that_counts(shown):
    paper = shown("PC9001E1a")
    view = document_view(paper)
    assert set(view.evidence) == {
        one.id for one in paper.passages for found in one.maturity if found.status == "accepted"
    }
    marked = {one.passage for shown_page in view.pages for one in shown_page.passages if one.evidence}
    assert marked == set(view.evidence)


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        (["WORLD ORGANIZATION", "PC0001E1a", "REPORT ON WINDOWS", "Item I"], [2, 3]),  # without the letterhead
        (["Report on Windows", "United Nations", "Report on Windows", "I"], [2, 3]),  # the lower one of two titles
        (["Chapter", "Item I"], [0, 1]),  # the title is none of them
    ],
)
def test_the_outline_begins_with_the_title(headings, found):
    blocks = [Block(id=at, kind="heading", level=1, text=text, page=1) for at, text in enumerate(headings)]
    entries = outline(document(blocks=blocks, title="Report on Windows"))
    assert [(entry.block, entry.title) for entry in entries] == [(at, headings[at]) for at in found]
