"""Runs over documents that are known: by a stage and filters, or because they failed, with and without SOURCEs."""

from contextlib import closing
from threading import Timer

import pytest

from configs.system.errors import BusyError, UsageError
from pipelines.storage.opening import open_storage
from pipelines.workspace import writing_locked
from tests.engines import ENGINES, ON_ONE_ENGINE, settings_on

ENGLISH = "The Committee took note of the single window in {word}. Declarations are lodged electronically there."
FRENCH = "Le Comité a pris note du guichet unique de {word}. Les déclarations y sont déposées par voie électronique."


def write(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def two(papers):
    texts = {"en.txt": ENGLISH.format(word="Arvenia"), "fr.txt": FRENCH.format(word="Belmora")}
    return [write(papers, name, text) for name, text in texts.items()]


@pytest.fixture(params=ENGINES)
def settings(request, tmp_path):
    return settings_on(request, tmp_path / "home", encoder="all-MiniLM-L6-v2", workers=2)


def done(settings, report):
    """What a run did with which file, from which stage on."""
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        rows = list(ledger.run_documents(report.run))
    return {row.source.rsplit("/", maxsplit=1)[-1]: (row.outcome, row.start) for row in rows}


@pytest.fixture
def again(take_in, settings):
    """A function that makes a run without SOURCE and says what it did."""

    def run(**options):
        report = take_in(all_stored=True, **options)
        return report, done(settings, report)

    return run


def test_a_stage_is_done_again_for_what_the_filters_leave_without_the_sources(take_in, again, two, settings):
    assert take_in().indexed == 2
    for path in two:
        path.unlink()
    report, did = again(start="tag", filters=["language=fr"])
    assert did == {"fr.txt": ("indexed", "tag")}
    assert (report.found, report.indexed) == (1, 1)
    assert again(start="read", filters=["language=en"])[1] == {"en.txt": ("indexed", "read")}
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        assert [(run.flow, run.source) for run in ledger.runs()[:2]] == [
            ("backfill", "language=en"),
            ("backfill", "language=fr"),
        ]


@ON_ONE_ENGINE
class TestWithTheEmbeddedEngine:
    def test_without_filters_all_that_is_stored_is_taken(self, take_in, again, two):
        take_in()
        assert again(start="index")[1] == {"en.txt": ("indexed", "index"), "fr.txt": ("indexed", "index")}
        assert again(start="tag", filters=["language=en"], dry_run=True)[0].indexed == 1
        assert again(start="tag", filters=["language=es"])[1] == {}

    def test_what_changed_at_its_source_is_read_from_there(self, take_in, again, two):
        take_in()
        write(two[0].parent, "en.txt", ENGLISH.format(word="Cordania"))
        _, did = again(start="read")
        assert did == {"en.txt": ("indexed", "read"), "fr.txt": ("indexed", "read")}
        assert take_in().unchanged == 2

    def test_a_document_with_a_sidecar_is_not_read_without_it(self, take_in, again, two):
        sidecar = write(two[0].parent, "en.txt.meta.yaml", "title: A paper\n")
        take_in()
        sidecar.unlink()
        two[0].unlink()
        report, did = again(start="read", filters=["language=en"])
        assert did == {"en.txt": ("failed", "read")}
        assert "sidecar" in report.failures[0].error
        assert again(start="tag", filters=["language=en"])[1] == {"en.txt": ("indexed", "tag")}

    def test_source_and_filter_limit_to_both(self, take_in, two, settings):
        take_in()
        write(two[0].parent, "new.txt", FRENCH.format(word="Daronia"))
        assert done(settings, take_in(two[0], filters=["language=fr"], force=True)) == {}
        report = take_in(filters=["language=fr"], force=True)
        assert done(settings, report) == {"fr.txt": ("indexed", "read")}

    def test_failures_are_tried_again_without_their_sources_named(self, take_in, again, two, settings, rows):
        path = write(two[0].parent, "broken.pdf", "%PDF-1.7\n" + "no paper at all " * 50)
        take_in()
        report, did = again(only="failed")
        assert did == {"broken.pdf": ("failed", "read")}
        assert rows()["broken.pdf"].attempts == 2
        path.unlink()
        report, did = again(only="failed")
        assert did == {"broken.pdf": ("failed", "read")}
        assert "cannot be read again" in report.failures[0].error
        report, did = again(only="failed")
        assert (did, report.quarantined) == ({}, 1)
        write(path.parent, path.name, ENGLISH.format(word="Daronia"))
        assert again(only="failed", start="read")[1] == {"broken.pdf": ("indexed", "read")}
        assert again(only="failed")[1] == {}

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({}, "no SOURCE was named"),
            ({"only": "changed"}, "no SOURCE was named"),
            ({"start": "tag", "delete_missing": True}, "no SOURCE was named"),
            ({"start": "tag", "filters": ["colour=red"]}, "colour"),
        ],
    )
    def test_what_needs_a_source_and_a_filter_that_there_is_not_are_refused(self, again, options, words):
        with pytest.raises(UsageError, match=words):
            again(**options)

    def test_another_process_is_waited_for(self, take_in, two, settings):
        take_in()
        with writing_locked(settings.home), pytest.raises(BusyError, match="is writing this index"):
            take_in(wait=0.1)
        held = writing_locked(settings.home)
        held.__enter__()
        Timer(0.5, lambda: held.__exit__(None, None, None)).start()
        assert take_in(wait=60).unchanged == 2
