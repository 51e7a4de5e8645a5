"""Claims: how cues and vectors are weighed, on weights made for the test, and on the shipped ones."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from configs.modality import load_modality
from configs.modality_weights import Direction, ModalityWeights, Trust, load_modality_weights
from configs.settings import load_settings
from extractors.claims.claim_reader import ClaimReader
from extractors.claims.modality import compile_modality
from index.encoder import open_encoder

GOLD = Path(__file__).parents[2] / "gold" / "modality.jsonl"
RULES = compile_modality(load_modality())
CLAIMS = ("achieved", "planned", "recommended", "lacking", "nothing")
EXPLICIT = "Members should connect their systems."
IMPLICIT = "The line ends at the border."


def vector(claim, size=1.0):
    """Return one vector that speaks for a claim."""
    return size * np.eye(len(CLAIMS), dtype=np.float32)[[CLAIMS.index(claim)]]


@pytest.fixture
def reader():
    directions = {claim: Direction(intercept=0.0, coefficients=tuple(vector(claim)[0].tolist())) for claim in CLAIMS}
    trust = Trust(nothing=1.0, weak=0.5, plain=1.0, strong=2.0)
    return ClaimReader(
        RULES, ModalityWeights(version="1", encoder="e", languages=("en", "fr"), trust=trust, claims=directions)
    )


def test_a_vector_decides_where_cues_say_little(reader):
    assert reader.read([IMPLICIT], ["en"], vector("lacking", 3.0)) == ["lacking"]


def test_a_strong_cue_outweighs_a_vector_that_hardly_prefers_anything(reader):
    assert reader.read([EXPLICIT], ["en"], vector("achieved")) == ["recommended"]
    assert reader.read([EXPLICIT], ["en"], vector("achieved", 3.0)) == ["achieved"]


def test_a_sentence_may_claim_nothing(reader):
    assert reader.read(["What is a portal?"], ["en"], vector("achieved", 0.5)) == [None]


@pytest.mark.parametrize("language", ["es", None])
def test_in_other_languages_vectors_do_not_count(reader, language):
    assert not reader.knows(language)
    assert reader.read(["La aduana conectará los puertos."], [language], vector("planned", 9.0)) == [None]


def test_reading_leaves_the_vectors_alone(reader):
    vectors = vector("planned")
    reader.read([EXPLICIT], ["en"], vectors)
    assert np.array_equal(vectors, vector("planned"))


def test_weights_of_unequal_lengths_are_refused():
    claims = {
        "nothing": Direction(intercept=0, coefficients=(1.0,)),
        "lacking": Direction(intercept=0, coefficients=()),
    }
    trust = Trust(nothing=0, weak=0, plain=0, strong=0)
    with pytest.raises(ValueError, match="same number"):
        ModalityWeights(version="1", encoder="e", languages=(), trust=trust, claims=claims)


@pytest.mark.model
def test_nine_in_ten_sentences_of_the_test_split_are_read_right():
    reader = ClaimReader(RULES, load_modality_weights())
    with GOLD.open(encoding="utf-8") as lines:
        test = [row for row in map(json.loads, lines) if row["split"] == "test"]
    vectors = open_encoder(load_settings(encoder=reader.encoder)).passages([row["text"] for row in test])
    read = reader.read([row["text"] for row in test], [row["language"] for row in test], vectors)
    right = Counter(claim == row["modality"] for claim, row in zip(read, test, strict=True))
    assert right[True] >= 0.9 * len(test)
