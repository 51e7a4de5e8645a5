"""Dimensions scored by statements alone: what is nearer, evidence and its level, other business, other languages."""

import numpy as np
import pytest

from configs.maturity import MaturityModel
from extractors.classifier.scorer import PassageInput
from extractors.classifier.statements import ModelStatements
from extractors.classifier.states import TokenStates
from extractors.classifier.zero_shot import FEATURES, LIMITS, StatementScorer, chances_of

WORDS = ("water", "hoses", "barrels", "tools", "spades", "rakes", "manual", "automatic", "agenda", "chairperson")
WHICH, TOPICALITY, MARGIN = (FEATURES.index(name) for name in ("discriminant", "topicality", "margin"))


def vector(text):
    """A text by the words of a garden in it."""
    found = np.array([text.lower().count(word) for word in WORDS], np.float32) + 0.1
    return (found / np.linalg.norm(found)).astype(np.float32)


def encode(texts):
    return np.stack([vector(text) for text in texts])


def dimension(name, *statements):
    criteria = [{"level": level, "text": {"en": text}} for level, text in statements]
    return {"id": name, "label": {"en": name}, "criteria": criteria}


def model(*dimensions):
    levels = [{"id": f"L{number}", "ordinal": number, "label": {"en": f"level {number}"}} for number in (0, 1)]
    fields = {"version": "1", "provenance": "provisional", "source": "made", "unit_of_assessment": "administration"}
    return MaturityModel.model_validate(
        {"id": "garden", "scale": {"levels": levels}, "dimensions": dimensions, **fields}
    )


WATER = dimension(
    "water",
    ("L0", "Beds get water from barrels in manual work."),
    ("L0", "Manual hoses bring water to the beds."),
    ("L1", "Automatic hoses bring water to the barrels."),
    ("L1", "Water flows in automatic hoses by night."),
)
TOOLS = dimension(
    "tools",
    ("L0", "Spades and rakes are manual tools."),
    ("L0", "Tools such as spades stand in the shed."),
    ("L1", "Automatic tools took the place of rakes."),
    ("L1", "Rakes and spades are automatic tools now."),
)
MODEL = model(WATER, TOOLS)


def passage(*sentences, language="en", cues=()):
    text, spans = " ".join(sentences), []
    for sentence in sentences:
        start = text.index(sentence)
        spans.append((start, start + len(sentence)))
    states = np.stack([vector(sentence) for sentence in sentences])
    tokens = TokenStates(np.tile(states, (1, 2)), *(np.array(column, np.intp) for column in zip(*spans, strict=True)))
    claims = [*cues, *(1 for _ in sentences)]
    return PassageInput(text, vector(text), tokens, tuple(spans), np.zeros(0, np.float32), claims.__getitem__, language)


@pytest.fixture(scope="module")
def scorer():
    return StatementScorer(MODEL, ModelStatements(MODEL, encode))


def read(scorer, *sentences, **fields):
    (found,) = scorer.read([passage(*sentences, **fields)])
    return found


def test_what_is_near_the_statements_of_a_dimension_is_likelier_of_it(scorer):
    found = read(scorer, "All barrels are full of water and the hoses do not leak.").dimensions
    assert found["water"].confidence > LIMITS.suggested > found["tools"].confidence
    found = read(scorer, "Spades, rakes and other tools were bought for everyone.").dimensions
    assert found["tools"].confidence > found["water"].confidence


def test_the_evidence_is_the_sentence_that_speaks_of_the_dimension(scorer):
    other, own = (
        "Members of the committee met again and thanked all.",
        "The hoses and barrels of all members hold water.",
    )
    for sentences in ((other, own), (own, other)):
        text = " ".join(sentences)
        assert text[slice(*read(scorer, *sentences).dimensions["water"].sentence)] == own


@pytest.mark.parametrize("heading", ["Water and hoses", "water\tbarrels\thoses\tin\tall\tthe\tbeds"])
def test_a_heading_and_a_row_of_a_table_are_no_evidence(scorer, heading):
    sentence = "Water is brought to the beds by members of the committee."
    found = read(scorer, heading, sentence).dimensions["water"]
    assert found.sentence == (len(heading) + 1, len(heading) + 1 + len(sentence))
    assert read(scorer, heading).dimensions["water"].sentence is None


def test_a_level_is_that_of_a_statement_that_is_clearly_nearest(scorer):
    clear = read(scorer, "Automatic automatic hoses bring water by automatic barrels.").dimensions["water"]
    assert (clear.level, clear.modality) == ("L1", "achieved")
    vague = read(scorer, "Manual hoses and automatic ones bring water to the beds.").dimensions["water"]
    assert vague.level is None


def test_a_sentence_that_claims_nothing_has_no_level(scorer):
    (one,) = scorer.read([passage("Automatic automatic hoses bring water by automatic barrels.", cues=[0])])
    assert (one.dimensions["water"].modality, one.dimensions["water"].level) == (None, None)


def test_nothing_is_accepted_by_itself(scorer):
    found = read(scorer, *(one["text"]["en"] for one in WATER["criteria"])).dimensions["water"]
    assert LIMITS.suggested < found.confidence < LIMITS.stated


def test_other_business_is_less_likely_of_any_dimension(scorer):
    own = passage("Water is brought to the beds in hoses.")
    other = passage("The Chairperson opened the meeting, and the Committee adopted the agenda and the report.")
    for number in (TOPICALITY, MARGIN):
        assert scorer.features(own)[0, number] > 0 > scorer.features(other)[0, number]
    assert read(scorer, other.text).dimensions["water"].confidence < LIMITS.suggested


def test_words_of_another_language_than_the_statements_tell_nothing(scorer):
    texts = ("Water is brought to the beds in hoses.", "Members thanked the Chairperson for hoses and water.")
    foreign = [scorer.features(passage(text, language="fr")) for text in texts]
    assert foreign[0][:, TOPICALITY].tolist() == foreign[1][:, TOPICALITY].tolist() == [1.0, 1.0]
    assert np.ptp(foreign[0][:, FEATURES.index("words")]) == 0
    assert np.ptp(foreign[0][:, WHICH]) > 0


def test_another_sentence_that_states_the_same_is_kept_apart(scorer):
    first = "Water is brought to the beds in hoses and barrels."
    found = read(scorer, first, "Hoses and barrels of other members hold water as well.")
    shown = {one.sentence[0] for one in found.further["water"]} | {found.dimensions["water"].sentence[0]}
    assert shown == {0, len(first) + 1}


def test_a_passage_is_read_the_same_in_any_company(scorer):
    one, other = passage("Water is in the barrels of the members."), passage("Spades are tools for all of the beds.")
    (alone,), (_, beside) = scorer.read([one]), scorer.read([other, one])
    assert alone.dimensions["water"].confidence == beside.dimensions["water"].confidence


def test_a_model_of_one_dimension_is_read_without_a_suggestion():
    """Nothing tells its dimension from another one."""
    alone = model(WATER)
    found = read(StatementScorer(alone, ModelStatements(alone, encode)), "Spades are tools of the members here.")
    assert found.dimensions["water"].confidence < LIMITS.suggested


def test_that_a_text_is_about_something_speaks_for_no_dimension():
    found = chances_of(np.array([[0, 0, 1000, 1000], [3, 3, 1000, 1000], [3, 3, -1000, -1000]], np.float32))
    assert found[1] > LIMITS.suggested > found[0] > found[2]
