"""Why nothing matches: which word or filter left nothing, and other spellings, for what the reader may see."""

import numpy as np
import pytest

from index.filters import EVERY_CLASS, Filters, parse_filters
from index.results import SearchRequest


@pytest.fixture
def library(hold, make):
    return hold(
        make.paper("a", "The interoperability of customs windows", date=make.date("2010-05-05"), body="ptc"),
        make.paper("b", "Interoperability again", date=make.date("2015-05-05"), body="ptc"),
        make.paper("c", "L'interopérabilité des guichets", language="fr", body="tc"),
        make.paper("secret", "blockchain blockchains", language="es", access="secretariat"),
    )


@pytest.fixture
def why(library):
    def ask(query, *filters, held=EVERY_CLASS, mode="text"):
        wanted = parse_filters(filters, access_classes=held)
        result = library.search(SearchRequest(filters=wanted, query=query, mode=mode), np.ones(8, np.float32))
        return result.hints

    return ask


def parts(found):
    return [(one.text, one.alone, one.without) for one in found]


@pytest.mark.parametrize("query", ["", "customs", "customs windows", "interop*"])
def test_there_are_no_hints_where_anything_has_all_words(why, query):
    assert why(query) is None


@pytest.mark.parametrize("mode", ["text", "vector", "hybrid"])
def test_a_misspelt_word_beside_others_is_told_in_every_mode(why, mode):
    found = why("customs windwos", mode=mode)
    assert parts(found.words) == [("customs", 1, 0), ("windwos", 0, 1)]
    assert found.query == "customs windows"


def test_a_misspelt_word_that_matches_by_its_stem_is_corrected_with_another(make, hold):
    engine = hold(make.paper("a", "The management of risk by every manager"))
    request = SearchRequest(filters=Filters(access_classes=EVERY_CLASS), query="riks managment", mode="text")
    found = engine.search(request, np.ones(8, np.float32)).hints
    assert parts(found.words) == [("riks", 0, 1), ("managment", 1, 0)]
    assert found.query == "risk management"


def test_of_several_spellings_those_are_suggested_that_stand_together(make, hold):
    texts = ("single wind", "wind", "single window", "a window")
    engine = hold(*(make.paper(f"p{number}", text) for number, text in enumerate(texts)))
    request = SearchRequest(filters=parse_filters((), access_classes=EVERY_CLASS), query="singel windwo", mode="text")
    assert engine.search(request, np.ones(8, np.float32)).hints.query == "single window"


def test_a_misspelt_word_is_told_with_the_words_that_match(why):
    found = why("interoprability")
    assert parts(found.words) == [("interoprability", 0, 4)]
    (one,) = found.words
    suggested = [(other.text, other.documents) for other in one.suggestions]
    assert suggested == [("interoperability", 2), ("interopérabilité", 1)]
    assert found.query == "interoperability"


def test_a_stop_word_is_not_taken_for_another_one_misspelt(why, filled, make):
    filled.add(make.paper("d", "Tho blockchain"))
    assert why("the").words[0].suggestions == ()


def test_words_of_a_phrase_are_respelt_and_the_rest_is_kept(why):
    found = why('"customs widnows" year:2010')
    assert found.query == '"customs windows" year:2010'


def test_suggestions_keep_to_the_filters(why):
    found = why("interoprability", "language=fr")
    assert [one.text for one in found.words[0].suggestions] == ["interopérabilité"]
    assert why("interoprability", "language=es").words[0].suggestions == ()


def test_the_filter_that_leaves_nothing_is_told(why):
    found = why("customs", "language=fr", "body=tc")
    assert parts(found.words) == [("customs", 0, 1)]
    assert parts(found.filters) == [("language=fr", 1, 0), ("body=tc", 1, 0)]
    assert parts(why("customs", "language=fr").filters) == [("language=fr", 1, 1)]
    found = why("customs", "language=de")
    assert parts(found.filters) == [("language=de", 0, 1)]


def test_filters_that_leave_nothing_together_are_told(why):
    assert parts(why("", "body=ptc", "language=fr").filters) == [("body=ptc", 2, 1), ("language=fr", 1, 2)]
    assert parts(why("customs year:2015..").filters) == [("year=2015..", 1, 1)]


def test_words_that_are_demanded_or_excluded_are_told(why):
    assert parts(why("+customs +guichets").words) == [("customs", 1, 1), ("guichets", 1, 1)]
    assert parts(why("customs -windows").words) == [("customs", 1, 3), ("-windows", None, 1)]


def test_words_without_a_match_are_told_in_hybrid_mode_too(why):
    assert why("interoprability", mode="hybrid").query == "interoperability"
    assert why("interoperability", mode="hybrid") is None


@pytest.mark.parametrize("mode", ["text", "hybrid"])
def test_nothing_is_told_of_papers_that_the_reader_may_not_see(why, mode):
    assert why("blokchain", mode=mode).query == "blockchain"
    assert why("blockchain", mode=mode) is None
    members = frozenset({"members"})
    found = why("blokchain", held=members, mode=mode)
    assert (found.words[0].suggestions, found.query) == ((), None)
    assert parts(why("blockchain", "language=es", held=members, mode=mode).filters) == [("language=es", 0, 0)]


@pytest.mark.parametrize("query", ["?", '"', "- ~ *"])
def test_of_marks_there_is_nothing_to_tell(why, query):
    assert why(query) is None


def test_an_empty_index_has_no_hints_without_a_question(hold):
    assert hold().search(SearchRequest(filters=Filters(access_classes=EVERY_CLASS)), None).hints is None
