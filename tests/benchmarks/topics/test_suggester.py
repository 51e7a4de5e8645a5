"""Topics of documents, learnt from few: by neighbours, by heads and by names."""

import numpy as np
import pytest

from benchmarks.topics import Described, Topic, fit_suggester
from benchmarks.topics.likeness import WordLikeness

TOPICS = {
    "fishing": ["quota", "vessel", "catch", "herring", "net", "port"],
    "banking": ["credit", "loan", "deposit", "bank", "capital", "ratio"],
    "farming": ["milk", "cereal", "subsidy", "land", "crop", "farm"],
}
FILLER = ["article", "member", "state", "regulation", "decision", "annex"]
AXES = {topic: np.eye(4, dtype=np.float32)[number] for number, topic in enumerate(TOPICS)}


def described(topics, random):
    words = [word for topic in topics for word in random.choice(TOPICS[topic], 8)] + list(random.choice(FILLER, 12))
    random.shuffle(words)
    vectors = sum(AXES[topic] for topic in topics) + random.normal(0, 0.3, (3, 4))
    return Described(words[:4], words, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))


@pytest.fixture(scope="module")
def random():
    return np.random.default_rng(1)


@pytest.fixture(scope="module")
def taught(random):
    given = [set(random.choice(list(TOPICS), random.integers(1, 3), replace=False).tolist()) for _ in range(40)]
    documents = [described(sorted(topics), random) for topics in given]
    topics = [Topic(topic, [topic], AXES[topic]) for topic in TOPICS]
    unseen = Topic("herring", ["herring", "quota"], AXES["fishing"])
    return fit_suggester(documents, [topics | {"not listed"} for topics in given], [*topics, unseen])


def test_the_right_topics_come_first(taught, random):
    for topics in (["fishing"], ["banking", "farming"], ["farming", "fishing"]):
        suggested = [name for name, _ in taught.suggest(described(topics, random), most=4) if name in TOPICS]
        assert set(suggested[: len(topics)]) == set(topics)


def test_a_topic_that_no_document_has_is_told_by_its_name(taught, random):
    herring = taught.topics.index("herring")
    fish, bank = taught.scores([described(["fishing"], random), described(["banking"], random)])[:, herring]
    assert fish > bank


def test_probabilities_fall(taught, random):
    chances = [chance for _, chance in taught.suggest(described(["banking"], random), most=3)]
    assert chances == sorted(chances, reverse=True)
    assert all(0 < chance < 1 for chance in chances)


def test_the_same_documents_teach_the_same(random):
    documents = [described([topic], random) for topic in [*TOPICS] * 3]
    given = [{topic} for topic in [*TOPICS] * 3]
    topics = [Topic(topic, [topic], AXES[topic]) for topic in TOPICS]
    first, again = (fit_suggester(documents, given, topics).scores(documents[:2]) for _ in range(2))
    assert np.array_equal(first, again)


def test_too_few_documents_are_refused(random):
    with pytest.raises(ValueError, match="needs 5 documents"):
        fit_suggester([described(["fishing"], random)] * 4, [{"fishing"}] * 4, [Topic("fishing", [], AXES["fishing"])])


def test_likeness_of_words_is_a_cosine():
    texts = [["a", "b", "c"], ["a", "b"], ["c", "a"], ["d"]]
    cosines = WordLikeness(texts).cosines(texts)
    assert np.allclose(np.diag(cosines)[:3], 1)
    assert np.allclose(cosines, cosines.T)
    assert cosines[3].max() == 0
    assert cosines[1, 0] > cosines[1, 2]


def test_a_text_without_words_is_like_nothing():
    assert WordLikeness([["a"], ["a"]]).cosines([[], ["z"]]).max() == 0
