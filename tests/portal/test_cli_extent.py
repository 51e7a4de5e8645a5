"""What an answer says of how much it looked at: matches are counted, the nearest passages are not matches."""

import pytest

from index.results import NEAREST
from portal.cli.search import print_hits


def said(capsys, query, mode, *, passages, documents=900, hits=0):
    hit = {
        "document": {"symbol": None, "title": "A paper", "sessions": [], "twins": [], "id": "0" * 16}
        | dict.fromkeys(("body", "date", "language")),
        "passages": [],
    }
    result = {"query": query, "mode": mode, "took_ms": 4.0, "passages": passages, "documents": documents}
    print_hits({**result, "hits": [hit] * hits, "expanded": [], "about": [], "hints": None, "facets": {}})
    return " ".join(capsys.readouterr().out.partition("\n1. ")[0].split())


def test_words_that_match_are_counted(capsys):
    found = said(capsys, "single window", "text", passages=1204, documents=310, hits=2)
    assert found == "310 documents, 1204 passages for “single window” (text, 4 ms)"


def test_by_meaning_the_nearest_passages_are_no_number_of_matches(capsys):
    found = said(capsys, "single window", "vector", passages=NEAREST, hits=2)
    assert found == "2 documents among the 1,000 passages nearest to “single window” (vector, 4 ms)"


def test_by_both_those_with_the_words_are_named_too(capsys):
    found = said(capsys, "single window", "hybrid", passages=1730, hits=1)
    expected = "1 document among the 1,000 passages nearest to “single window” and those with its words (hybrid, 4 ms)"
    assert found == expected


def test_fewer_than_a_thousand_passages_are_said_as_they_are(capsys):
    assert "among the 300 passages nearest" in said(capsys, "single window", "hybrid", passages=300, hits=1)


@pytest.mark.parametrize("mode", ["vector", "hybrid"])
@pytest.mark.parametrize("query", ["", "year:2010..2020"])
def test_a_query_that_says_nothing_lists_and_counts(capsys, query, mode):
    found = said(capsys, query, mode, passages=67, documents=4, hits=1)
    assert found == f"4 documents, 67 passages for “{query}” ({mode}, 4 ms)"


def test_where_nothing_is_left_nothing_is_nearest(capsys):
    found = said(capsys, "single window", "hybrid", passages=0, documents=0)
    assert found == "0 documents, 0 passages for “single window” (hybrid, 4 ms)"
