"""The register of configured sources: the same in a file and in PostgreSQL."""

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from configs.system.errors import UnavailableError
from pipelines.sources.connectors.contract import SourceItem
from pipelines.storage.opening import open_storage
from pipelines.storage.source_register import ItemHistory, ItemSummary, KnownItem
from tests.states import STATES, settings_with_state

NOW = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)

ITEM = SourceItem(id="b", uri="https://example.org/b", path="b.pdf", size=3, modified=NOW)


def row(name, source="papers", **more):
    fields = {"uri": f"https://example.org/{name}", "fingerprint": "f1", "documents": (f"d-{name}",), "seen": NOW}
    return KnownItem(source=source, id=name, **{**fields, **more})


def event(name, what, run="r1", source="papers", at=NOW):
    return ItemHistory(source=source, id=name, event=what, run=run, at=at)


@pytest.fixture(params=STATES)
def opened(request, tmp_path):
    """A function that opens the register of a home or of a database."""
    settings = settings_with_state(request, tmp_path / "home")
    (tmp_path / "home").mkdir(mode=0o700)
    return lambda write=True: closing(open_storage(settings).open_register(write=write))


def test_nothing_is_there_before_the_first_run(opened, tmp_path):
    with opened(write=False) as register:
        assert register.items("papers") == {}
        assert register.cursor("papers") is None
        assert register.withdrawn(["d-b", "d-c"]) == {}
        assert register.history("papers") == []
        assert register.newest("papers") is None
    assert list((tmp_path / "home").iterdir()) == []


def test_rows_come_back_as_they_were_written(opened):
    said = SourceItem(id="b", uri="https://example.org/b", path="x/b.pdf", size=3, modified=NOW, sidecar={"title": "B"})
    rows = [row("a"), row("b", failed=2, item=said, documents=("d1", "d2")), row("c", withdrawn=NOW)]
    with opened() as register:
        register.commit("papers", rows)
        register.commit("others", [row("a", source="others", documents=())])
        register.set_cursor("papers", "one")
        register.set_cursor("papers", "two")
    with opened(write=False) as register:
        assert register.items("papers") == {one.id: one for one in rows}
        assert register.items("others") == {"a": row("a", source="others", documents=())}
        assert (register.cursor("papers"), register.cursor("others")) == ("two", None)
        assert register.withdrawn(["d-a", "d-c", "never there"]) == {"d-c": NOW}
        assert register.withdrawn(["d-a"]) == {}


def test_a_commit_replaces_and_forgets(opened):
    with opened() as register:
        register.commit("papers", [row("a"), row("b", withdrawn=NOW)])
        register.commit("papers", [row("a", fingerprint="f2")], forgotten=["b", "never there"])
        assert register.items("papers") == {"a": row("a", fingerprint="f2")}
        assert register.withdrawn(["d-b", "d-c"]) == {}
        register.set_cursor("papers", "one")
        register.set_cursor("papers", None)
        assert register.cursor("papers") is None


def test_what_happened_is_told_the_latest_first(opened):
    later = NOW + dt.timedelta(days=1)
    with opened() as register:
        register.commit("papers", [row("a"), row("b")], events=[event("a", "new"), event("b", "new")])
        register.commit("papers", [row("a", withdrawn=later)], events=[event("a", "withdrawn", run="r2", at=later)])
        register.commit("papers", [], forgotten=["a"], events=[event("a", "deleted", run="r3", at=later)])
        assert [one.event for one in register.history("papers", "a")] == ["deleted", "withdrawn", "new"]
        assert {one.id for one in register.history("papers")} == {"a", "b"}
        assert register.history("others") == []
        assert register.newest("papers") == NOW


def test_more_rows_than_one_answer_holds(opened):
    rows = [row(f"{number:05}") for number in range(2500)]
    with opened() as register:
        register.commit("papers", rows)
        assert list(register.items("papers")) == [one.id for one in rows]


@pytest.mark.parametrize("fingerprint", ["f1", ""])
def test_what_two_homes_say_of_an_item_is_noted_once(opened, fingerprint):
    with opened() as one, opened() as other:
        for rows, what, forgotten in (
            ([row("a", fingerprint=fingerprint)], "new", ()),
            ([row("a", withdrawn=NOW)], "withdrawn", ()),
            ([], "deleted", ["a"]),
        ):
            for register, run in ((one, "r1"), (other, "r2")):
                register.commit("papers", rows, forgotten=forgotten, events=[event("a", what, run=run)])
        assert [event.event for event in one.history("papers")].count("new") == 1
        assert len(one.history("papers")) == 3


def test_what_two_homes_say_at_the_same_time_is_noted_once(opened):
    """The one that is slower reads what the other wrote while it waited for its numbers."""

    def commit_in_both(rows, what, **more):
        with ThreadPoolExecutor(2) as pool:
            said = [(register, [event("a", what, run=run)]) for register, run in ((one, "r1"), (other, "r2"))]
            done = [pool.submit(register.commit, "papers", rows, events=events, **more) for register, events in said]
            assert [ended.result() for ended in done] == [None, None]

    with opened() as one, opened() as other:
        for days in range(2):  # an item that was deleted may come back as it was
            seen = NOW + dt.timedelta(days)
            commit_in_both([row("a", seen=seen)], "new")
            commit_in_both([row("a", fingerprint="f2", seen=seen)], "changed")
            commit_in_both([], "deleted", forgotten=["a"])
        assert Counter(told.event for told in one.history("papers")) == {"new": 2, "changed": 2, "deleted": 2}


def test_a_commit_is_whole_or_nothing(opened):
    with opened() as register:
        register.commit("papers", [row("a")])
        nobody = row("c").model_copy(update={"uri": None})
        with pytest.raises(UnavailableError, match="cannot be used"):
            register.commit("papers", [row("b"), nobody], forgotten=["a"], events=[event("c", "new")])
        assert set(register.items("papers")) == {"a"}
        assert register.history("papers") == []


def test_items_are_found_by_their_ids_and_told_in_short(opened):
    rows = [row("a"), row("b", documents=("d1", "d2"), failed=1, item=ITEM), row("c", withdrawn=NOW)]
    with opened() as register:
        register.commit("papers", rows)
        register.commit("others", [row("a", source="others", fingerprint="f9")])
        assert register.known("papers", ["c", "a", "x"]) == {"a": rows[0], "c": rows[2]}
        assert sorted(register.ids("papers")) == ["a", "b", "c"]
        told = {one.id: one for one in register.summaries("papers", ["c", "a", "b", "x"])}
        assert told.keys() == {"a", "b", "c"}
        assert told["a"] == ItemSummary("a", "https://example.org/a", "f1", 1, withdrawn=False, failed=0)
        assert told["b"] == ItemSummary("b", "https://example.org/b", "f1", 2, withdrawn=False, failed=1)
        assert told["c"].withdrawn
        assert (register.count_items("papers"), register.count_documents("papers")) == (3, 4)
        assert register.count_items("nowhere") == register.count_documents("nowhere") == 0


def test_unsettled_items_are_those_that_are_not_just_there(opened):
    rows = [row("a"), row("b", failed=1), row("c", withdrawn=NOW), row("d", fingerprint=""), row("e", item=ITEM)]
    with opened() as register:
        register.commit("papers", rows)
        register.commit("others", [row("f", source="others", failed=2)])
        assert {one.id: one for one in register.unsettled("papers")} == {one.id: one for one in rows[1:]}


def test_documents_are_found_in_the_items_that_have_them_now(opened):
    with opened() as register:
        register.commit("papers", [row("a", documents=("d1", "d2")), row("b", documents=("d2",))])
        register.commit("others", [row("z", source="others", documents=("d2",), withdrawn=NOW)])
        assert list(register.documents("papers")) == [("d1", "a"), ("d2", "a"), ("d2", "b")]
        assert sorted(register.holders(["papers", "others"], ["d2", "d9"])) == [
            *(("d2", "others", "z", True), ("d2", "papers", "a", False), ("d2", "papers", "b", False))
        ]
        assert register.holders(["others"], ["d1"]) == []
        register.commit("papers", [row("a", documents=("d3",))], forgotten=["b"])
        assert list(register.documents("papers")) == [("d3", "a")]
        assert register.holders(["papers"], ["d1", "d2"]) == []


def test_what_happened_long_ago_is_forgotten_but_for_the_latest_news(opened):
    days = [NOW + dt.timedelta(days=number) for number in range(4)]
    with opened() as register:
        events = [event("a", "new", at=days[0]), event("a", "changed", at=days[1]), event("a", "withdrawn", at=days[1])]
        register.commit("papers", [row("a")], events=events)
        register.commit("others", [], events=[event("b", "new", source="others", at=days[3])])
        assert register.prune(days[2]) == 2
        assert [one.event for one in register.history("papers")] == ["changed"]
        assert (register.newest("papers"), register.newest("others")) == (days[1], days[3])
        assert register.prune(days[2]) == 0
