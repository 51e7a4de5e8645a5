"""Maturity tags from readings: which there are, in which order, with what reason."""

import numpy as np
import pytest

from configs.maturity import load_model
from extractors.classifier.classifier import Classifier, PassageReading, StatedDimension
from extractors.classifier.statements import ModelStatements
from extractors.classifier.tagger import Tagger
from extractors.classifier.weights import ClassifierWeights
from extractors.document import Passage
from tests.toy_passages import word_vector

MODEL = load_model("dcmm-interop")
FIRST, SECOND, THIRD = (dimension.id for dimension in MODEL.dimensions[:3])
TEXT = "The room was full. Customs staff were trained in June."
SPAN = (19, 54)
PASSAGE = Passage(id="a-1", ordinal=1, text=TEXT, language="en")
VECTOR = word_vector("staff")


def encode(texts):
    """Each text by the word that it begins with, in small letters."""
    return np.stack([word_vector(text.split()[0].lower()) for text in texts])


def stated(confidence, *, sentence=SPAN, modality="achieved", level="L2", vector=VECTOR):
    return StatedDimension(confidence, confidence, sentence, None if sentence is None else vector, modality, level)


def reading(**dimensions):
    return PassageReading({}, dimensions)


@pytest.fixture
def tagger(toy_weights):
    """Make a tagger that suggests from a confidence on."""

    def make(suggested=0.4):
        note = toy_weights.note.model_copy(update={"suggested_tag": suggested})
        classifier = Classifier(ClassifierWeights(note, toy_weights.arrays))
        return Tagger(MODEL, classifier, ModelStatements(MODEL, encode))

    return make


def test_a_tag_says_what_is_stated_where_and_why(tagger):
    (tag,) = tagger().tags(PASSAGE, reading(**{FIRST: stated(0.91)}), {19: ("NL",)})
    assert TEXT[tag.start : tag.end] == "Customs staff were trained in June."
    assert (tag.id, tag.dimension, tag.level, tag.modality) == (f"a-1:{FIRST}:19", FIRST, "L2", "achieved")
    assert (tag.confidence, tag.status, tag.subject) == (0.91, "accepted", "NL")
    assert (tag.model, tag.model_version, tag.provenance) == (MODEL.id, MODEL.version, MODEL.provenance)
    assert tag.statement in {one.text for one in MODEL.statements(dimension=FIRST, level="L2", language="en")}
    assert "classifier" in tag.by


@pytest.mark.parametrize(
    ("confidence", "suggested", "status"),
    [
        (0.8, 0.4, "accepted"),
        (0.79, 0.4, "suggested"),
        (0.4, 0.4, "suggested"),
        (0.39, 0.4, "hidden"),
        (0.2, 0.4, "hidden"),
        (0.19, 0.4, None),
        (0.15, 0.14, "suggested"),
        (0.13, 0.14, None),
    ],
)
def test_the_status_follows_the_confidence(tagger, confidence, suggested, status):
    tags = tagger(suggested).tags(PASSAGE, reading(**{FIRST: stated(confidence)}), {})
    assert [tag.status for tag in tags] == ([status] if status else [])


def test_the_likeliest_dimension_comes_first(tagger):
    tags = tagger().tags(PASSAGE, reading(**{FIRST: stated(0.3), SECOND: stated(0.9), THIRD: stated(0.6)}), {})
    assert [tag.dimension for tag in tags] == [SECOND, THIRD, FIRST]


def test_boilerplate_has_no_tags(tagger):
    contents = PASSAGE.model_copy(update={"boilerplate": "contents"})
    assert tagger().tags(contents, reading(**{FIRST: stated(0.9)}), {}) == ()


def test_what_one_sentence_says_of_two_is_a_tag_each_and_their_ids_tell_them_apart(tagger):
    first, second = tagger().tags(PASSAGE, reading(**{FIRST: stated(0.91)}), {19: ("NL", "FR")})
    found = [(one.id, one.subject) for one in (first, second)]
    assert found == [(f"a-1:{FIRST}:19", "NL"), (f"a-1:{FIRST}:19:FR", "FR")]


def test_a_rule_for_traders_is_a_topic_of_nobody(tagger):
    (tag,) = tagger().tags(PASSAGE, reading(**{FIRST: stated(0.91)}), {19: None})
    assert (tag.claim, tag.modality, tag.level, tag.subject) == ("topic", None, None, None)


def test_a_topic_has_no_subject(tagger):
    (tag,) = tagger().tags(PASSAGE, reading(**{FIRST: stated(0.9, modality=None, level=None)}), {19: ("NL",)})
    assert (tag.claim, tag.subject) == ("topic", None)


@pytest.mark.parametrize(
    ("modality", "guiding", "claim"),
    [("recommended", {"NL"}, "topic"), ("achieved", {"NL"}, "stated"), ("recommended", {"BE"}, "stated")],
)
def test_what_a_guide_recommends_is_nothing_of_its_own_administration(tagger, modality, guiding, claim):
    found = reading(**{FIRST: stated(0.9, modality=modality)})
    (tag,) = tagger().tags(PASSAGE, found, {19: ("NL",)}, guiding)
    assert tag.claim == claim


def test_without_evidence_there_is_no_tag(tagger):
    nothing = stated(0.9, sentence=None, modality=None, level=None)
    assert tagger().tags(PASSAGE, reading(**{FIRST: nothing, SECOND: stated(0.9, sentence=(0, 18))}), {}) == ()


@pytest.mark.parametrize(("language", "spoken"), [("fr", "fr"), ("en", "en"), ("ru", "en"), (None, "en")])
def test_the_reason_is_in_the_language_of_the_passage_or_in_english(tagger, language, spoken):
    passage = PASSAGE.model_copy(update={"language": language})
    (tag,) = tagger().tags(passage, reading(**{FIRST: stated(0.9, level=None)}), {})
    assert tag.statement in {one.text for one in MODEL.statements(dimension=FIRST, language=spoken)}


def test_the_reason_is_the_nearest_statement():
    statements = list(MODEL.statements(dimension=FIRST, language="en"))
    vectors = np.eye(len(list(MODEL.statements(language="en"))), dtype=np.float32)

    def by_place(texts):
        known = [one.text for one in MODEL.statements(language="en")]
        return np.stack([vectors[known.index(text)] for text in texts])

    for one in statements:
        found = ModelStatements(MODEL, by_place).nearest(by_place([one.text])[0], "en", FIRST, None)
        assert found == one.text


def test_statements_of_a_language_are_encoded_once():
    asked = []

    def counting(texts):
        asked.append(len(texts))
        return encode(texts)

    statements = ModelStatements(MODEL, counting)
    for language in ("en", "en", "ru", "fr", "fr"):
        statements.nearest(VECTOR, language, FIRST, None)
    assert len(asked) == 2
