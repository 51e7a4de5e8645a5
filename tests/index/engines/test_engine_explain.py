"""Why a passage ranks where it does: what is said has to agree with the rankings themselves."""

import pytest

from index.filters import EVERY_CLASS, EVERYTHING, parse_filters
from index.quantised import Quantised
from index.ranking.fusion import COUNTED, RRF_K, Fusion
from index.results import ENOUGH_DOCUMENTS, SearchRequest


@pytest.fixture
def library(hold, make):
    return hold(
        make.paper("both", "customs blockchain", "other", date=make.date("2015-03-01"), themes=[["single-window"]]),
        make.paper("often", "customs customs data", date=make.date("2016-01-01")),
        make.paper("fr", "la douane et la blockchain", language="fr"),
        make.paper("far", "nothing of it"),
    )


@pytest.fixture
def passages(library, make):
    """Search and give every passage that is shown by the name of its paper, with the paper's vector as query."""

    def ask(query, like="often", **more):
        vector = make.vectors(make.paper(like, "x"))[0]
        found = library.search(SearchRequest(query=query, explain=True, **{"filters": EVERYTHING, **more}), vector)
        return {hit.document.source.rpartition("/")[2]: hit.passages for hit in found.hits}

    return ask


def test_nothing_is_explained_unless_it_is_asked_for(library):
    found = library.search(SearchRequest(filters=EVERYTHING, query="customs", mode="text"), None)
    passage = found.model_dump(mode="json")["hits"][0]["passages"][0]
    assert not {"explain", "context", "nearest"} & passage.keys()


def test_the_scores_of_the_words_add_up(passages):
    found = passages("customs blockchain window", mode="text")
    by_words = {name: own[0].explain.words for name, own in found.items()}
    assert [one.rank for one in by_words.values()] == list(range(1, len(by_words) + 1))
    assert [word.text for word in by_words["both"].words] == ["customs", "blockchain"]
    assert [word.text for word in by_words["often"].words] == ["customs"]
    for name, words in by_words.items():
        assert words.score == pytest.approx(found[name][0].score)
        assert sum(word.score for word in words.words) == pytest.approx(words.score, rel=1e-5)


def test_a_phrase_adds_its_own_score_and_has_to_be_there(passages):
    ((name, (passage,)),) = passages('customs blockchain "customs data"', mode="text").items()
    words = passage.explain.words
    assert (name, [word.text for word in words.words]) == ("often", ["customs", '"customs data"'])
    assert sum(word.score for word in words.words) == pytest.approx(words.score, rel=1e-5)
    assert words.score == pytest.approx(passage.score)


def test_it_says_whether_all_words_were_asked_for(filled, make, passages):
    assert not passages("customs blockchain", mode="text")["both"][0].explain.words.all_words
    filled.add(*(make.paper(f"p{number}", "customs blockchain") for number in range(ENOUGH_DOCUMENTS)))
    assert passages("customs blockchain", mode="text")["both"][0].explain.words.all_words


def test_a_word_that_is_demanded_is_not_widened(filled, make, passages):
    filled.add(make.paper("whole", "cross-border data"), make.paper("part", "the border"))
    found = passages("+cross-border customs", mode="text")
    assert [word.text for word in found["whole"][0].explain.words.words] == ["cross-border"]
    assert "part" not in found
    widened = passages("cross-border customs", mode="text")["part"][0].explain.words.words
    assert [word.text for word in widened] == ["cross-border"]


@pytest.mark.parametrize(
    ("query", "typed"), [('"customs data"', '"customs data"'), ("cust*", "cust*"), ("custms~", "custms~2")]
)
def test_words_are_named_as_they_are_typed(passages, query, typed):
    shown = passages(query, mode="text")
    texts = {word.text for own in shown.values() for word in own[0].explain.words.words}
    assert texts <= {typed, '"customs customs data"'}
    assert shown


def test_meaning_has_a_rank_and_a_cosine(passages, make):
    found = passages("customs", mode="vector")
    ranks = sorted((one.explain.meaning.rank, one.explain.meaning.cosine) for own in found.values() for one in own)
    assert [rank for rank, _ in ranks] == [1, 2, 3, 4, 5]
    assert [cosine for _, cosine in ranks] == sorted((cosine for _, cosine in ranks), reverse=True)
    nearest = found["often"][0].explain
    assert nearest.meaning.cosine == pytest.approx(1, abs=0.01)
    assert (nearest.words, nearest.fused) == (None, None)


def test_the_cosine_is_that_of_the_rounded_vectors(passages, make):
    """What is close depends on it, so that every engine has to come to the same."""
    query = make.vectors(make.paper("often", "x"))[0]
    expected = {}
    for name, count in (("both", 2), ("often", 1), ("fr", 1), ("far", 1)):
        paper = make.paper(name, *["x"] * count)
        cosines = Quantised.of(make.vectors(paper)).floats(slice(None)) @ query
        expected |= dict(zip((passage.id for passage in paper.passages), cosines.tolist(), strict=True))
    found = passages("customs", mode="vector")
    cosines = {one.id: one.explain.meaning.cosine for own in found.values() for one in own}
    assert cosines == pytest.approx(expected, abs=2e-6)


def test_the_fused_score_is_the_sum_of_two_ranks(passages):
    found = passages("customs blockchain", fusion=Fusion("rrf"))
    assert any(found.values())
    for own in found.values():
        for passage in own:
            words, meaning, fused = passage.explain.words, passage.explain.meaning, passage.explain.fused
            assert fused.words == (pytest.approx(1 / (RRF_K + words.rank)) if words else 0)
            assert fused.meaning == pytest.approx(1 / (RRF_K + meaning.rank))
            assert fused.words + fused.meaning == pytest.approx(passage.score)


def test_filters_name_the_values_that_they_accepted(passages):
    filters = parse_filters(
        ["year=2010..2015", "theme=single-window", "language=en", "language=de"], access_classes=EVERY_CLASS
    )
    (passage,) = passages("customs -old", mode="text", filters=filters)["both"]
    assert [(one.filter, one.values) for one in passage.explain.filters] == [
        ("year=2010..2015", ("2015",)),
        ("theme=single-window", ("single-window",)),
        ("language=de or en", ("en",)),
    ]


def test_filters_on_tags_name_those_of_the_one_tag(filled, make, passages):
    tags = [[make.tag("people", "L1"), make.tag("systems", "L2", subject="KE")]]
    filled.add(make.paper("tagged", "customs", tags=tags))
    filters = parse_filters(["dimension=systems", "dimension=people", "level=L2"], access_classes=EVERY_CLASS)
    (passage,) = passages("-model:other customs", mode="text", filters=filters)["tagged"]
    assert [(one.filter, one.values) for one in passage.explain.filters] == [
        ("dimension=people or systems", ("systems",)),
        ("level=l2", ("L2",)),
        ("model!=other", ()),
    ]


def test_an_empty_query_has_no_ranks(passages):
    explained = passages("", filters=parse_filters(["year=2015"], access_classes=EVERY_CLASS))["both"][0].explain
    assert (explained.words, explained.meaning, explained.fused) == (None, None, None)
    assert explained.filters[0].values == ("2015",)


def test_similar_passages_have_a_rank_by_meaning(library, make):
    found = library.similar(make.paper("both", "x").passages[0].id, SearchRequest(filters=EVERYTHING, explain=True))
    best = found.hits[0].passages[0].explain
    assert (best.meaning.rank, best.words, best.fused) == (1, None, None)
    assert best.meaning.cosine == pytest.approx(found.hits[0].score)


def test_far_behind_by_word_a_near_passage_counts_by_its_meaning_only(hold, make, filled):
    paper = make.paper("long", *["customs"] * (COUNTED + 20))
    hold(paper)
    vector = make.vectors(paper)[COUNTED + 10]
    request = SearchRequest(filters=EVERYTHING, query="customs", explain=True, passages=COUNTED + 20)
    explained = {one.id: one.explain for one in filled.search(request, vector).hits[0].passages}
    nearest = explained[f"{paper.id}-{COUNTED + 10}"]
    assert (nearest.meaning.rank, nearest.words.rank, nearest.fused.words) == (1, None, 0)
    behind = [one.words for one in explained.values() if one.meaning is None]
    assert len(behind) == 20
    assert all(one.rank for one in behind)
