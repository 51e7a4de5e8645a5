"""`evaluate themes`: spans that are right, wrong and missed, and rows that are none."""

import json

import pytest

from benchmarks.evaluate.themes import evaluate_themes
from configs.settings import load_settings
from configs.system.errors import ConfigError

WINDOW = {"start": 4, "end": 17, "theme": "single-window"}
TEXT = "The Single Window works without paper."
GOLD_FLOOR = 0.95


@pytest.fixture
def evaluate(tmp_path):
    def run(*rows):
        path = tmp_path / "labels.jsonl"
        written = (row if isinstance(row, str) else json.dumps({"language": "en"} | row) for row in rows)
        path.write_text("\n".join(written), encoding="utf-8")
        return evaluate_themes(load_settings(tmp_path / "home"), path)

    return run


def test_a_span_counts_where_start_end_and_theme_are_right(evaluate):
    shifted = WINDOW | {"start": 0}
    other = WINDOW | {"theme": "mobile"}
    found = evaluate({"text": TEXT, "spans": [WINDOW]}, {"text": TEXT, "spans": [shifted, other]})
    # found twice, right once; labelled three times
    assert found.precision == pytest.approx(1 / 2)
    assert found.recall == pytest.approx(1 / 3)
    assert found.f1 == pytest.approx(2 / 5)
    assert [one.theme for one in found.false_negatives] == ["single-window", "mobile"]


def test_what_is_wrong_is_listed_with_its_place_and_the_words_around_it(evaluate):
    text = f"{'Traders wait. ' * 9}{TEXT}"
    found = evaluate({"text": "", "spans": []}, {"text": text, "spans": []})
    (wrong,) = found.false_positives
    start = text.index("Single Window")
    assert (wrong.line, wrong.start, wrong.end) == (2, start, start + len("Single Window"))
    assert wrong.surface == "Single Window"
    assert wrong.text.startswith("…")
    assert TEXT in wrong.text
    assert len(wrong.text) < len(text)


def test_nothing_right_is_zero(evaluate):
    found = evaluate({"text": "Nothing here.", "spans": []})
    assert (found.precision, found.recall, found.f1) == (0.0, 0.0, 0.0)
    assert found.false_positives == found.false_negatives == ()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", r"labels\.jsonl:2: broken JSON"),
        ({"text": "a"}, r"labels\.jsonl:2: spans: this field is missing"),
        ({"text": "a", "spans": [{"start": 0, "end": 1}]}, r"labels\.jsonl:2: spans\.0\.theme"),
        ({"text": "a", "spans": [WINDOW]}, r"labels\.jsonl:2: the span 4 to 17 lies outside the 1 characters"),
        ({"text": TEXT, "spans": [WINDOW | {"theme": "sails"}]}, r"labels\.jsonl:2: sails is no theme"),
    ],
)
def test_a_row_that_is_none_is_named(evaluate, row, message):
    with pytest.raises(ConfigError, match=message):
        evaluate({"text": TEXT, "spans": [WINDOW]}, row)


def test_a_file_without_rows_is_named(evaluate):
    with pytest.raises(ConfigError, match="nothing in it"):
        evaluate("")


def test_the_vocabulary_finds_what_people_labelled(tmp_path, samples):
    gold = samples.parent / "tests" / "gold" / "themes.jsonl"
    assert evaluate_themes(load_settings(tmp_path / "home"), gold).f1 >= GOLD_FLOOR
