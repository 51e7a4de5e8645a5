"""Linear decisions learn what words, vectors and other numbers decide."""

import numpy as np
import pytest

from extractors.classifier.grams import SIZE
from extractors.classifier.linear import LINEAR_NAMES, LinearHeads, LinearInput, passage_input, sentence_input
from pipelines.fitting.linear import fit_classes, fit_outputs

NOTHING = np.zeros(0, np.float32)
FLAT = np.zeros(3, np.float32)
SAYS = {
    "forms": ["the forms are signed by hand", "two forms go to each desk", "officers stamp the forms"],
    "messages": ["the messages come before arrival", "carriers send messages", "messages replace visits"],
}


def unit(*numbers):
    found = np.array(numbers, np.float32)
    return found / np.float32(np.linalg.norm(found))


def test_outputs_are_learnt_by_words():
    texts = [text for own in SAYS.values() for text in own]
    wanted = np.array([[word in text for word in SAYS] for text in texts], np.float32)
    heads = LinearHeads(fit_outputs([passage_input(text, FLAT, NOTHING, NOTHING) for text in texts], wanted))
    fresh = heads.scores(
        [passage_input(text, FLAT, NOTHING, NOTHING) for text in ("messages for all", "forms for all")]
    )
    assert fresh.shape == (2, 2)
    assert fresh[0, 1] > fresh[1, 1]
    assert fresh[1, 0] > fresh[0, 0]


def test_classes_are_learnt_by_words():
    sentences = ["it works now.", "they have it.", "it will come.", "they will meet.", "it should come.", "all should."]
    inputs = [sentence_input(one, FLAT, FLAT, NOTHING) for one in sentences]
    heads = LinearHeads(fit_classes(inputs, [0, 0, 1, 1, 2, 2], 4))
    fresh = ["nobody works.", "nobody will.", "nobody should."]
    found = heads.scores([sentence_input(one, FLAT, FLAT, NOTHING) for one in fresh])
    assert found.argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize("seed", range(3))
def test_outputs_are_learnt_by_vectors(seed):
    chance = np.random.default_rng(seed)
    vectors = [unit(*row) for row in chance.normal(size=(200, 3))]
    wanted = np.array([[row[0] > 0, row[1] > 0.3] for row in vectors], np.float32)
    heads = LinearHeads(fit_outputs([LinearInput(row, {}, NOTHING) for row in vectors], wanted))
    fresh = [unit(*row) for row in chance.normal(size=(200, 3))]
    found = heads.scores([LinearInput(row, {}, NOTHING) for row in fresh]) > 0
    right = np.mean(found == np.array([[row[0] > 0, row[1] > 0.3] for row in fresh]))
    assert right > 0.93


def test_outputs_are_learnt_by_other_numbers():
    inputs = [passage_input("all", FLAT, np.array([named, 0], np.float32), NOTHING) for named in (0, 0, 0, 1, 2, 1) * 5]
    heads = LinearHeads(fit_outputs(inputs, np.array([[0], [0], [0], [1], [1], [1]] * 5, np.float32)))
    assert (heads.scores(inputs)[:6, 0] > 0).tolist() == [False, False, False, True, True, True]


def test_the_arrays_have_the_documented_shapes():
    inputs = [sentence_input("a b c", unit(1, 2), unit(1, 0), np.ones(3, np.float32)) for _ in range(3)]
    found = fit_classes(inputs, [0, 1, 1], 4)
    shapes = {name: array.shape for name, array in found.items()}
    assert shapes == {
        "vector": (2, 4),
        "grams": (SIZE, 4),
        "other": (5, 4),
        "bias": (4,),
        "centre": (2,),
        "rarity": (SIZE,),
    }
    assert set(shapes) == set(LINEAR_NAMES)
    assert {array.dtype.name for array in found.values()} == {"float32"}


def test_fitted_again_they_are_the_same():
    inputs = [
        passage_input(text, unit(1, place), NOTHING, NOTHING) for own in SAYS.values() for place, text in enumerate(own)
    ]
    wanted = np.eye(6, dtype=np.float32)
    one, other = fit_outputs(inputs, wanted), fit_outputs(inputs, wanted)
    assert all(np.array_equal(one[name], other[name]) for name in LINEAR_NAMES)


def test_no_texts_have_no_scores():
    heads = LinearHeads(fit_outputs([LinearInput(unit(1, 0), {}, NOTHING)], np.ones((1, 2), np.float32)))
    assert heads.scores([]).shape == (0, 2)
