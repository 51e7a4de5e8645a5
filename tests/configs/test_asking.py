"""Beginnings of questions that only ask, in English and French."""

import pytest

from configs.asking import load_asking


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("What is said about postal items?", "postal items?"),
        ("what do the papers say on advance rulings", "advance rulings"),
        ("How may a decision be appealed", "a decision be appealed"),
        ("May a trader keep the goods", "trader keep the goods"),
        ("Que dit-on de l'entrepôt privé ?", "de l'entrepôt privé ?"),
        ("Comment peut-on contester une décision", "contester une décision"),
        ("Qu’est-ce que la valeur transactionnelle", "la valeur transactionnelle"),
        ("May 2012 session", "May 2012 session"),
        ("items of post", "items of post"),
        ("papers", "papers"),
    ],
)
def test_what_only_asks_ends_where_the_matter_begins(query, left):
    assert query[load_asking().end_in(query) :].strip() == left
