"""The tagger with the real default encoder, on sentences that are in no training data."""

import pytest

from configs.settings import load_settings
from extractors.document import Block, Document
from pipelines.stages import components, tagging

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    return components.PipelineComponents(load_settings(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def tag(tools):
    def run(text, language="en"):
        blocks = (Block(id=0, kind="paragraph", text=text),)
        document = Document(
            id="0" * 16, key="k", sha256="0", source="file:x", media_type="text/plain", language=language, blocks=blocks
        )
        return [tag for passage in tagging.tag(document, tools)[0].passages for tag in passage.maturity]

    return run


ACHIEVED = (
    "The Committee heard a report. The Customs system of Lodonia has been connected to the health, agriculture and"
    " port authorities through the national single window since 2019, and licences are checked automatically."
)


PLANNED_FR = (
    "La Lodonie prévoit de raccorder en 2027 son système douanier au guichet unique national, où les licences"
    " seront vérifiées automatiquement."
)


def test_an_achieved_fact_is_tagged_with_its_evidence(tag):
    best = tag(ACHIEVED)[0]
    assert (best.dimension, best.level, best.modality) == ("interoperability_collaboration", "L3", "achieved")
    assert best.status == "accepted"
    assert ACHIEVED[best.start : best.end].startswith("The Customs system of Lodonia")
    assert (best.model, best.provenance) == ("dcmm-interop", "derived")


@pytest.mark.parametrize(
    ("text", "language", "modality"),
    [
        ("Lodonia plans to exchange transit data with its neighbours by system from 2027.", "en", "planned"),
        ("Members should exchange transit data with their neighbours by system.", "en", "recommended"),
        (PLANNED_FR, "fr", "planned"),
        ("L'échange électronique de données avec les pays voisins n'existe pas encore.", "fr", "lacking"),
    ],
)
def test_modality_is_that_of_the_evidence(tag, text, language, modality):
    assert {one.modality for one in tag(text, language)} == {modality}


def test_a_plan_is_never_an_achieved_level(tag):
    found = tag("Lodonia will connect its customs system to the national single window in 2027.")
    assert found
    assert all(one.modality != "achieved" for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "The Committee decided to classify the product in heading 85.17 by application of General Rule 1.",
        "The Chairperson thanked the interpreters and wished all delegates a safe journey home.",
        "Some delegates felt that the draft was not mature enough to be submitted to the Policy Commission.",
        "Le Conseil a approuvé le budget de l'exercice et les contributions des Membres.",
    ],
)
def test_what_is_no_capability_is_not_accepted(tag, text):
    assert not [one for one in tag(text, "fr" if text.startswith("Le ") else "en") if one.status == "accepted"]


def test_a_passage_is_tagged_the_same_in_any_company(tools):
    def tags(*texts):
        blocks = []
        for text in texts:
            blocks.append(Block(id=len(blocks), kind="heading", level=1, text="Part"))
            blocks.append(Block(id=len(blocks), kind="paragraph", text=text))
        document = Document(
            id="0" * 16, key="k", sha256="0", source="file:///x", media_type="text/plain", blocks=tuple(blocks)
        )
        (found,) = [one for one in tagging.tag(document, tools)[0].passages if ACHIEVED in one.text]
        return [(one.dimension, one.level, one.modality, one.statement, one.confidence) for one in found.maturity]

    assert tags(ACHIEVED)
    others = "A short note on lunch.", "Customs officers are trained online every year. " * 6, PLANNED_FR
    assert tags(others[0], ACHIEVED, *others[1:]) == tags(ACHIEVED)


def test_confidence_and_status_agree(tag, tools):
    note = tools.classifier.note
    tags = tag(ACHIEVED)
    assert tags
    for one in tags:
        lower = "suggested" if one.confidence_about >= note.suggested_tag else "hidden"
        limit = note.accepted_stated if one.claim == "stated" else note.accepted_topic
        assert one.status == ("accepted" if one.confidence >= limit else lower)


BOTH = (
    "Since 2019 the Customs system of {} has been connected to the health and port authorities through the national"
    " single window. The Customs system of {} is not yet connected to the national single window of any agency."
)


def test_a_passage_does_not_say_of_one_administration_that_it_has_and_lacks_the_same(tag):
    found = [one.dimension for one in tag(BOTH.format("Ghana", "Ghana"))]
    assert "interoperability_collaboration" in found
    assert len(found) == len(set(found))


def test_a_passage_may_say_of_two_administrations_that_one_has_what_the_other_lacks(tag):
    found = [one for one in tag(BOTH.format("Ghana", "Nigeria")) if one.dimension == "interoperability_collaboration"]
    assert {(one.subject, one.modality) for one in found} == {("GH", "achieved"), ("NG", "lacking")}
