"""Labels in short texts, looked up without spaCy: the same mentions as in documents."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.vocabulary import load_vocabulary
from extractors.themes import compile_themes
from extractors.themes.matcher import LabelLookup
from extractors.themes.variants import label_forms

GOLD = Path(__file__).resolve().parents[1] / "gold"
COLLISIONS = [line.split("\t") for line in (GOLD / "collisions.tsv").read_text(encoding="utf-8").splitlines()[1:]]
WORDS = 'single window customs data exchange guichet unique électronique AEO SW risk management of credit - ( " , \n'


WITHOUT_SPACY = """
import sys
from pipelines.search.query_reader import themes_of
assert [one.theme for one in themes_of("digital-customs")("a single window")] == ["single-window"]
assert not {"spacy", "torch"} & sys.modules.keys()
"""


@pytest.fixture(scope="module")
def vocabulary():
    return load_vocabulary("digital-customs")


@pytest.fixture(scope="module")
def lookup(vocabulary):
    return LabelLookup(vocabulary)


@pytest.fixture(scope="module")
def matcher(vocabulary):
    """The matcher after so many texts that spaCy has taken over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("extractors.themes.matcher._FEW_CHARACTERS", 0)
        made = compile_themes(vocabulary)
        made.find("spaCy takes over")
    assert made._machine
    return made


@pytest.mark.parametrize("text", [text for row in COLLISIONS for text in row[3:5] if "(" not in text])
def test_a_line_has_the_mentions_that_a_document_would_have(lookup, matcher, text):
    assert lookup.find(text) == matcher.find(text)


@given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=12).map(" ".join))
def test_any_words_have_the_mentions_that_a_document_would_have(lookup, matcher, text):
    assert lookup.find(text) == matcher.find(text)


@pytest.mark.parametrize("text", ["certificates/licences", "(certificates/ licences)", "SW (Single Window)", " \t/ "])
def test_marks_part_words_as_in_a_document(lookup, matcher, text):
    assert lookup.find(f"Electronic {text}") == matcher.find(f"Electronic {text}")


def test_the_first_papers_are_looked_up_and_the_rest_matched_with_the_same_outcome(vocabulary, monkeypatch):
    monkeypatch.setattr("extractors.themes.matcher._FEW_CHARACTERS", 100)
    changing = compile_themes(vocabulary)
    text = "The single window of customs sends e-certificates."
    first, second = changing.find(text), changing.find(text)
    assert changing._machine is None
    assert changing.find(text) == second == first
    assert changing._machine is not None


def test_a_label_that_needs_something_beside_it_is_not_looked_for(vocabulary):
    forms = set(label_forms(vocabulary.concept("single-window")))
    assert {("en", "Single Window"), ("fr", "Guichet unique"), ("es", "VUCE")} <= forms
    assert not {("en", "SW"), ("en", "NSW"), ("fr", "GU")} & forms


def test_spellings_of_both_sides_are_looked_for(vocabulary):
    forms = {text for language, text in label_forms(vocabulary.concept("digital-customs")) if language == "en"}
    assert {"customs digitalisation", "customs digitalization"} & forms or {"digitalisation of customs"} & forms


def test_looking_up_loads_no_spacy():
    subprocess.run([sys.executable, "-c", WITHOUT_SPACY], check=True, cwd=GOLD.parents[1])
