"""What queries are read as: a vector, and the themes that they name or are about."""

import numpy as np
import pytest

from configs.settings import Settings
from index.encoder import open_encoder
from pipelines.search import query_reader
from pipelines.search.query_reader import LEAST_CONFIDENCE, MOST_THEMES, QueryReader

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def reader():
    settings = Settings()
    return QueryReader(settings, open_encoder(settings))


def themes(reading):
    return {theme.id: theme.confidence for theme in reading.themes}


def test_the_vector_is_that_of_the_encoder(reader):
    assert np.array_equal(reader("exchange of data").vector, open_encoder(Settings()).query("exchange of data"))


@pytest.mark.parametrize(
    ("query", "theme"), [("guichet unique Afrique", "single-window"), ("blockchain projects customs", "blockchain")]
)
def test_a_label_names_a_theme_for_sure(reader, query, theme):
    assert themes(reader(query))[theme] == 1.0


@pytest.mark.parametrize(
    ("query", "theme"),
    [
        ("remote reading of the X-ray pictures of containers", "non-intrusive-inspection"),
        ("traders who hand in forms on paper that clerks type in", "paperless"),
        ("Comment les colis achetés sur internet sont-ils dédouanés ?", "cross-border-e-commerce"),
    ],
)
def test_a_query_may_be_about_a_theme_that_it_does_not_name(reader, query, theme):
    assert theme in themes(reader(query))


@pytest.mark.parametrize("query", ["precautions against bird flu", "", "PC0682", "1"])
def test_queries_about_something_else_have_no_theme(reader, query):
    assert themes(reader(query)) == {}


def test_there_are_few_themes_the_surest_first(reader):
    query = "single window, blockchain, e-commerce, drones, artificial intelligence, big data, cloud computing"
    confidences = [theme.confidence for theme in reader(query).themes]
    assert len(confidences) == MOST_THEMES
    assert confidences == sorted(confidences, reverse=True)
    assert all(LEAST_CONFIDENCE <= one <= 1 for one in confidences)


def test_without_a_classifier_labels_still_name_themes(monkeypatch):
    monkeypatch.setattr(query_reader, "load_classifier", lambda *_: None)
    reader = QueryReader(Settings(), open_encoder(Settings()))
    assert themes(reader("single window")) == {"single-window": 1.0}
    assert themes(reader("clerks who type in what traders hand in")) == {}
