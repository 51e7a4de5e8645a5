"""What the review remembers, in a file and in PostgreSQL: who judged what, and the order of the queue."""

import datetime as dt
from contextlib import closing

import pytest

from configs.system.errors import UsageError
from extractors.document import PassageTheme
from extractors.themes.judgements import ThemeJudgement
from pipelines.review.records import QueueRow, QueueState, ReviewRecord, ReviewRecords
from pipelines.storage.judgements import Judgements
from pipelines.storage.state import State
from tests.states import STATES, settings_with_state

AT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
THEME = PassageTheme(id="x", label="X", kind="about", confidence=0.5, status="suggested")
MADE = QueueState(revision="1", made=AT, seconds=0.25)
ALL = "every class"
OPEN = "open"


@pytest.fixture(params=STATES)
def settings_here(request, tmp_path):
    return settings_with_state(request, tmp_path / "home")


@pytest.fixture
def records(settings_here):
    with ReviewRecords(State(settings_here)) as opened:
        yield opened


@pytest.fixture
def queued(records):
    """The records with a queue of all, and one that holds its second item alone."""
    records.replace_queue(ALL, [QueueRow("a", "threshold"), QueueRow("b", "audit"), QueueRow("c", "threshold")], MADE)
    records.replace_queue(OPEN, [QueueRow("b", "audit")], MADE)
    return records


def judgement(item="b", author="ana", verdict="accept", **more):
    values = {"at": "2026-03-04T05:06:07.000+00:00", "document": f"d-{item}", "judged": THEME}
    return ReviewRecord(item=item, author=author, verdict=verdict, **(values | more))


def said(records, one):
    (stored,) = records.store([one])
    return stored


def waiting(records, scope=ALL, author="ana"):
    found = [row.item for row in records.waiting(scope, author, 9)]
    assert records.count_waiting(scope, author) == len(found)
    return found


def test_nothing_is_there_before_the_first_judgement(records):
    assert records.state(ALL) is None
    assert waiting(records) == []
    assert records.judgements("first") == records.for_second("bo") == ()
    assert records.last_of("ana") is None
    assert records.acts() == {}
    assert records.seed() == records.seed()


def test_a_judgement_comes_back_as_it_was_given_with_a_number_of_its_own(records):
    first = said(records, judgement(slice="audit", twice=True, act="1f"))
    second = said(records, judgement(author="bo", turn="second", verdict="reject", reason="other"))
    assert records.judgements("first", item="b") == (first,)
    assert records.judgements("second") == (second,)
    assert first.number < second.number
    assert first == judgement(slice="audit", twice=True, act="1f", number=first.number)
    assert records.acts() == {"1f": first}
    assert (records.last_of("bo"), records.last_of("cy")) == (second, None)
    assert records.count_since("ana", AT) == 1
    assert records.count_since("ana", AT + dt.timedelta(seconds=1)) == 0


def test_a_record_follows_its_judgement_to_another_document_and_is_taken_back_there(records, settings_here):
    old, new = "00000000000000aa", "00000000000000bb"
    values = {"at": "2026-03-04T05:06:07.000+00:00", "author": "ana", "action": "accept", "document": old}
    values |= {"tag": f"{old}-1:theme:x", "quote": f"of {old}", "offset": 0, "theme": "x", "label": "X"}
    done = said(records, judgement(f"{old}-1:theme:x", document=old, judgement=ThemeJudgement(**values), act="1f"))
    with closing(Judgements(State(settings_here))) as store:
        assert store.rename({old: new}) == 1
        (moved,) = records.judgements("first")
        assert (moved.document, moved.item, moved.number) == (new, f"{new}-1:theme:x", done.number)
        assert (moved.judgement,) == tuple(store.since(0))
        records.undo([moved], ALL, bodies={})
        assert [(one.action, one.document, one.tag) for one in store.since(1)] == [("withdraw", new, moved.item)]


def test_a_queue_is_replaced_whole_and_known_by_its_state(queued):
    assert queued.state(ALL) == MADE
    assert waiting(queued) == ["a", "b", "c"]
    assert queued.slice_of(ALL, "b") == "audit"
    assert queued.slice_of(OPEN, "a") is None
    queued.replace_queue(ALL, [QueueRow("d", "audit")], MADE.model_copy(update={"revision": "2"}))
    assert queued.state(ALL).revision == "2"
    assert (waiting(queued), waiting(queued, OPEN)) == (["d"], ["b"])


def test_what_is_judged_leaves_every_queue_and_comes_back_when_that_is_undone(queued):
    done = said(queued, judgement())
    assert (waiting(queued), waiting(queued, OPEN)) == (["a", "c"], [])
    queued.undo([done], ALL, bodies={})
    assert (waiting(queued), waiting(queued, OPEN)) == (["a", "b", "c"], ["b"])
    with pytest.raises(UsageError, match="already"):
        queued.undo([done], ALL, bodies={})
    assert queued.judgements("first") == ()


def test_what_was_in_no_queue_comes_back_at_the_head_of_one(queued):
    queued.undo([said(queued, judgement("z", slice="audit"))], ALL, bodies={})
    assert (waiting(queued), waiting(queued, OPEN)) == (["z", "a", "b", "c"], ["b"])


def test_who_cannot_tell_is_not_asked_again_but_others_are(queued):
    said(queued, judgement(verdict="unsure"))
    assert waiting(queued) == ["a", "c"]
    assert waiting(queued, author="bo") == ["a", "b", "c"]


def test_what_is_dropped_leaves_one_queue(queued):
    queued.drop(ALL, "b")
    queued.drop(ALL, "b")
    assert (waiting(queued), waiting(queued, OPEN)) == (["a", "c"], ["b"])


def test_a_second_judgement_is_asked_of_somebody_else_once(records):
    drawn = said(records, judgement("a", twice=True))
    other = said(records, judgement("b"))
    said(records, judgement("c", twice=True, verdict="unsure"))
    assert records.for_second("ana") == ()
    assert records.for_second("bo", limit=None) == (drawn,)
    assert records.for_second("bo", item="b") == (other,)
    assert records.for_second("bo", documents=["d-b"]) == ()
    assert records.for_second("bo", documents=["d-a"]) == (drawn,)
    said(records, judgement("a", author="bo", turn="second", verdict="unsure"))
    assert (records.for_second("bo"), records.for_second("cy")) == ((), (drawn,))
    said(records, judgement("a", author="cy", turn="second"))
    assert records.for_second("di") == ()
