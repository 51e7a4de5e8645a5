"""A classifier that is fitted finds what decided its passages, is the same each time, and lives in its file."""

from collections import Counter

import numpy as np
import pytest
import torch

from configs.system.errors import UsageError
from extractors.classifier.classifier import Classifier
from extractors.classifier.weights import ClassifierWeights, text_hash
from pipelines.fitting import network
from pipelines.fitting.fit import fit_classifier, held_out
from pipelines.fitting.network import train_network
from pipelines.fitting.parts import fit_parts
from tests.toy_passages import LABELS, examples, halved, target

pytestmark = pytest.mark.slow

FRESH = examples(100, 3)


@pytest.fixture(scope="module")
def weights():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "EPOCHS", 25)
        return fit_classifier(examples(90, 1, weight=None), examples(90, 2), target(), 2)


@pytest.fixture
def few_epochs(monkeypatch):
    monkeypatch.setattr(network, "EPOCHS", 2)


@pytest.fixture(scope="module")
def readings(weights):
    return Classifier(weights).read([one.read for one in FRESH])


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def share(found):
    return np.mean(list(found))


def test_it_finds_the_themes_of_passages_that_it_has_not_seen(readings):
    found = ({name for name, chance in one.themes.items() if chance >= 0.5} for one in readings)
    assert share(themes == set(one.judged.themes) for themes, one in zip(found, FRESH, strict=True)) > 0.9


def test_it_finds_the_dimensions_of_passages_that_it_has_not_seen(readings):
    found = ({name for name, one in reading.dimensions.items() if one.confidence >= 0.5} for reading in readings)
    assert share(names == one.judged.dimensions for names, one in zip(found, FRESH, strict=True)) > 0.75


def test_it_finds_where_and_how_a_dimension_is_stated(readings):
    pairs = [
        (reading.dimensions[tag.dimension], tag, one.read.sentences[sentence])
        for reading, one in zip(readings, FRESH, strict=True)
        for tag, sentence in one.stated()
    ]
    assert share(found.sentence == span for found, _, span in pairs) > 0.8
    assert share(found.modality == tag.modality for found, tag, _ in pairs) > 0.75
    assert share(found.level == tag.level for found, tag, _ in pairs) > 0.5


def test_its_note_says_what_it_was_fitted_for_and_saw(weights):
    note = weights.note
    assert (note.encoder, note.model) == ("toy", "toy-model")
    assert (note.themes, note.dimensions, note.levels) == LABELS
    trained = [*examples(90, 1), *examples(90, 2)]
    assert Counter(note.seen) == Counter(text_hash(one.judged.text) for one in trained)


def test_read_from_its_file_it_has_the_same_version_and_says_the_same(weights, readings, tmp_path):
    weights.write(tmp_path / "toy.safetensors")
    read = ClassifierWeights.read(tmp_path / "toy.safetensors")
    assert (read.note, read.version) == (weights.note, weights.version)
    for one, other in zip(Classifier(read).read([row.read for row in FRESH]), readings, strict=True):
        assert one.themes == pytest.approx(other.themes, abs=0.02)


def test_fitted_again_to_the_same_passages_it_is_the_same(few_epochs):
    passages = examples(24)
    one = fit_parts(passages, LABELS)
    torch.rand(3)  # what was drawn between makes no difference
    other = fit_parts(passages, LABELS)
    assert all(same(one[part], other[part]) for part in ("network", "passage", "modality", "level"))


def test_another_seed_makes_another_network(few_epochs):
    passages = examples(24)
    assert not same(train_network(passages, LABELS, seed=0), train_network(passages, LABELS, seed=1))


def test_states_in_half_precision_fit_like_others(few_epochs):
    passages = examples(24)
    whole, half = (train_network(own, LABELS) for own in (passages, [halved(one) for one in passages]))
    assert all(np.allclose(whole[name], half[name], atol=0.01) for name in whole)


def test_every_judged_passage_is_scored_once_by_parts_that_saw_nothing_of_its_paper(few_epochs):
    always = [*examples(12, 1, weight=None), *examples(12, 2, source=None, body="WCO", weight=None)]
    judged = examples(24, 3)
    folds = list(held_out(always, judged, target(), 3))
    scored = [one.example.judged.id for fold in folds for one in fold.scored]
    assert sorted(scored) == sorted(one.judged.id for one in judged)
    for fold in folds:
        papers = {one.example.judged.source for one in fold.scored}
        trained = {one.judged.source for one in fold.trained_on}
        assert not papers & trained
        assert trained - {None} | papers == {one.judged.source for one in judged}
        assert sum(one.judged.body == "WCO" for one in fold.trained_on) == 12


@pytest.mark.parametrize("papers", [0, 1, 2])
def test_fewer_papers_than_folds_are_refused(few_epochs, papers):
    with pytest.raises(UsageError, match=rf"from {papers} papers?.* 3 folds"):
        list(held_out(examples(9, 1), examples(3 * papers), target(), 3))


def test_labels_that_are_not_fitted_for_are_left_out(few_epochs):
    labels = LABELS._replace(themes=LABELS.themes[:2], dimensions=LABELS.dimensions[:1], levels=LABELS.levels[:1])
    arrays = fit_parts(examples(24), labels)
    assert arrays["passage"]["bias"].shape == (2 + 2 * 1 + 4,)
    assert arrays["level"]["bias"].shape == (2,)


def test_passages_that_state_nothing_of_the_model_are_refused(few_epochs):
    with pytest.raises(UsageError, match="state nothing of a dimension of the maturity model"):
        fit_parts(examples(24), LABELS._replace(dimensions=("elsewhere",)))
