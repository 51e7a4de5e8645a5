"""Facets, matrix and themes hold against the searches that they promise, on a corpus with every case."""

from itertools import product
from typing import get_args

import pytest

from extractors.document import Modality, document_id
from index.fields import FIELDS
from index.filters import EVERY_CLASS, EVERYTHING, parse_filters
from index.results import MatrixModel, SearchRequest

MODEL = MatrixModel(id="m", provenance="derived", dimensions=("systems", "people", "unused"), levels=("L1", "L2"))
SYMBOL = ("PC", "0345")


@pytest.fixture
def library(hold, make):
    """Two language versions and a revision of one paper, and papers with all kinds of tags."""
    tag, date = make.tag, make.date
    english, french, revised = ((*SYMBOL, *mark) for mark in (("E", "1", "a"), ("F", "1", "a"), ("E", "2", "a")))
    themes, l1 = [["single-window"], ["single-window", "blockchain"]], [[tag(level="L1")]]
    every = [[tag(level="L1"), tag("people", modality="planned")], [tag(level="L2", subject="KE")]]
    others = [tag(level="L1", modality="planned"), tag("people", "L2")]
    unsure = [tag("people", status="suggested"), tag(status="hidden", level="L2")]
    report = {"body": "ptc", "kind": "report"}
    first = {"symbol": english, "date": date("2013-12-17"), "sessions": (201, 202), "themes": themes, "tags": every}
    second = {"language": "fr", "symbol": french, "date": date("2014-01-02"), "themes": themes[:1], "tags": l1}
    other = {"body": "imsc", "date": date("2018-05-05"), "access": "members", "tags": [others, unsure]}
    return hold(
        make.paper("en", "customs window", "other", **first, **report),
        make.paper("fr", "guichet douane window", **second, **report),
        make.paper("en2", "customs window", symbol=revised, body="ptc", tags=l1),
        make.paper("x", "customs", "window", **other),
        make.paper("bare", "customs window"),
    )


def count(engine, *filters, query="", **more):
    request = SearchRequest(
        query=query, mode="text", filters=parse_filters(filters, access_classes=EVERY_CLASS), **more
    )
    return engine.search(request, None)


def test_versions_of_a_paper_count_once(library):
    found = count(library, query="window")
    assert (found.passages, found.documents, len(found.hits)) == (5, 3, 3)


@pytest.mark.parametrize("name", ["en", "fr", "en2"])
def test_one_version_of_a_paper_is_searched_by_its_id(library, name):
    wanted = document_id(f"file:///{name}")
    found = count(library, f"document={wanted}", query="window")
    assert [hit.document.id for hit in found.hits] == [wanted]


def test_the_language_counts_every_version(library):
    facets = count(library, facets=("language", "kind")).facets
    assert {one.value: one.count for one in facets["language"]} == {"en": 4, "fr": 1}
    assert {one.value: one.count for one in facets["kind"]} == {"report": 1}


def test_filters_apply_to_versions_before_they_are_grouped(library):
    (hit,) = count(library, "language=fr").hits
    assert hit.document.source == "file:///fr"


def test_the_version_with_the_best_passage_is_shown(library):
    first = count(library, query="guichet douane").hits[0]
    assert first.document.source == "file:///fr"


def test_tag_filters_hold_together_on_one_tag(library):
    assert count(library, "dimension=people", "level=L2", "modality=achieved").documents == 1
    assert count(library, "dimension=people", "level=L1").documents == 0
    assert count(library, "dimension=systems", "modality=planned").documents == 1


def test_tags_count_from_accepted_unless_a_status_is_asked_for(library):
    assert count(library, "dimension=people").documents == 2
    assert count(library, "dimension=people", "status=suggested").documents == 1
    assert count(library, "status=hidden").passages == 1


def test_a_tag_without_a_level_is_null(library):
    assert count(library, "dimension=people", "level=null").documents == 1
    facet = count(library, "dimension=people", facets=("level",)).facets["level"]
    assert {one.value: one.count for one in facet} == {"L2": 1, None: 1}


def test_a_field_in_the_query_is_a_filter(library):
    assert count(library, query="window session:202").documents == 1
    without = count(library, query="-dimension:systems")
    assert (without.passages, without.documents) == (2, 2)


EXCLUDED = {
    "body!=ptc": {"x-0", "x-1", "bare-0"},
    "year!=2013": {"fr-0", "en2-0", "x-0", "x-1", "bare-0"},
    "year!=none": {"en-0", "en-1", "fr-0", "x-0", "x-1"},
    "year!=2014..2018": {"en-0", "en-1", "en2-0", "bare-0"},
    "session!=202": {"fr-0", "en2-0", "x-0", "x-1", "bare-0"},
    "symbol!=PC0345E1a": {"fr-0", "en2-0", "x-0", "x-1", "bare-0"},
    "access!=members": {"en-0", "en-1", "fr-0", "en2-0", "bare-0"},
    "theme!=blockchain": {"en-0", "fr-0", "en2-0", "x-0", "x-1", "bare-0"},
    "dimension!=people": {"en-1", "fr-0", "en2-0", "x-1", "bare-0"},
    "level!=L1": {"en-1", "x-1", "bare-0"},
    "subject!=KE": {"en-0", "fr-0", "en2-0", "x-0", "x-1", "bare-0"},
    "body!=ptc language!=en": set(),
    "body=ptc language!=en": {"fr-0"},
    "language!=en language!=fr": set(),
}


@pytest.mark.parametrize("given", EXCLUDED)
def test_what_has_an_excluded_value_is_left_out(library, make, given):
    found = count(library, *given.split(), passages=9, k=100)
    names = {make.paper(name, "").id: name for name in ("en", "fr", "en2", "x", "bare")}
    filters = parse_filters(given.split(), access_classes=EVERY_CLASS)
    kept = [one.id for _, passages in library.passages(filters) for one in passages]
    assert found.passages == len(kept)
    assert {f"{names[one.rpartition('-')[0]]}-{one.rpartition('-')[2]}" for one in kept} == EXCLUDED[given]


@pytest.mark.parametrize(
    "given",
    [
        *((), ("dimension=systems",), ("body=ptc", "theme=single-window")),
        *(("year=2013..2018",), ("body!=imsc", "dimension!=people")),
    ],
)
@pytest.mark.parametrize("query", ["", "customs", "window"])
def test_every_facet_counts_what_its_filter_finds(library, given, query):
    fields = [field for field in FIELDS if field != "symbol" and not any(field in one for one in given)]
    facets = count(library, *given, query=query, facets=tuple(fields)).facets
    assert any(facets.values())
    for field in set(fields) - {"language"}:
        for one in facets[field]:
            value = "null" if one.value is None else one.value
            assert count(library, *given, f"{field}={value}", query=query).documents == one.count, (field, one)


WIDER = [
    (("body=ptc",), ""),
    (("body=imsc", "year=2018"), ""),
    (("body=ptc",), "year:2013"),
    (("body=ptc", "theme=single-window"), "body:ptc"),
    (("dimension=people", "level=L2"), ""),
    (("language=fr", "kind=report"), ""),
    (("body=ptc", "body!=imsc", "language!=fr"), ""),
    (("theme!=blockchain", "theme=single-window"), ""),
]


@pytest.mark.parametrize(("given", "conditions"), WIDER)
@pytest.mark.parametrize("query", ["", "customs", "window"])
def test_a_disjunctive_facet_counts_as_if_its_own_field_were_not_filtered(library, given, conditions, query):
    fields = ("body", "year", "language", "kind", "theme", "dimension", "level", "modality")
    query = f"{query} {conditions}".strip()
    narrow, wide = (count(library, *given, query=query, facets=fields, disjunctive=on) for on in (False, True))
    assert wide.model_copy(update={"facets": narrow.facets, "took_ms": narrow.took_ms}) == narrow
    assert list(wide.facets) == list(fields)
    for field in fields:
        others = [one for one in given if not one.startswith(f"{field}=")]
        assert wide.facets[field] == count(library, *others, query=query, facets=(field,)).facets[field], field


@pytest.mark.parametrize("held", [frozenset(), frozenset({"members"})])
def test_a_disjunctive_facet_counts_no_paper_that_its_reader_may_not_see(library, held):
    filters = parse_filters(["body=ptc"], access_classes=held)
    request = SearchRequest(query="window", mode="text", filters=filters, facets=("body",), disjunctive=True)
    facet = library.search(request, None).facets["body"]
    assert {one.value for one in facet} == ({"ptc", "imsc"} if held else {"ptc"})


@pytest.mark.parametrize("given", [(), ("language=fr",), ("body=ptc",), ("status=suggested",), ("theme=blockchain",)])
def test_every_cell_counts_what_its_search_finds(library, given):
    matrix = library.matrix(parse_filters(given, access_classes=EVERY_CLASS), MODEL)
    grid = product(MODEL.dimensions, (*MODEL.levels, None), get_args(Modality))
    assert [(cell.dimension, cell.level, cell.modality) for cell in matrix.cells] == list(grid)
    for cell in matrix.cells:
        level = "null" if cell.level is None else cell.level
        found = count(library, *given, f"dimension={cell.dimension}", f"level={level}", f"modality={cell.modality}")
        assert (found.documents, found.passages) == (cell.documents, cell.passages)


def test_a_topic_is_listed_and_counts_in_no_cell(hold, make):
    topic, said = make.tag(modality=None), make.tag()
    engine = hold(make.paper("topic", "customs", tags=[[topic]]), make.paper("said", "customs", tags=[[said]]))
    found = {claim: count(engine, "dimension=systems", f"claim={claim}") for claim in ("stated", "topic")}
    assert [one.hits[0].document.source for one in found.values()] == ["file:///said", "file:///topic"]
    assert count(engine, "dimension=systems").documents == 2
    (hit,) = found["topic"].hits
    assert hit.passages[0].maturity == (topic,)
    cells = engine.matrix(EVERYTHING, MODEL).cells
    assert [(one.modality, one.documents) for one in cells if one.documents] == [("achieved", 1)]


def test_tags_of_another_model_are_not_in_the_matrix(library):
    assert any(cell.documents for cell in library.matrix(EVERYTHING, MODEL).cells)
    other = MODEL.model_copy(update={"id": "other"})
    assert not any(cell.documents for cell in library.matrix(EVERYTHING, other).cells)


@pytest.mark.parametrize("by", ["year", "body", "subject"])
def test_every_cell_of_a_trend_counts_what_its_search_finds(library, by):
    trend = library.matrix(EVERYTHING, MODEL, by)
    assert any(cell.value is not None and cell.documents for cell in trend.cells)
    for cell in trend.cells:
        if cell.value is None and by != "subject":
            continue
        asked = [f"{by}={'null' if cell.value is None else cell.value}", f"modality={cell.modality}"]
        asked += [f"dimension={cell.dimension}", f"level={'null' if cell.level is None else cell.level}"]
        assert count(library, *asked).documents == cell.documents


def test_themes_count_papers_by_year_and_body(library):
    themes = library.themes(EVERYTHING, {"single-window": "Single Window", "silent": "Silent"})
    assert (themes.total.documents, themes.total.passages) == (3, 7)
    window, blockchain, silent = themes.themes
    assert (window.id, window.label, window.documents, window.passages) == ("single-window", "Single Window", 1, 3)
    assert (window.by_year, window.by_body) == ({"2013": 1, "2014": 1}, {"ptc": 1})
    assert (blockchain.label, blockchain.documents) == ("blockchain", 1)
    assert (silent.documents, silent.by_year) == (0, {})


def test_an_empty_index_counts_nothing(hold):
    filled = hold()
    assert count(filled, facets=("body", "level", "theme")).documents == 0
    assert len(filled.matrix(EVERYTHING, MODEL).cells) == 3 * 3 * 4
    assert filled.themes(EVERYTHING).themes == ()
