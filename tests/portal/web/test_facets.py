"""What the form of the facets says again when it is sent: nothing that was chosen before is lost."""

from urllib.parse import parse_qsl

import pytest

from configs.settings import load_settings
from index.results import FacetValue
from portal.web.facets import carried_by_filters, facets_of, shown_facets, year_axis
from portal.web.names import Names
from portal.web.question import Question

COUNTS = {
    "body": (FacetValue(value="ptc", count=4), FacetValue(value="council", count=2)),
    "year": tuple(FacetValue(value=year, count=year - 2000) for year in (2001, 2004, 2008)),
    "session": (FacetValue(value=201, count=1),),
}


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    return Names(load_settings(tmp_path_factory.mktemp("home")))


def sent_again(question, names):
    """The parameters that a browser sends where nothing was changed."""
    facets = list(shown_facets(question, COUNTS, names, "en"))
    sent = carried_by_filters(question, facets)
    for facet in facets:
        sent += [(f"{facet.field}!", one.value) for one in facet.choices if one.excluded]
        sent += [(facet.field, one.value) for one in facet.choices if one.selected and not one.excluded]
        if facet.field == "year":
            axis = year_axis(facet, question)
            sent += [("from", axis.low), ("to", axis.high)]
    return sent


@pytest.mark.parametrize(
    "address",
    [
        "q=window&mode=text&sort=date",
        "body=ptc&body=council&session=201&country=KE",
        "body!=ptc&symbol=PC0345&theme!=blockchain",
        "year=2001..2004",
        "year=2004..",
        "year=..2004&body!=council",
        "year=2004&year=none",
        "year=..2001&year=2008..",
        "year!=2001..2004",
        "year=2001..&year!=2004",
        "year!=none",
    ],
)
def test_a_form_sent_as_it_is_asks_the_same_again(names, address):
    question = Question.of(parse_qsl(address))
    again = Question.of(sent_again(question, names))
    assert sorted(again.filters) == sorted(question.filters)
    assert again._replace(filters=()) == question._replace(filters=())


def test_years_without_papers_have_a_place_on_the_axis(names):
    question = Question.of([("from", "2002")])
    (facet,) = (one for one in shown_facets(question, COUNTS, names, "en") if one.field == "year")
    axis = year_axis(facet, question)
    assert [one.time for one in axis.chart.columns] == list(range(2001, 2009))
    assert [one.total for one in axis.chart.columns if one.total] == [1, 4, 8]
    assert axis.inside == set(range(2002, 2009))
    assert (axis.low, axis.high, axis.is_range) == ("2002", "", True)


@pytest.mark.parametrize(
    ("address", "shown"), [("", False), ("body!=ptc", False), ("body=ptc", True), ("session=7", True)]
)
def test_sessions_belong_to_a_body(address, shown):
    assert ("session" in facets_of(Question.of(parse_qsl(address)))) == shown
