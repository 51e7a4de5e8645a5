"""What passages name of the gazetteer, as filters and facets."""

import pytest

from index.filters import EVERY_CLASS, EVERYTHING

KENYA, UGANDA, UNION = ("country", "KE"), ("country", "UG"), ("group", "EU")


@pytest.fixture(autouse=True)
def library(hold, make):
    tag = make.tag
    entities = [[KENYA, ("instrument", "tfa-10.4"), ("organisation", "wto")], [UNION, ("region", "WCA")]]
    tags = [[tag(level="L1", subject="KE"), tag("people", "L2", subject="UG")], [tag("people", subject="EU")]]
    return hold(
        make.paper("a", "one", "two", entities=entities, themes=[["single-window"], []], tags=tags),
        make.paper("b", "three", entities=[[UGANDA, KENYA, KENYA]], tags=[[tag(level="L1")]]),
        make.paper("c", "four"),
    )


@pytest.mark.parametrize(
    ("condition", "passages"),
    [
        ("country=KE", 2),
        ("country=Uganda", 1),
        ("country=EU", 1),
        ("region=ESA", 2),
        ("region=WCA", 1),
        ("instrument=tfa", 1),
        ("instrument=tfa-10.4", 1),
        ("instrument=rkc", 0),
        ("theme=single-window", 1),
        ("subject=KE", 1),
        ("subject=null", 1),
    ],
)
def test_passages_are_found_by_what_they_name(ask, condition, passages):
    assert ask("", condition).passages == passages


def test_a_query_may_ask_for_it_too(ask):
    assert ask("country:Kenya -region:ESA").passages == 0
    assert ask("-country:Kenya").passages == 2


def test_facets_count_papers(ask):
    facets = ask(facets=("country", "region", "instrument", "theme", "subject")).facets
    counted = {field: {one.value: one.count for one in values} for field, values in facets.items()}
    assert counted == {
        "country": {"KE": 2, "UG": 1, "EU": 1},
        "region": {"ESA": 2, "WCA": 1},
        "instrument": {"tfa": 1, "tfa-10.4": 1},
        "theme": {"single-window": 1},
        "subject": {"KE": 1, "UG": 1, "EU": 1},
    }


def test_conditions_on_a_tag_hold_together_with_its_subject(ask):
    assert ask("", "dimension=systems", "level=L1", "subject=KE").passages == 1
    assert ask("", "dimension=systems", "level=L1", "subject=UG").passages == 0


def test_a_document_shows_what_its_passages_name(library):
    document = library.document("file:///b", full=True, access_classes=EVERY_CLASS)
    assert [one.id for one in document.passages[0].entities] == ["UG", "KE", "KE"]


def test_what_is_named_is_kept_apart_from_themes(library):
    assert [one.id for one in library.themes(EVERYTHING).themes] == ["single-window"]
