"""The order in which a document speaks of themes."""

from pipelines.search.service import strength


def of(mentions=4, passages=10, naming=5, documents=100):
    return strength(mentions=mentions, passages=passages, naming=naming, documents=documents)


def test_it_grows_with_density_and_rarity():
    assert of(mentions=8) == 2 * of()
    assert of(passages=20) == of() / 2
    assert of(naming=2) > of() > of(naming=100)


def test_a_theme_of_every_document_still_counts():
    assert of(naming=100) == 0.4


def test_a_document_without_passages_speaks_of_nothing():
    assert of(mentions=0, passages=0) == 0
