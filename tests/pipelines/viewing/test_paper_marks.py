"""What is marked in a paper: its evidence, a theme, or what answers a query in it."""

import pytest

from configs.settings import load_settings
from extractors.document import MaturityTag, Passage, PassageTheme
from index.filters import EVERY_CLASS
from pipelines.viewing.paper_marks import evidence_marks, query_marks, theme_marks
from tests.pipelines.viewing.test_document_view import document


def tag(status, start=0, end=4):
    return MaturityTag(
        id="t", model="m", model_version="1", provenance="derived", dimension="d", confidence=1, status=status,
        start=start, end=end, statement="s", by="b",
    )  # fmt: skip


def passage(ordinal, text="Some text.", **more):
    return Passage(id=f"d-{ordinal}", ordinal=ordinal, text=text, **more)


def theme(name, *, status=None, start=None, end=None):
    kind = "about" if status else "named"
    return PassageTheme(id=name, label=name, kind=kind, confidence=1, status=status, start=start, end=end)


def test_the_evidence_are_the_passages_with_accepted_tags_and_their_sentences():
    tagged = [passage(0, maturity=(tag("accepted", 1, 3),)), passage(1, maturity=(tag("suggested"),))]
    paper = document(*tagged, passage(2))
    marks = evidence_marks(paper)
    assert marks.passages == ("d-0",)
    assert marks.sentences == {"d-0": ((1, 3),)}


def test_one_goes_from_mark_to_mark():
    accepted = (tag("accepted"),)
    paper = document(*(passage(n, maturity=accepted if n in (0, 3, 4) else ()) for n in range(5)))
    marks = evidence_marks(paper)
    assert marks.around(paper, "d-2") == (None, "d-0", "d-3")
    assert marks.around(paper, "d-3") == (2, "d-0", "d-4")
    assert marks.around(paper, None) == (None, None, "d-0")
    assert marks.around(paper, "d-4").next is None


def test_a_theme_is_marked_where_it_is_named_and_where_a_passage_is_about_it():
    paper = document(
        passage(0, themes=(theme("windows", start=0, end=4),)),
        passage(1, themes=(theme("windows", status="accepted"), theme("other", start=0, end=4))),
        passage(2, themes=(theme("windows", status="suggested"),)),
    )
    marks = theme_marks(paper, "windows")
    assert marks.passages == ("d-0", "d-1")
    assert marks.words == {"d-0": ((0, 4),), "d-1": ()}


@pytest.fixture
def found(service, shown):
    def go(name, query, **more):
        paper = shown(name)
        given = {"access_classes": EVERY_CLASS} | more
        return paper, query_marks(load_settings(), service, paper, query, **given)

    return go


def test_a_query_marks_its_words_in_one_version_of_the_paper(found):
    paper, marks = found("PC9001E1a", "single windows", mode="text")
    assert marks.passages
    assert {name.rpartition("-")[0] for name in marks.passages} == {paper.id}
    passages = {one.id: one for one in paper.passages}
    for name in marks.passages:
        words = [passages[name].text[start:end].casefold() for start, end in marks.words[name]]
        assert words
        assert all("window" in one or "single" in one for one in words)
        (sentence,) = marks.sentences[name]
        assert any(sentence[0] <= start < sentence[1] for start, _ in marks.words[name])
    french, of_french = found("PC9001F1a", "guichet unique", mode="text")
    assert {name.rpartition("-")[0] for name in of_french.passages} == {french.id}


def test_the_marks_of_a_query_are_in_the_order_of_the_text(found):
    _, marks = found("PC9001E1a", "the committee", mode="text")
    ordinals = [int(name.rpartition("-")[2]) for name in marks.passages]
    assert len(ordinals) > 2
    assert ordinals == sorted(ordinals)


def test_without_words_the_evidence_stays_marked_and_nothing_where_nothing_is_close(found):
    paper, marks = found("PC9001E1a", "year:2000..")
    assert marks == evidence_marks(paper)
    _, marks = found("PC9001E1a", "qqqq zzzz", mode="text")
    assert marks.passages == ()


def test_the_passage_that_is_read_is_marked_by_its_words_though_it_is_not_close(found):
    paper, marks = found("PC9001E1a", "single window zzzz", mode="text")
    name = next(one.id for one in paper.passages if "indow" in one.text and one.id not in marks.passages)
    _, read = found("PC9001E1a", "single window zzzz", mode="text", chosen=name)
    assert read.words[name]
