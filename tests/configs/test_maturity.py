"""Maturity models: the shipped one, other shapes, and errors that name file, line and field."""

import csv
import subprocess
import sys

import pytest

from configs.maturity import MaturityModel, in_language, load_model, shipped_models
from configs.system.errors import ConfigError, UnavailableError, UsageError
from configs.vocabulary import load_vocabulary

LEVELS = ("L0", "L1", "L2", "L3", "L4")

MODEL = """\
id: harbour
version: 0.1
provenance: official
source: invented
unit_of_assessment: administration
scale:
  levels:
    - {id: A, ordinal: 1, label: {en: Low}}
    - {id: B, ordinal: 2, label: {en: High}}
dimensions:
  - id: cranes
    label: {en: Cranes}
    criteria:
      - {level: A, text: {en: Cranes are turned by hand., fr: Les grues sont manuelles.}}
      - {level: B, text: {en: Cranes report their load by radio.}}
"""


@pytest.fixture
def load(tmp_path):
    """Load a model from text."""

    def from_text(text):
        path = tmp_path / "model.yaml"
        path.write_text(text, encoding="utf-8")
        return load_model(path)

    return from_text


@pytest.fixture(scope="module")
def dcmm():
    return load_model("dcmm-interop")


def test_there_are_shipped_models():
    assert shipped_models()


def test_the_shipped_model_says_that_it_is_derived_in_both_languages(dcmm):
    assert dcmm.provenance == "derived"
    assert "not the official" in dcmm.banner("en")
    assert "non le modèle officiel" in dcmm.banner("fr")


@pytest.mark.parametrize(("name", "least"), [("dcmm-interop", 5), ("oecd-dtmm", 3), ("un-dstf", 1)])
def test_every_level_of_every_dimension_has_statements_in_english_and_french(name, least):
    model = load_model(name)
    assert model.dimensions
    for dimension in model.dimensions:
        for level in model.levels_of(dimension):
            for language in ("en", "fr"):
                found = list(model.statements(dimension=dimension.id, level=level.id, language=language))
                assert len(found) >= least, (dimension.id, level.id, language)


@pytest.mark.parametrize(("name", "shortest"), [("dcmm-interop", 12), ("oecd-dtmm", 8), ("un-dstf", 8)])
def test_statements_are_single_sentences_of_readable_length(name, shortest):
    statements = list(load_model(name).statements())
    assert statements
    for statement in statements:
        assert shortest <= len(statement.text.split()) <= 35, statement.text
        assert statement.text.endswith("."), statement.text


def test_the_ladder_of_the_default_model(dcmm):
    assert tuple(level.id for level in dcmm.levels_of("data_standards")) == LEVELS


def test_the_dimensions_and_levels_of_the_oecd_model():
    model = load_model("oecd-dtmm")
    assert len(model.dimensions) == 6
    steps = ["emerging", "progressing", "established", "leading", "aspirational"]
    assert [level.id for level in model.levels_of("digital_identity")] == steps


def test_every_measure_of_the_survey_model_has_a_statement_for_each_of_four_states():
    model = load_model("un-dstf")
    measures = [indicator for dimension in model.dimensions for indicator in dimension.indicators]
    assert len(measures) >= 30
    states = ["not_implemented", "pilot", "partial", "full"]
    for measure in measures:
        assert [criterion.level for criterion in measure.criteria] == states, measure.id


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_model_names_its_source_and_known_themes_and_is_complete(name):
    model = load_model(name)
    assert (model.id, model.provenance, set(model.notice)) == (name, "derived", {"en", "fr"})
    known = {concept.id for concept in load_vocabulary("digital-customs").concepts}
    assert {theme for dimension in model.dimensions for theme in dimension.themes} <= known
    texts = [statement.text for statement in model.statements()]
    assert len(texts) == len(set(texts))
    for level in model.scale.levels:
        for words in (level.label, level.definition, level.cues):
            assert {"en", "fr"} <= set(words)


def test_themes_of_the_dimensions_are_those_of_the_domain_table(dcmm, shared):
    with (shared / "domain" / "themes.tsv").open(encoding="utf-8") as table:
        rows = {row["id"]: row["dims"].split(",") for row in csv.DictReader(table, delimiter="\t")}
    assert {theme for dimension in dcmm.dimensions for theme in dimension.themes} == set(rows)
    people = set(dcmm.dimension("people_capacity").themes)
    assert people == {theme for theme, dimensions in rows.items() if "PC" in dimensions}


def test_a_file_of_ones_own_is_loaded_with_a_version_that_is_text_and_without_a_banner(load):
    model = load(MODEL)
    assert (model.version, model.banner()) == ("0.1", None)
    assert [statement.text for statement in model.statements(level="B")] == ["Cranes report their load by radio."]
    assert next(model.statements(language="fr")) == ("cranes", "A", "fr", "Les grues sont manuelles.")


def test_a_provisional_model_without_a_notice_gets_a_banner(load):
    banner = load(MODEL.replace("official", "provisional")).banner("fr")
    assert "harbour" in banner
    assert "provisoire" in banner


def test_a_model_without_levels(load):
    model = load(
        "id: goals\nversion: '1'\nprovenance: official\nsource: invented\nunit_of_assessment: indicator\nscale: null\n"
        "dimensions: [{id: one, label: {en: One}, criteria: [{text: {en: All is well.}}]}]\n"
    )
    assert model.levels_of("one") == ()
    assert [statement.level for statement in model.statements()] == [None]


def test_a_dimension_may_have_a_scale_of_its_own(load):
    model = load(
        MODEL + "  - id: quays\n    label: {en: Quays}\n"
        "    scale:\n      levels:\n"
        "        - {id: short, ordinal: 0, label: {en: Short}}\n        - {id: long, ordinal: 1, label: {en: Long}}\n"
        "    criteria: [{level: long, text: {en: The quay takes ten ships.}}]\n"
    )
    assert [level.id for level in model.levels_of("quays")] == ["short", "long"]
    assert [level.id for level in model.levels_of("cranes")] == ["A", "B"]


def test_indicators_may_have_states(load):
    model = load(
        "id: survey\nversion: '1'\nprovenance: official\nsource: invented\nunit_of_assessment: measure\nscale: null\n"
        "dimensions:\n  - id: paperless\n    label: {en: Paperless}\n    indicators:\n"
        "      - id: payment\n        label: {en: Payment}\n"
        "        states: [{id: none, ordinal: 0, label: {en: None}}, {id: full, ordinal: 3, label: {en: Full}}]\n"
        "        criteria: [{level: full, text: {en: All duties are paid online.}}]\n"
    )
    assert [state.id for state in model.levels_of("paperless")] == ["none", "full"]
    assert next(model.statements()).level == "full"


def test_the_fingerprint_follows_the_content_and_not_the_layout(load):
    plain, commented = load(MODEL).fingerprint, load("# a comment\n" + MODEL).fingerprint
    assert plain == commented
    assert load(MODEL.replace("radio", "cable")).fingerprint != plain


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ("level: B,", "level: C,", 15, "dimensions.0.criteria.1.level", "unknown level C; the levels are A, B"),
        ("{level: B, text", "{text", 15, "dimensions.0.criteria.1", "level is missing"),
        ("id: B, ordinal: 2", "id: A, ordinal: 2", 9, "scale.levels.1.id", "the level A stands twice"),
        ("ordinal: 2", "ordinal: 1", 9, "scale.levels.1.ordinal", "does not rise above 1 of A"),
        ("provenance: official", "provenance: wco", 3, "provenance", "'official', 'derived' or 'provisional'"),
        ("{en: Cranes}", "{}", 12, "dimensions.0.label", "at least 1 item"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(load, old, new, line, field, message):
    assert old in MODEL
    with pytest.raises(ConfigError, match=r"model\.yaml") as caught:
        load(MODEL.replace(old, new))
    assert (caught.value.line, caught.value.field) == (line, field)
    assert message in str(caught.value)


SCALE, DIMENSIONS, CRANES = (MODEL.index(part) for part in ("scale:", "dimensions:", "  - id: cranes"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MODEL[: MODEL.index("    criteria")], r"model.yaml:11: dimensions.0: the dimension cranes has no criteria"),
        (MODEL + MODEL[CRANES:], "the dimension cranes stands twice"),
        (f"{MODEL[:SCALE]}scale: null\n{MODEL[DIMENSIONS:]}", "unknown level A; there is no scale here"),
    ],
)
def test_a_dimension_that_does_not_fit_is_refused(load, text, message):
    with pytest.raises(ConfigError, match=message):
        load(text)


def test_an_unknown_name_names_the_shipped_models():
    with pytest.raises(UsageError, match=r"no-such-model.*dcmm-interop, oecd-dtmm, un-dstf.*\.yaml"):
        load_model("no-such-model")


def test_a_missing_file_is_unavailable(tmp_path):
    with pytest.raises(UnavailableError, match=r"gone\.yaml"):
        load_model(tmp_path / "gone.yaml")


def test_an_unknown_dimension_names_the_known_ones(dcmm):
    with pytest.raises(UsageError, match="data_standards"):
        dcmm.levels_of("weather")


def test_words_fall_back_to_english_then_to_any_language():
    assert in_language({"en": "one", "fr": "un"}, "fr") == "un"
    assert in_language({"en": "one"}, "fr") == "one"
    assert in_language({"es": "uno"}, "fr") == "uno"


def test_the_model_has_a_json_schema():
    assert {"id", "version", "provenance", "dimensions"} <= set(MaturityModel.model_json_schema()["required"])


def test_a_model_of_goals_and_targets_made_elsewhere_loads(shared, tmp_path):
    script = shared / "benchmarks" / "convert.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, capture_output=True)
    model = load_model(tmp_path / "sdg" / "model.yaml")
    assert len(model.dimensions) == 17
    assert all(model.levels_of(dimension) == () for dimension in model.dimensions)
