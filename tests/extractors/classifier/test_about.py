"""Themes that passages are about: those that a classifier was trained for, and new ones by their definitions."""

import numpy as np
import pytest

from configs.vocabulary import Vocabulary
from extractors.classifier.about import (
    AboutTheme,
    AboutThemes,
    NewThemes,
    describing,
    merged_themes,
    nearness,
    status_of,
)
from extractors.classifier.calibration import Calibrator
from extractors.classifier.classifier import Classifier, PassageReading
from extractors.classifier.weights import ClassifierWeights
from extractors.document import Mention, Passage, PassageTheme
from tests.toy_passages import THEMES, word_vector

SHAPE = ["id", "label", "kind", "start", "end", "surface", "confidence", "status", "why"]
WINDOW = Mention(id="single-window", start=4, end=17, surface="single window", label="Single Window")
RISK = Mention(id="risk-management", start=30, end=45, surface="risk management", label="risk management")
PAPERLESS = AboutTheme("paperless", 0.83214, "accepted", "paper is replaced by data")
TRUST = AboutTheme("trust", 0.61, "suggested", "trusted traders")
DEFINED = {"en": "What goes on.", "fr": "Ce qui se passe."}


def concept(name, word, **fields):
    labels = {"pref": {"en": word, "fr": f"{word} (fr)"}, "definition": DEFINED | {"en": f"{word} of all kinds"}}
    return {"id": name, "dimensions": ["data_standards"], **labels, **fields}


def vocabulary(*more):
    known = [concept(name, word) for word, name in THEMES.items()]
    whole = {"id": "toy", "version": "1", "title": {"en": "Toy"}, "source": "none", "concepts": [*known, *more]}
    return Vocabulary.model_validate(whole)


def encode(texts):
    """Each text by its first word."""
    return np.stack([word_vector(text.split()[0].strip(".;")) for text in texts])


def passage(text="The room was full.", language="en", **fields):
    return Passage(id="a-1", ordinal=1, text=text, language=language, **fields)


@pytest.fixture
def about(toy_weights):
    """Make what says what passages are about, and score one passage of given theme probabilities."""

    def score(one, chances, *, of=None, vector=None, suggested=0.3):
        note = toy_weights.note.model_copy(update={"suggested_theme": suggested})
        # of a new theme, how it stands beside the other themes decides
        calibration = {"calibration.new_theme": np.array([3, 0, 0, 0, -4], np.float32)}
        classifier = Classifier(ClassifierWeights(note, toy_weights.arrays | calibration))
        scorer = AboutThemes(of or vocabulary(), classifier, encode)
        reading = PassageReading(dict.fromkeys(THEMES.values(), 0.0) | chances, {})
        (found,) = scorer.score([one], (word_vector("room") if vector is None else vector)[None], [reading])
        return {theme.id: theme for theme in found}

    return score


def test_themes_are_accepted_suggested_or_left_out(about):
    found = about(passage(), {"single-window": 0.8, "smart-seals": 0.3, "trusted-trader": 0.29})
    shown = {name: (one.confidence, one.status) for name, one in found.items()}
    assert shown == {"single-window": (0.8, "accepted"), "smart-seals": (0.3, "suggested")}


@pytest.mark.parametrize(
    ("language", "why"),
    [("fr", "Ce qui se passe."), *((other, "windows of all kinds") for other in ("en", "ru", None))],
)
def test_the_reason_is_the_definition_in_the_language_of_the_passage(about, language, why):
    assert about(passage(language=language), {"single-window": 0.9})["single-window"].why == why


def test_the_reason_is_the_label_where_the_passage_names_the_theme(about):
    named = PassageTheme.of(Mention(id="single-window", start=4, end=8, surface="room", label="the windows"))
    assert about(passage(themes=(named,)), {"single-window": 0.9})["single-window"].why == "the windows"


def test_a_theme_that_was_trained_for_and_left_the_vocabulary_is_not_shown(about):
    smaller = vocabulary()
    smaller = smaller.model_copy(update={"concepts": smaller.concepts[:2]})
    assert about(passage(), {"smart-seals": 0.9, "single-window": 0.9}, of=smaller).keys() == {"single-window"}


def test_a_new_theme_is_found_by_its_description(about):
    of = vocabulary(concept("drones", "drones"))
    near = about(passage(), {}, of=of, vector=word_vector("drones"))
    far = about(passage(), {}, of=of, vector=word_vector("seals"))
    assert (near.keys(), far.keys()) == ({"drones"}, set())
    assert near["drones"].why == "drones of all kinds"


def test_definitions_are_encoded_once_and_only_for_new_themes(toy_weights):
    asked = []

    def counting(texts):
        asked.append(len(texts))
        return encode(texts)

    for of, times in ((vocabulary(), []), (vocabulary(concept("drones", "drones")), [5])):
        asked.clear()
        scorer = AboutThemes(of, Classifier(toy_weights), counting)
        reading = PassageReading(dict.fromkeys(THEMES.values(), 0.1), {})
        for _ in range(3):
            scorer.score([passage()], word_vector("room")[None], [reading])
        assert asked == times


def test_no_passages_have_no_themes(toy_weights):
    scorer = AboutThemes(vocabulary(), Classifier(toy_weights), encode)
    assert scorer.score([], np.empty((0, 12), np.float32), []) == []


def test_a_new_theme_that_is_named_is_likelier():
    of = vocabulary(concept("drones", "drones"))
    new = NewThemes(of, encode, Calibrator(np.array([1, 0, 2, 0], np.float32), -1.0))
    vector = word_vector("room")
    assert new.chances(vector, {"drones"})["drones"] > new.chances(vector, ())["drones"]


def test_how_near_a_theme_is_counts_beside_the_others():
    """A text that is near everything is about nothing more than one that is near little."""
    similarity, named = np.array([0.1, 0.3, 0.2, 0.15], np.float32), np.array([False, True, False, False])
    one, other = nearness(similarity, named), nearness(similarity + np.float32(0.5), named)
    assert np.allclose(one[:, :3], other[:, :3], atol=1e-4)
    assert one[:, 0].argmax() == 1
    assert (one[:, 1] > 0).tolist() == [False, True, False, False]
    assert one[:, 2].tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("similarity", [[0.4], [0.4, 0.4, 0.4]])
def test_themes_that_are_all_as_near_are_alike(similarity):
    found = nearness(np.array(similarity, np.float32), np.zeros(len(similarity), bool))
    assert np.isfinite(found).all()
    assert (found == found[0]).all()


def test_a_theme_is_described_by_labels_and_definition():
    of = vocabulary(concept("drones", "drones", alt={"en": ["quadcopters", "UAV"], "fr": ["aéronefs"]}))
    assert describing(of, "drones") == "drones; quadcopters; UAV. drones of all kinds"


def test_a_theme_without_english_words_is_described_by_what_it_has():
    only = {"id": "drones", "dimensions": ["data_standards"], "pref": {"fr": "drones civils"}}
    assert describing(vocabulary(only), "drones") == "drones civils. drones civils"


def test_named_themes_stand_by_offset_and_then_the_others_by_confidence():
    themes = merged_themes([RISK, WINDOW], [TRUST, PAPERLESS], str.upper)
    assert [(one.id, one.kind) for one in themes] == [
        ("single-window", "named"),
        ("risk-management", "named"),
        ("paperless", "about"),
        ("trust", "about"),
    ]


def test_a_named_theme_has_its_place_and_is_certain():
    (theme,) = merged_themes([WINDOW], [], str.upper)
    known = ("single-window", "Single Window", "named", 4, 17, "single window", 1.0, None, "Single Window")
    assert list(theme.model_dump().items()) == list(zip(SHAPE, known, strict=True))


def test_a_theme_by_meaning_has_no_place_and_says_why():
    (theme,) = merged_themes([], [PAPERLESS], str.upper)
    assert list(theme.model_dump()) == SHAPE
    assert (theme.start, theme.end, theme.surface) == (None, None, None)
    assert (theme.label, theme.confidence, theme.status) == ("PAPERLESS", 0.8321, "accepted")
    assert theme.why == "paper is replaced by data"


def test_a_theme_of_both_kinds_has_a_row_of_each():
    both = merged_themes([WINDOW], [AboutTheme("single-window", 0.7, "suggested", "one window")], str.upper)
    found = [(one.id, one.kind, one.confidence, one.status) for one in both]
    assert found == [("single-window", "named", 1.0, None), ("single-window", "about", 0.7, "suggested")]


@pytest.mark.parametrize(
    ("confidence", "status"),
    [(1.0, "accepted"), (0.8, "accepted"), (0.79, "suggested"), (0.5, "suggested"), (0.49, None)],
)
def test_a_status_follows_from_the_confidence(confidence, status):
    assert status_of(confidence) == status


def test_another_limit_may_be_set_for_suggestions():
    assert status_of(0.45, suggested=0.4) == "suggested"
    assert status_of(0.6, suggested=0.65) is None


def test_a_passage_gives_what_its_words_name():
    themes = merged_themes([RISK, WINDOW], [PAPERLESS], str.upper)
    assert Passage(id="a-0", ordinal=0, text="x", themes=themes).named == (WINDOW, RISK)


@pytest.mark.parametrize("field", ["label", "confidence", "status"])
def test_a_theme_with_a_kind_is_complete(field):
    whole = PassageTheme.of(WINDOW).model_dump()
    del whole[field]
    with pytest.raises(ValueError, match=field):
        PassageTheme.model_validate(whole)
