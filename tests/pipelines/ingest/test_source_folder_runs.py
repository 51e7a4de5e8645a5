"""Runs over a configured folder: its files are read where they lie, and bad things happen to them."""

import pytest

from configs.sources import SOURCES_FILE, Deletions, FolderConfig
from configs.system.errors import UnavailableError
from extractors import isolation
from index.filters import EVERY_CLASS
from pipelines.ingest import source_items
from pipelines.ingest.prefetch import SourceReader
from pipelines.ingest.report import RunStoppedError
from pipelines.ingest.source_runs import run_source
from tests import answers
from tests.answers import bad, counts, found

PAPERS = 4


@pytest.fixture
def folder(papers):
    for number in range(PAPERS):
        (papers / f"{number}.txt").write_text(f"zpaper{number}\n\nThe single window was launched.\n")
    return papers


@pytest.fixture
def run(warm, settings, folder):
    def run_it(policy="withdraw", **config):
        fields = {"name": "papers", "kind": "folder", "path": folder, "quiet_seconds": 0} | config
        return run_source(settings, FolderConfig(deletions=Deletions(policy=policy), **fields))

    return run_it


def access(settings, path):
    return answers.show(settings, f"file://{path}", access_classes=EVERY_CLASS)["access"]


def assert_whole(settings, folder):
    assert bad(settings) == {}
    assert found(settings, "window") == sorted(path.name for path in folder.iterdir())


def test_files_are_read_where_they_lie(settings, folder, run, monkeypatch):
    monkeypatch.setattr(source_items.ItemOpener, "_copy", None)
    assert counts(run(), "found", "indexed") == (PAPERS, PAPERS)
    assert_whole(settings, folder)


def test_what_ingest_took_in_before_is_not_read_again(settings, folder, run, take_in):
    take_in(folder)
    assert counts(run(), "found", "unchanged") == (PAPERS, PAPERS)


def test_the_access_class_of_a_folder_holds_whichever_way_a_paper_comes(settings, folder, run, take_in):
    (settings.home).mkdir(mode=0o700)
    row = f"{{name: papers, kind: folder, path: {folder}, access: members}}"
    (settings.home / SOURCES_FILE).write_text(f"sources: [{row}]")
    take_in(folder / "0.txt")
    assert access(settings, folder / "0.txt") == "members"
    assert counts(run(access="members"), "indexed", "unchanged") == (PAPERS - 1, 1)
    (folder / "copy.txt").write_bytes((folder / "1.txt").read_bytes())
    assert run(access="members").duplicate == 1
    (folder / "1.txt").unlink()
    assert counts(take_in(folder, delete_missing=True), "deleted", "failed") == (1, 0)
    assert access(settings, folder / "copy.txt") == "members"


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_run(settings, folder, run, monkeypatch):
    reading = SourceReader._read_and_keep

    def changing(reader, item):
        if item.source.name == "2.txt":
            (folder / "2.txt").write_text("zpaper2 zedition1\n\nThe single window was closed.\n")
        return reading(reader, item)

    with monkeypatch.context() as patch:
        patch.setattr(SourceReader, "_read_and_keep", changing)
        report = run()
    assert counts(report, "indexed", "failed") == (PAPERS - 1, 1)
    assert "was changed while it was read" in report.failures[0].error
    assert counts(run(), "indexed", "unchanged", "failed") == (1, PAPERS - 1, 0)
    assert_whole(settings, folder)


def test_a_full_disk_is_one_message_and_loses_nothing(settings, folder, run, full_disk):
    run()
    (folder / "new.txt").write_text("zpapernew\n\nThe single window was launched in May.\n")
    isolation.shutdown()
    with full_disk(), pytest.raises(UnavailableError, match="disk") as full:
        run()
    assert full.value.exit_code == 3
    assert counts(run(), "found", "indexed", "unchanged") == (PAPERS + 1, 1, PAPERS)
    assert_whole(settings, folder)


def test_a_folder_that_is_not_there_any_more_has_lost_nothing(settings, folder, run):
    run()
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(RunStoppedError) as away:
        run(policy="delete")
    assert counts(away.value.report, "deleted", "withdrawn") == (0, 0)
    elsewhere.rename(folder)
    assert counts(run(policy="delete"), "unchanged", "deleted") == (PAPERS, 0)


def test_a_folder_that_vanishes_during_a_run_has_lost_nothing(settings, folder, run, monkeypatch):
    run()
    for number in range(3):
        (folder / f"new{number}.txt").write_text(f"zpapernew{number}\n\nThe single window was launched.\n")
    opening, opened = source_items.ItemOpener.open, []

    def vanish(opener, item):
        opened.append(item.id)
        if len(opened) == 2:
            folder.rename(folder.with_name("elsewhere"))
        return opening(opener, item)

    with monkeypatch.context() as patch:
        patch.setattr(source_items.ItemOpener, "open", vanish)
        with pytest.raises(RunStoppedError):
            run(policy="delete")
    folder.with_name("elsewhere").rename(folder)
    report = run(policy="delete")
    assert counts(report, "found", "failed", "deleted") == (PAPERS + 3, 0, 0)
    assert_whole(settings, folder)


def test_what_another_source_has_by_now_is_not_gone(settings, folder, run):
    run(policy="delete")
    rows = "".join(f"  - {{name: {name}, kind: folder, path: {folder}}}\n" for name in ("papers", "others"))
    (settings.home / SOURCES_FILE).write_text(f"sources:\n{rows}")
    part = FolderConfig(name="others", kind="folder", path=folder, quiet_seconds=0, include=("0.*",))
    assert run_source(settings, part).unchanged == 1
    assert counts(run(policy="delete", exclude=("0.*",)), "found", "deleted") == (PAPERS - 1, 0)
    assert_whole(settings, folder)


def test_links_out_of_the_folder_are_no_failures(settings, folder, run, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("zoutside")
    (folder / "link.txt").symlink_to(outside)
    assert counts(run(), "found", "indexed", "failed") == (PAPERS, PAPERS, 0)
