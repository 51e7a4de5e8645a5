import datetime as dt
import json
from typing import get_args

import pytest

from configs.system.errors import NotFoundError
from extractors.document import STORED_STATUSES, ReadStatus
from pipelines.runs.failures import _REMEDY, accept_failure, failures, remedy

FIRST = "2026-01-01T10:00:00.000+00:00"


def test_failures_say_how_often_and_since_when(book, settings):
    assert failures(settings) == ()
    book.write(id="a", source="file:///a", outcome="failed", status="encrypted", attempts=2, first_failed=FIRST)
    book.write(id="b", source="file:///b", outcome="failed", status="malformed", attempts=3, first_failed=FIRST)
    book.write(id="c", source="file:///c")
    found = failures(settings)
    assert [(one.document, one.attempts, one.quarantined) for one in found] == [("a", 2, False), ("b", 3, True)]
    assert found[0].first_at == dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
    assert found[0].last_at > found[0].first_at
    assert [one.document for one in failures(settings, quarantined=True)] == ["b"]
    sooner = settings.model_copy(update={"quarantine_after": 2})
    assert [one.quarantined for one in failures(sooner)] == [True, True]


def test_every_status_of_a_failure_has_a_remedy_of_its_own():
    statuses = set(get_args(ReadStatus)) - STORED_STATUSES
    assert _REMEDY not in {remedy(status) for status in statuses}


def test_a_failure_is_accepted_and_taken_back_in_the_audit_log(book, settings):
    book.write(id="a", source="file:///a", outcome="failed", status="encrypted", attempts=2)
    book.write(id="b", source="file:///b", outcome="failed", status="encrypted", attempts=2)
    book.write(id="c", source="file:///c")
    accepted = accept_failure(settings, "file:///a", "ana")
    assert (accepted.document, accepted.accepted.by) == ("a", "ana")
    accept_failure(settings, "b", "ana")
    assert accept_failure(settings, "/b", "bob", undo=True).accepted is None
    assert [one.accepted for one in failures(settings)] == [accepted.accepted, None]
    lines = [json.loads(line) for line in (settings.home / "audit.jsonl").read_text().splitlines()]
    assert [(one["who"], one["act"], one["document"]) for one in lines] == [
        ("ana", "failure accepted", "a"),
        ("ana", "failure accepted", "b"),
        ("bob", "failure reopened", "b"),
    ]
    for name in ("c", "d"):
        with pytest.raises(NotFoundError, match="no document of this name has failed"):
            accept_failure(settings, name, "ana")
