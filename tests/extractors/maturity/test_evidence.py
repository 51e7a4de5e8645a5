import numpy as np
import pytest

from configs.maturity import MaturityModel
from extractors.maturity.evidence import FEATURES, PassageEvidence, StatementSet
from extractors.maturity.words import NodeWords, Terms

MODEL = MaturityModel.model_validate(
    {
        "id": "tiny",
        "version": "1",
        "provenance": "provisional",
        "source": "made for this test",
        "unit_of_assessment": "administration",
        "scale": {
            "kind": "ordinal",
            "levels": [
                {"id": "L0", "ordinal": 0, "label": {"en": "low"}},
                {"id": "L1", "ordinal": 1, "label": {"en": "high"}},
            ],
        },
        "dimensions": [
            {
                "id": "data",
                "label": {"en": "Data"},
                "themes": ["wco-data-model", "shared"],
                "criteria": [
                    {"level": "L0", "text": {"en": "Data are on paper."}},
                    {"level": "L1", "text": {"en": "Data follow a standard."}},
                ],
            },
            {
                "id": "people",
                "label": {"en": "People"},
                "themes": ["capacity-building", "shared"],
                "criteria": [
                    {"level": "L0", "text": {"en": "Nobody is trained."}},
                    {"level": "L1", "text": {"en": "Everybody is trained."}},
                ],
            },
        ],
    }
)
# One axis for each statement, and a small common part.
VECTORS = np.eye(4, 5, dtype=np.float32) + 0.05
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
TEXTS = ["Data are on paper.", "Data follow a standard.", "Nobody is trained.", "Everybody is trained."]
KNOWN = dict(zip([*TEXTS, "Data", "People"], [*VECTORS, VECTORS[0] + VECTORS[1], VECTORS[2] + VECTORS[3]], strict=True))


def encode(texts):
    return np.stack([KNOWN[text] for text in texts])


@pytest.fixture
def statements():
    return StatementSet(MODEL, "en", encode)


def evidence(*sentences, themes=None, text=""):
    return PassageEvidence(
        text or " ".join(sentences),
        encode(sentences).mean(axis=0),
        sentences,
        encode(sentences),
        themes or [frozenset()] * len(sentences),
    )


def column(features, name):
    return features[:, :, FEATURES.index(name)]


def test_a_sentence_like_a_statement_is_nearest_to_its_dimension(statements):
    features = statements.features(evidence(*TEXTS))
    assert features.shape == (4, 2, len(FEATURES))
    for name in ("near", "near_relative", "near_margin", "middle_relative", "label_relative"):
        assert column(features, f"sentence_{name}").argmax(axis=1).tolist() == [0, 0, 1, 1]


def test_a_passage_says_the_same_for_each_of_its_sentences(statements):
    features = statements.features(evidence(*TEXTS[:3]))
    for name in ("passage_near", "passage_label_relative", "words", "words_margin"):
        assert len(set(column(features, name)[:, 0].tolist())) == 1


def test_words_of_one_node_count_and_those_of_all_hardly(statements):
    features = statements.features(evidence(TEXTS[1], text="Their data followed standards."))
    words = column(features, "words")[0]
    assert words[0] > 0 == words[1]


def test_words_are_compared_without_their_endings():
    words = NodeWords([["Licences are checked"], ["Officers are trained"]], Terms("en"))
    similarity = words.similarity(["checking a licence", "the training of an officer", "nothing of it", ""])
    assert similarity.shape == (4, 2)
    assert similarity[0, 0] > 0.9 > similarity[0, 1] == 0
    assert similarity[1, 1] > 0.9
    assert not similarity[2:].any()


def test_a_language_without_rules_compares_whole_words():
    assert NodeWords([["kartelo"], ["ulteriore"]], Terms("xx")).similarity(["kartelo"])[0].tolist() == [1.0, 0.0]


def test_themes_count_for_their_dimensions_and_less_where_shared(statements):
    def themes_of(*themes):
        features = statements.features(evidence(TEXTS[0], themes=[frozenset(themes)]))
        return features[0, :, FEATURES.index("themes")]

    data, shared = themes_of("wco-data-model"), themes_of("shared")
    assert data[0] > data[1] == 0
    assert 0 < shared[0] == shared[1] < data[0]
    assert themes_of("unknown").max() == 0


def test_a_theme_elsewhere_in_the_passage_counts_less(statements):
    features = statements.features(evidence(*TEXTS[:2], themes=[frozenset({"wco-data-model"}), frozenset()]))
    for name in ("themes", "any_theme"):
        assert 0 < column(features, name)[1, 0] < column(features, name)[0, 0]


def test_the_nearest_statement_of_a_level(statements):
    assert statements.nearest(VECTORS[1], "data")[0].text == "Data follow a standard."
    assert statements.nearest(VECTORS[1], "data", "L0")[0].text == "Data are on paper."


def test_a_model_of_one_dimension_has_numbers_too():
    alone = MODEL.model_copy(update={"dimensions": MODEL.dimensions[:1]})
    features = StatementSet(alone, "en", encode).features(evidence(*TEXTS))
    assert np.isfinite(features).all()
    assert column(features, "sentence_near")[0, 0] > column(features, "sentence_near")[2, 0]


def test_a_dimension_without_statements_in_a_language_is_known_by_its_label():
    silent = MODEL.dimensions[1].model_copy(update={"criteria": ()})
    model = MODEL.model_copy(update={"dimensions": (MODEL.dimensions[0], silent)})
    statements = StatementSet(model, "en", encode)
    assert statements.nearest(KNOWN["People"], "people")[0].text == "People"


def test_what_is_like_other_business_is_behind_it():
    odd = np.eye(1, 5, 4, dtype=np.float32)[0]
    known = {**KNOWN, "The budget was approved.": odd}
    statements = StatementSet(
        MODEL, "en", lambda texts: np.stack([known[text] for text in texts]), [["The budget was approved."]]
    )
    parts = ["The budgets are approved.", TEXTS[0]]
    like = PassageEvidence("The budgets are approved.", odd, parts, np.stack([odd, VECTORS[0]]), [frozenset()] * 2)
    features = statements.features(like)
    for name in ("sentence_near_other", "sentence_class_other"):
        assert column(features, name)[0].max() < 0
        assert column(features, name)[1, 0] == 0
    assert column(features, "sentence_matter")[0].max() < 0 < column(features, "sentence_matter")[1].min()


def test_what_a_model_names_as_outside_of_it_counts_as_other_business():
    odd = np.eye(1, 5, 4, dtype=np.float32)[0]
    known = {**KNOWN, "Staff like the new uniforms.": odd}
    model = MODEL.model_copy(update={"outside": ({"en": "Staff like the new uniforms."}, {"fr": "Le drapeau flotte."})})
    statements = StatementSet(model, "en", lambda texts: np.stack([known[text] for text in texts]))
    features = statements.features(
        PassageEvidence("Uniforms are liked.", odd, ["Uniforms are liked."], odd[None], [frozenset()])
    )
    assert column(features, "sentence_near_other").max() < 0


def test_without_other_business_nothing_is_behind_it(statements):
    features = statements.features(evidence(*TEXTS))
    for name in FEATURES:
        if name.endswith("_other"):
            assert not column(features, name).any()
