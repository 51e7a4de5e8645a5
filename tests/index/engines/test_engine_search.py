import contextlib
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configs.system.errors import UsageError
from index.filters import EVERY_CLASS, EVERYTHING
from index.query.parser import MOST_WORDS, QueryError
from index.results import ENOUGH_DOCUMENTS, NEAREST, SearchRequest
from index.search import QueryReading, search

SECONDS = 10
"""What the longest query may take; a hundred times what it takes."""


def marked(hit_text, spans):
    return [hit_text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("text", "language", "queries"),
    [
        (
            "A Single Window for trade",
            "en",
            ["single window", '"single window"', "windows", "SINGLE", "+single -paper"],
        ),
        ("La procédure simplifiée", "fr", ["simplifiee", "simplifiees", "SIMPLIFIÉS", "simplifié"]),
        ("LA PROCEDURE SIMPLIFIEE", "fr", ["simplifiée", "SIMPLIFIÉES", "simplifiee"]),
        ("Digitalisation of e-commerce through a window", "en", ["digit*", "e-comm*", "widnow~", "comerce~1"]),
    ],
)
def test_words_find_inflections_with_accents_and_without_prefixes_and_misspellings(
    hold, names, make, text, language, queries
):
    hold(make.paper("a", text, language=language), make.paper("b", "Paper only"))
    assert [names(query) for query in queries] == [["a"]] * len(queries)


@pytest.mark.parametrize("query", ["person's", "jusqu'où", "l’article", 'the "unclosed', "a:b", "(((", "\x00"])
def test_apostrophes_and_stray_marks_are_no_errors(hold, names, make, query):
    hold(make.paper("a", "A person's article"))
    names(query)


def test_a_phrase_counts_the_stop_words_between(hold, names, make):
    hold(make.paper("near", "prevention of fraud"), make.paper("far", "prevention and all of the fraud"))
    assert names('"prevention of fraud"') == ["near"]


def test_negation_alone_finds_the_rest(hold, names, make):
    hold(make.paper("a", "blockchain"), make.paper("b", "paper"), make.paper("c", "papier", language="fr"))
    assert sorted(names("-blockchain")) == ["b", "c"]


def test_all_words_first_and_any_word_where_few_have_all(hold, names, make):
    hold(make.paper("both", "customs blockchain"), make.paper("one", "customs"), make.paper("none", "paper"))
    assert names("customs blockchain") == ["both", "one"]


def test_any_word_includes_the_parts_of_a_compound(hold, names, make):
    hold(
        make.paper("whole", "cross-border data"), make.paper("part", "data at the border"), make.paper("none", "paper")
    )
    assert names("cross-border data") == ["whole", "part"]
    assert names("cross-border trade") == ["whole", "part"]
    assert names('"cross-border" trade') == names("+cross-border trade") == ["whole"]


@pytest.mark.parametrize(
    "query", ["paper data -cross-border", "paper data -(cross border)", "paper data -(cross-border)"]
)
def test_what_is_excluded_is_not_widened_where_few_papers_have_all_words(hold, names, make, query):
    hold(make.paper("whole", "cross-border data"), make.paper("part", "data at the border"), make.paper("data", "data"))
    assert sorted(names(query)) == ["data", "part"]


def test_the_parts_of_a_compound_are_marked_where_it_matched_by_them(hold, ask, make):
    hold(make.paper("whole", "cross-border data"), make.paper("part", "data at the border"))
    (whole,), (part,) = (hit.passages for hit in ask("cross-border trade").hits)
    assert marked(whole.text, whole.highlights) == ["cross-border"]
    assert marked(part.text, part.highlights) == ["border"]


def test_all_words_only_where_enough_papers_have_them(hold, names, make):
    both = [make.paper(f"both{n}", "customs blockchain") for n in range(ENOUGH_DOCUMENTS)]
    hold(*both, make.paper("one", "customs"))
    assert "one" not in names("customs blockchain")


def test_what_is_demanded_or_forbidden_holds_in_every_mode(hold, names, make):
    papers = (make.paper("a", "customs old"), make.paper("b", "customs blockchain"), make.paper("c", "blockchain"))
    hold(*papers)
    vector = make.vectors(papers[0])[0]
    for mode in ("text", "vector", "hybrid"):
        assert sorted(names("+customs -old", vector=vector, mode=mode)) == ["b"]


def test_highlights_mark_the_words_of_the_text(ask, hold, make):
    text = "Évaluée : la valeur en douane, un guichet unique."
    hold(make.paper("a", text, language="fr"))
    (passage,) = ask('evaluee "guichet unique" doua*').hits[0].passages
    assert marked(passage.text, passage.highlights) == ["Évaluée", "douane", "guichet unique"]


def test_the_nearest_passage_comes_first(hold, names, make):
    papers = [make.paper(f"p{n}", "text") for n in range(20)]
    hold(*papers)
    assert names("anything", vector=make.vectors(papers[7])[0], mode="vector")[0] == "p7"


def test_hybrid_is_the_union_of_words_and_neighbours(ask, hold, make):
    papers = [make.paper(f"p{n}", "blockchain" if n == 3 else "paper") for n in range(30)]
    hold(*papers)
    vector = make.vectors(papers[5])[0]
    found = ask("blockchain", vector=vector, mode="hybrid", k=2)
    assert (found.passages, found.not_close) == (1, 29)
    assert {hit.document.source for hit in found.hits} == {papers[3].source, papers[5].source}


def test_a_vector_matches_a_thousand_passages_at_most(ask, hold, make):
    hold(make.paper("long", *["text"] * (NEAREST + 50)))
    found = ask("text", vector=np.ones(8, np.float32), mode="vector")
    assert (found.passages, found.documents) == (NEAREST, 1)


def test_neighbours_are_chosen_after_the_filters(ask, hold, make):
    hold(make.paper("long", *["text"] * (NEAREST + 50)), make.paper("other", "texte", language="fr"))
    vector = -make.vectors(make.paper("other", "x"))[0]
    assert ask("text", "language=fr", vector=vector, mode="vector").passages == 1


def test_the_query_is_encoded_only_where_it_is_needed(filled, hold, make):
    hold(make.paper("a", "customs"))
    asked = []

    def read(text):
        asked.append(text)
        return QueryReading(np.ones(8, np.float32))

    for query, mode in [("customs", "text"), ("", "hybrid"), ("+customs -old", "hybrid")]:
        search(filled, SearchRequest(filters=EVERYTHING, query=query, mode=mode), read)
    assert asked == ["customs"]


def test_pages_are_stable_and_complete(hold, names, make):
    hold(*(make.paper(f"p{n:02}", "customs declaration") for n in range(25)))
    pages = [names("customs", k=10, offset=offset) for offset in (0, 10, 20, 30)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert [name for page in pages for name in page] == names("customs")


def test_the_newest_come_first_by_date_and_those_without_last(hold, names, make):
    hold(
        make.paper("old", "customs", date=make.date("2010-01-01")),
        make.paper("none", "customs customs"),
        make.paper("new", "customs", date=make.date("2020-01-01")),
    )
    assert names("customs", sort="date") == ["new", "old", "none"]


def test_similar_passages_are_of_other_papers(filled, hold, make):
    twin = make.paper("en", "one", "two", symbol=("PC", "0345", "E", "1", "a"))
    hold(twin, make.paper("fr", "un", language="fr", symbol=("PC", "0345", "F", "1", "a")), make.paper("x", "y"))
    found = filled.similar(twin.passages[0].id, SearchRequest(filters=EVERYTHING))
    assert [hit.document.source for hit in found.hits] == ["file:///x"]


@pytest.mark.parametrize("name", ["nothing", "", "0123456789abcdef-0", "x-" + "9" * 40, "-١"])
def test_an_unknown_passage_is_a_usage_error(filled, hold, make, name):
    hold(make.paper("a", "text"))
    with pytest.raises(UsageError, match="no passage"):
        filled.similar(name, SearchRequest(filters=EVERYTHING))


@pytest.mark.parametrize("name", ["PC0345", "pc 0345", "PC0345E", "file:///e2", pytest.param(None, id="id")])
def test_a_document_is_known_by_id_source_and_symbol(filled, hold, make, name):
    newest = make.paper("e2", "text", symbol=("PC", "0345", "E", "2", ""))
    hold(
        make.paper("f3", "texte", language="fr", symbol=("PC", "0345", "F", "3", "a")),
        newest,
        make.paper("e1", "text", symbol=("PC", "0345", "E", "1", "a")),
    )
    found = filled.document(name or newest.id, access_classes=EVERY_CLASS)
    assert found.source == "file:///e2"
    assert found.twins == (make.paper("f3").id,)
    assert found.revisions == (make.paper("e1").id,)
    assert found.passages == ()


def test_a_whole_document_comes_back_as_it_was(filled, hold, make):
    tags = [[make.tag(level="L3")]]
    given = make.paper("a", "Évaluation", "two", themes=[["single-window"]], tags=tags, sessions=(1, 2))
    hold(given)
    assert filled.document(given.id, full=True, access_classes=EVERY_CLASS) == given


def test_a_wrong_filter_in_a_query_is_a_query_error(ask):
    with pytest.raises(QueryError):
        ask("year:abc")


PIECES = [
    "a",
    "b1",
    "é",
    "customs",
    "l'article",
    "PC 0345",
    "G/VAL/W/136",
    "year:",
    "language:fr",
    "body:x",
    "OR",
    "NOT",
]
MARKS = [
    '"',
    "“",
    "«",
    "(",
    ")",
    "+",
    "-",
    "*",
    "~",
    "~2",
    ":",
    "..",
    "/",
    "'",
    " ",
    "\n",
    "\x00",
    "\u0301",
    "\ud800",
    "😀",
]
ANY_QUERY = st.one_of(
    st.text(st.characters(), max_size=200),
    st.lists(st.sampled_from(PIECES + MARKS), max_size=60).map("".join),
    st.lists(st.sampled_from(PIECES + MARKS), max_size=60).map(" ".join),
    st.builds(
        lambda piece, times: piece * times, st.text(st.characters(), min_size=1, max_size=9), st.integers(1, 1100)
    ),
)
"""Any Unicode, lone surrogates too, up to some ten kilobytes, with quotes and brackets that are not closed."""


@given(query=ANY_QUERY)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_raises_anything_but_its_own_error(hold, ask, make, query):
    hold(make.paper("a", "a b1 é customs", "l'article", language="fr"))
    for mode in ("text", "hybrid"):
        with contextlib.suppress(QueryError):
            ask(query, vector=np.ones(8, np.float32), mode=mode)


LONG = {
    "words": " ".join(f"word{place}" for place in range(1100)),
    "few-words": "a b " * 2_500,
    "as-many-words-as-allowed": " ".join(f"mot{place}é" for place in range(MOST_WORDS)),
    "accents": "é' " * 3_000,
    "alternatives": "a OR " * 2_000,
    "prefixes": "ab*" * 3_000,
    "phrase": '"' + "a " * 5_000,
    "loose": '"a b c d e f"~99',
    "as-loose-as-allowed": '"été café thé pré"~8',
    "brackets": "(a OR " * 1_500,
    "closed-brackets": "(a OR (" * 700 + "b" + "))" * 700,
    "excluded": "-a " * 3_000,
    "fuzzy": "abcdefgh~2 " * 900,
}
REFUSED = {"words", "prefixes", "phrase", "loose"}


@pytest.mark.parametrize("name", LONG)
def test_ten_kilobytes_are_answered_or_refused_at_a_character(hold, names, make, name):
    hold(make.paper("a", "a b ab é"))
    started = time.process_time()
    with pytest.raises(QueryError, match="character") if name in REFUSED else contextlib.nullcontext():
        names(LONG[name])
    assert time.process_time() - started < SECONDS


def with_note(paper):
    """Return a paper whose first passage is a note."""
    first, *others = paper.passages
    return paper.model_copy(update={"passages": (first.model_copy(update={"kind": "note", "note": "27"}), *others)})


@pytest.fixture
def noted(hold, make):
    """Store a paper with a note, which has no vector, and a passage of text."""
    paper = with_note(make.paper("a", "Window: see the link", "A single window for trade"))
    vectors = make.vectors(paper)
    vectors[0] = 0
    hold((paper, vectors))
    return paper


def test_a_note_is_found_by_word_and_shown_behind_the_text(noted, ask):
    (hit,) = ask("window").hits
    assert [(one.kind, one.note) for one in hit.passages] == [("text", None), ("note", "27")]
    (hit,) = ask("link").hits
    assert [one.note for one in hit.passages] == ["27"]


def test_a_note_is_not_found_by_meaning(noted, ask, make):
    vector = make.vectors(noted)[1]
    for mode in ("vector", "hybrid"):
        result = ask("trade", vector=vector, mode=mode)
        assert [one.kind for hit in result.hits for one in hit.passages] == ["text"]


def test_an_index_with_notes_is_whole(noted, filled):
    assert all(check.ok for check in filled.checks())
