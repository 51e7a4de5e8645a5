"""Themes that passages are about in filters, facets and counts, of any status unless one is asked for; named ones."""

import pytest

from index.filters import EVERY_CLASS, EVERYTHING, condition, parse_filters
from index.ranking.explanation import shut_out
from index.results import SearchRequest

WINDOW, PAPERLESS, RISK = "single-window", "paperless", "risk-management"


@pytest.fixture(autouse=True)
def library(hold, make):
    def about(name, confidence):
        return make.theme(name, "about", confidence, "accepted" if confidence >= 0.8 else "suggested", why="nearest")

    themes = [
        [make.theme(WINDOW, "named"), about(PAPERLESS, 0.9), about(WINDOW, 0.6)],
        [make.theme(RISK, "named"), about(PAPERLESS, 0.6)],
    ]
    return hold(
        make.paper("a", "one window", "two", themes=themes, date=make.date("2020-01-01"), body="ptc"),
        make.paper("b", "three", themes=[[about(WINDOW, 0.9)]], date=make.date("2021-01-01"), body="ptc"),
        make.paper("c", "four window", themes=[[about(PAPERLESS, 0.85), about(WINDOW, 0.7)]]),
        make.paper("d", "five"),
    )


def found(result):
    """The passages of a result, as the name of the paper and the ordinal."""
    return sorted(
        hit.document.source[-1] + passage.id.rpartition("-")[2] for hit in result.hits for passage in hit.passages
    )


@pytest.mark.parametrize(
    ("filters", "passages"),
    [
        (["theme=single-window"], ["a0", "b0", "c0"]),
        (["theme=paperless"], ["a0", "a1", "c0"]),
        (["theme=Single-Window", "theme=paperless"], ["a0", "a1", "b0", "c0"]),
        (["theme=risk-management"], []),
        (["theme.named=single-window"], ["a0"]),
        (["theme.named=paperless"], []),
        (["theme.named=single-window", "theme=paperless"], ["a0"]),
        (["theme.named=risk-management", "theme=paperless"], ["a1"]),
        (["theme.status=suggested"], ["a0", "a1", "c0"]),
        (["theme.status=accepted"], ["a0", "b0", "c0"]),
        (["theme=single-window", "theme.status=accepted"], ["b0"]),
        (["theme=single-window", "theme.status=suggested"], ["a0", "c0"]),
        (["theme=paperless", "theme.status=suggested"], ["a1"]),
        (["theme=single-window", "theme.status=suggested", "theme.status=accepted"], ["a0", "b0", "c0"]),
        (["theme.named=risk-management", "theme=paperless", "theme.status=suggested"], ["a1"]),
        (["theme.named=risk-management", "theme=paperless", "theme.status=accepted"], []),
    ],
)
def test_passages_are_found_by_their_themes(ask, filters, passages):
    assert found(ask("", *filters)) == passages


@pytest.mark.parametrize(
    ("query", "passages"),
    [
        ("theme:single-window", ["a0", "b0", "c0"]),
        ("theme.named:single-window", ["a0"]),
        ("theme.status:suggested theme:single-window window", ["a0", "c0"]),
        ("theme.status:suggested theme.status:accepted", ["a0", "a1", "b0", "c0"]),
        ("-theme:single-window", ["a1", "d0"]),
        ("-theme:single-window theme.status:suggested", ["a1"]),
        ("-theme.named:single-window window", ["c0"]),
        ("-theme.status:suggested", ["b0", "d0"]),
    ],
)
def test_a_query_may_ask_for_it_too(ask, query, passages):
    assert found(ask(query)) == passages


def counted(result):
    return {field: {one.value: one.count for one in values} for field, values in result.facets.items()}


FACETS = ("theme", "theme.named", "theme.status")


@pytest.mark.parametrize(
    ("filters", "facets"),
    [
        ([], ({WINDOW: 3, PAPERLESS: 2}, {WINDOW: 1, RISK: 1}, {"accepted": 3, "suggested": 2})),
        (["theme=single-window"], ({WINDOW: 3, PAPERLESS: 2}, {WINDOW: 1}, {"accepted": 1, "suggested": 2})),
        (["theme.status=suggested"], ({WINDOW: 2, PAPERLESS: 1}, {WINDOW: 1, RISK: 1}, {"suggested": 2})),
        (["theme.status=accepted"], ({WINDOW: 1, PAPERLESS: 2}, {WINDOW: 1}, {"accepted": 3})),
        (["theme=paperless"], ({WINDOW: 2, PAPERLESS: 2}, {WINDOW: 1, RISK: 1}, {"accepted": 2, "suggested": 1})),
        (["theme=single-window", "theme.status=suggested"], ({WINDOW: 2}, {WINDOW: 1}, {"suggested": 2})),
    ],
)
def test_facets_count_the_papers_of_the_themes_that_count(ask, filters, facets):
    assert counted(ask("", *filters, facets=FACETS)) == dict(zip(FACETS, facets, strict=True))


@pytest.mark.parametrize(
    "filters", [[], ["theme=paperless"], ["theme.status=suggested"], ["theme.named=single-window"]]
)
def test_every_value_of_a_facet_finds_as_many_papers(ask, filters):
    given = {one.partition("=")[0] for one in filters}
    facets = counted(ask("", *filters, facets=tuple(field for field in FACETS if field not in given)))
    assert any(facets.values())
    for field, values in facets.items():
        for value, count in values.items():
            assert ask("", *filters, f"{field}={value}").documents == count, (field, value)


@pytest.mark.parametrize(
    ("filters", "counts"),
    [
        ([], {WINDOW: (3, 3), PAPERLESS: (2, 3), RISK: (0, 0)}),
        (["theme.named=single-window"], {WINDOW: (1, 1), PAPERLESS: (1, 1), RISK: (0, 0)}),
        (["theme.status=suggested"], {WINDOW: (2, 2), PAPERLESS: (1, 1), RISK: (0, 0)}),
        (["theme.status=accepted"], {WINDOW: (1, 1), PAPERLESS: (2, 2), RISK: (0, 0)}),
        (["body=ptc"], {WINDOW: (2, 2), PAPERLESS: (1, 2), RISK: (0, 0)}),
    ],
)
def test_the_count_of_themes_is_of_what_passages_are_about(library, filters, counts):
    labels = {name: name for name in (WINDOW, PAPERLESS, RISK)}
    themes = library.themes(parse_filters(filters, access_classes=EVERY_CLASS), labels).themes
    assert {one.id: (one.documents, one.passages) for one in themes} == counts
    for one in themes:
        assert sum(one.by_body.values()) <= one.documents
        assert library.themes(EVERYTHING, labels).total.documents == 4


def test_two_conditions_on_the_status_that_no_theme_meets_leave_nothing(ask):
    found = ask("theme.status:suggested", "theme.status=accepted", facets=FACETS)
    assert (found.passages, counted(found)) == (0, {"theme": {}, "theme.named": {}, "theme.status": {}})


def test_hits_and_documents_show_themes_whole(ask, library):
    (hit,) = ask("", "theme.named=single-window").hits
    shown = hit.passages[0].themes
    listed = [(one.id, one.kind, one.status) for one in shown]
    assert listed == [(WINDOW, "named", None), (PAPERLESS, "about", "accepted"), (WINDOW, "about", "suggested")]
    assert [one.why for one in shown] == [WINDOW, "nearest", "nearest"]
    document = library.document("file:///a", full=True, access_classes=EVERY_CLASS)
    assert document.passages[0].themes == shown


@pytest.mark.parametrize(
    "conditions",
    [
        [("theme", WINDOW)],
        [("theme", WINDOW), ("theme.status", "suggested")],
        [("theme", PAPERLESS), ("theme", WINDOW)],
        [("theme", PAPERLESS), ("theme", WINDOW), ("theme.status", "suggested")],
        [("theme.named", WINDOW), ("theme.status", "suggested")],
        [("-theme", WINDOW)],
        [("-theme", WINDOW), ("theme.status", "suggested")],
        [("-theme.status", "suggested")],
        [("-theme.named", WINDOW), ("theme.status", "accepted")],
        [("theme.status", "accepted"), ("theme.status", "suggested")],
    ],
)
def test_what_a_filter_keeps_out_is_told_of_exactly_the_others(library, conditions):
    """Each condition stands for itself here, as one of a filter and one of a query do."""
    given = [condition(field.strip("-"), [value], negated=field[0] == "-") for field, value in conditions]
    filters = EVERYTHING.narrowed(given)
    result = library.search(SearchRequest(filters=filters, mode="text"), None)
    there = {hit.document.source for hit in result.hits}
    for name in "abcd":
        document = library.document(f"file:///{name}", full=True, access_classes=EVERY_CLASS)
        assert (not shut_out(document, filters)) == (document.source in there), name


def test_an_explanation_says_which_theme_met_a_filter(ask):
    filters = ("theme=single-window", "theme=paperless", "theme.status=suggested", "theme.named=single-window")
    (hit,) = ask("", *filters, explain=True).hits
    met = {one.filter: one.values for one in hit.passages[0].explain.filters}
    assert met == {
        "theme=paperless or single-window": (WINDOW,),
        "theme.status=suggested": ("suggested",),
        "theme.named=single-window": (WINDOW,),
    }
