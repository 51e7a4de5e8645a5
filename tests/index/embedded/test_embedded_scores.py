"""Scores by word; in a cluster they depend on rows that were deleted and not taken out yet, here on nothing else."""

from index.filters import EVERYTHING
from index.protocol import SearchRequest


def test_a_language_with_few_papers_is_ranked_as_one_with_many(put, writer, make):
    """A field for each language would take each French passage for a long one: it would be measured by all passages."""
    often = make.paper("often", " ".join(["douane"] * 3 + ["marchandise"] * 37), language="fr")
    once = make.paper("once", " ".join(["douane", *["marchandise"] * 9]), language="fr")
    put(often, once, *(make.paper(f"p{number}", " ".join(["paper"] * 25)) for number in range(40)))
    found = writer.search(SearchRequest(filters=EVERYTHING, query="douane", mode="text"), None)
    assert [hit.document.source for hit in found.hits] == ["file:///often", "file:///once"]
