import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.labels import LabelFinder, alternatives, before_word, fold


@given(st.text())
def test_folding_keeps_every_offset(text):
    assert len(fold(text)) == len(text)


def test_folding_takes_off_case_accents_and_typographic_marks():
    assert fold("ÉCHANGE d\u2019Œuvres \u2013 N\u00b0") == "echange d'œuvres - n°"


def test_the_raised_number_of_a_note_ends_a_label():
    finder = LabelFinder([("Technical Committee", 1)])
    assert [value for value, *_ in finder.find("the Technical Committee¹², and CO₂")] == [1]


def test_the_longest_label_wins_and_offsets_are_those_of_the_text():
    finder = LabelFinder([("Committee", 1), ("Technical Committee", 2), ("Comité", 3)])
    text = "the TECHNICAL  COMMITTEE, le comité"
    found = [(value, text[start:end]) for value, start, end in finder.find(text)]
    assert found == [(2, "TECHNICAL  COMMITTEE"), (3, "comité")]


def test_a_finder_without_labels_finds_nothing():
    assert list(LabelFinder([]).find("anything")) == []


@pytest.mark.parametrize(
    ("text", "stands"),
    [("the body", True), ("l'organe", True), ("l' organe", True), ("thebody", False), ("les", False)],
)
def test_a_word_before_another_has_a_space_behind_it_unless_it_is_elided(text, stands):
    assert bool(re.match(before_word(("the", "les", "L’")), text)) == stands


def test_of_alternatives_the_longest_is_tried_first_and_of_none_nothing_matches():
    assert re.match(alternatives(("de", "De la")), "de la part")[0] == "de la"
    assert not re.search(alternatives(()), "")
