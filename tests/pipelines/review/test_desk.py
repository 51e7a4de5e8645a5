"""What reviewers do at the desk, over an index with chosen tags and themes."""

import datetime as dt
import json

import pytest

from configs.system.errors import UsageError
from index.filters import EVERY_CLASS
from pipelines.review import desk as review
from pipelines.review import queue_table
from pipelines.review.desk import Desk
from pipelines.review.judge import TagChange
from pipelines.review.named import judge_named
from pipelines.review.quality import review_quality
from pipelines.review.records import ReviewRecords, scope_of
from pipelines.search.requests import filters_of
from pipelines.search.service import reader
from pipelines.storage.state import State
from tests.pipelines.review.conftest import DIMENSION, THEME


def everything(desk, limit=100):
    return review.upcoming(desk, limit=limit)


def accepted(desk):
    wanted = filters_of([f"dimension={DIMENSION}", "status=accepted"], desk.access_classes)
    return sum(len(passages) for _, passages in desk.engine.passages(wanted))


def test_tags_and_suggested_themes_wait_and_hidden_ones_do_not(put, desk):
    put([0.55, 0.95, 0.85], themes=[THEME])
    with desk() as at:
        assert review.progress(at) == review.Progress(today=0, waiting=6, judged=0)
        found = everything(at)
        assert {one.id.split(":")[1] for one in found} == {DIMENSION, "theme"}
        assert all(one.turn == "first" and one.slice for one in found)


@pytest.mark.parametrize(
    ("verdict", "change", "now"),
    [
        ("accept", None, ("accepted", "L3")),
        ("reject", None, ("rejected", "L3")),
        ("set", TagChange(level="L2"), ("accepted", "L2")),
    ],
)
def test_a_judgement_counts_at_once_and_leaves_the_queue(put, desk, verdict, change, now):
    document = put([0.55])
    with desk() as at:
        (item,) = everything(at)
        done = review.record_judgement(at, item.id, verdict, change=change, reason="dimension")
        assert done.reason == ("dimension" if verdict == "reject" else None)
        (found,) = at.engine.passage(document.passages[0].id, access_classes=EVERY_CLASS).maturity
        assert (found.status, found.level, found.by) == (*now, "ana")
        assert everything(at) == ()
        assert review.progress(at) == review.Progress(today=1, waiting=0, judged=1)


@pytest.mark.parametrize(("reason", "now"), [("level", (None, "achieved")), ("modality", (None, None))])
def test_a_wrong_level_or_modality_leaves_the_evidence(put, desk, reason, now):
    document = put([0.55])
    with desk() as at:
        (item,) = everything(at)
        done = review.record_judgement(at, item.id, "reject", reason=reason)
        (found,) = at.engine.passage(document.passages[0].id, access_classes=EVERY_CLASS).maturity
        assert (found.status, found.level, found.modality) == ("accepted", *now)
        assert (done.verdict, done.reason, done.holds) == ("reject", reason, True)


def test_undo_gives_the_tag_back_to_the_tagger_and_goes_further_back_each_time(put, desk):
    document = put([0.55, 0.6])
    with desk() as at:
        first = everything(at)[0]
        review.record_judgement(at, first.id, "accept")
        assert accepted(at) == 1
        assert review.undo(at).item == first.id
        assert accepted(at) == 0
        assert {one.id for one in everything(at)} == {one.maturity[0].id for one in document.passages}
        found = at.engine.passage(first.passage.id, access_classes=EVERY_CLASS).maturity
        assert found[0] == first.tag
        assert review.progress(at).today == 0
        with pytest.raises(UsageError, match="no judgement of yours"):
            review.undo(at)
        names = [one.id for one in everything(at)]
        for name in names:
            review.record_judgement(at, name, "accept")
        assert [review.undo(at).item, review.undo(at).item] == names[::-1]


def test_undo_after_the_queue_was_made_again_puts_the_item_first(put, desk):
    put([0.55, 0.6, 0.7])
    with desk() as at:
        name = everything(at)[1].id
        review.record_judgement(at, name, "reject")
    put([0.5], "b")
    with desk() as at:
        review.undo(at)
        assert everything(at)[0].id == name


def test_who_cannot_tell_is_not_asked_again_and_others_are(put, desk):
    put([0.55])
    with desk() as at:
        (item,) = everything(at)
        review.record_judgement(at, item.id, "unsure")
        assert (everything(at), accepted(at)) == ((), 0)
    with desk("bo") as at:
        assert [one.id for one in everything(at)] == [item.id]


def test_what_was_judged_elsewhere_is_not_served(put, desk, settings):
    put([0.55, 0.6])
    with desk() as at:
        first, second = everything(at)
        judge_named(at._replace(author="bo"), "accept", [first.id], drawn=False)
        assert [one.id for one in everything(at)] == [second.id]
        assert review.progress(at).waiting == 1
        assert review.record_judgement(at, first.id, "reject").turn == "second"  # it lay on the desk already
        assert accepted(at) == 1
        with pytest.raises(UsageError, match="waits for no judgement"):
            review.record_judgement(at, first.id, "reject")


def test_what_may_not_be_seen_is_neither_served_nor_counted(put, desk):
    secret, _ = put([0.55], "secret", access="restricted"), put([0.6])
    name = secret.passages[0].maturity[0].id
    with desk(held=frozenset({"public"})) as at:
        assert review.progress(at).waiting == 1
        assert name not in {one.id for one in everything(at)}
        with pytest.raises(UsageError):
            review.item_at(at, name)
        with pytest.raises(UsageError):
            review.record_judgement(at, name, "accept")
    with desk(held=frozenset({"restricted"})) as at:
        assert review.progress(at).waiting == 2


def test_a_paper_that_was_restricted_since_is_not_served_from_an_older_queue(put, desk, settings):
    put([0.55])
    held = frozenset({"public"})
    with desk(held=held):
        pass
    put([0.55], access="restricted")
    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        at = Desk(settings, engine, records, "ana", held)
        assert everything(at) == ()
        assert not queue_table.is_current(engine, records, access_classes=held)


def test_what_was_not_stored_is_refused_in_the_audit_log(put, desk, settings):
    put([0.55])
    with desk() as at:
        (item,) = everything(at)
        for change in (TagChange(level="L9"), TagChange(dimension="weather")):
            with pytest.raises(UsageError):
                review.record_judgement(at, item.id, "set", change=change)
        with pytest.raises(UsageError):
            judge_named(at, "set", [item.passage.id], theme="weather")
        assert at.records.judgements("first") == ()
    lines = [json.loads(line) for line in (settings.home / "audit.jsonl").read_text().splitlines()]
    done = [(line["verdict"], line["refused"]) for line in lines if not line.get("intended")]
    assert done == [("set", True)] * 3


def test_without_a_log_nothing_is_judged(put, desk, settings):
    put([0.55])
    (settings.home / "audit.jsonl").mkdir()
    with desk() as at:
        (item,) = everything(at)
        with pytest.raises(OSError, match=r"audit\.jsonl"):
            review.record_judgement(at, item.id, "accept")
        assert at.records.judgements("first") == ()
        assert at.engine.judgements(access_classes=EVERY_CLASS) == ()


def test_a_second_person_judges_blind_and_changes_nothing(put, desk, judged_twice):
    document = put([0.55])
    with desk() as at:
        (item,) = everything(at)
        review.record_judgement(at, item.id, "set", change=TagChange(level="L2"))
        assert everything(at) == ()
    with desk("bo") as at:
        (second,) = everything(at)
        assert (second.turn, second.judged) == ("second", item.judged)
        assert second.passage.maturity == ()
        review.record_judgement(at, second.id, "reject", reason="dimension")
        (found,) = at.engine.passage(document.passages[0].id, access_classes=EVERY_CLASS).maturity
        assert (found.status, found.level, found.by) == ("accepted", "L2", "ana")
        assert everything(at) == ()
        quality = review_quality(at.settings, at.engine, at.records, access_classes=EVERY_CLASS)
        assert (quality.agreement.verdict.n, quality.agreement.verdict.share) == (1, 0)
        review.undo(at)
        assert [one.turn for one in everything(at)] == ["second"]
    with desk("eve") as at:
        assert [one.turn for one in everything(at)] == ["second"]


def test_two_people_and_their_levels(put, desk, judged_twice):
    put([0.55, 0.6, 0.65, 0.7])
    changes = [TagChange(level="L1"), TagChange(level="L2"), None, TagChange(level="L4")]
    with desk() as at:
        names = sorted(one.id for one in everything(at))
        for name, change in zip(names, changes, strict=True):
            review.record_judgement(at, name, "set" if change else "accept", change=change)
    with desk("bo") as at:
        for name, change in zip(names, [*changes[:3], None], strict=True):
            review.record_judgement(at, name, "set" if change else "accept", change=change)
        agreement = review_quality(at.settings, at.engine, at.records, access_classes=EVERY_CLASS).agreement
    assert (agreement.verdict.share, agreement.level.n, agreement.level.share) == (1, 4, 0.75)
    assert 0.5 < agreement.level_alpha < 1


def test_the_audit_slice_alone_says_how_good_tags_are(put, desk):
    put([0.9] * 40)
    with desk() as at:
        drawn = {"audit": 0, "other": 0}
        for place, item in enumerate(everything(at)):
            review.record_judgement(at, item.id, "accept" if item.slice == "audit" and place % 2 else "reject")
            drawn["audit" if item.slice == "audit" else "other"] += 1
        quality = review_quality(at.settings, at.engine, at.records, access_classes=EVERY_CLASS)
        by_group = {row.group: row for row in quality.audit}
        assert by_group["all"].right.n == by_group["accepted tags"].right.n == drawn["audit"] > 0
        assert by_group["suggested themes"].right.share is None
        assert 0 <= by_group["all"].right.low <= by_group["all"].right.share <= by_group["all"].right.high <= 1


def test_quality_counts_no_paper_that_the_reader_may_not_see(put, desk):
    put([0.9] * 100, access="restricted")  # of so many, some are drawn for the audit
    with desk() as at:
        for item in everything(at):
            review.record_judgement(at, item.id, "accept")
        seen = review_quality(at.settings, at.engine, at.records, access_classes=EVERY_CLASS)
        assert any(row.right.n for row in seen.audit)
        hidden = review_quality(at.settings, at.engine, at.records, access_classes=frozenset({"public"}))
        assert len(hidden.audit) == len(seen.audit)
        assert all(row.right.n == 0 for row in hidden.audit)


def test_the_audit_slice_is_the_same_after_the_queue_was_made_again(put, desk):
    put([0.5 + n / 100 for n in range(40)])
    with desk() as at:
        before = {one.id for one in everything(at) if one.slice == "audit"}
        queue_table.refresh(at.settings, at.engine, at.records, access_classes=EVERY_CLASS)
        assert {one.id for one in everything(at) if one.slice == "audit"} == before
    put([0.5], "b")
    with desk() as at:
        after = {one.id for one in everything(at) if one.slice == "audit"}
        assert before <= after


def test_a_queue_of_a_changed_index_is_not_current(put, desk, settings):
    put([0.55])
    with desk() as at:
        assert queue_table.is_current(at.engine, at.records, access_classes=EVERY_CLASS)
        assert not queue_table.may_refresh(at.records, access_classes=EVERY_CLASS)
    put([0.55], "b")
    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        assert not queue_table.is_current(engine, records, access_classes=EVERY_CLASS)
        state = records.state(scope_of(EVERY_CLASS))
        assert dt.datetime.now(dt.UTC) - state.made < dt.timedelta(minutes=5)
