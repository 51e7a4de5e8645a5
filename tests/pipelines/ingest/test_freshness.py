import datetime as dt
from contextlib import closing, suppress

import pytest
from sqlalchemy import update

from pipelines.ingest.freshness import freshness
from pipelines.storage.opening import open_storage
from pipelines.storage.source_register import ItemHistory
from pipelines.storage.tables import run_documents

SOURCES = """
sources:
  - {name: busy, kind: folder, path: /srv/busy, fresh_days: 5}
  - {name: quiet, kind: folder, path: /srv/quiet, fresh_days: 5}
  - {name: never, kind: folder, path: /srv/never}
"""
NEW = {"document": "a", "source": "file:///a", "outcome": "indexed", "event": "new"}
AGAIN = NEW | {"event": "again"}


@pytest.fixture
def something_new(settings):
    def note(source, days_ago):
        at = dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)
        with closing(open_storage(settings).open_register(write=True)) as register:
            register.commit(source, [], events=[ItemHistory(source=source, id="a", event="new", run="r", at=at)])

    return note


def test_a_source_is_stale_where_nothing_was_new_for_long(book, settings, something_new):
    assert freshness(settings) == ()
    settings.home.mkdir(parents=True)
    (settings.home / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    book.run("old", NEW, source="quiet", days_ago=9, indexed=1)
    something_new("quiet", days_ago=9)
    book.run("looked", AGAIN, source="quiet", days_ago=1, indexed=1)
    book.run("new", NEW, source="busy", days_ago=2, indexed=1)
    something_new("busy", days_ago=2)
    book.run("nothing", source="busy")
    book.run("by hand", NEW, source="file:///papers", indexed=1)
    book.run("configured, by hand", source="file:///srv/busy")  # which is no second source
    found = {one.source: one for one in freshness(settings)}
    assert list(found) == ["busy", "quiet", "never", "file:///papers"]
    assert [one.stale for one in found.values()] == [False, True, True, False]
    assert [one.configured for one in found.values()] == [True, True, True, False]
    assert found["busy"].last_run == "nothing"
    assert found["busy"].new_at < found["busy"].last_at
    assert found["quiet"].new_at < found["quiet"].last_at
    assert found["never"].last_at is None


def test_configured_sources_alone_stand_as_among_all(book, settings, something_new):
    settings.home.mkdir(parents=True)
    (settings.home / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    book.run("done", NEW, source="quiet", days_ago=3, indexed=1)
    something_new("quiet", days_ago=3)
    with book.opened() as ledger, suppress(RuntimeError), ledger.run("failed", source="quiet"):
        raise RuntimeError
    book.run("by hand", NEW, source="file:///papers", indexed=1)
    alone = freshness(settings, of_commands=False)
    assert alone == freshness(settings)[:-1]
    assert [one.last_status for one in alone] == [None, "failed", None]
    assert alone[1].done_at < alone[1].last_at


def test_how_configured_sources_stand_reads_no_rows_of_documents(book, settings):
    settings.home.mkdir(parents=True)
    (settings.home / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    book.run("many", NEW, source="busy", indexed=1)
    with book.opened() as ledger, ledger._state.changing() as connection:
        connection.execute(update(run_documents).values(content="cannot be read"))
    assert freshness(settings)[0].last_run == "many"
