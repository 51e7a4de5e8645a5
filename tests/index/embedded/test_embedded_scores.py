"""Scores by word; in a cluster they depend on rows that were deleted and not taken out yet, here on nothing else."""

import pytest

from index.embedded import selection
from index.filters import EVERY_CLASS, EVERYTHING, parse_filters
from index.results import SearchRequest


def test_a_language_with_few_papers_is_ranked_as_one_with_many(put, writer, make):
    """A field for each language would take each French passage for a long one: it would be measured by all passages."""
    often = make.paper("often", " ".join(["douane"] * 3 + ["marchandise"] * 37), language="fr")
    once = make.paper("once", " ".join(["douane", *["marchandise"] * 9]), language="fr")
    put(often, once, *(make.paper(f"p{number}", " ".join(["paper"] * 25)) for number in range(40)))
    found = writer.search(SearchRequest(filters=EVERYTHING, query="douane", mode="text"), None)
    assert [hit.document.source for hit in found.hits] == ["file:///often", "file:///once"]


@pytest.mark.parametrize(
    "query",
    ["customs", "customs data", '"customs data"', "cust*", "custms~", "customs -paper", "PC0345", "data OR paper"],
)
@pytest.mark.parametrize("names", [["body=pc"], ["body=pc", "theme=single-window"], ["body=ptc"], ["body=council"]])
def test_a_narrow_filter_changes_no_score(monkeypatch, put, opened, writer, make, query, names):
    """Where few documents are left the text index looks among these alone."""
    put(
        make.paper("a", "customs data", "customs", body="pc", themes=[["single-window"]]),
        make.paper("b", "data of customs", symbol=("PC", "0345", "E", "1", "a"), body="pc"),
        make.paper("c", "customs paper", "customs data", body="ptc"),
        *(make.paper(f"p{number}", "a paper without") for number in range(9)),
    )
    writer.flush()
    filters = parse_filters(names, access_classes=EVERY_CLASS)
    request = SearchRequest(filters=filters, query=query, mode="text")
    found = []
    for few in (0, 1000):
        monkeypatch.setattr(selection, "_FEW", few)
        found.append(opened().search(request, None).model_copy(update={"took_ms": 0}))
    assert found[0] == found[1]
