"""How hybrid search makes one ranking of two, and what it takes out of the query's vector, on every engine."""

import numpy as np
import pytest

from configs.centres import EncoderCentres, LanguageCentres
from index.filters import EVERYTHING
from index.ranking.centring import Centring
from index.ranking.fusion import Fusion
from index.results import SearchRequest

COMMON = np.eye(8, dtype=np.float32)[0]
"""What all texts of the made-up encoder have in common."""
SUBJECT = np.eye(8, dtype=np.float32)[1]


def unit(vector):
    return vector / np.linalg.norm(vector)


@pytest.fixture
def names(writer):
    def ask(query, vector, **more):
        request = SearchRequest(filters=EVERYTHING, query=query, **more)
        return [hit.document.source.rpartition("/")[2] for hit in writer.search(request, vector).hits]

    return ask


@pytest.fixture
def centred(monkeypatch):
    """Let the encoder of the tests have centres: every text leans the same way."""
    common = tuple(COMMON.tolist())
    centres = EncoderCentres(model_hash="x", languages={"en": LanguageCentres(query=common, passage=common)})
    for engine in ("embedded", "elastic"):
        monkeypatch.setattr(f"index.{engine}.engine.centring_of", lambda _: Centring(centres))


@pytest.mark.usefixtures("centred")
def test_hybrid_search_looks_for_what_a_query_does_not_share_with_all_others(make, writer, names):
    writer.put(make.paper("usual", "a text"), unit(COMMON)[None], versions={})
    writer.put(make.paper("apt", "a text"), unit(COMMON + SUBJECT)[None], versions={})
    writer.flush()
    query = unit(4 * COMMON + SUBJECT)
    assert names("nothing", query, mode="vector") == ["usual", "apt"]
    assert names("nothing", query) == ["apt", "usual"]


def test_weighted_scores_add_up_and_are_explained(put, make, writer):
    papers = [make.paper("a", "customs customs data"), make.paper("b", "customs"), make.paper("c", "other")]
    put(*papers)
    request = SearchRequest(filters=EVERYTHING, query="customs", fusion=Fusion("weighted", 0.75), explain=True)
    hits = writer.search(request, make.vectors(papers[1])[0]).hits
    assert {hit.document.id for hit in hits} >= {paper.id for paper in papers[:2]}
    for hit in hits:
        (passage,) = hit.passages
        fused = passage.explain.fused
        assert passage.score == pytest.approx(fused.words + fused.meaning)
        if passage.text == "customs":
            assert fused.meaning == pytest.approx(0.5)  # the nearest
        if passage.explain.words and passage.explain.words.rank == 1:
            assert fused.words == pytest.approx(1.5)


def test_the_length_of_a_query_weighs_its_words(put, make, writer):
    papers = [make.paper("a", "customs customs data"), make.paper("b", "customs"), make.paper("c", "other")]
    put(*papers)

    def most(query):
        request = SearchRequest(filters=EVERYTHING, query=query, explain=True)
        hits = writer.search(request, make.vectors(papers[1])[0]).hits
        fused = [passage.explain.fused for hit in hits for passage in hit.passages]
        return max(one.words for one in fused), max(one.meaning for one in fused)

    assert most("customs data of others") == pytest.approx((0.6, 1.4))
    assert most("customs and all that goes with the rest") == pytest.approx((0.7, 1.3))


def test_one_ranking_may_count_alone(put, make, names):
    papers = [make.paper("a", "customs customs data"), make.paper("b", "customs"), make.paper("c", "other")]
    put(*papers)
    vector = make.vectors(papers[1])[0]
    assert names("customs", vector, fusion=Fusion(words=0.0)) == names("customs", vector, mode="vector")
    by_words = names("customs", vector, mode="text")
    assert names("customs", vector, fusion=Fusion("weighted", 1.0))[: len(by_words)] == by_words


def test_stop_words_of_the_query_are_not_looked_for_in_another_language(put, make, names):
    put(
        make.paper("english", "the window de la mer", language="en"),
        make.paper("french", "le guichet de la douane", language="fr"),
    )
    assert names("le guichet de la douane", None, mode="text", expand=False) == ["french"]


def test_hybrid_search_learns_from_the_best_passages(make, writer, names):
    """Two papers have no word of the query: the one that is like those that have is nearer than the query tells."""
    query, theirs, other, noise = np.eye(8, dtype=np.float32)[2:6]
    for number in range(6):
        vector = unit(query + 2 * theirs + number / 10 * noise)
        writer.put(make.paper(f"p{number}", "data"), vector[None], versions={})
    writer.put(make.paper("alike", "text"), unit(query + 2 * theirs - noise / 2)[None], versions={})
    writer.put(make.paper("apart", "text"), unit(query + 1.9 * other)[None], versions={})
    writer.flush()
    near = names("data", query, mode="vector")
    assert near.index("apart") < near.index("alike")
    found = names("data", query, fusion=Fusion(words=0.5))
    assert found.index("alike") < found.index("apart")
    assert set(found) == set(near)


def test_hybrid_search_of_an_index_with_one_passage_or_none(make, put, writer, names):
    assert names("data", unit(SUBJECT)) == []
    put(make.paper("a", "data"))
    writer.flush()
    assert names("data", unit(SUBJECT)) == names("other", unit(SUBJECT)) == ["a"]
