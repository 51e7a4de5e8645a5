"""`evaluate tagging`: measures on labelled texts, rows that are no rows, and nodes that the scorer knows."""

import json

import numpy as np
import pytest

from benchmarks.evaluate.tagging import area_under_curve, evaluate_tagging
from configs.settings import load_settings
from configs.system.errors import ConfigError, UsageError


def dimension(name, label, *criteria):
    return {"id": name, "label": {"en": label}, "criteria": [{"text": {"en": text}} for text in criteria]}


MODEL = {"id": "garden", "version": "1", "provenance": "provisional", "source": "made for this test", "scale": None}
MODEL |= {
    "unit_of_assessment": "administration",
    "dimensions": [
        dimension("water", "Water for plants", "Beds are watered by rain barrels.", "Hoses do not leak."),
        dimension("tools", "Tools of the gardener", "Spades are sharpened.", "Every gardener has a rake."),
    ],
}
ROWS = [
    ("The beds are watered from rain barrels twice a week.", "water", "true"),
    ("Her spade and her rake are sharpened in the shed.", "water", "no"),
    ("Spades and rakes are sharpened every winter.", "tools", "1"),
    ("A leaking hose wasted all the water of the barrels.", "tools", "0"),
]


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "garden.yaml").write_text(json.dumps(MODEL), encoding="utf-8")
    return load_settings(tmp_path / "home", model=str(tmp_path / "garden.yaml"))


def write(path, rows):
    path.write_text("text,node,label\n" + "\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.model
def test_texts_are_scored_for_their_nodes(settings, tmp_path):
    found = evaluate_tagging(settings, write(tmp_path / "labels.csv", ROWS))
    assert found.auc == 1.0
    assert found.per_node["water"].rows == 2


@pytest.mark.model
def test_labels_to_fit_replace_the_shipped_calibration(settings, tmp_path):
    labels = write(tmp_path / "labels.csv", ROWS)
    found = evaluate_tagging(settings, labels, fit=labels)
    assert found.macro_accuracy == 1.0


@pytest.mark.model
def test_what_is_scored_does_not_fit_its_own_node(settings, tmp_path):
    labels = write(tmp_path / "labels.csv", ROWS[:2])
    alone = evaluate_tagging(settings, labels, fit=write(tmp_path / "others.csv", ROWS[2:]))
    assert evaluate_tagging(settings, labels, fit=write(tmp_path / "all.csv", ROWS)) == alone


@pytest.mark.model
@pytest.mark.parametrize("known", [ROWS[:2], [*ROWS[:2], ROWS[2]]])
def test_a_node_for_which_nothing_can_train_the_scorer_is_refused(settings, tmp_path, known):
    labels = write(tmp_path / "labels.csv", ROWS[:2])
    with pytest.raises(UsageError, match="nothing there can train a scorer for water"):
        evaluate_tagging(settings, labels, fit=write(tmp_path / "known.csv", known))


@pytest.mark.model
def test_a_text_of_page_marks_alone_is_about_nothing(settings, tmp_path):
    rows = [("Page 3", "water", "false"), *ROWS]
    for fit in (None, write(tmp_path / "known.csv", rows)):
        found = evaluate_tagging(settings, write(tmp_path / "labels.csv", rows[:1]), fit=fit)
        assert (found.macro_accuracy, found.ece) == (1.0, 0.0)


@pytest.mark.parametrize("encoder", ["multilingual-e5-small", "all-MiniLM-L6-v2"])
def test_a_model_that_trained_the_scorer_is_refused(tmp_path, encoder):
    labels = write(tmp_path / "labels.csv", [("a text", "data_standards", "true")])
    with pytest.raises(UsageError, match="trained on the model dcmm-interop"):
        evaluate_tagging(load_settings(tmp_path / "home", encoder=encoder), labels)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("a text", "soil", "true"), "line 2.*no node soil"),
        (("a text", "water", "perhaps"), "line 2.*label is 'perhaps'"),
        ((" ", "water", "true"), "line 2.*the text is empty"),
    ],
)
def test_a_row_that_is_none_is_named(settings, tmp_path, row, message):
    with pytest.raises(ConfigError) as raised:
        evaluate_tagging(settings, write(tmp_path / "labels.csv", [row]))
    line, reason = message.split(".*")
    assert reason in str(raised.value)
    assert line.removeprefix("line ") in str(raised.value)


def test_a_file_without_rows_is_named(settings, tmp_path):
    with pytest.raises(ConfigError, match="nothing in it"):
        evaluate_tagging(settings, write(tmp_path / "labels.csv", []))


def test_the_area_counts_pairs_in_the_right_order_and_equals_half():
    chances, labels = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    assert area_under_curve(chances, labels) == pytest.approx(3.5 / 4)
    assert area_under_curve(chances, np.ones(4, bool)) is None
