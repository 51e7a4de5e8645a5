"""Runs over real files with the real stages, index and encoder."""

import os
import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from configs.system.errors import MismatchError, UnavailableError
from extractors.document import document_id
from extractors.reading import read_document
from index.filters import EVERY_CLASS
from pipelines.ingest.deletion import MassDeletionError
from pipelines.ingest.plan import Selection
from pipelines.ingest.planners import StagePlanner
from pipelines.ingest.recorded import recorded_run
from pipelines.ingest.runs import ingest, tag_again
from pipelines.ingest.session import IngestSession
from pipelines.maintenance.sweep import sweep
from pipelines.sources.source import GONE, uri_of
from pipelines.stages.versions import CODE_VERSIONS
from tests import answers
from tests.answers import bad, counts, found

PARAGRAPH = "The Committee took note of the single window in {word}. Declarations are lodged electronically there."


def write(folder, name, word):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PARAGRAPH.format(word=word), encoding="utf-8")
    return path


def tree(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_new_unchanged_changed_and_copied(take_in, settings, papers):
    write(papers, "a.txt", "Arvenia")
    write(papers, "b.txt", "Belmora")
    shutil.copy(papers / "a.txt", papers / "copy.txt")
    assert counts(take_in()) == (2, 0, 1, 0)
    assert counts(take_in()) == (0, 2, 1, 0)
    write(papers, "b.txt", "Cordania")
    assert counts(take_in()) == (1, 1, 1, 0)
    assert [found(settings, word) for word in ("Arvenia", "Belmora", "Cordania")] == [["a.txt"], [], ["b.txt"]]
    assert bad(settings) == {}


def test_a_report_counts_pages_and_passages_of_what_it_indexed(take_in, samples, rows):
    report = take_in(samples / "papers" / "HC9001E1a.pdf")
    (row,) = rows().values()
    assert counts(report, "pages", "passages") == (row.pages, row.passages)
    assert row.pages >= 1
    assert row.passages > row.pages
    assert counts(take_in(samples / "papers" / "HC9001E1a.pdf"), "pages", "passages") == (0, 0)


def test_failures_are_listed_with_their_stage_and_never_end_a_run(take_in, settings, papers):
    write(papers, "good.txt", "Arvenia")
    (papers / "empty.txt").touch()
    (papers / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing behind it")
    (papers / "program.exe").write_bytes(b"MZ" + bytes(range(256)) * 20)
    report = take_in()
    assert counts(report) == (1, 0, 0, 3)
    failures = {one.source.rsplit("/", maxsplit=1)[-1]: one for one in report.failures}
    statuses = {"empty.txt": "empty", "broken.pdf": "malformed", "program.exe": "unsupported"}
    assert {name: one.status for name, one in failures.items()} == statuses
    assert {one.stage for one in failures.values()} == {"read"}
    assert all(one.error for one in failures.values())
    again = take_in()
    assert counts(again) == (0, 1, 0, 3)
    assert again.failures == report.failures
    assert bad(settings) == {}


def test_a_failed_document_is_taken_in_once_it_can_be_read(take_in, papers):
    (papers / "a.txt").touch()
    assert counts(take_in()) == (0, 0, 0, 1)
    assert counts(take_in(only="failed")) == (0, 0, 0, 1)
    write(papers, "a.txt", "Arvenia")
    write(papers, "new.txt", "Belmora")
    assert counts(take_in(only="failed")) == (1, 0, 0, 0)
    assert counts(take_in()) == (1, 1, 0, 0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_source_that_goes_before_or_after_it_is_read_fails_alone(take_in, papers, monkeypatch, when):
    gone = write(papers, "gone.txt", "Arvenia")
    write(papers, "here.txt", "Belmora")

    def read_and_lose(path, **fields):
        if when == "before" and path == gone:
            gone.unlink()
        document = read_document(path, **fields)
        gone.unlink(missing_ok=True)
        return document

    monkeypatch.setattr("pipelines.ingest.prefetch.read_document", read_and_lose)
    report = take_in()
    assert counts(report) == (1, 0, 0, 1)
    (failure,) = report.failures
    assert failure.error == f"file://{papers}/gone.txt: {GONE}"


def test_an_indexed_document_that_becomes_unreadable_keeps_its_state(take_in, settings, papers, rows):
    write(papers, "a.txt", "Arvenia")
    take_in()
    (papers / "a.txt").write_bytes(b"")
    assert counts(take_in()) == (0, 0, 0, 1)
    assert found(settings, "Arvenia") == ["a.txt"]
    assert rows()["a.txt"].outcome == "failed"
    assert bad(settings) == {}
    write(papers, "a.txt", "Belmora")
    assert counts(take_in()) == (1, 0, 0, 0)
    assert (found(settings, "Arvenia"), found(settings, "Belmora")) == ([], ["a.txt"])


def test_only_what_lies_under_the_source_is_deleted(take_in, settings, papers):
    for name in ("in/a.txt", "in/odd::name.txt", "inner/b.txt"):
        write(papers, name, f"Word{name[-5]}")
    take_in()
    shutil.rmtree(papers / "inner")
    for path in (papers / "in").iterdir():
        path.unlink()
    assert take_in(papers / "in", delete_missing=True, allow_mass_deletion=True).deleted == 2
    assert found(settings, "Wordb") == ["b.txt"]
    assert take_in(delete_missing=True, allow_mass_deletion=True).deleted == 1
    assert bad(settings) == {}


def test_members_of_an_archive_are_documents_of_their_own(take_in, settings, papers):
    archive = papers / "session.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("one.txt", PARAGRAPH.format(word="Arvenia"))
        out.writestr("deep/two::2.txt", PARAGRAPH.format(word="Belmora"))
        out.writestr("../../escape.txt", PARAGRAPH.format(word="Cordania"))
        out.writestr("broken.pdf", b"%PDF-1.7 nothing")
        out.writestr("one.txt.meta.yaml", "title: left out")
        out.writestr("name." + "x" * 250, PARAGRAPH.format(word="Draskia"))
    report = take_in()
    assert counts(report) == (4, 0, 0, 1)
    assert report.failures[0].source == f"zip://broken.pdf::file://{archive}"
    for word in ("Arvenia", "Belmora", "Cordania", "Draskia"):
        assert len(found(settings, word)) == 1
    assert counts(take_in()) == (0, 4, 0, 1)
    hits = answers.search(settings, "", mode="text", access_classes=EVERY_CLASS)["hits"]
    assert {hit["document"]["parent"] for hit in hits} == {f"file://{archive}"}
    assert not list(settings.home.glob("tmp/*"))
    archive.unlink()
    write(papers, "other.txt", "Veldia")
    assert take_in(delete_missing=True, allow_mass_deletion=True).deleted == 4


def test_odd_names_are_taken_in_and_found_by_their_source(take_in, settings, papers):
    names = ["a::b.txt", "100%20.txt", "[red]x[].txt", "line\nfeed.txt", "été 🙂.txt", "-k.txt", "a?b#c.txt"]
    for number, name in enumerate(names):
        write(papers, name, f"Word{number}")
    Path(os.fsdecode(os.fsencode(papers) + b"/\xff\xfe.txt")).write_text(PARAGRAPH.format(word="Wordbytes"))
    assert counts(take_in()) == (len(names) + 1, 0, 0, 0)
    assert counts(take_in()) == (0, len(names) + 1, 0, 0)
    for number, name in enumerate(names):
        assert found(settings, f"Word{number}") == [name]
        shown = answers.show(settings, str(papers / name), access_classes=EVERY_CLASS)
        assert shown["source"] == f"file://{papers / name}"
    assert found(settings, "Wordbytes") == [r"\xff\xfe.txt"]


def test_a_home_inside_the_folder_is_no_source(take_in, settings, papers, tmp_path):
    write(papers, "a.txt", "Arvenia")
    (settings.home / "papers").mkdir(parents=True)
    write(settings.home / "papers", "b.txt", "Belmora")
    (settings.home / "settings.yaml").write_text("workers: 2\n")
    assert counts(take_in(tmp_path)) == (2, 0, 0, 0)
    assert counts(take_in(tmp_path)) == (0, 2, 0, 0)
    assert take_in(settings.home, tmp_path).found == 2


def test_dry_run_tells_what_a_run_does_and_changes_nothing(take_in, settings, papers):
    for name in ("a.txt", "b.txt", "c.txt"):
        write(papers, name, f"Word{name[0]}")
    (papers / "empty.txt").touch()
    assert counts(take_in(dry_run=True)) == (4, 0, 0, 0)
    assert not settings.home.exists()
    take_in()
    write(papers, "b.txt", "Belmora")
    (papers / "c.txt").unlink()
    shutil.copy(papers / "a.txt", papers / "copy.txt")
    before = tree(settings.home)
    told = take_in(dry_run=True, delete_missing=True)
    assert tree(settings.home) == before
    done = take_in(delete_missing=True)
    names = ("found", "indexed", "unchanged", "duplicate", "failed", "deleted")
    assert counts(told, *names) == counts(done, *names) == (4, 1, 1, 1, 1, 1)


def test_dry_run_while_another_process_writes(take_in, settings, papers):
    write(papers, "a.txt", "Arvenia")
    take_in()
    with IngestSession(settings):
        assert counts(take_in(dry_run=True)) == (0, 1, 0, 0)
        with pytest.raises(UnavailableError, match=f"process {os.getpid()}"):
            take_in()


def test_what_other_workers_claimed_is_planned_again_when_they_release_it(take_in, settings, papers, monkeypatch):
    for name in ("claimed.txt", "free.txt"):
        write(papers, name, name)
    take_in()
    monkeypatch.setitem(CODE_VERSIONS, "tag", "next")
    order = []
    with recorded_run(settings, progress=lambda _, __, name: order.append(name)) as run:
        claimed = {document_id(uri_of(str(papers / "claimed.txt")))}
        monkeypatch.setattr(run.session.workers, "claim", lambda item: item.id not in claimed)
        monkeypatch.setattr(run.session.workers, "wait", lambda _: claimed.clear() or set())
        report = run.execute(StagePlanner("tag")).report
    assert counts(report) == (2, 0, 0, 0)
    assert order == ["free.txt", "claimed.txt"]


@pytest.mark.elasticsearch
def test_what_was_read_before_is_tagged_again_in_a_cluster(warm, settings, cluster, papers, monkeypatch):
    """Nobody else works, so nothing is waited for."""
    settings = settings.model_copy(update={"index": "elasticsearch", "elasticsearch": cluster})
    write(papers, "a.txt", "Arvenia")
    ingest(settings, [str(papers)])
    monkeypatch.setitem(CODE_VERSIONS, "tag", "next")
    monkeypatch.setattr(IngestSession, "wait_for_others", lambda *_: pytest.fail("waits for another worker"))
    assert counts(tag_again(settings)) == (1, 0, 0, 0)


@pytest.mark.parametrize("stage", ["tag", "encode", "index"])
def test_from_a_later_stage_needs_no_source(take_in, settings, papers, stage, monkeypatch):
    path = write(papers, "a.txt", "Arvenia")
    take_in()
    before = answers.show(settings, str(path), full=True, access_classes=EVERY_CLASS)
    monkeypatch.setattr("pipelines.ingest.prefetch.read_document", _refuse_to_read)
    assert counts(take_in(start=stage)) == (1, 0, 0, 0)
    assert answers.show(settings, str(path), full=True, access_classes=EVERY_CLASS) == before
    assert bad(settings) == {}


def _refuse_to_read(*args, **fields):
    pytest.fail("the document was read again")


@pytest.mark.parametrize("stage", ["read", "tag", "encode", "index"])
def test_a_new_version_of_a_stage_runs_it_from_there(take_in, papers, rows, stage, monkeypatch):
    write(papers, "a.txt", "Arvenia")
    take_in()
    if stage != "read":
        monkeypatch.setattr("pipelines.ingest.prefetch.read_document", _refuse_to_read)
    monkeypatch.setitem(CODE_VERSIONS, stage, "next")
    assert counts(take_in(only="changed")) == (0, 0, 0, 0)
    assert counts(take_in()) == (1, 0, 0, 0)
    assert rows()["a.txt"].versions[stage].startswith("next")
    assert counts(take_in()) == (0, 1, 0, 0)


def test_force_reads_everything_again_and_doubles_nothing(take_in, settings, papers):
    write(papers, "a.txt", "Arvenia")
    shutil.copy(papers / "a.txt", papers / "b.txt")
    take_in()
    assert counts(take_in(force=True)) == (1, 0, 1, 0)
    assert found(settings, "Arvenia") == ["a.txt"]
    assert bad(settings) == {}


def test_an_index_that_was_deleted_is_filled_again_from_the_store(take_in, settings, papers, monkeypatch):
    for name in ("a.txt", "b.txt"):
        write(papers, name, f"Word{name[0]}")
    take_in()
    shutil.rmtree(settings.home / "index")
    monkeypatch.setattr("pipelines.ingest.prefetch.read_document", _refuse_to_read)
    assert counts(take_in()) == (2, 0, 0, 0)
    assert found(settings, "Worda") == ["a.txt"]
    assert bad(settings) == {}


def test_a_ledger_that_was_deleted_doubles_nothing(take_in, settings, papers):
    write(papers, "b.txt", "Arvenia")
    take_in()
    shutil.copy(papers / "b.txt", papers / "a.txt")  # comes first now, and is the original by its name
    for path in settings.home.glob("state.db*"):
        path.unlink()
    assert counts(take_in()) == (1, 0, 1, 0)
    assert found(settings, "Arvenia") == ["a.txt"]
    assert bad(settings) == {}


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_source_that_is_gone_keeps_its_documents_and_the_others_are_worked_on(take_in, settings, papers, dry_run):
    write(papers / "disk", "a.txt", "Arvenia")
    write(papers / "other", "b.txt", "Belmora")
    write(papers / "other", "c.txt", "Cordania")
    take_in()
    (papers / "disk" / "a.txt").unlink()
    (papers / "other" / "b.txt").unlink()
    write(papers / "other", "new.txt", "Draskia")
    before = tree(settings.home)
    sources = (papers / "disk", papers / "other")
    with pytest.raises(MassDeletionError) as refused:
        take_in(*sources, delete_missing=True, dry_run=dry_run)
    report = refused.value.report
    assert counts(report, "found", "indexed", "unchanged", "deleted", "kept") == (2, 1, 1, 1, 1)
    assert f"{papers}/disk: the only document is missing" in refused.value.message
    assert "--allow-mass-deletion" in refused.value.remedy
    if dry_run:
        assert tree(settings.home) == before
        return
    assert [found(settings, word) for word in ("Arvenia", "Belmora", "Draskia")] == [["a.txt"], [], ["new.txt"]]
    assert bad(settings) == {}
    report = take_in(*sources, delete_missing=True, allow_mass_deletion=True)
    assert counts(report, "deleted", "kept") == (1, 0)
    assert found(settings, "Arvenia") == []


def test_what_only_the_index_knows_is_deleted_with_the_missing(take_in, settings, papers):
    write(papers, "gone.txt", "Arvenia")
    write(papers, "here.txt", "Belmora")
    take_in()
    for path in settings.home.glob("state.db*"):
        path.unlink()
    (papers / "gone.txt").unlink()
    assert take_in(delete_missing=True).deleted == 1
    assert found(settings, "Arvenia") == []
    assert bad(settings) == {}


def test_artefacts_that_are_gone_are_made_again(take_in, settings, papers, caplog):
    caplog.set_level("INFO", "pipelines")
    write(papers, "a.txt", "Arvenia")
    take_in()
    shutil.rmtree(settings.home / "blobs")
    assert counts(take_in()) == (0, 1, 0, 0)
    assert counts(take_in(start="index")) == (1, 0, 0, 0)
    assert "of 1 documents this home does not have what was read" in caplog.text
    assert found(settings, "Arvenia") == ["a.txt"]
    assert bad(settings) == {}


def test_blobs_that_nothing_refers_to_are_swept_and_not_by_a_run(take_in, settings, papers):
    write(papers, "a.txt", "Arvenia")
    take_in()
    held = tree(settings.home / "blobs")
    write(papers, "a.txt", "Belmora")
    take_in()
    (papers / "a.txt").unlink()
    write(papers, "b.txt", "Cordania")
    take_in(delete_missing=True, allow_mass_deletion=True)
    assert len(tree(settings.home / "blobs")) == 3 * len(held)
    assert sweep(settings).blobs == 2 * len(held)
    assert len(tree(settings.home / "blobs")) == len(held)
    assert counts(take_in(force=True)) == (1, 0, 0, 0)


def test_leftovers_of_a_killed_run_are_cleared(take_in, settings, papers):
    write(papers, "a.txt", "Arvenia")
    take_in()
    leftover = settings.home / "tmp" / "tmpabc.pdf"
    leftover.parent.mkdir(exist_ok=True)
    leftover.write_bytes(b"half a copy")
    take_in()
    assert not leftover.exists()


def test_another_encoder_is_refused_with_the_remedy(take_in, settings, papers):
    write(papers, "a.txt", "Arvenia")
    take_in()
    other = settings.model_copy(update={"encoder": "multilingual-e5-small"})
    for dry_run in (True, False):
        with pytest.raises(MismatchError, match="all-MiniLM-L6-v2"):
            ingest(other, [str(papers)], dry_run=dry_run)
    assert found(settings, "Arvenia") == ["a.txt"]


def test_progress_counts_every_document_over_all_batches(warm, settings, papers):
    for number in range(5):
        write(papers, f"{number}.txt", f"Word{number}")
    seen = []
    small = settings.model_copy(update={"batch_documents": 2})
    ingest(small, [str(papers)], progress=lambda *told: seen.append(told))
    assert seen == [(number + 1, 5, f"{number}.txt") for number in range(5)]


@pytest.mark.parametrize("name", ["no.txt", "no/*.txt", "/dev/null", "x" * 5000])
def test_a_source_that_is_not_there_touches_no_home(settings, papers, name):
    with pytest.raises(UnavailableError, match=name[:5]):
        ingest(settings, [name if name.startswith("/") else str(papers / name)])
    assert not settings.home.exists()


NAMES = st.sampled_from(["a.txt", "b.txt", "c.txt"])
TEXTS = st.sampled_from(["Arvenia", "Belmora", ""])
CHANGES = st.lists(st.tuples(NAMES, TEXTS | st.none()), min_size=1, max_size=4)
RUNS = st.fixed_dictionaries({"delete_missing": st.booleans(), "only": st.sampled_from([None, None, "failed"])})


@pytest.mark.slow
@hypothesis_settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(st.lists(st.tuples(CHANGES, RUNS), min_size=2, max_size=4))
def test_any_history_of_files_leaves_ledger_index_and_report_agreeing(
    take_in, settings, papers, rows, tmp_path_factory, history
):
    shutil.rmtree(settings.home, ignore_errors=True)
    shutil.rmtree(papers)
    papers.mkdir()
    write(papers, "anchor.txt", "Veldia")
    for changes, run in history:
        for name, word in changes:
            if word is None:
                (papers / name).unlink(missing_ok=True)
            elif word:
                write(papers, name, word)
            else:
                (papers / name).write_bytes(b"")
        told, done = take_in(dry_run=True, **run), take_in(**run)
        for name in ("found", "duplicate", "deleted", "unchanged"):
            assert getattr(told, name) == getattr(done, name)
        last = take_in(delete_missing=run["delete_missing"])
        _check(last, rows(), settings, papers)


def _check(report, rows, settings, papers):
    there = {path.name: path.read_text(encoding="utf-8") for path in papers.iterdir()}
    assert report.found == len(there)
    held = [row.sha256 for row in rows.values() if row.outcome == "indexed"]
    assert len(held) == len(set(held))  # no bytes are held twice
    for name, text in there.items():
        if not text:
            assert rows[name].outcome in ("failed", "duplicate")
            continue
        assert rows[name].sha256 in held
        if rows[name].outcome == "indexed":
            word = text.split(" in ", maxsplit=1)[1].split(".", maxsplit=1)[0]
            assert name in found(settings, word)
    assert bad(settings) == {}
    again = ingest(settings, [str(papers)], selection=Selection())
    assert again.indexed == 0
