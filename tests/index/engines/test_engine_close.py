"""Where an answer ends, on every engine: what is close to a query is counted, and the rest is listed."""

from functools import partial

import numpy as np
import pytest

from configs.closeness import Answered, Best, ClosenessRules, EncoderCloseness, Limits
from index.elastic import engine as in_cluster
from index.embedded import engine as embedded
from index.filters import EVERY_CLASS, EVERYTHING, parse_filters
from index.ranking.closeness import Closeness
from index.ranking.theme_shares import QueryTheme
from index.results import EVERY_PASSAGE, SearchRequest

MODES = ["text", "vector", "hybrid"]
QUERY = np.eye(8, dtype=np.float32)[0]


@pytest.fixture(autouse=True)
def _limit(monkeypatch):
    """Let a cosine of .9 answer a question, or less with a topic. Then .8 of the best score is near enough, or less
    with words (each of four counts .125). By word alone it takes .6 of the words."""
    best = Best(words=0.5, scores=1.0, ranks=0.0, limit=0.8)
    limits = Limits(answered=Answered(nearest=1.0, topic=0.2, limit=0.9), best=best)
    fitted = EncoderCloseness(model_hash="", hybrid=limits, vector=limits)
    rules = ClosenessRules(version="", words=0.6, encoders={"": fitted})
    for module in (embedded, in_cluster):
        monkeypatch.setattr(module, "closeness_of", lambda _: Closeness(rules))


@pytest.fixture
def papers():
    """The papers that the index has to hold for a test, with their vectors."""
    return []


@pytest.fixture
def put_near(papers, make):
    """Let there be a paper of one passage that has a cosine with the query."""

    def put(name, text, cosine, **more):
        vector = np.zeros((1, 8), np.float32)
        vector[0, :2] = cosine, np.sqrt(1 - cosine**2)
        papers.append((make.paper(name, text, **more), vector))

    return put


@pytest.fixture
def opened(hold, papers):
    """A function that opens an engine with this limit on the index, once the papers are known."""
    engines = []

    def engine():
        if not engines:
            engines.append(hold(*papers).open())
        return engines[0]

    yield engine
    for one in engines:
        one.close()


@pytest.fixture
def ask(opened):
    def answer(query, *filters, vector=QUERY, limit=1000, **more):
        filters = parse_filters(filters, access_classes=EVERY_CLASS)
        asked = SearchRequest(filters=filters, query=query, k=limit, **more)
        return opened().search(asked, None if asked.mode == "text" else vector)

    return answer


def close(result):
    return {hit.document.source.rpartition("/")[2] for hit in result.hits if hit.close}


def listed(result):
    return {hit.document.source.rpartition("/")[2] for hit in result.hits}


@pytest.fixture
def library(put_near):
    put_near("all", "The tariff is applied to used cars", 0.1, body="ptc")
    put_near("synonym", "La tarification s'applique aux voitures", 0.2, language="fr")
    put_near("one", "A tariff of salt", 0.3, body="ptc")
    put_near("near", "Duties on old vehicles", 0.95, body="tc")
    put_near("far", "Minutes of the meeting", 0.4, body="tc")


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("mode", "expected"), [("text", {"all"}), ("vector", {"all", "near"}), ("hybrid", {"all", "near"})]
)
def test_all_words_or_near_enough_is_close_in_every_mode(ask, mode, expected):
    result = ask("tariffs on the cars", mode=mode, facets=("body",))
    assert close(result) == expected
    assert {hit.passages[0].close for hit in result.hits if hit.close} == {True}
    assert {hit.passages[0].close for hit in result.hits if not hit.close} == {False}
    assert (result.documents, result.passages) == (len(expected), len(expected))
    assert result.not_close == len(listed(result)) - len(expected) > 0
    assert result.listed == len(listed(result))
    assert {one.value: one.count for one in result.facets["body"]} == dict.fromkeys(["ptc", "tc"][: len(expected)], 1)
    assert result.has_words


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("mode", MODES)
def test_a_disjunctive_facet_counts_what_is_close_under_the_wider_filters(ask, mode):
    wide = ask("tariffs on the cars", "body=ptc", mode=mode, facets=("body",), disjunctive=True)
    assert wide.facets == ask("tariffs on the cars", mode=mode, facets=("body",)).facets
    assert wide.documents == ask("tariffs on the cars", "body=ptc", mode=mode).documents == 1


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("mode", MODES)
def test_stop_words_do_not_count_and_inflected_words_do(ask, mode):
    assert "all" in close(ask("what is the tariff that applies to the car", mode=mode))


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("mode", MODES)
def test_what_is_close_alone_is_listed_where_that_is_asked(ask, mode):
    every, alone = (ask("tariffs on the cars", mode=mode, close_only=only) for only in (False, True))
    assert listed(alone) == close(every)
    assert (alone.not_close, alone.listed, alone.documents) == (0, every.documents, every.documents)
    order = [hit.document.id for hit in every.hits if hit.close]
    assert [hit.document.id for hit in alone.hits] == order


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_close_to_nonsense_and_that_is_said(ask, mode):
    result = ask("xyzzyplugh", mode=mode, vector=-QUERY, facets=("body",))
    assert (result.documents, result.passages) == (0, 0)
    assert result.facets["body"] == ()
    assert not result.has_words
    assert result.hints.words[0].alone == 0
    assert not close(result)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("mode", MODES)
def test_with_filters_alone_all_is_close(ask, mode):
    result = ask("", "body=ptc", mode=mode)
    assert close(result) == {"all", "one"}
    assert (result.documents, result.passages, result.not_close) == (2, 2, 0)


@pytest.mark.parametrize("mode", ["vector", "hybrid"])
def test_words_make_up_for_what_a_score_lacks(ask, put_near, mode):
    put_near("nearest", "nothing of it", 0.95)
    put_near("bare", "nothing of it", 0.72)
    put_near("words", "alpha beta of them", 0.72)
    put_near("far", "nothing of it", 0.0)
    assert close(ask("alpha beta gamma delta", mode=mode)) == {"nearest", "words"}


@pytest.mark.parametrize("mode", ["vector", "hybrid"])
def test_nothing_is_near_enough_to_a_question_that_no_paper_answers(ask, put_near, mode):
    put_near("best", "alpha beta gamma", 0.85)
    put_near("next", "alpha beta", 0.8)
    asked = partial(ask, "alpha beta gamma delta", mode=mode)
    assert close(asked()) == set()
    assert asked().has_words
    assert "best" in close(asked(themes=(QueryTheme(id="valuation", confidence=1.0),)))


def test_in_mode_text_a_share_of_the_words_is_enough(ask, put_near):
    put_near("three", "alpha beta gamma", 0.0)
    put_near("two", "alpha beta", 0.0)
    result = ask("alpha beta gamma delta", mode="text")
    assert (close(result), listed(result)) == ({"three"}, {"three", "two"})


@pytest.mark.parametrize("mode", MODES)
def test_words_that_only_ask_are_neither_counted_nor_marked(ask, put_near, mode):
    put_near("said", "It was said of papers", 0.1)
    put_near("postal", "Postal items are released", 0.1)
    result = ask("What is said in the papers about postal items?", mode=mode)
    assert close(result) == {"postal"}
    hit = next(hit for hit in result.hits if hit.close)
    assert [hit.passages[0].text[start:end] for start, end in hit.passages[0].highlights] == ["Postal", "items"]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sort", ["relevance", "date"])
def test_every_page_is_part_of_one_order_in_which_close_papers_come_first(ask, put_near, mode, sort):
    for number in range(12):
        put_near(f"more{number}", "tariff car" if number % 2 else "tariff", 0.3 + number / 20)
    asked = partial(ask, "tariffs on the cars", mode=mode, sort=sort)
    every = asked()
    pages = [hit for offset in range(0, every.listed, 4) for hit in asked(offset=offset, limit=4).hits]
    assert [hit.document.id for hit in pages] == [hit.document.id for hit in every.hits]
    assert len({hit.document.id for hit in pages}) == every.listed > every.documents
    assert [hit.close for hit in pages] == [place < every.documents for place in range(every.listed)]
    for part in (True, False) if sort == "relevance" else ():
        scores = [hit.score for hit in pages if hit.close is part]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("mode", MODES)
def test_a_phrase_has_to_match_in_every_mode(ask, put_near, mode):
    put_near("phrase", "The single window is open", 0.1)
    put_near("words", "A single open window", 0.99)
    put_near("near", "One counter for all", 0.99)
    assert listed(ask('"single window"', mode=mode)) == {"phrase"}
    assert listed(ask('"single window" blockchain', mode=mode)) == {"phrase"}
    assert listed(ask('"single window" OR "guichet unique"', mode=mode)) == {"phrase"}
    assert close(ask('"single window"', mode=mode)) == {"phrase"}


@pytest.mark.parametrize("mode", MODES)
def test_by_date_what_is_close_comes_before_the_rest(ask, put_near, make, mode):
    put_near("new", "tariff", 0.1, date=make.date("2020-01-01"))
    put_near("old", "tariff car", 0.1, date=make.date("2000-01-01"))
    put_near("older", "tariff car", 0.1, date=make.date("1990-01-01"))
    result = ask("tariff car", mode=mode, sort="date")
    assert [hit.document.source.rpartition("/")[2] for hit in result.hits] == ["old", "older", "new"]
    assert (result.documents, result.listed) == (2, 3)


def test_a_paper_is_close_where_any_of_its_passages_is(ask, papers, make):
    vectors = np.zeros((3, 8), np.float32)
    vectors[:, 0], vectors[:, 1] = [0.5, 0.4, 0.3], np.sqrt(1 - np.array([0.5, 0.4, 0.3]) ** 2)
    papers.append((make.paper("long", "tariff", "salt", "tariff car"), vectors))
    result = ask("tariff car", mode="vector", passages=2)
    (hit,) = result.hits
    assert hit.close
    assert [one.close for one in hit.passages] == [True, False]
    assert (result.documents, result.passages, result.not_close) == (1, 1, 2)


def test_many_papers_with_all_words_are_counted_with_what_is_near_enough(ask, put_near):
    """More match by word than a cluster sends at once, of which each is close."""
    for number in range(12):
        put_near(f"word{number}", "tariff car", 0.0)
    put_near("near", "duties", 0.95)
    put_near("far", "duties", 0.5)
    result = ask("tariff and the car", mode="hybrid")
    assert (result.documents, result.passages, result.not_close, result.listed) == (13, 13, 1, 14)
    assert listed(result) - close(result) == {"far"}


def test_like_a_passage_all_is_close(opened, put_near, make):
    put_near("a", "tariff", 0.9)
    put_near("b", "salt", 0.1)
    result = opened().similar(f"{make.paper('a', 'x').id}-0", SearchRequest(filters=EVERYTHING))
    assert close(result) == {"b"}
    assert (result.documents, result.not_close) == (1, 0)


@pytest.fixture
def long_paper(papers, make, library):
    """A paper of 120 passages with all words, one that is near and two that are neither; and its French version."""
    texts = [f"Tariffs on cars, part {number}" for number in range(120)]
    vectors = np.zeros((123, 8), np.float32)
    vectors[:, 1] = 1
    vectors[120] = QUERY
    symbol = ("PC", "0777")
    paper = make.paper("long", *texts, "Duties on vehicles", "Minutes", "Annex", symbol=(*symbol, "E", "1", "a"))
    papers.append((paper, vectors))
    other = make.paper("longue", "La tarification des voitures", symbol=(*symbol, "F", "1", "a"), language="fr")
    papers.append((other, vectors[:1]))
    return paper


@pytest.mark.parametrize(
    ("query", "mode", "matching", "listed"),
    [
        ("tariffs on the cars", "text", 120, 120),
        ("tariffs on the cars", "hybrid", 121, 123),
        ("tariffs on the cars", "vector", 121, 123),
        ("", "text", 123, 123),
    ],
)
def test_a_hit_says_how_many_passages_match_and_gives_all_of_them(ask, long_paper, query, mode, matching, listed):
    few = ask(query, mode=mode)
    found = {hit.document.id: hit for hit in few.hits}[long_paper.id]
    assert (found.matching, len(found.passages)) == (matching, 3)
    assert {hit.matching > 0 for hit in few.hits if hit.close} == {True}
    assert {hit.matching for hit in few.hits if not hit.close} <= {0}
    alone = ask(query, mode=mode, passages=EVERY_PASSAGE, of_document=long_paper.id)
    assert alone.model_copy(update={"hits": few.hits, "took_ms": few.took_ms}) == few
    (hit,) = alone.hits
    assert (hit.document.id, hit.matching, len(hit.passages)) == (long_paper.id, matching, listed)
    assert sum(one.close for one in hit.passages) == matching
    assert len({one.id for one in hit.passages}) == listed
    every = {hit.document.id: hit for hit in ask(query, mode=mode, passages=EVERY_PASSAGE, close_only=True).hits}
    assert len(every[long_paper.id].passages) == matching
    assert ask(query, mode=mode, of_document="nothing").hits == ()
