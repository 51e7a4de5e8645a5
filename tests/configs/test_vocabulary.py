"""Vocabularies: what loads, what is found in them, and where a broken file is broken."""

from pathlib import Path

import pytest

from configs.system.errors import ConfigError, UnavailableError, UsageError
from configs.vocabulary import Vocabulary, load_vocabulary, shipped_vocabularies

HEAD = """\
id: mine
version: "1"
title: {en: Mine}
source: written for a test
concepts:
"""
ALPHA = "- {id: alpha, dimensions: [some_dimension], pref: {en: Alpha form}}\n"
ONE = "- id: alpha\n  dimensions: [d]\n"
DIMENSIONS = {
    *("strategy_governance", "legal_framework", "data_standards", "systems_security"),
    *("process_automation", "analytics_innovation", "interoperability_collaboration", "people_capacity"),
}


@pytest.fixture(scope="module")
def shipped() -> Vocabulary:
    return load_vocabulary("digital-customs")


def write(folder: Path, concepts: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(HEAD + concepts, encoding="utf-8")
    return path


def refusal(folder: Path, concepts: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_vocabulary(write(folder, concepts))
    return caught.value


def test_every_theme_has_labels_in_four_languages_and_definitions_in_two(shipped):
    assert len(shipped.concepts) == 59
    for concept in shipped.concepts:
        assert set(concept.pref) == {"en", "fr", "es", "ru"}, concept.id
        assert set(concept.definition) >= {"en", "fr"}, concept.id
        assert set(concept.dimensions) <= DIMENSIONS, concept.id


def test_every_theme_of_the_domain_reference_is_there(shipped, shared):
    rows = (shared / "domain" / "themes.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert {row.split("\t")[0] for row in rows} == {concept.id for concept in shipped.concepts}


def test_a_concept_is_found_by_its_id_and_its_name_falls_back_to_english(shipped):
    names = [shipped.concept("single-window").name(language) for language in ("fr", "pt")]
    assert names == ["Guichet unique", "Single Window"]
    with pytest.raises(UsageError, match="double-window"):
        shipped.concept("double-window")


def test_an_unknown_vocabulary_names_the_shipped_ones():
    with pytest.raises(UsageError, match="digital-customs"):
        load_vocabulary("digital-custom")


def test_a_missing_file_is_unavailable(tmp_path):
    with pytest.raises(UnavailableError):
        load_vocabulary(tmp_path / "none.yaml")


def test_a_file_of_ones_own_loads_with_the_same_rules(tmp_path):
    label = "{text: ALP, case: upper, context: {any: [berg*]}}"
    vocabulary = load_vocabulary(
        write(tmp_path, f"- {{id: alpha, dimensions: [any_dimension], pref: {{de: {label}}}}}\n")
    )
    (entry,) = vocabulary.labels
    assert (entry.language, entry.label.text, entry.label.case) == ("de", "ALP", "upper")
    assert entry.label.is_guarded


def test_the_fingerprint_follows_the_content(tmp_path):
    first = load_vocabulary(write(tmp_path, ALPHA)).fingerprint
    assert load_vocabulary(write(tmp_path, f"# remark\n{ALPHA}")).fingerprint == first
    assert load_vocabulary(write(tmp_path, ALPHA.replace("Alpha form", "Alpha forms"))).fingerprint != first


def test_shipped_vocabularies_all_load():
    assert shipped_vocabularies()
    for name in shipped_vocabularies():
        assert load_vocabulary(name).id == name


@pytest.mark.parametrize(
    ("concepts", "line", "field"),
    [
        (ALPHA + "- {id: beta, dimensions: [d], pref: {en: Beta}, broader: gamma}\n", 7, "concepts.1.broader"),
        (ALPHA + "- {id: alpha, dimensions: [d], pref: {en: Beta}}\n", 7, "concepts.1.id"),
        ("- {id: alpha, dimensions: [d], pref: {en: A}, broader: alpha}\n", 6, "concepts.0.broader"),
        ("- id: alpha\n  dimensions: [Data Standards]\n  pref: {en: A}\n", 7, "concepts.0.dimensions.0"),
        ("- id: alpha\n  dimensions: []\n  pref: {en: A}\n", 7, "concepts.0.dimensions"),
        ("- id: alpha\n  dimensions: [d]\n  pref: {en: ' '}\n", 8, "concepts.0.pref.en.text"),
        (f"{ONE}  pref: {{en: A}}\n  alt:\n    en:\n    - b\n    - B\n", 12, "concepts.0.alt.en.1"),
        (ALPHA + "- id: beta\n  dimensions: [d]\n  pref: {en: alpha-form}\n", 9, "concepts.1.pref.en"),
        ("- id: alpha\n  dimensions: [d]\n  pref: {en: A}\n  colour: red\n", 9, "concepts.0.colour"),
        ("- id: alpha\n  dimensions: [d]\n  pref:\n    en: {text: A, case: lower}\n", 9, "concepts.0.pref.en.case"),
        (f"{ONE}  pref:\n    en: {{text: A, context: {{any: []}}}}\n", 9, "concepts.0.pref.en.context.any"),
    ],
)
def test_a_broken_file_names_line_and_field(tmp_path, concepts, line, field):
    error = refusal(tmp_path, concepts)
    assert (error.line, error.field) == (line, field)
    assert str(error).startswith(f"{tmp_path / 'mine.yaml'}:{line}: {field}: ")


def test_two_concepts_may_share_a_label_where_both_need_a_context(tmp_path):
    shared_label = (
        "- {id: alpha, dimensions: [d], pref: {en: Alpha}, alt: {en: [{text: API, context: {any: [sky]}}]}}\n"
        "- {id: beta, dimensions: [d], pref: {en: Beta}, alt: {en: [{text: API, context: {any: [sea]}}]}}\n"
    )
    assert len(load_vocabulary(write(tmp_path, shared_label)).concepts) == 2
    error = refusal(tmp_path, shared_label.replace("{text: API, context: {any: [sky]}}", "API"))
    assert "names alpha too" in str(error)


def test_a_circle_of_broader_concepts_is_refused(tmp_path):
    circle = (
        "- {id: alpha, dimensions: [d], pref: {en: Alpha}, broader: beta}\n"
        "- {id: beta, dimensions: [d], pref: {en: Beta}, broader: alpha}\n"
    )
    assert refusal(tmp_path, circle).field == "concepts.0.broader"
