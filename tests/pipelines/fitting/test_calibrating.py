"""Calibrators give probabilities that come true on passages that they have not seen, and limits that follow them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.classifier.calibration import Calibrator, level_chances, pooled_levels, stated_features
from extractors.classifier.scorer import Claim, PassageScores
from extractors.maturity.fitting import sigmoid
from pipelines.fitting import calibrating
from pipelines.fitting.calibrating import Scored, calibrate
from pipelines.fitting.examples import Example
from pipelines.fitting.network import Outputs
from pipelines.fitting.passages import JudgedPassage, JudgedTag
from tests.toy_passages import examples, read, target, word_vector

LABELS = Outputs(tuple(f"t{n}" for n in range(20)), tuple(f"d{n}" for n in range(6)), ("L0", "L1"))
THEME_WEIGHTS, THEME_BIAS = np.array([0.8, 0.7, 0.5, -0.6, 0.2, 0.1], np.float32), -2.0
TAG_WEIGHTS, TAG_BIAS = np.array([0.6, 0.5, -0.4, 0.4, 0.8, 0.1, 0.3], np.float32), -1.0
CLAIM_WEIGHTS, CLAIM_BIAS = np.array([1.5, -0.5, *[0] * 9], np.float32), 0.5
READ = replace(read([["a"]]), mentioned=np.zeros(20, np.float32))
DESCRIPTIONS = np.stack([word_vector(name) for name in LABELS.themes])


def scored(number, chance, *, drawn=True, weight=1.0):
    """A passage whose scores are drawn, judged as a logistic regression over them says."""
    themes = chance.normal(size=(20, 6)).astype(np.float32)
    tags = chance.normal(size=(6, 7)).astype(np.float32)
    claims = chance.normal(size=(6, 11)).astype(np.float32)
    about = chance.random(20) < sigmoid(themes @ THEME_WEIGHTS + THEME_BIAS)
    of = chance.random(6) < sigmoid(tags @ TAG_WEIGHTS + TAG_BIAS)
    claimed = chance.random(6) < sigmoid(claims @ CLAIM_WEIGHTS + CLAIM_BIAS)
    of_themes = tuple(name for name, true in zip(LABELS.themes, about, strict=True) if true)
    of_tags = tuple(
        JudgedTag(dimension=name, modality="achieved" if says else None)
        for name, true, says in zip(LABELS.dimensions, of, claimed, strict=True)
        if true
    )
    source = f"paper {number}" if drawn else None
    fields = {"id": f"p{number}", "language": "en", "text": "a", "about": "customs-digital", "source": source}
    judged = JudgedPassage(**fields, themes=of_themes, tags=of_tags, weight=weight)
    nothing = np.zeros((6, 4), np.float32)
    levels = np.log(np.full((6, 3), 1 / 3, np.float32))
    scores = PassageScores(themes, tags, claims[:, :3], nothing, nothing, levels)
    return Scored(Example(judged, READ, tuple(0 for _ in judged.tags)), scores, claims_of(judged, claims))


def level_read(chance):
    """What is read where a level is stated with a chance, any of the two alike."""
    return np.log(np.array([[1 - chance, chance / 2, chance / 2]] * 2, np.float32))


def claims_of(judged, stated=None, levels=None):
    """What the best evidence of each dimension claims; the levels are those that readers saw, likelier than none."""
    modality = np.log(np.array([0.1, 0.6, 0.1, 0.1, 0.1], np.float32))
    numbers = np.zeros((6, 11), np.float32) if stated is None else stated
    read = level_read(2 / 3) if levels is None else levels
    return tuple(Claim(0, modality, read, own) for own in numbers)


def several(count, seed=0, **fields):
    chance = np.random.default_rng(seed)
    return [scored(number, chance, **fields) for number in range(count)]


def judged_again(row, **fields):
    judged = row.example.judged.model_copy(update=fields)
    example = Example(judged, row.example.read, tuple(0 for _ in judged.tags))
    return row._replace(example=example)


def calibrator(weights):
    return Calibrator(weights[:-1], float(weights[-1]))


def expected_error(chances, true):
    """The expected calibration error over ten bins, written out."""
    bins = np.minimum((chances * 10).astype(int), 9)
    gaps = [abs(chances[bins == one].sum() - true[bins == one].sum()) for one in range(10)]
    return sum(gaps) / len(chances)


def truth(rows, names, judged):
    return np.array([[name in judged(row.example.judged) for name in names] for row in rows])


@pytest.fixture(scope="module")
def fitted():
    return calibrate(several(600), LABELS, DESCRIPTIONS)


@pytest.mark.parametrize(
    ("name", "features", "names", "judged"),
    [
        ("themes", lambda row: row.scores.themes, LABELS.themes, lambda row: row.themes),
        ("dimensions", lambda row: row.scores.dimensions, LABELS.dimensions, lambda row: row.dimensions),
    ],
)
def test_probabilities_come_true_on_fresh_passages(fitted, name, features, names, judged):
    fresh = several(600, 1)
    chances = calibrator(fitted[0][name]).probabilities(np.stack([features(row) for row in fresh]))
    true = truth(fresh, names, judged)
    assert expected_error(chances.ravel(), true.ravel()) < 0.05
    assert chances[true].mean() > chances[~true].mean() + 0.1


def test_whether_a_dimension_is_stated_comes_true(fitted):
    known = calibrator(fitted[0]["dimensions"])
    by_stated = calibrator(fitted[0]["stated"])
    chances, true = [], []
    for row in several(600, 1):
        about = known.probabilities(row.scores.dimensions)
        for name, chance, claim in zip(LABELS.dimensions, about, row.claims, strict=True):
            if chance >= calibrating.WORTH_READING:
                chances.append(float(by_stated.probabilities(stated_features(float(chance), claim.stated))))
                true.append(name in row.example.judged.stated)
    assert expected_error(np.array(chances), np.array(true)) < 0.05
    assert np.array(chances)[true].mean() > np.array(chances)[~np.array(true)].mean() + 0.1


def claimed(right):
    """Topics of six papers, as sure as they stand here, the right ones right."""
    count = len(right)
    confidence = np.linspace(0.95, 0.35, count)
    return [
        calibrating._ReadClaim(
            stated=False, right=bool(one), features=np.zeros(11), about=sure, group=f"paper {n % 6}", counts=True
        )
        for n, (one, sure) in enumerate(zip(right, confidence, strict=True))
    ]


@pytest.mark.parametrize(
    ("right", "limit"),
    [
        ([1] * 120, 0.3),
        ([1] * 72 + [0] * 48, 0.47),
        ([0] * 120, 0.95),
        ([1] * 59, 0.8),  # too few to tell
    ],
)
def test_accepted_is_what_is_right_often_enough_with_enough_tags_behind(right, limit):
    found = calibrating._limit_of_tags(claimed(right), None, 0.75)
    assert found == pytest.approx(limit, abs=0.02)


def test_a_passage_counts_as_often_as_it_stands_for():
    rows = several(400)
    heavy = [judged_again(row, weight=9.0 if row.example.judged.themes else 1.0) for row in rows]
    even, weighted = (calibrate(own, LABELS, DESCRIPTIONS)[0]["themes"] for own in (rows, heavy))
    assert weighted[-1] > even[-1]


def test_passages_without_a_weight_calibrate_nothing(fitted):
    noise = [judged_again(row, weight=None) for row in several(200, 5)]
    again = calibrate([*several(600), *noise], LABELS, DESCRIPTIONS)
    assert all(np.allclose(fitted[0][name], again[0][name]) for name in fitted[0])
    assert fitted[1] == again[1]


def test_limits_are_probabilities_between(fitted):
    assert all(0 < limit < 1 for limit in fitted[1])


def test_a_set_without_any_positive_is_calibrated_to_little():
    rows = [judged_again(row, themes=(), tags=()) for row in several(50)]
    found, limits = calibrate(rows, LABELS, DESCRIPTIONS)
    for name, features in (("themes", rows[0].scores.themes), ("dimensions", rows[0].scores.dimensions)):
        chances = calibrator(found[name]).probabilities(features)
        assert np.isfinite(chances).all()
        assert chances.max() < 0.01
    assert all(np.isfinite(weights).all() for weights in found.values())
    assert all(0 < limit < 1 for limit in limits)


def test_passages_without_sentences_are_calibrated_to_arrays_of_the_same_shapes(fitted):
    found, _ = calibrate([row._replace(claims=()) for row in several(50)], LABELS, DESCRIPTIONS)
    assert {name: one.shape for name, one in found.items()} == {name: one.shape for name, one in fitted[0].items()}


def test_one_passage_alone_is_calibrated():
    found, limits = calibrate(several(1), LABELS, DESCRIPTIONS)
    assert all(np.isfinite(weights).all() for weights in found.values())
    assert all(0 < limit < 1 for limit in limits)


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=40), st.data())
def test_a_limit_never_rises_when_what_is_missed_weighs_more(pairs, data):
    chances = np.array([[chance / 100] for chance, _ in pairs], np.float32)
    true = np.array([[right] for _, right in pairs])
    rows = several(len(pairs))
    less, more = sorted(data.draw(st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0]), min_size=2, max_size=2)))
    ones = np.ones(len(pairs), np.float32)
    lower, upper = (calibrating._best_limit(rows, ones, chances, true, weight) for weight in (more, less))
    assert lower <= upper


@pytest.mark.parametrize(
    ("name", "chances", "right", "limit"),
    [
        ("papers", [0.9, 0.8, 0.7, 0.6], [1, 1, 1, 0], 0.3),
        ("papers", [0.9, 0.8, 0.7, 0.6], [1, 1, 0, 0], 0.71),
        ("papers", [0.9, 0.8, 0.7, 0.6], [1, 1, 1, 1], 0.3),
        ("papers", [0.9, 0.8, 0.7, 0.6], [0, 0, 0, 0], 0.91),
        ("hard", [0.9, 0.8, 0.7, 0.6], [1, 1, 1, 0], 0.3),
        ("hard", [0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0], 0.81),
        ("committee", [0.9, 0.8, 0.7, 0.6], [0, 0, 0, 0], 0.8),
    ],
)
def test_what_is_accepted_is_right_often_enough_in_real_papers(name, chances, right, limit):
    rows = [judged_again(row, set=name, weight=1.0) for row in several(len(chances))]
    true = np.array(right, bool)[:, None]
    found = calibrating._accepted_limit(rows, np.array(chances, np.float64)[:, None], true)
    assert found == pytest.approx(limit)


def with_levels(chances, stated):
    """Passages that state one dimension; how likely each is thought to have a level, and whether it has one."""
    rows = []
    for row, chance, level in zip(several(len(chances)), chances, stated, strict=True):
        tag = JudgedTag(dimension="d0", modality="planned", level="L1" if level else None)
        one = judged_again(row, tags=(tag,))
        readings = np.log(np.array([[1 - chance, chance * 0.05, chance * 0.95]] * 2, np.float32))
        rows.append(one._replace(claims=claims_of(one.example.judged, levels=readings)))
    return rows


def test_few_tags_without_a_level_are_given_one():
    chance = np.random.default_rng(1)
    thought = np.clip(chance.random(400), 0.01, 0.99)
    stated = chance.random(400) < thought
    rows = with_levels(thought, stated)
    found, limits = calibrate(rows, LABELS, DESCRIPTIONS)
    known = calibrator(found["any_level"])
    sure = np.array([level_chances(one.claims[0].levels, known, found["level_pool"])[1:].max() for one in rows])
    given = sure >= limits.level_stated
    assert given[~stated].mean() <= 0.05
    assert stated[given].mean() >= 0.8
    assert given[stated].mean() > 0.2


def test_a_level_is_the_one_that_both_readings_and_their_errors_before_make_likeliest():
    chance = np.random.default_rng(2)
    rows = []
    for row in several(120):
        level = chance.choice(["L0", "L1"])
        right = np.log([0.1, 0.6, 0.3] if level == "L0" else [0.1, 0.3, 0.6])
        of_words = np.stack([chance.permutation(right), right]).astype(np.float32)
        one = judged_again(row, tags=(JudgedTag(dimension="d0", modality="planned", level=level),))
        rows.append(one._replace(claims=claims_of(one.example.judged, levels=of_words)))
    pool = calibrate(rows, LABELS, DESCRIPTIONS)[0]["level_pool"]
    assert pool[1] > 1
    assert abs(pool[0]) < 0.5
    stated = LABELS.levels.index(rows[0].example.judged.tags[0].level)
    assert pooled_levels(rows[0].claims[0].levels, pool).argmax() == stated


def test_a_theme_without_training_passages_is_found_by_its_description():
    toys = target()
    labels = toys.labels._replace(dimensions=LABELS.dimensions)
    scores = several(1)[0].scores
    kept = replace(scores, themes=scores.themes[:4])
    rows = [Scored(one, kept, ()) for one in examples(200)]
    found = calibrator(calibrate(rows, labels, toys.descriptions)[0]["new_theme"])
    chances, true = [], []
    for one in examples(200, 1):
        near = calibrating.nearness(toys.descriptions @ one.read.vector, one.read.mentioned > 0)
        chances += found.probabilities(near).tolist()
        true += [name in one.judged.themes for name in labels.themes]
    assert expected_error(np.array(chances), np.array(true)) < 0.05
    assert np.array(chances)[true].min() > 0.5
