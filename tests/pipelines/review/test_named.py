"""What people judge by its name, outside the queue: it is recorded as every judgement, and measures no slice."""

import pytest

from configs.system.errors import UsageError
from index.filters import EVERY_CLASS
from pipelines.review import desk as review
from pipelines.review import queue_table
from pipelines.review.judge import TagChange
from pipelines.review.named import judge_named
from pipelines.review.ordering import in_audit
from pipelines.review.quality import review_quality
from tests.pipelines.review.conftest import statuses


def quality_of(desk):
    return review_quality(desk.settings, desk.engine, desk.records, access_classes=EVERY_CLASS)


def test_it_leaves_the_queue_counts_and_is_taken_back_as_on_the_page(put, desk):
    document = put([0.55, 0.6])
    first, second = (one.maturity[0].id for one in document.passages)
    with desk() as at:
        (done,) = judge_named(at, "accept", [first])
        assert (done.author, done.item, done.verdict, done.slice, done.bulk) == ("ana", first, "accept", None, False)
        assert done.judged == document.passages[0].maturity[0]
        assert statuses(at, document) == ["accepted", "suggested"]
        assert [one.id for one in review.upcoming(at)] == [second]
        assert (review.progress(at).today, review.progress(at).judged, quality_of(at).judged) == (1, 1, 1)
        assert at.records.of_author("ana", limit=9) == ((done,),)
        assert review.undo(at) == done
        assert statuses(at, document) == ["suggested", "suggested"]
        assert {one.id for one in review.upcoming(at)} == {first, second}


def test_several_are_stored_and_taken_back_as_one(put, desk, judged_twice):
    document = put([0.55, 0.6, 0.65])
    names = [one.maturity[0].id for one in document.passages]
    with desk() as at:
        with pytest.raises(UsageError, match="no such tag"):
            judge_named(at, "reject", [*names, f"{names[0]}0"])
        assert at.records.of_author("ana", limit=9) == ()
        done = judge_named(at, "reject", names)
        assert {(one.bulk, one.twice) for one in done} == {(True, False)}
        assert [len(one) for one in at.records.of_author("ana", limit=9)] == [3]
        review.undo(at)
        assert (statuses(at, document), review.progress(at).waiting) == (["suggested"] * 3, 3)


def test_what_was_chosen_says_nothing_of_how_good_tags_are(put, desk):
    put([0.9] * 40)
    with desk() as at:
        drawn = [one.id for one in review.upcoming(at, limit=40) if one.slice == "audit"]
        assert len(drawn) > 1
        assert all(in_audit(one, at.records.seed()) for one in drawn)
        review.record_judgement(at, drawn[0], "accept")
        before = quality_of(at)
        judge_named(at, "reject", [drawn[1]])
        judge_named(at, "reject", [drawn[0]])
        after = quality_of(at)
        assert (before.audit, before.agreement) == (after.audit, after.agreement)
        assert {row.right.n for row in after.audit if row.group == "all"} == {1}
        assert after.judged == 2


def test_what_the_tagger_made_is_drawn_for_a_second_judgement(put, desk, judged_twice):
    document = put([0.55, 0.6])
    name = document.passages[0].maturity[0].id
    with desk() as at:
        judge_named(at, "set", [name], change=TagChange(level="L2"))
        (added,) = judge_named(at, "set", [document.passages[0].id], theme="green-customs")
        assert not added.twice
    with desk("bo") as at:
        second = review.item_at(at, name)
        assert (second.turn, second.judged) == ("second", document.passages[0].maturity[0])
        review.record_judgement(at, name, "accept")
        assert (quality_of(at).agreement.level.n, quality_of(at).agreement.level.share) == (1, 0)


class TestJudgedAgain:
    """An item that another person judges by its name after the first judgement."""

    @pytest.fixture
    def again(self, put, desk, judged_twice):
        """The name of an item that ana accepted and bo rejected, who knew of it; cy judges it blind."""
        name = put([0.55, 0.6]).passages[0].maturity[0].id
        with desk() as at:
            review.record_judgement(at, name, "accept")
        with desk("bo") as at:
            judge_named(at, "reject", [name])
        return name

    def test_the_first_judgement_is_what_a_second_one_agrees_with(self, again, desk):
        with desk("cy") as at:
            assert [one.author for one in at.records.for_second("cy", limit=None)] == ["ana"]
            review.record_judgement(at, again, "accept")
            assert quality_of(at).agreement.verdict.share == 1

    def test_it_waits_for_nobody_while_one_of_the_two_holds(self, again, desk):
        with desk("bo") as at:
            review.undo(at)
            found = at.engine.passage(again.partition(":")[0], access_classes=EVERY_CLASS).maturity
            assert [(one.status, one.by) for one in found] == [("accepted", "ana")]
            assert (review.progress(at).waiting, review.progress(at).judged) == (1, 1)
        with desk() as at:
            review.undo(at)
            assert (review.progress(at).waiting, review.progress(at).judged) == (2, 0)

    def test_it_stays_among_what_was_judged_when_the_queue_is_made_again(self, again, desk):
        with desk() as at:
            queue_table.refresh(at.settings, at.engine, at.records, access_classes=EVERY_CLASS)
            assert (review.progress(at).waiting, review.progress(at).judged) == (1, 1)
