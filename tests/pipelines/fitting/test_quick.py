"""The quick fit: what people judged is added to a classifier, whose network and whose other answers stay."""

import numpy as np
import pytest

from extractors.classifier.classifier import Classifier
from pipelines.fitting import network
from pipelines.fitting.fit import fit_classifier
from pipelines.fitting.quick import add_judgements
from tests.toy_passages import DIMENSIONS, LABELS, examples, read, target

pytestmark = pytest.mark.slow

THEME, DIMENSION = LABELS.themes[0], DIMENSIONS["staff"]


@pytest.fixture(scope="module")
def base():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "EPOCHS", 25)
        return fit_classifier(examples(90, 1, weight=None), examples(90, 2), target(), 2)


def judged(one, *, holds, names=(THEME,)):
    """An example of which people said that it is about a theme, or that it is not."""
    update = {"themes": (THEME,) if holds else (), "judged": frozenset(names)}
    return type(one)(one.judged.model_copy(update=update), one.read, one.sentences)


def with_word(count, word, *, holds, first=0):
    """Passages with a word that says nothing in the toy language."""
    found = []
    for number, one in enumerate(examples(count, 40 + first)):
        inputs = read([["the", word, "met"], ["committee", "noted", "paper"]])
        judgement = one.judged.model_copy(update={"source": f"paper {first + number}", "tags": (), "text": inputs.text})
        found.append(judged(type(one)(judgement, inputs, ()), holds=holds))
    return found


@pytest.fixture(scope="module")
def lessons():
    return with_word(12, "harbour", holds=True) + with_word(12, "garden", holds=False, first=50)


def theme_of(weights, word):
    (found,) = Classifier(weights).read([read([["room", word, "again"]])])
    return found.themes[THEME]


def test_what_was_judged_is_learnt_and_tried_on_papers_held_out(base, lessons):
    trial = add_judgements(base, lessons, 5)
    assert theme_of(trial.weights, "harbour") > theme_of(base, "harbour") + 0.1
    assert theme_of(trial.weights, "harbour") > theme_of(trial.weights, "garden") + 0.1
    assert [pair.name for pair in trial.pairs] == [THEME] * len(lessons)
    assert trial.labels.tolist() == [True] * 12 + [False] * 12
    assert np.mean((trial.after > 0) == trial.labels) > np.mean((trial.before > 0) == trial.labels)


def test_the_network_and_what_nobody_spoke_of_stay(base, lessons):
    trial = add_judgements(base, lessons, 5)
    for name, array in base.part("network").items():
        assert np.array_equal(trial.weights.arrays[f"network.{name}"], array)
    column = LABELS.themes.index(LABELS.themes[1])
    for name in ("vector", "grams", "bias"):
        before, after = (one.arrays[f"passage.{name}"][..., column] for one in (base, trial.weights))
        assert np.allclose(after, before, atol=1e-4)
    (known,), (now,) = (Classifier(one).read([examples(1, 9)[0].read]) for one in (base, trial.weights))
    assert now.dimensions[DIMENSION].confidence == pytest.approx(known.dimensions[DIMENSION].confidence, abs=0.05)


def test_no_paper_is_tried_by_what_it_taught(base, lessons):
    """Turned round, the judgements on a paper change what is made of others, and not what is made of itself."""
    other = [judged(lessons[0], holds=False), *lessons[1:]]
    before, after = (add_judgements(base, one, 4) for one in (lessons, other))
    same = np.isclose(before.after, after.after, atol=1e-6)
    assert same[0]
    assert not same.all()


def test_few_judgements_change_little(base, lessons):
    few = add_judgements(base, [lessons[0], lessons[12]], 2).weights
    many = add_judgements(base, lessons, 5).weights
    known, by_few, by_many = (theme_of(one, "harbour") for one in (base, few, many))
    assert abs(by_few - known) < abs(by_many - known)


def test_one_paper_is_not_tried(base, lessons):
    trial = add_judgements(base, lessons[:1], 1)
    assert np.array_equal(trial.after, trial.before)


def test_what_taught_is_known_as_seen_and_the_base_is_named(base, lessons):
    weights = add_judgements(base, lessons, 5).weights
    assert Classifier(weights).seen_among([lessons[0].judged.text]) == 1
    assert (weights.note.base, base.note.base) == (base.version, None)
