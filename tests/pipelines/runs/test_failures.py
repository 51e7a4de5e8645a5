import datetime as dt
from contextlib import closing
from typing import get_args

from extractors.document import STORED_STATUSES, ReadStatus
from pipelines.runs.failures import _REMEDY, failures, remedy
from pipelines.storage.opening import open_storage
from pipelines.storage.source_register import KnownItem

FIRST = "2026-01-01T10:00:00.000+00:00"


def test_failures_say_how_often_and_since_when(book, settings):
    book.write(id="a", source="file:///a", outcome="failed", status="encrypted", attempts=2, first_failed=FIRST)
    book.write(id="b", source="file:///b", outcome="failed", status="malformed", attempts=3, first_failed=FIRST)
    book.write(id="c", source="file:///c")
    found = failures(settings)
    assert [(one.document, one.attempts, one.quarantined) for one in found] == [("a", 2, False), ("b", 3, True)]
    assert found[0].first_at == dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
    assert found[0].last_at > found[0].first_at
    assert [one.document for one in failures(settings, quarantined=True)] == ["b"]


def test_the_setting_says_when_a_document_is_quarantined(book, settings):
    book.write(id="a", source="file:///a", outcome="failed", status="encrypted", attempts=2)
    settings = settings.model_copy(update={"quarantine_after": 2})
    assert [one.quarantined for one in failures(settings)] == [True]


def test_a_home_without_a_ledger_has_no_failures(settings):
    assert failures(settings) == ()


def test_every_status_of_a_failure_has_a_remedy_of_its_own():
    statuses = set(get_args(ReadStatus)) - STORED_STATUSES
    assert _REMEDY not in {remedy(status) for status in statuses}


def test_a_configured_source_says_when_its_documents_are_quarantined(book, settings):
    book.write(id="a", source="file:///a", outcome="failed", status="encrypted", attempts=4)
    book.write(id="b", source="file:///b", outcome="failed", status="encrypted", attempts=4)
    (settings.home / "sources.yaml").write_text(
        "sources: [{name: patient, kind: folder, path: /srv/papers, attempts: 5}]", encoding="utf-8"
    )
    item = KnownItem(
        source="patient",
        id="a",
        uri="file:///a",
        fingerprint="1",
        documents=("a",),
        seen=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
    with closing(open_storage(settings).open_register(write=True)) as register:
        register.commit("patient", [item])
    assert {one.document: one.quarantined for one in failures(settings)} == {"a": False, "b": True}
