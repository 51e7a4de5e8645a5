"""How the tables are looked through: questions that are asked often take no longer with more rows."""

import datetime as dt
from contextlib import closing

import pytest
from sqlalchemy import Engine, event, func, select

from configs.settings import load_settings
from pipelines.review.records import ReviewRecords
from pipelines.storage.saved_searches import SavedSearches
from pipelines.storage.state import State
from pipelines.storage.tables import (
    IS_DONE,
    IS_NEWS,
    IS_RUNNING,
    IS_UNLINKED,
    IS_UNSETTLED,
    IS_WAITING,
    documents,
    item_events,
    items,
    queue,
    runs,
)
from tests.pipelines.review.test_records import judgement
from tests.states import ledger_of


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def plans():
    """What SQLite says of the way to the rows of each question, by the question's place."""
    found = []

    def explain(connection, _cursor, statement, parameters, *_):
        if statement.startswith("SELECT"):
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.append([row[3] for row in rows])

    event.listen(Engine, "before_cursor_execute", explain)
    yield found
    event.remove(Engine, "before_cursor_execute", explain)


@pytest.mark.parametrize(
    ("index", "question"),
    [
        ("items_unsettled", select(func.count()).select_from(items).where(IS_UNSETTLED)),
        ("item_events_news", select(func.max(item_events.c.at)).where(item_events.c.source == "a", IS_NEWS)),
        ("queue_waiting", select(func.count()).select_from(queue).where(queue.c.scope == "a", IS_WAITING)),
        ("queue_done", select(func.count()).select_from(queue).where(queue.c.scope == "a", IS_DONE)),
        ("documents_unlinked", select(documents).where(IS_UNLINKED).order_by(documents.c.id)),
        ("runs_running", select(runs.c.id, runs.c.worker).where(IS_RUNNING)),
    ],
)
def test_a_condition_is_looked_up_in_its_index(home, plans, index, question):
    with closing(State(load_settings(home))) as state, state.reading() as connection:
        connection.execute(question)
    ((plan,),) = plans
    assert f"INDEX {index}" in plan


def test_runs_at_work_are_found_without_all_runs(home, plans):
    with closing(ledger_of(home)) as ledger, ledger.run("r"):
        plans.clear()
        assert [one.id for one in ledger.runs()] == ["r"]
    assert ["SCAN runs USING COVERING INDEX runs_running"] in plans
    assert ["SCAN runs"] not in plans


def test_the_newest_judgements_of_a_person_are_found_without_sorting_all(home, plans):
    with ReviewRecords(State(load_settings(home))) as records:
        for number in range(3):
            records.store([judgement(item=f"i{number}", act="1f", bulk=True)])
        plans.clear()
        last = records.last_of("ana")
        assert last.item == "i2"
        assert [one.item for one in records.together(last)] == ["i2", "i1", "i0"]
    assert len(plans) == 2
    assert all("USING INDEX judged_newest" in plan[0] for plan in plans), plans
    assert not any("TEMP B-TREE" in step for plan in plans for step in plan)


def test_what_is_to_be_judged_twice_is_found_without_all_judgements(home, plans):
    with ReviewRecords(State(load_settings(home))) as records:
        records.store([judgement(item="i1", twice=True), judgement(item="i2")])
        plans.clear()
        assert [one.item for one in records.for_second("ben", limit=None)] == ["i1"]
    ((plan, *_),) = plans
    assert "USING INDEX judged_twice" in plan


def test_what_arrived_since_is_found_without_what_came_before(home, plans):
    searches = SavedSearches(State(load_settings(home)))
    searches.arrive(["a", "b"])
    first = searches.last_arrival()
    searches.arrive(["a", "b", "c"])
    plans.clear()
    assert searches.arrivals(after=first).keys() == {"c"}
    assert searches.arrivals(after=first)["c"].number == searches.last_arrival() > first
    assert all("arrivals_number" in plan[0] or "counters" in plan[0] for plan in plans), plans
    assert searches.arrivals().keys() == {"a", "b", "c"}
    assert searches.arrivals()["a"].at <= dt.datetime.now(dt.UTC)
    searches.close()
