import numpy as np
import pytest

from configs.maturity import MaturityModel
from extractors.maturity.evidence import FEATURES, Sentences, StatementSet

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


@pytest.fixture
def statements():
    return StatementSet(MODEL, list(MODEL.statements(language="en")), VECTORS)


def column(features, name):
    return features[:, :, FEATURES.index(name)]


def test_a_sentence_like_a_statement_is_nearest_to_its_dimension(statements):
    features = statements.features(Sentences(VECTORS, [frozenset()] * 4))
    assert features.shape == (4, 2, len(FEATURES))
    for name in ("best", "relative", "margin"):
        assert column(features, name).argmax(axis=1).tolist() == [0, 0, 1, 1]


def test_themes_count_for_their_dimensions_and_less_where_shared(statements):
    def themes_of(*themes):
        return statements.features(Sentences(VECTORS[:1], [frozenset(themes)]))[0, :, FEATURES.index("themes")]

    data, shared = themes_of("wco-data-model"), themes_of("shared")
    assert data[0] > data[1] == 0
    assert 0 < shared[0] == shared[1] < data[0]
    assert themes_of("unknown").max() == 0


def test_a_theme_elsewhere_in_the_passage_counts_less(statements):
    features = statements.features(Sentences(VECTORS[:2], [frozenset({"wco-data-model"}), frozenset()]))
    for name in ("themes", "any_theme"):
        assert 0 < column(features, name)[1, 0] < column(features, name)[0, 0]


def test_the_features_do_not_depend_on_the_other_passages(statements):
    together = statements.features(Sentences(VECTORS, [frozenset()] * 4))
    alone = statements.features(Sentences(VECTORS[:1], [frozenset()]))
    assert np.allclose(together[0], alone[0])


def test_the_nearest_statement_of_a_level(statements):
    assert statements.nearest(VECTORS[1], "data")[0].text == "Data follow a standard."
    assert statements.nearest(VECTORS[1], "data", "L0")[0].text == "Data are on paper."
