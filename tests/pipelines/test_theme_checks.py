"""Doubtful labels of vocabularies that load."""

import pytest

from configs.vocabulary import Vocabulary, load_vocabulary
from pipelines.vocabulary.vocabularies import doubtful_forms, labels_not_found


def vocabulary(*concepts):
    return Vocabulary.model_validate(
        {"id": "own", "version": "1", "title": {"en": "Own"}, "source": "a test", "concepts": concepts}
    )


def concept(name, pref, *alt, language="en"):
    return {"id": name, "dimensions": ["d"], "pref": {language: pref}, "alt": {language: alt}}


def findings(*concepts):
    return [(one.kind, one.entry.concept.id, one.entry.label.text) for one in doubtful_forms(vocabulary(*concepts))]


def test_the_shipped_vocabulary_has_no_doubtful_label():
    assert list(doubtful_forms(load_vocabulary("digital-customs"))) == []


def test_labels_of_two_concepts_that_meet_in_a_plural_clash():
    assert findings(concept("a", "data standard"), concept("b", "data standards")) == [("clash", "b", "data standards")]


def test_labels_with_contexts_may_meet():
    guarded = {"text": "standard", "context": {"any": ["data"]}}
    assert findings(concept("a", guarded), concept("b", guarded | {"text": "standards"})) == []


@pytest.mark.parametrize(
    ("pref", "alt", "language"),
    [
        ("Time Release Study", "time release studies", "en"),
        ("digital organisation", "digital organization", "en"),
        ("douane verte", "douanes vertes", "fr"),
    ],
)
def test_a_label_that_is_a_form_of_another_is_a_duplicate(pref, alt, language):
    assert findings(concept("a", pref, alt, language=language)) == [("duplicate", "a", alt)]


def test_a_label_with_other_rules_or_forms_is_none():
    assert findings(concept("a", "data standards", {"text": "data standard", "not_followed_by": ["body"]})) == []
    assert findings(concept("a", "e-declaration", "edeclaration of goods")) == []


def test_labels_that_nothing_names_are_told_in_the_languages_there_are():
    own = vocabulary(concept("a", "alpha", "beta"), concept("b", "гамма", language="ru"))
    assert [one.entry.label.text for one in labels_not_found(own, {("a", "alpha"): 3}, {"en", None})] == ["beta"]
