"""Pages that lie deeper than what the first request brings."""

import numpy as np
import pytest

from configs.system.errors import UsageError
from index.elastic import ranking
from index.filters import EVERYTHING
from index.results import SearchRequest

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def library(put, make, writer):
    papers = [
        make.paper(f"p{n}", *["customs window"] * (1 + n % 3), "other", date=make.date(f"20{10 + n}-01-01"))
        for n in range(9)
    ]
    put(*papers)
    writer.flush()
    return writer


def answer(engine, **more):
    found = engine.search(SearchRequest(filters=EVERYTHING, query="customs", **more), np.eye(8, dtype=np.float32)[0])
    return found.model_dump(mode="json", exclude={"took_ms"})


@pytest.mark.parametrize("mode", ["text", "hybrid"])
@pytest.mark.parametrize("sort", ["relevance", "date"])
def test_they_go_on_where_the_first_ones_ended(monkeypatch, library, mode, sort):
    more = {"mode": mode, "sort": sort, "facets": ("year",), "passages": 1}
    monkeypatch.setattr(ranking, "_FIRST", 4)
    monkeypatch.setattr(ranking, "_FURTHER", 5)
    whole = answer(library, k=9, **more)
    parts = [answer(library, k=3, offset=offset, **more) for offset in (0, 3, 6, 9)]
    documents = [hit["document"]["id"] for part in parts for hit in part["hits"]]
    assert all({**part, "hits": []} == {**whole, "hits": []} for part in parts)
    assert documents == [hit["document"]["id"] for hit in whole["hits"]]


def test_a_page_too_deep_is_refused_in_a_sentence(library):
    with pytest.raises(UsageError, match="beyond the last one"):
        library.search(SearchRequest(filters=EVERYTHING, offset=1_000_000), None)
