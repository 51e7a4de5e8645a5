"""What later papers say of a decision."""

import datetime as dt
from contextlib import nullcontext

import pytest

from extractors.document import Deadline, Decision, Place, Reference
from index.filters import Filters, condition
from pipelines.desk.decisions import DecisionRegister
from tests.index.conftest import paper

TODAY = dt.date(2020, 6, 1)
ASKED = Decision(
    verb="invited",
    paragraph="12.",
    addressee="the Secretariat",
    deadline=Deadline(text="by May 2019", date="2019-05"),
    text="The Committee invited the Secretariat to report by May 2019 (Decision 4).",
)


class Held:
    """The headers of some papers, for readers of every class."""

    def __init__(self, *papers):
        self._papers = papers

    def documents(self, **_):
        return self._papers

    def papers(self, _=None, **__):
        return self._papers


def rows(*later, decision=ASKED, filters=(), **options):
    own = paper("own", symbol=("PC", "0345", "E", "1", "a"), date="2018-03-01", decisions=(decision,), body="ptc")
    others = [
        paper(f"later{number}", symbol=("PC", f"040{number}", "E", "1", "a"), date=date, references=said, body="ptc")
        for number, (date, *said) in enumerate(later)
    ]
    wanted = Filters(access_classes="every", conditions=tuple(condition(*one) for one in filters))
    return DecisionRegister(None, Held(own, *others)).rows(wanted, today=TODAY, **options)


def refers(**place):
    return Reference(symbol="PC0345E1a", **place)


def test_a_deadline_that_passed_without_a_report_is_overdue():
    found = rows(("2019-06-01",), ("2019-05-31",), ("2017-04-01",))[0]
    assert (found.state, found.later_papers) == ("overdue", 1)
    for date in ("2017-04-01", "2019-04-01"):
        before = rows((date,))[0]
        assert (before.state, before.later_papers) == (None, 0)
    ahead = ASKED.model_copy(update={"deadline": Deadline(text="by June", date="2020-06")})
    assert rows(decision=ahead)[0].state == "open"
    undated = ASKED.model_copy(update={"deadline": Deadline(text="at the next session")})
    assert rows(decision=undated)[0].state is None


@pytest.mark.parametrize(
    ("reference", "of", "state"),
    [
        (refers(paragraph="12"), "paragraph", None),
        (refers(paragraph="10 to 14"), "paragraph", None),
        (refers(), "paper", "overdue"),
        (refers(paragraph="13"), None, "overdue"),
        (refers(annex="II"), None, "overdue"),
    ],
)
def test_a_later_paper_reports_by_paragraph(reference, of, state):
    found = rows(("2019-06-01", reference))[0]
    assert ([one.of for one in found.follow_ups] or [None]) == [of]
    assert found.state == state


def test_a_long_addressee_ends_before_a_clause():
    name = "the States Parties to the Statute in all regions that have not yet done so, and others"
    found = rows(decision=ASKED.model_copy(update={"addressee": name}))[0]
    assert found.addressee == "the States Parties to the Statute in all regions …"


@pytest.mark.parametrize(
    ("printed", "asked", "found"),
    [
        ("the notifying Members", "Membres", 1),
        ("State Parties", "members", 1),
        ("the WTO and the African Union Commission", "union africaine", 1),
        ("the Permanent Technical Committee", "PTC", 1),
        ("the notifying Members", "notifying", 1),
        ("the Secretariat of the council", "PTC", 0),
        ("the Secretariat", "secretariat", 1),
    ],
)
def test_who_is_asked_is_found_by_any_of_their_names(printed, asked, found):
    assert len(rows(decision=ASKED.model_copy(update={"addressee": printed}), addressee=asked)) == found


def test_each_later_paper_is_told_once_by_the_nearest_that_it_refers_to():
    earlier = ("2017-01-01", refers(paragraph="12"))
    found = rows(("2019-04-01", refers()), ("2019-05-01", refers(paragraph="12")), earlier)[0]
    assert [(one.of, one.date) for one in found.follow_ups] == [("paragraph", "2019-05-01"), ("paper", "2019-04-01")]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ([("body", ["ptc"])], 1),
        ([("body", ["sc"])], 0),
        ([("decision", ["invited"])], 1),
        ([("decision", ["adopted"])], 0),
    ],
)
def test_filters_narrow_the_register(filters, count):
    assert len(rows(filters=filters)) == count


class Opened:
    """A service whose engine holds one paper."""

    def __init__(self, document):
        self._document = document

    def engine(self):
        return nullcontext(self)

    def document(self, _, **__):
        return self._document


@pytest.mark.parametrize("numbers", [("45.", "66."), (None, None), ("45.", None)])
def test_a_formula_stands_in_the_paragraph_of_its_number_else_in_order(numbers):
    said = "The Committee took note of all interventions."
    page = 1 if all(numbers) else None
    decisions = [Decision(verb="took note", paragraph=number, page=page, text=said) for number in numbers]
    own = paper("own", said, said, symbol=("PC", "0345", "E", "1", "a"), decisions=tuple(decisions))
    passages = [
        one.model_copy(update={"places": (Place(start=0, end=len(said), page=page, paragraph=number),)})
        for one, number in zip(own.passages, numbers, strict=True)
    ]
    register = DecisionRegister(Opened(own.model_copy(update={"passages": tuple(passages)})), Held(own))
    found = register.page(Filters(access_classes="every")).decisions
    cited = [f", § {number.strip('.')}{', p. 1' if page else ''}" if number else "" for number in numbers]
    assert sorted(one.citation for one in found) == sorted(f"PC0345E1a{one}" for one in cited)
    assert {one.passage for one in found} == {one.id for one in own.passages}


def test_the_decisions_of_a_text_stand_on_one_page():
    texts = ("The Committee took note.", "The Committee closed the item.", "The Committee took note.")
    decisions = tuple(Decision(verb="took note", text=one) for one in texts)
    own = paper("own", *texts, symbol=("PC", "0345", "E", "1", "a"), decisions=decisions)
    register = DecisionRegister(Opened(own), Held(own))
    every = Filters(access_classes="every")
    for offset, ids in ((0, ["d0", "d2"]), (1, ["d1"])):
        found, count = register.by_text(every, offset=offset, limit=1)
        assert ([one.id[-2:] for one in found.decisions], found.total, count) == (ids, 3, 2)


def test_a_sentence_is_not_placed_where_another_begins_alike():
    said = "The Committee took note of the report of the Chairman, and of all interventions"
    own = paper("own", f"{said} made.", f"{said}.", symbol=("PC", "0345", "E", "1", "a"))
    own = own.model_copy(update={"decisions": (Decision(verb="took note", text=f"{said}."),)})
    (found,) = DecisionRegister(Opened(own), Held(own)).page(Filters(access_classes="every")).decisions
    assert found.passage == own.passages[1].id


def test_the_number_and_the_place_are_told_and_a_verb_without_an_id_as_printed():
    found = rows()[0]
    assert (found.number, found.citation, found.said) == ("4", "PC0345E1a, § 12", None)
    decision = Decision(verb="other", text="The Assembly COMMENDS the Secretariat for its work.")
    assert rows(decision=decision)[0].said == "commends"


def test_an_item_of_a_list_is_told_by_the_verb_above_it():
    above = Decision(verb="other", paragraph="4(i)", text="ACKNOWLEDGES its aims and COMMENDS: (i) Norland;")
    item = Decision(verb="other", paragraph="4(ii)", text="States that signed.")
    own = paper("own", symbol=("PC", "0345", "E", "1", "a"), decisions=(above, item))
    found = DecisionRegister(None, Held(own)).rows(Filters(access_classes="every"))
    assert [one.said for one in found] == ["commends", "commends"]


def test_a_decision_above_a_list_is_found_by_what_stands_above_it():
    said = "The Committee adopted this:\nthe plan;\nthe form."
    decision = Decision(verb="adopted", paragraph="4.", text="The Committee adopted this: (a) the plan; (b) the form.")
    own = paper("own", said, symbol=("PC", "0345", "E", "1", "a"), decisions=(decision,))
    places = (Place(start=0, end=28, paragraph="4."), Place(start=28, end=len(said), paragraph="5."))
    own = own.model_copy(update={"passages": (own.passages[0].model_copy(update={"places": places}),)})
    (found,) = DecisionRegister(Opened(own), Held(own)).page(Filters(access_classes="every")).decisions
    assert (found.passage, found.citation) == (own.passages[0].id, "PC0345E1a, § 4")


def test_the_lettered_part_of_a_paragraph_is_cited():
    above, asked = "The Council urges States to:\n", ("Send lists.", "Lower tariffs.", "Open ports.")
    said = f"{above}{asked[0]}\n{asked[1]}\n{above}{asked[2]}"
    texts = {"11(i)": f"{above.strip()} (i) {asked[0]}", "11(ii)": asked[1], "20(i)": f"{above.strip()} (i) {asked[2]}"}
    decisions = tuple(Decision(verb="urged", paragraph=number, text=text) for number, text in texts.items())
    own = paper("own", said, symbol=("PC", "0345", "E", "1", "a"), decisions=decisions)
    second = said.rindex(above)
    places = (Place(start=0, end=second, paragraph="11."), Place(start=second, end=len(said), paragraph="20."))
    own = own.model_copy(update={"passages": (own.passages[0].model_copy(update={"places": places}),)})
    found = DecisionRegister(Opened(own), Held(own)).page(Filters(access_classes="every")).decisions
    assert [one.citation for one in found] == [f"PC0345E1a, § {number}" for number in texts]
    assert {one.passage for one in found} == {own.passages[0].id}
