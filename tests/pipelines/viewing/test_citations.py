import pytest

from extractors.document import Document, Page, Passage, Place, Symbol
from pipelines.viewing.citations import cite, cite_place


def document(*labels, **more):
    """Return a paper whose pages have these printed numbers."""
    pages = [Page(number=number, label=label, width=600, height=800) for number, label in enumerate(labels, start=1)]
    given = {"source": "file:///papers/Report.pdf", "symbol": Symbol(raw="PC0345E1a")}
    return Document(id="d", key="k", sha256="", media_type="application/pdf", pages=pages, **(given | more))


def passage(*places, **more):
    """Return a passage whose places are ten characters each."""
    made = [Place(start=10 * at, end=10 * at + 10, **one) for at, one in enumerate(places)]
    return Passage(id="d-0", ordinal=0, text="x" * 10 * len(made), places=made, **more)


@pytest.mark.parametrize(
    ("places", "cited"),
    [
        ([{"paragraph": "46.", "page": 12}], "PC0345E1a, § 46, p. 12"),
        ([{"paragraph": "46.", "page": 12}, {"paragraph": "47.", "page": 13}], "PC0345E1a, §§ 46–47, pp. 12–13"),
        ([{"paragraph": "2."}, {"paragraph": "7."}, {"paragraph": "8."}], "PC0345E1a, §§ 2, 7–8"),
        ([{"paragraph": "4.2.1"}, {"paragraph": "4.2.2"}], "PC0345E1a, §§ 4.2.1–4.2.2"),
        ([{"paragraph": "4.2.1"}, {"paragraph": "4.3.2"}], "PC0345E1a, §§ 4.2.1, 4.3.2"),
        ([{"paragraph": "46.", "item": "(a)", "page": 12}], "PC0345E1a, § 46, p. 12"),
        ([{"paragraph": "3.1.", "item": "3.", "page": 12}], "PC0345E1a, § 3.1, item 3, p. 12"),
        ([{"paragraph": "3.1.", "item": "2."}, {"paragraph": "3.1.", "item": "3."}], "PC0345E1a, § 3.1, items 2–3"),
        ([{"paragraph": "3.1."}, {"paragraph": "3.1.", "item": "1."}], "PC0345E1a, § 3.1"),
        ([{"page": 12}], "PC0345E1a, p. 12"),
        ([{}], "PC0345E1a"),
        ([{"annex": "4", "article": "18", "paragraph": "3."}], "PC0345E1a, Annex 4, Article 18, § 3"),
        (
            [{"article": "18", "paragraph": "9."}, {"article": "19"}, {"article": "19", "paragraph": "1."}],
            "PC0345E1a, Article 18, § 9; Article 19, § 1",
        ),
        ([{"annex": "Appendix II", "paragraph": "1."}], "PC0345E1a, Appendix II, § 1"),
    ],
)
def test_a_citation_has_what_there_is(places, cited):
    assert cite(document(*[None] * 14), passage(*places)) == cited


@pytest.mark.parametrize(
    ("kind", "places", "cited"),
    [
        ("regulation", [{"paragraph": "(1)"}, {"paragraph": "(2)"}], "recitals 1–2"),
        ("regulation", [{"article": "3", "paragraph": "(1)"}], "Article 3, § 1"),
        ("report", [{"paragraph": "(1)"}], "§ 1"),
    ],
)
def test_what_stands_before_the_articles_of_an_act_is_cited_as_recitals(kind, places, cited):
    assert cite_place(document(kind=kind), passage(*places)) == cited


def test_a_span_is_cited_by_its_own_places():
    one = passage({"paragraph": "46.", "page": 12}, {"paragraph": "47.", "page": 13})
    assert cite(document(), one, (12, 15)) == "PC0345E1a, § 47, p. 13"
    assert cite(document(), one, (8, 15)) == "PC0345E1a, §§ 46–47, pp. 12–13"


def test_a_page_is_named_by_its_printed_number_and_by_its_place_in_the_file():
    paper = document(None, "i", "9", "10")
    assert cite_place(paper, passage({"page": 3, "label": "9"})) == "p. 9 (file p. 3)"
    assert (
        cite_place(paper, passage({"page": 3, "label": "9"}, {"page": 4, "label": "10"})) == "pp. 9–10 (file pp. 3–4)"
    )
    assert cite_place(paper, passage({"page": 2, "label": "i"})) == "p. i (file p. 2)"
    assert cite_place(paper, passage({"page": 1})) == "file p. 1"
    assert cite_place(document("1", "2"), passage({"page": 2, "label": "2"})) == "p. 2"


@pytest.mark.parametrize(("note", "cited"), [("27", "note 27, p. 14"), ("[1]", "comment 1, p. 14")])
def test_a_note_is_cited_by_its_number(note, cited):
    assert cite_place(document(), passage({"page": 14}, kind="note", note=note)) == cited


def test_without_a_symbol_the_title_is_cited_and_without_that_the_file():
    assert cite(document(symbol=None, title="A  report"), passage({"page": 2})) == "A report, p. 2"
    assert cite(document(symbol=None), passage({"page": 2})) == "Report.pdf, p. 2"
    assert cite(document(symbol=None, title="A report"), passage(section=["A report"])) == "A report"


@pytest.mark.parametrize(
    ("title", "named"),
    [
        (
            "REGULATION (EU) No 1024/2031 OF THE PARLIAMENT AND OF THE COUNCIL of 25 October 2031 on mutual assistance",
            "REGULATION (EU) No 1024/2031 … on mutual assistance",
        ),
        (
            "Protocol to the Agreement Establishing the Northern and Southern Free Trade Areas of Arvenia on Ports",
            "Protocol to the Agreement Establishing the … and Southern Free Trade Areas of Arvenia on Ports",
        ),
        ("ANNEX 4 TRADE FACILITATION", "Trade facilitation – Annex 4 to the Arven Agreement"),
    ],
)
def test_a_paper_without_a_symbol_is_named_by_its_number_and_subject(title, named):
    source = "file:///papers/Arven_Agreement_Annex.pdf"
    paper = document(symbol=None, title=title, source=source, language="en")
    assert cite(paper, passage({"annex": "4" if "ANNEX" in title else None, "article": "2"})) == f"{named}, Article 2"


def test_a_long_heading_that_stands_for_the_place_is_named_by_its_beginning_and_its_end():
    heading = "Consideration of requests for observer status by the League of Ports, the Office of Forms and the Bank"
    cited = "Consideration of requests for observer status by … League of Ports, the Office of Forms and the Bank"
    assert cite(document(), passage({}, section=("Observers", f"• {heading}"))) == f"PC0345E1a, {cited}"
    assert cite(document(), passage({}, section=("Observers",))) == "PC0345E1a, Observers"
