"""The passages around one, as far as its section goes."""

import pytest

from index.filters import EVERY_CLASS, EVERYTHING
from index.results import SearchRequest


@pytest.fixture
def long(hold, make):
    """A paper of seven passages in three sections, the fourth of which speaks of customs."""
    texts = ["one", "two", "three", "four customs", "five", "six", "seven"]
    paper = make.paper("long", *texts)
    sections = [("I",), *[("II",)] * 4, ("III",), ("III",)]
    passages = [one.model_copy(update={"section": own}) for one, own in zip(paper.passages, sections, strict=True)]
    hold(paper.model_copy(update={"passages": tuple(passages)}), make.paper("other", "customs", "more"))
    return paper


def names(neighbours):
    return [one.text for one in neighbours]


@pytest.mark.parametrize(
    ("most", "before", "after"),
    [(1, ["three"], ["five"]), (2, ["two", "three"], ["five"]), (10, ["two", "three"], ["five"])],
)
def test_hits_bring_what_stands_around_them_in_their_section(filled, ask, long, most, before, after):
    found = ask("four", context=most)
    (passage,) = found.hits[0].passages
    assert (names(passage.context.before), names(passage.context.after)) == (before, after)
    assert passage.context == filled.context(passage.id, most, access_classes=EVERY_CLASS)


def test_neighbours_say_where_they_stand(filled, long):
    (before,) = filled.context(f"{long.id}-3", 1, access_classes=EVERY_CLASS).before
    assert (before.id, before.pages) == (f"{long.id}-2", (3,))


def test_a_passage_alone_in_its_section_has_no_neighbours(filled, long):
    found = filled.context(f"{long.id}-0", 3, access_classes=EVERY_CLASS)
    assert (found.before, found.after) == ((), ())


def test_every_hit_has_its_own(ask, long):
    found = ask("customs", context=1)
    around = {hit.document.source: names(hit.passages[0].context.after) for hit in found.hits}
    assert around == {"file:///long": ["five"], "file:///other": ["more"]}


@pytest.mark.parametrize("name", ["nothing", "", "0123456789abcdef-0", "x-1"])
def test_an_unknown_passage_has_none(filled, long, name):
    assert filled.context(name, 1, access_classes=EVERY_CLASS) is None


def test_similar_passages_bring_them_too(filled, long):
    found = filled.similar(f"{long.id}-3", SearchRequest(filters=EVERYTHING, context=1))
    by_text = {one.text: one for hit in found.hits for one in hit.passages}
    assert names(by_text["more"].context.before) == ["customs"]
