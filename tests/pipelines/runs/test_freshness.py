from pipelines.runs.freshness import freshness

SOURCES = """
sources:
  - {name: busy, kind: folder, path: /srv/busy, fresh_days: 5}
  - {name: quiet, kind: folder, path: /srv/quiet, fresh_days: 5}
  - {name: never, kind: folder, path: /srv/never}
"""
NEW = {"document": "a", "source": "file:///a", "outcome": "indexed", "event": "new"}
AGAIN = NEW | {"event": "again"}


def test_a_source_is_stale_where_nothing_was_new_for_long(book, settings):
    settings.home.mkdir(parents=True)
    (settings.home / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    book.run("old", NEW, source="quiet", days_ago=9, indexed=1)
    book.run("looked", AGAIN, source="quiet", days_ago=1, indexed=1)
    book.run("new", NEW, source="busy", days_ago=2, indexed=1)
    book.run("nothing", source="busy")
    book.run("by hand", NEW, source="file:///papers", indexed=1)
    found = {one.source: one for one in freshness(settings)}
    assert list(found) == ["busy", "quiet", "never", "file:///papers"]
    assert [one.stale for one in found.values()] == [False, True, True, False]
    assert [one.configured for one in found.values()] == [True, True, True, False]
    assert found["busy"].last_run == "nothing"
    assert found["busy"].new_at < found["busy"].last_at
    assert found["quiet"].new_at < found["quiet"].last_at
    assert found["never"].last_at is None


def test_a_home_without_runs_and_sources_has_none(settings):
    assert freshness(settings) == ()
