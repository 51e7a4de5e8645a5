"""The labelled passages themselves: shape, coverage and a split that keeps the two halves apart."""

import json
import re
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from configs.maturity import load_model
from configs.sentences import load_sentence_rules
from extractors.text.sentences import sentence_spans

GOLD = Path(__file__).parents[2] / "gold" / "maturity.jsonl"
LANGUAGES = ("en", "fr")
MODALITIES = ("achieved", "planned", "recommended", "lacking")
COLLISIONS = {
    "en": ("OEA", "API", "PCs?", "EC", "safe", "AI", "SW", "DM", "mature"),
    "fr": ("OEA", "API", "PC", "CE", "coffre", "AI", "SW", "DM", "maturité"),
}
"""Forms that mean something else in a negative; French has CE for EC and coffre for a safe."""


class Row(BaseModel):
    """A labelled passage; `evidence` are the offsets of the sentence that decides, where there are several."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1)]
    language: Literal["en", "fr"]
    dimension: str | None
    level: str | None
    modality: Literal["achieved", "planned", "recommended", "lacking"] | None
    split: Literal["dev", "train", "test"]
    also: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    evidence: tuple[int, int] | None = None


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [Row.model_validate_json(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def positives(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.dimension]


@pytest.fixture(scope="module")
def negatives(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not row.dimension]


def test_a_row_names_dimensions_and_levels_of_the_model(positives):
    model = load_model("dcmm-interop")
    dimensions = {dimension.id for dimension in model.dimensions}
    assert positives
    for row in positives:
        named = [row.dimension, *(row.also or ())]
        assert dimensions >= set(named), row.text
        assert len(named) == len(set(named)), row.text
        assert row.level in {None, *(level.id for level in model.levels_of(row.dimension))}, row.text


def test_a_level_goes_with_a_claim(positives):
    assert [row.text for row in positives if row.level and not row.modality] == []


def test_a_negative_carries_nothing_but_its_text(negatives):
    assert [row.text for row in negatives if row.level or row.modality or row.also or row.evidence] == []


def test_evidence_is_one_whole_sentence_among_three_to_six(positives):
    rules = load_sentence_rules()
    for row in positives:
        if row.evidence:
            sentences = sentence_spans(row.text, rules)
            assert 3 <= len(sentences) <= 6, row.text
            assert row.evidence in sentences, row.text[slice(*row.evidence)]


def test_every_dimension_has_enough_passages_in_both_languages(positives):
    assert positives
    found = Counter((row.dimension, row.language, row.split) for row in positives)
    for dimension, language in {(row.dimension, row.language) for row in positives}:
        assert found[dimension, language, "test"] >= 8, (dimension, language)
        assert found[dimension, language, "dev"] + found[dimension, language, "test"] >= 20, (dimension, language)


def test_every_dimension_has_every_level_in_every_modality_but_paper_as_an_aim(positives):
    found = {(row.dimension, row.language, row.level, row.modality) for row in positives}
    wanted = product({row.dimension for row in positives}, LANGUAGES, ("L0", "L1", "L2", "L3", "L4"), MODALITIES)
    aims = {("L0", "planned"), ("L0", "recommended")}
    assert [one for one in wanted if one[2:] not in aims and one not in found] == []


def test_every_dimension_is_spoken_of_without_a_claim(positives):
    found = {(row.dimension, row.language) for row in positives if row.modality is None}
    assert found == set(product({row.dimension for row in positives}, LANGUAGES))


def test_a_quarter_are_negatives_in_both_halves_and_languages(rows, negatives):
    assert len(negatives) >= max(120, len(rows) // 4)
    assert min(Counter((row.language, row.split) for row in negatives if row.split != "train").values()) >= 25


def test_what_trains_alone_is_about_nothing(rows):
    assert {row.dimension for row in rows if row.split == "train"} == {None}


@pytest.mark.parametrize(("language", "form"), [(code, form) for code, forms in COLLISIONS.items() for form in forms])
def test_every_colliding_form_stands_in_a_negative(negatives, language, form):
    assert [row for row in negatives if row.language == language and re.search(rf"\b{form}\b", row.text)]


def test_two_thirds_are_for_development(rows):
    assert 0.6 <= sum(row.split == "dev" for row in rows) / len(rows) <= 0.7


def test_no_test_passage_repeats_a_development_passage(rows):
    def phrases(row: Row) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", row.text.lower())
        return {tuple(words[at : at + 4]) for at in range(len(words) - 3)}

    parted = {split: [(row, phrases(row)) for row in rows if row.split == split] for split in ("dev", "test")}
    assert all(parted.values())
    for (test, ours), (dev, theirs) in product(parted["test"], parted["dev"]):
        assert len(ours & theirs) <= 0.2 * min(len(ours), len(theirs)), (test.text, dev.text)


def test_theme_passages_point_at_their_words():
    themes = [json.loads(line) for line in GOLD.with_name("themes.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["language"] for row in themes} == {"en", "fr", "es", "ru"}
    assert {row.get("split") for row in themes} == {None, "dev", "test"}
    for row in themes:
        for span in row["spans"]:
            surface = row["text"][span["start"] : span["end"]]
            assert surface, row["text"]
            assert surface == surface.strip(" «»()"), row["text"]
