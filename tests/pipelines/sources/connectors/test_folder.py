"""Folders of this machine as sources: links, odd files, the home itself, and files that are still written."""

import errno
import os
import tempfile
import time
from pathlib import Path

import pytest

from configs.sources import FolderConfig
from configs.system.errors import UsageError
from extractors.document import document_id
from pipelines.sources.connectors import folder_walk
from pipelines.sources.connectors.contract import ItemError, SourceAwayError, UnstableItemError
from pipelines.sources.connectors.folder import FolderConnector
from pipelines.sources.connectors.sidecar_file import SidecarFile, as_sidecar
from tests.given_sources import discover
from tests.pipelines.sources.connectors.folder_harness import put_file


@pytest.fixture
def opened(papers, settings):
    def made(**fields):
        fields = {"name": "a", "kind": "folder", "path": papers, "quiet_seconds": 0} | fields
        return FolderConnector(FolderConfig(**fields), settings)

    return made


@pytest.fixture
def one(papers, opened):
    """The connector of the folder with a file that has a sidecar, and its item."""
    put_file(papers, "a.txt", b"1", {"title": "One"})
    connector = opened()
    return connector, listed(connector)[0]["a.txt"]


def listed(connector):
    pages = list(connector.changes(None))
    problems = {problem.place: problem for page in pages for problem in page.problems}
    return {item.path: item for page in pages for item in page.items}, problems


def touch(path, seconds):
    """Let a file have been changed so many seconds ago."""
    then = time.time() - seconds
    os.utime(path, (then, then))


class TestListing:
    def test_documents_keep_the_ids_that_ingest_gives_them(self, papers, opened):
        for name in ("a.txt", "sub/b c.txt", "sub/é#.txt"):
            put_file(papers, name, b"1")
        ids = {document_id(item.uri) for item in listed(opened())[0].values()}
        assert ids == {document_id(source.uri) for source in discover([str(papers)])}

    def test_a_name_that_is_no_text_is_listed_and_opened(self, papers, opened):
        (papers / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"1")
        connector = opened()
        items, _ = listed(connector)
        assert set(items) == {r"caf\xe9.txt"}
        with connector.open(items[r"caf\xe9.txt"]) as stream:
            assert stream.read() == b"1"

    def test_links_are_followed_as_those_of_a_source(self, papers, opened, tmp_path):
        put_file(papers, "a.txt", b"1")
        put_file(tmp_path, "outside/b.txt", b"2")
        links = {"in.txt": "a.txt", "out.txt": "../outside/b.txt", "to": "../outside", "no": "gone"}
        for name, target in links.items():
            (papers / name).symlink_to(target)
        items, problems = listed(opened())
        assert set(items) == {"a.txt", "in.txt"}
        assert set(problems) == {"out.txt", "to", "no"}
        assert all(problem.skipped and problem.leaves_unknown(place) for place, problem in problems.items())
        items, problems = listed(opened(follow_links=True))
        assert set(items) == {"a.txt", "in.txt", "out.txt"}
        assert set(problems) == {"to", "no"}

    def test_a_link_that_leads_out_by_now_is_not_opened(self, papers, one, tmp_path):
        connector, item = one
        put_file(tmp_path, "secret.txt", b"1")
        (papers / "a.txt").unlink()
        (papers / "a.txt").symlink_to(tmp_path / "secret.txt")
        with pytest.raises(ItemError, match="link"), connector.open(item):
            pass

    def test_what_is_no_file_is_left_out_and_not_waited_for(self, papers, opened):
        os.mkfifo(papers / "pipe.txt")
        put_file(papers, "a.txt", b"1")
        (papers / "b.txt").symlink_to("/proc/self/status")
        items, problems = listed(opened(follow_links=True))
        assert set(items) == {"a.txt"}
        assert set(problems) == {"pipe.txt", "b.txt"}

    def test_a_folder_that_cannot_be_listed_keeps_its_papers(self, settings):
        with tempfile.TemporaryDirectory() as name:
            top = Path(name)
            top.chmod(0o755)
            for path in ("a.txt", "locked/b.txt"):
                put_file(top, path, b"1")
            (top / "locked").chmod(0)
            connector = FolderConnector(FolderConfig(name="a", kind="folder", path=top, quiet_seconds=0), settings)
            user = os.geteuid()
            if user == 0:
                os.seteuid(65534)  # the user nobody: the administrator may read everything
            try:
                items, problems = listed(connector)
                with pytest.raises(SourceAwayError, match="locked"):
                    connector.ids()
            finally:
                os.seteuid(user)
                (top / "locked").chmod(0o755)
        assert set(items) == {"a.txt"}
        assert problems["locked"].leaves_unknown("locked/b.txt")
        assert not problems["locked"].skipped
        assert not problems["locked"].leaves_unknown("b.txt")

    def test_the_program_s_own_files_are_left_out(self, papers, tmp_path, settings):
        config = FolderConfig(name="a", kind="folder", path=papers, quiet_seconds=0)
        own = FolderConnector(config, settings.model_copy(update={"home": papers / "home"}))
        for name in ("a.txt", "home/settings.yaml", "home/blobs/b.txt", "home/state.db", "home/notes/c.txt"):
            put_file(papers, name, b"1")
        items, _ = listed(own)
        assert set(items) == {"a.txt", "home/notes/c.txt"}

    def test_the_root_of_the_file_system_is_refused(self, settings):
        with pytest.raises(UsageError, match="root"):
            FolderConnector(FolderConfig(name="a", kind="folder", path=Path("/usr/..")), settings)

    def test_a_mount_point_where_nothing_is_mounted_is_away(self, papers, opened, tmp_path, monkeypatch):
        table = tmp_path / "fstab"
        table.write_text(f"# shares\n//server/share {papers.parent} cifs ro 0 0\n")
        monkeypatch.setattr(folder_walk, "_FSTAB", table)
        with pytest.raises(SourceAwayError, match="nothing is mounted"):
            listed(opened())
        assert opened().check()

    def test_a_folder_that_another_one_replaced_meanwhile_is_away(self, papers, opened):
        for number in range(1001):
            put_file(papers, f"{number}.txt", b"1")
        pages = opened().changes(None)
        next(pages)
        papers.rename(papers.with_name("old"))
        papers.mkdir()
        with pytest.raises(SourceAwayError):
            list(pages)


class TestStableFiles:
    def test_one_that_came_to_rest_is_listed_last(self, papers, opened):
        put_file(papers, "old.txt", b"1")
        (papers / "young.txt").write_bytes(b"1")
        pages = [[item.path for item in page.items] for page in opened(quiet_seconds=0.2).changes(None)]
        assert pages == [["old.txt"], ["young.txt"]]

    @pytest.mark.parametrize("which", ["young.txt", "young.txt.meta.yaml"])
    def test_one_that_is_still_written_is_left_and_is_there(self, papers, opened, which):
        put_file(papers, "young.txt", b"1", {"title": "x"})
        (papers / which).write_bytes(b"a: 1")
        connector = opened(quiet_seconds=0.3)
        pages = connector.changes(None)
        assert next(pages).items == ()
        (papers / which).write_bytes(b"a: 12")
        (page,) = pages
        (problem,) = page.problems
        assert page.items == ()
        assert problem.skipped
        assert problem.leaves_unknown("young.txt")
        assert connector.ids() == {"young.txt"}

    def test_a_long_quiet_period_is_not_waited_for(self, papers, opened, monkeypatch):
        monkeypatch.setattr("pipelines.sources.connectors.quiet.LONGEST_WAIT", 0.05)
        for name, seconds in (("young.txt", 100), ("old.txt", 400), ("future.txt", -400)):
            put_file(papers, name, b"1")
            touch(papers / name, seconds)
        items, problems = listed(opened(quiet_seconds=300))
        assert set(items) == {"old.txt", "future.txt"}  # the clock of a share may be ahead of ours
        assert "300 seconds" in problems["young.txt"].reason

    def test_one_that_changed_since_it_was_listed_is_left(self, papers, one):
        connector, item = one
        put_file(papers, "a.txt", b"2", {"title": "One"})
        with pytest.raises(UnstableItemError), connector.open(item):
            pass

    def test_one_that_changes_while_it_is_read_is_left(self, papers, one):
        connector, item = one

        def read():
            with connector.open(item) as stream:
                stream.read()
                (papers / "a.txt").write_bytes(b"12")

        with pytest.raises(UnstableItemError, match=r"a\.txt"):
            read()


class TestOpening:
    def test_an_error_of_who_reads_is_not_one_of_the_item(self, one):
        connector, item = one
        with pytest.raises(OSError, match="No space"), connector.open(item):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def test_an_item_of_the_register_without_size_and_time_is_opened(self, one):
        connector, item = one
        bare = item.model_copy(update={"size": None, "modified": None})
        with connector.open(bare) as stream:
            assert stream.read() == b"1"


class TestSidecars:
    def test_it_is_not_read_before_it_is_asked_for(self, papers, one):
        _, item = one
        assert item.fingerprint
        (papers / "a.txt.meta.yaml").write_text("title: Two\npassword: geheim\n")
        assert dict(item.sidecar) == {"title": "Two", "password": "geheim"}
        assert "geheim" not in repr(item) + item.fingerprint

    def test_it_reaches_the_ingestion_as_the_file_that_it_is(self, papers, one):
        _, item = one
        sidecar = as_sidecar(item.sidecar, "a.txt")
        assert (sidecar.name, sidecar.content) == (str(papers / "a.txt.meta.yaml"), b"title: One\n")
        assert isinstance(item.sidecar, SidecarFile)
        assert item.model_dump(mode="json")["sidecar"] == {"title": "One"}

    def test_one_that_cannot_be_read_fails_its_item(self, papers, one):
        connector, item = one
        (papers / "a.txt.meta.yaml").unlink()
        with pytest.raises(ItemError, match=r"a\.txt\.meta\.yaml"), connector.open(item):
            pass

    def test_fields_of_another_kind_of_source_become_a_sidecar(self):
        assert as_sidecar({}, "x") is None
        assert as_sidecar({"title": "é"}, "what its source says").fields()[0] == {"title": "é"}
