"""In hybrid search passages gain by the themes that a query is about, alike in every engine."""

import numpy as np
import pytest

from index.filters import EVERYTHING
from index.ranking.fusion import Fusion
from index.ranking.theme_shares import QueryTheme
from index.results import SearchRequest
from index.search import QueryReading, search

WINDOW, PAPERLESS = "single-window", "paperless"
VECTOR = np.eye(8, dtype=np.float32)[3]


@pytest.fixture
def library(hold, make):
    def about(name, status):
        return make.theme(name, "about", 0.9 if status == "accepted" else 0.4, status, why="nearest")

    return hold(
        make.paper("words", "offices exchange data data data"),
        make.paper("sure", "offices", themes=[[about(WINDOW, "accepted")]]),
        make.paper("maybe", "offices", themes=[[about(WINDOW, "suggested")]]),
        make.paper("other", "offices", themes=[[about(PAPERLESS, "accepted")]]),
        make.paper("named", "offices", themes=[[make.theme(WINDOW, "named")]]),
    )


@pytest.fixture
def ask(library):
    """Search with what a query is read as; gives the passages by the names of their papers, best first."""

    def found(*themes, query="offices exchange data between them", **more):
        reading = QueryReading(VECTOR, tuple(QueryTheme(id=name, confidence=sure) for name, sure in themes))
        request = SearchRequest(filters=EVERYTHING, query=query, explain=True, **more)
        result = search(library, request, lambda _: reading)
        return {hit.document.source.rpartition("/")[2]: hit.passages[0] for hit in result.hits}, result

    return found


@pytest.mark.parametrize("fusion", [Fusion("weighted"), Fusion("rrf")])
def test_passages_about_a_theme_of_the_query_gain(ask, fusion):
    (plain, _), (gained, _) = ask(fusion=fusion), ask((WINDOW, 1.0), fusion=fusion)
    assert next(iter(plain)) == "words"
    assert max(gained, key=lambda name: gained[name].score) == "sure"  # first comes what has all words
    best = max(passage.score for passage in plain.values())
    shares = {name: (gained[name].score - plain[name].score) / best for name in plain}
    assert shares == pytest.approx({"words": 0, "sure": 1, "maybe": 0.5, "other": 0, "named": 0})


def test_the_gain_is_part_of_the_explanation(ask):
    found, result = ask((WINDOW, 0.8), (PAPERLESS, 0.2))
    for passage in found.values():
        fused = passage.explain.fused
        assert fused.words + fused.meaning + fused.themes == pytest.approx(passage.score)
    assert found["words"].explain.fused.themes == 0
    assert found["sure"].explain.fused.themes == pytest.approx(4 * found["other"].explain.fused.themes)
    assert [(one.id, one.confidence) for one in result.about] == [(WINDOW, 0.8), (PAPERLESS, 0.2)]


@pytest.mark.parametrize("more", [{"mode": "text"}, {"mode": "vector"}, {"expand": False}])
def test_nothing_gains_where_words_or_meaning_stand_alone_or_as_typed(ask, more):
    (plain, _), (asked, result) = ask(**more), ask((WINDOW, 1.0), **more)
    assert [passage.score for passage in asked.values()] == [passage.score for passage in plain.values()]
    assert result.about == ()


def test_a_theme_that_no_passage_has_changes_nothing(ask):
    (plain, _), (asked, _) = ask(), ask(("blockchain", 1.0))
    assert {name: one.score for name, one in asked.items()} == {name: one.score for name, one in plain.items()}
