"""Names that a spaCy pipeline proposes for the gazetteer."""

import pytest
import spacy

from benchmarks.discover_terms.names import propose_names
from configs.gazetteer import load_gazetteer
from extractors.entities import EntityMatcher

PATTERNS = [
    ("ORG", "the Harbour Board"),
    ("ORG", "The Harbour Board"),
    ("ORG", "HARBOUR BOARD"),
    ("GPE", "Harbour Board"),
    ("GPE", "the Kingdom of Kenya"),
    ("DATE", "May"),
    ("ORG", "Quay\nOffice"),
    ("ORG", "2021"),
    ("ORG", "US"),
]


@pytest.fixture(scope="module")
def pipeline():
    made = spacy.blank("en")
    made.add_pipe("entity_ruler").add_patterns([{"label": label, "pattern": text} for label, text in PATTERNS])
    return made


def proposed(pipeline, *texts, known=()):
    return {one.text: one for one in propose_names(texts, pipeline, lambda text: text in known)}


def test_forms_of_one_name_are_counted_together(pipeline):
    texts = ["We saw the Harbour Board.", "The Harbour Board and HARBOUR BOARD; Harbour Board."]
    (name,) = proposed(pipeline, *texts).values()
    assert (name.text, name.labels) == ("Harbour Board", ("ORG", "GPE"))
    assert [texts[place.text][place.start : place.end] for place in name.places] == [
        "Harbour Board",
        "The Harbour Board",
        "HARBOUR BOARD",
        "Harbour Board",
    ]


def test_a_name_that_is_known_in_one_form_is_none(pipeline):
    assert proposed(pipeline, "The HARBOUR BOARD, or the Harbour Board.", known={"HARBOUR BOARD"}) == {}


@pytest.mark.parametrize("text", ["In May.", "The Quay\nOffice.", "In 2021 it met."])
def test_what_is_no_name(pipeline, text):
    assert proposed(pipeline, text) == {}


def test_a_name_of_common_words_alone_stays_whole(pipeline):
    assert set(proposed(pipeline, "Goods from the US arrived.")) == {"US"}


def test_the_gazetteer_leaves_out_what_it_names(pipeline):
    entities = EntityMatcher(load_gazetteer())
    texts = ["The Harbour Board of the Kingdom of Kenya."]
    assert [one.text for one in propose_names(texts, pipeline, entities.knows)] == ["The Harbour Board"]
