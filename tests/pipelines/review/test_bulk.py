"""Several items judged at once: what is left out, what is stored, and that it is taken back as one."""

import json

import pytest

from configs.system.errors import UsageError
from pipelines.review import bulk
from pipelines.review import desk as review
from pipelines.review.ordering import in_audit, is_judged_twice
from pipelines.workspace import AUDIT
from tests.pipelines.review.conftest import DIMENSION, statuses


def test_what_measures_is_not_among_the_items(put, desk):
    put([0.3 + n / 200 for n in range(100)])
    with desk() as at:
        seed = at.records.seed()
        every = {one.id for one in review.upcoming(at, limit=200)}
        found = {one.id for one in bulk.bulk_items(at)}
        drawn = {one for one in every if in_audit(one, seed) or is_judged_twice(one, seed)}
        assert len(every) == 100
        assert drawn
        assert found == every - drawn
        with pytest.raises(UsageError, match="one of these is not judged at once"):
            bulk.judge_at_once(at, [*list(found)[:2], next(iter(drawn))], "accept")
        assert review.progress(at).judged == 0


def test_items_are_judged_at_once_marked_and_taken_back_as_one(put, desk, settings):
    document = put([0.3 + n / 100 for n in range(40)])
    with desk() as at:
        before = statuses(at, document)
        names = [one.id for one in bulk.bulk_items(at)][:5]
        single = next(one.id for one in review.upcoming(at, limit=40) if one.id not in names)
        review.record_judgement(at, single, "accept")
        shown = bulk.preview(at, names)
        assert [(one.dimension, one.status, one.items) for one in shown.changes] == [(DIMENSION, "suggested", 5)]
        assert (len(shown.items), shown.papers) == (5, 1)
        done = bulk.judge_at_once(at, names, "accept")
        assert {one.item for one in done} == set(names)
        assert len({one.act for one in done}) == 1
        assert statuses(at, document).count("accepted") == 6
        assert {one.bulk for one in at.records.judgements("first")} == {True, False}
        assert (review.progress(at).today, review.progress(at).judged) == (6, 6)
        groups = at.records.of_author("ana", limit=9)
        assert [len(one) for one in groups] == [5, 1]
        assert [len(one) for one in at.records.of_author("ana", before=groups[0][0].act, limit=9)] == [1]
        line = [json.loads(one) for one in (settings.home / AUDIT).read_text().splitlines()][-1]
        assert (line["verdict"], line["items"], line["judgement"]) == ("accept", 5, done[0].act)
        review.undo(at)
        assert statuses(at, document).count("accepted") == 1
        assert review.progress(at).judged == 1
        assert set(names) <= {one.id for one in bulk.bulk_items(at)}
        review.undo(at)
        assert statuses(at, document) == before


def test_what_is_rejected_at_once_has_a_reason_and_counts_no_more(put, desk):
    document = put([0.9 + n / 1000 for n in range(20)])
    with desk() as at:
        names = [one.id for one in bulk.bulk_items(at)][:3]
        done = bulk.judge_at_once(at, names, "reject")
        assert {(one.reason, one.holds) for one in done} == {("dimension", False)}
        assert statuses(at, document).count("rejected") == 3


def test_nothing_is_stored_where_one_was_judged_meanwhile_or_waits_for_a_second_judgement(put, desk, judged_twice):
    put([0.3 + n / 100 for n in range(40)])
    with desk("bo") as at:
        names = [one.id for one in bulk.bulk_items(at)][:3]
        review.record_judgement(at, names[0], "accept")
    with desk() as at:
        assert names[0] not in {one.id for one in bulk.bulk_items(at)}
        with pytest.raises(UsageError, match="judged meanwhile"):
            bulk.judge_at_once(at, names, "reject")
        assert [one.author for one in at.records.judgements("first")] == ["bo"]


@pytest.mark.parametrize("names", [[], ["x"] * 101])
def test_none_and_too_many_are_refused(put, desk, names):
    put([0.5])
    with desk() as at, pytest.raises(UsageError):
        bulk.judge_at_once(at, [f"{one}{n}" for n, one in enumerate(names)], "accept")


def test_a_judgement_of_long_ago_is_taken_back_by_its_act(put, desk):
    document = put([0.55, 0.6, 0.65])
    with desk() as at:
        first, *others = (one.id for one in review.upcoming(at, limit=3))
        act = review.record_judgement(at, first, "accept").act
        for name in others:
            review.record_judgement(at, name, "accept")
        assert review.undo(at, act).item == first
        assert statuses(at, document).count("accepted") == 2
        with pytest.raises(UsageError, match="no judgement of yours"):
            review.undo(at, act)
    with desk("bo") as at, pytest.raises(UsageError, match="no judgement of yours"):
        review.undo(at, act)
