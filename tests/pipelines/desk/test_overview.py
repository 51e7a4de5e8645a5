"""The collection at a glance: bodies that are told apart, and when an overview is made once more."""

import pytest

from index.filters import EVERY_CLASS
from pipelines.collection import Collection
from pipelines.desk.overview import main_bodies
from tests import answers

COVER = "PC{number}E1a\n\n{date}\n\nThe single window\n\n1. The single window of {word} was launched in 2021.\n"
FRENCH = "PC7001F1a\n\n6 mai 2019\n\nLe guichet unique\n\n1. Le guichet unique de la douane a été lancé en 2021.\n"
OPEN, HELD = frozenset(), frozenset({"restricted"})


@pytest.fixture
def write(papers):
    """A function that writes a paper of the permanent technical committee, of a class if one is given."""

    def paper(number, access=None):
        path = papers / f"{number}.txt"
        path.write_text(COVER.format(number=number, date=f"{number % 28 + 1} May 2019", word=f"Arvenia{number}"))
        if access:
            (papers / f"{number}.txt.meta.yaml").write_text(f"access: {access}\n")

    return paper


@pytest.fixture
def overviews(settings):
    with Collection(settings) as collection:
        yield collection.overviews


def test_a_paper_counts_for_those_who_may_read_it(take_in, write, overviews):
    write(7001)
    write(7002, "restricted")
    take_in()
    seen = {held: overviews.of(held) for held in (OPEN, HELD, EVERY_CLASS)}
    assert [one.papers for one in seen.values()] == [1, 2, 2]
    assert [one.new_papers for one in seen.values()] == [1, 2, 2]
    assert [len(one.latest) for one in seen.values()] == [1, 2, 2]
    assert [[body.papers for body in one.by_body] for one in seen.values()] == [[1], [2], [2]]
    assert [one.languages for one in seen.values()] == [{"en": 1}, {"en": 2}, {"en": 2}]


def test_an_overview_is_kept_until_papers_change(take_in, write, overviews):
    write(7001)
    take_in()
    before = overviews.of(OPEN)
    assert overviews.of(OPEN) is before
    write(7002)
    take_in()
    after = overviews.of(OPEN)
    assert (before.papers, after.papers) == (1, 2)
    assert [one.symbol.raw for one in after.new] == ["PC7002E1a", "PC7001E1a"]


def test_a_second_version_is_no_new_paper(take_in, write, overviews, papers):
    write(7001)
    take_in()
    (papers / "f.txt").write_text(FRENCH)
    assert take_in().indexed == 1
    assert (overviews.of(OPEN).languages, overviews.of(OPEN).new_papers) == ({"en": 1, "fr": 1}, 1)


def test_examples_have_the_words_that_they_ask_for(take_in, write, overviews, settings):
    for number in range(7001, 7004):
        write(number)
    take_in()
    examples = overviews.of(OPEN).examples
    assert examples
    for one in examples:
        filters = [f"body={one.body}"] * bool(one.body) + [f"year={one.since}.."] * bool(one.since)
        label = one.theme.replace("-", " ")
        assert answers.search(settings, label, filters=filters, mode="text", access_classes=OPEN)["documents"] > 0


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"ptc": 3, "imsc": 2}, ["ptc"]),  # its own papers count with those of its sub-body
        ({"ptc": 3, "hsc": 5}, ["hsc", "ptc"]),  # the council has none of its own
        ({"wto-comtd": 4}, ["wto-comtd"]),
        ({"council": 1, "ptc": 3}, ["council"]),
        ({"unknown": 2, "ptc": 1}, ["unknown", "ptc"]),
        ({}, []),
    ],
)
def test_bodies_are_told_apart_as_far_as_there_is_room(counts, shown):
    assert main_bodies(counts) == shown


def test_a_body_stays_whole_where_there_is_no_room():
    counts = {"ptc": 1, "finance-committee": 1, "hsc": 1, "un-ga": 5}
    assert main_bodies(counts, 2) == ["un-ga", "council"]
    assert main_bodies(counts, 1) == ["un-ga"]
