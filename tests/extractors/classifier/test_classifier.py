"""The reading of passages, and the file that a classifier lives in."""

import numpy as np
import pytest

from configs.maturity import MaturityModel, load_model
from configs.system.errors import ConfigError
from configs.system.tensors import write_tensors
from extractors.classifier.classifier import Classifier
from extractors.classifier.scorer import sentence_vectors
from extractors.classifier.weights import ClassifierWeights, text_hash
from extractors.maturity.fitting import log_odds, sigmoid
from tests.toy_passages import LABELS, WIDTH, examples, read


def with_limits(weights, **fields):
    """A classifier by another note, by which each dimension is as likely stated as not."""
    arrays = weights.arrays | {"calibration.stated": np.zeros(13, np.float32)}
    return Classifier(ClassifierWeights(weights.note.model_copy(update=fields), arrays))


def test_a_reading_has_every_theme_and_dimension(toy_weights):
    (reading,) = Classifier(toy_weights).read([read([["the", "windows"]])])
    assert tuple(reading.themes) == LABELS.themes
    assert tuple(reading.dimensions) == LABELS.dimensions
    chances = [*reading.themes.values(), *(one.confidence for one in reading.dimensions.values())]
    assert all(0 <= chance <= 1 for chance in chances)


def test_evidence_is_a_sentence_with_its_vector(toy_weights):
    passage = read([["the", "room"], ["standards", "works"], ["the", "chair"]])
    (reading,) = Classifier(toy_weights).read([passage])
    found = [stated for stated in reading.dimensions.values() if stated.sentence]
    assert found
    for stated in found:
        place = passage.sentences.index(stated.sentence)
        assert np.array_equal(stated.vector, sentence_vectors(passage)[place])


def test_a_passage_without_a_sentence_has_no_evidence(toy_weights):
    passage = read([["the", "room"]])
    bare = type(passage)("", passage.vector, passage.tokens, (), passage.mentioned, passage.cue)
    (reading,) = Classifier(toy_weights).read([bare])
    assert reading.dimensions
    for stated in reading.dimensions.values():
        assert (stated.sentence, stated.vector, stated.modality, stated.level) == (None, None, None, None)
        assert 0 <= stated.confidence <= 1


def test_no_passages_have_no_readings(toy_weights):
    assert Classifier(toy_weights).read([]) == []


def test_what_states_too_little_is_a_topic_and_one_without_a_sure_level_has_none(toy_weights):
    passages = [one.read for one in examples(20, 9)]

    def ways(**limits):
        readings = with_limits(toy_weights, **limits).read(passages)
        stated = [one for row in readings for one in row.dimensions.values() if one.sentence]
        return {(one.modality is None, one.level is None, one.confidence == one.about) for one in stated}

    assert ways(claimed=0.5, level_stated=1e-6) == {(False, False, False)}
    assert ways(claimed=0.99 / 0.05, level_stated=1e-6) == {(True, True, True)}
    assert ways(claimed=0.5, level_stated=1 - 1e-6) == {(False, True, False)}


def test_a_sentence_vector_is_the_mean_of_its_last_states():
    passage = read([["the", "room"], ["standards"]])
    last = passage.tokens.states[:, -WIDTH:]
    found = sentence_vectors(passage)
    assert np.allclose(found[1], last[2], atol=1e-6)
    mean = last[:2].mean(axis=0)
    assert np.allclose(found[0], mean / np.linalg.norm(mean), atol=1e-6)


def test_a_sentence_that_was_cut_off_has_the_vector_of_the_passage():
    passage = read([["the", "room"]])
    cut = type(passage)(
        passage.text, passage.vector, passage.tokens, (*passage.sentences, (100, 120)), passage.mentioned, passage.cue
    )
    assert np.allclose(sentence_vectors(cut)[1], passage.vector, atol=1e-6)


def model(**fields):
    levels = [{"id": name, "ordinal": place, "label": {"en": name}} for place, name in enumerate(LABELS.levels)]
    dimensions = [
        {"id": name, "label": {"en": name}, "criteria": [{"level": "L0", "text": {"en": name}}]}
        for name in LABELS.dimensions
    ]
    whole = {"id": "toy-model", "version": "1", "provenance": "official", "source": "none"}
    whole |= {"scale": {"levels": levels}, "dimensions": dimensions, "unit_of_assessment": "country"}
    return MaturityModel.model_validate(whole | fields)


def test_it_knows_the_model_that_it_was_fitted_for(toy_weights):
    assert Classifier(toy_weights).knows(model())
    assert Classifier(toy_weights).knows(model(version="2"))


@pytest.mark.parametrize(
    "other",
    [
        model(id="other"),
        model(dimensions=[model().dimensions[0].model_dump()]),
        model(dimensions=[one.model_dump() for one in reversed(model().dimensions)]),
        model(scale={"levels": [one.model_dump() for one in model().scale.levels[:2]]}),
        load_model("oecd-dtmm"),
    ],
    ids=["id", "fewer-dimensions", "another-order", "fewer-levels", "another-model"],
)
def test_it_does_not_know_another_model(toy_weights, other):
    assert not Classifier(toy_weights).knows(other)


def test_the_file_of_a_classifier_gives_it_back(toy_weights, tmp_path):
    toy_weights.write(tmp_path / "a.safetensors")
    found = ClassifierWeights.read(tmp_path / "a.safetensors")
    assert (found.note, found.version) == (toy_weights.note, toy_weights.version)
    assert found.arrays.keys() == toy_weights.arrays.keys()


def test_the_version_follows_weights_and_note(toy_weights):
    name = "network.bias"
    other = ClassifierWeights(toy_weights.note, toy_weights.arrays | {name: toy_weights.arrays[name] + 1})
    noted = ClassifierWeights(toy_weights.note.model_copy(update={"suggested_tag": 0.9}), toy_weights.arrays)
    assert len({toy_weights.version, other.version, noted.version}) == 3


def test_a_file_of_other_weights_is_no_classifier(tmp_path):
    path = tmp_path / "other.safetensors"
    for about in ({}, {"classifier": "{}"}, {"classifier": "not JSON"}):
        write_tensors(path, {"a": np.ones(1, np.float32)}, about)
        with pytest.raises(ConfigError) as error:
            ClassifierWeights.read(path)
        assert str(error.value) == (f"{path}: holds no classifier of this version (run 'customs-lens models fit')")


@pytest.mark.parametrize("name", ["network.queries", "passage.centre", "level.bias", "calibration.new_theme"])
def test_a_file_that_lacks_weights_is_no_classifier_of_this_version(toy_weights, tmp_path, name):
    path = tmp_path / "a.safetensors"
    ClassifierWeights(
        toy_weights.note, {key: toy_weights.arrays[key] for key in toy_weights.arrays if key != name}
    ).write(path)
    with pytest.raises(ConfigError, match=f"{path}: holds no classifier of this version: {name} is missing"):
        ClassifierWeights.read(path)


def test_every_array_has_to_have_its_shape(toy_weights, tmp_path):
    path = tmp_path / "a.safetensors"
    for name, array in toy_weights.arrays.items():
        larger = np.concatenate([array, array[:1]])
        ClassifierWeights(toy_weights.note, toy_weights.arrays | {name: larger}).write(path)
        if name in FREE:
            ClassifierWeights.read(path)
            continue
        with pytest.raises(ConfigError, match=f"{path}: holds no classifier of this version: "):
            ClassifierWeights.read(path)


FREE = {"passage.other", "modality.other", "level.other"}
"""Arrays that may be longer: how many rules and labels a sentence or passage has is not said elsewhere."""


def test_a_number_in_place_of_an_array_is_refused(toy_weights, tmp_path):
    path = tmp_path / "a.safetensors"
    ClassifierWeights(toy_weights.note, toy_weights.arrays | {"network.mean": np.ones((), np.float32)}).write(path)
    with pytest.raises(ConfigError, match=r"network\.deviation has the shape \(24,\), not \(1,\)"):
        ClassifierWeights.read(path)


def test_a_text_is_known_again_whatever_its_white_space():
    assert text_hash("The  room\n was\u00a0full. ") == text_hash("The room was full.")
    assert text_hash("The room was full.") != text_hash("The room was empty.")
    assert text_hash("\ud800") >= 0


@pytest.mark.parametrize("chance", [0.0, 1e-9, 0.3, 0.999, 1.0])
def test_log_odds_and_back(chance):
    assert sigmoid(log_odds(np.array([chance]))) == pytest.approx([chance], abs=1e-6)
    assert np.isfinite(log_odds(np.array([chance]))).all()
