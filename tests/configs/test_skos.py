"""SKOS in Turtle: what is written comes back, and what others wrote can be read."""

import pytest

from configs.skos import UNASSIGNED, from_turtle, to_turtle
from configs.system.errors import ConfigError, UnavailableError
from configs.vocabulary import Vocabulary, load_vocabulary

FOREIGN = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ex: <http://example.org/> .
ex:c1 a skos:Concept ; skos:prefLabel "Customs debt"@en, "Dette douanière"@fr-FR ;
  skos:altLabel "debt to Customs"@en-GB ;
  skos:exactMatch <http://eurovoc.europa.eu/5583> .
ex:c2 a skos:Concept ; skos:prefLabel "Guarantee"@en ; skos:broader ex:c1, ex:c3 .
ex:c3 a skos:Concept ; skos:prefLabel "Security" ; skos:notation "1002781" .
"""


def read(tmp_path, text):
    path = tmp_path / "foreign words.ttl"
    path.write_text(text, encoding="utf-8")
    return from_turtle(path)


def sorted_fields(value):
    """The same fields whatever the order of what has none: all lists but the first dimension."""
    if isinstance(value, dict):
        first = value.get("dimensions", ())[:1]
        return {name: sorted_fields(part) for name, part in value.items()} | ({"main": first} if first else {})
    if isinstance(value, list | tuple):
        return sorted(map(sorted_fields, value), key=repr)
    return value


@pytest.mark.slow
def test_the_shipped_vocabulary_comes_back_whole(tmp_path):
    shipped = load_vocabulary("digital-customs")
    back, notes = read(tmp_path, to_turtle(shipped))
    assert notes == ()
    assert sorted_fields(back.model_dump()) == sorted_fields(shipped.model_dump())
    assert to_turtle(back) == to_turtle(read(tmp_path, to_turtle(back))[0])


def test_every_rule_of_a_label_comes_back(tmp_path):
    label = {"text": "KT", "case": "standout", "language": ["en", "fr"], "defined": True}
    label |= {"context": {"any": ["sky*", "air"], "window": "document"}, "not_preceded_by": ["red"]}
    label |= {"not_context": {"any": ["sea"], "window": "passage"}, "not_followed_by": ["mark*"]}
    concept = {"id": "kite", "dimensions": ["sky", "air"], "pref": {"en": "kite"}, "alt": {"en": [label]}}
    own = Vocabulary.model_validate(
        {"id": "own", "version": "2", "title": {"en": "Own"}, "source": "a test", "concepts": [concept]}
    )
    back, _ = read(tmp_path, to_turtle(own))
    assert sorted_fields(back.model_dump()) == sorted_fields(own.model_dump())
    assert back.concepts[0].dimensions[0] == "sky"


def test_a_vocabulary_of_others_is_read(tmp_path):
    vocabulary, notes = read(tmp_path, FOREIGN)
    assert (vocabulary.id, vocabulary.version, vocabulary.source) == ("foreign-words", "1", "foreign words.ttl")
    debt, guarantee = vocabulary.concept("customs-debt"), vocabulary.concept("guarantee")
    names = {language: label.text for language, label in debt.pref.items()}
    assert names == {"en": "Customs debt", "fr": "Dette douanière"}
    assert [label.text for label in debt.alt["en"]] == ["debt to Customs"]
    assert debt.matches == {"exact": ("http://eurovoc.europa.eu/5583",)}
    assert (debt.dimensions, guarantee.broader) == ((UNASSIGNED,), "1002781")
    assert any("guarantee: has 2 broader concepts" in note for note in notes)
    assert sum("no collection" in note for note in notes) == 3


def test_what_is_no_turtle_names_the_line(tmp_path):
    with pytest.raises(ConfigError, match=r"foreign words\.ttl:3: is not Turtle"):
        read(tmp_path, "@prefix a: <http://a/> .\na:b a:c a:d .\na:b a:c <<< .\n")


@pytest.mark.parametrize("text", ["", "@prefix a: <http://a/> .\na:b a:c a:d ."])
def test_turtle_without_concepts_is_refused(tmp_path, text):
    with pytest.raises(ConfigError, match=r"holds no skos:Concept"):
        read(tmp_path, text)


def test_labels_that_clash_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="names customs-debt too"):
        read(tmp_path, FOREIGN.replace('"Guarantee"@en', '"debt to customs"@en ; skos:notation "other"'))


def test_a_missing_file_is_unavailable(tmp_path):
    with pytest.raises(UnavailableError, match=r"none\.ttl"):
        from_turtle(tmp_path / "none.ttl")
