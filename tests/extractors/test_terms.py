"""Candidates for new themes: which phrases are terms, and how they rank."""

import math

import pytest

from configs.stopwords import load_stopwords
from configs.terms import load_terms
from extractors.themes.terms import discover_terms

STOPWORDS, RULES = load_stopwords().languages, load_terms().languages


def terms(*texts, language="en", known=()):
    found = discover_terms(texts, RULES[language], STOPWORDS[language], lambda text: text.lower() in known)
    return {term.text: term for term in found}


def test_a_phrase_inside_a_longer_one_counts_where_it_stands_alone():
    """The example of the method: C-value(a) = log2|a| (f(a) - the mean frequency of the longer terms around it)."""
    found = terms(*["the risk engine module."] * 3, *["the risk engine."] * 4)
    assert found["risk engine module"].score == pytest.approx(math.log2(3) * 3)
    assert found["risk engine"].score == pytest.approx(math.log2(2) * (7 - 3))
    assert "engine module" not in found


def test_places_are_those_of_the_text():
    texts = ["A transit corridor.", "Two transit corridors, and a\u00a0transit\u00a0corridor."]
    (term,) = terms(*texts).values()
    assert term.text == "transit corridor"
    found = [texts[place.text][place.start : place.end] for place in term.places]
    assert found == ["transit corridor", "transit corridors", "transit\u00a0corridor"]


@pytest.mark.parametrize(
    "text",
    [
        "transit, corridor",
        "transit\ncorridor",
        "transit 3 corridor",
        "the transit of the corridor",
        "the meeting of the committee",
        "TRANSIT CORRIDOR",
        "corridor",
    ],
)
def test_what_is_parted_or_names_nothing_is_no_term(text):
    assert terms(*[f"And {text}."] * 5) == {}


def test_what_is_rare_is_no_term():
    assert terms(*["A transit corridor."] * 2) == {}


def test_a_known_term_is_left_out_and_a_longer_one_is_not():
    found = terms(*["A single window operator."] * 3, *["A single window."] * 3, known={"single window"})
    assert set(found) == {"single window operator"}


def test_french_terms_hold_their_small_words():
    found = terms(*["Les bureaux d’échange de l'information tarifaire."] * 3, language="fr")
    assert max(found.values(), key=lambda term: term.score).text == "bureaux d’échange de l'information tarifaire"
    assert not any(text.startswith(("d’", "de ", "l'")) for text in found)
