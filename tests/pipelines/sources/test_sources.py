import os
import zipfile

import fsspec
import pytest

from configs.settings import ReadingLimits
from configs.system.errors import UnavailableError, UsageError
from pipelines.sources.connectors.folder_walk import FolderWalk
from pipelines.sources.globs import Glob
from pipelines.sources.source import SourceError, uri_of
from tests.given_sources import discover, find_sources


@pytest.fixture
def papers(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("a.txt", "b/c d é.txt", "a.txt.meta.yaml"):
        (tmp_path / name).write_text(name)
    return tmp_path


def uris(*names):
    return [source.uri for source in discover([str(name) for name in names])]


def test_a_folder_gives_its_files_without_sidecars(papers):
    assert uris(papers) == [f"file://{papers}/a.txt", f"file://{papers}/b/c d é.txt"]


def test_a_file_named_twice_counts_once(papers):
    assert uris(papers / "a.txt", papers, papers / "b" / ".." / "a.txt") == uris(papers)


def test_a_glob_and_a_name_that_looks_like_one(papers):
    (papers / "x[1].txt").write_text("brackets")
    assert uris(papers / "*.txt") == [f"file://{papers}/a.txt", f"file://{papers}/x[1].txt"]
    assert uris(papers / "x[1].txt") == [f"file://{papers}/x[1].txt"]


def test_another_file_system(tmp_path):
    files = fsspec.filesystem("memory")
    files.pipe("/sources-test/one.txt", b"far away")
    (source,) = discover(["memory://sources-test"])
    assert (source.name, source.local_path) == ("one.txt", None)
    with source.as_file(tmp_path) as path:
        assert path.read_bytes() == b"far away"


@pytest.mark.parametrize("name", ["nowhere", "nowhere/*.pdf", "zip://x::nowhere.zip"])
def test_a_name_with_nothing_behind_it_is_refused(name):
    with pytest.raises(UnavailableError, match=name.split("://", maxsplit=1)[-1][:4]):
        discover([name])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.txt", r"a\.txt: the file is gone"),
        ("a.txt", r"a\.txt: cannot be read: it is a pipe, not a regular file"),
        ("box.zip", r"x\.txt.*: the file is gone"),
    ],
)
def test_a_file_that_vanished_or_became_a_pipe_is_one_document_s_fault(papers, tmp_path, name, words):
    with zipfile.ZipFile(papers / "box.zip", "w") as box:
        box.writestr("x.txt", "words")
    (source,) = discover([str(papers / name)])
    (papers / name).unlink()
    if "pipe" in words:
        os.mkfifo(papers / name)
    read = source.sha256 if name == "a.txt" else source.as_file(tmp_path / "work").__enter__
    with pytest.raises(SourceError, match=words):
        read()


def test_a_source_is_not_read_beyond_what_a_file_may_hold(papers):
    """It may grow for ever while it is read."""
    fsspec.filesystem("memory").pipe("/sources-test-large/one.txt", b"x" * (2 << 20))
    limits = ReadingLimits(file_mib=1)
    sources = discover([str(papers / "a.txt"), "memory://sources-test-large"], limits=limits)
    (papers / "a.txt").write_bytes(b"x" * (2 << 20))
    assert len(sources) == 2
    for source in sources:
        with pytest.raises(SourceError, match="larger than 1 MiB") as error:
            source.sha256()
        assert error.value.status == "too_large"


@pytest.mark.parametrize("name", ["a.txt", "box.zip", "mail.eml", "paper.pdf"])
def test_a_file_that_vanishes_while_its_folder_is_listed_is_one_document_s_fault(papers, monkeypatch, name):
    (papers / name).write_bytes({"zip": b"PK\x03\x04", "pdf": b"%PDF-1.7"}.get(name[-3:], b"From: a\nTo: b\n\nx"))
    listed = FolderWalk.files

    def files(self):
        for file in listed(self):
            if file.path == name:
                (papers / name).unlink()
            yield file

    monkeypatch.setattr(FolderWalk, "files", files)
    found = discover([str(papers)])
    assert any(source.name == name for source in found)
    for source in found:
        if source.name == name:
            with pytest.raises(SourceError, match="the file is gone"):
                source.sha256()


def test_the_root_of_the_file_system_is_no_source():
    for name in ("/", "file:///", "/usr/..", "local:///"):
        with pytest.raises(UsageError, match="name the folders that hold papers"):
            discover([name])


@pytest.mark.parametrize("name", ["", " ", "file://", "local://"])
def test_an_empty_name_does_not_stand_for_this_folder(name):
    with pytest.raises(UsageError, match="empty"):
        discover([name])


def test_a_file_whose_sidecar_would_have_too_long_a_name_has_none(tmp_path):
    (tmp_path / ("x" * 251 + ".txt")).write_text("words")
    (source,) = discover([str(tmp_path)])
    assert (source.refusal, source.sidecar) == (None, None)


class TestLinks:
    """Links in a folder are followed where they stay in it."""

    @pytest.fixture
    def outside(self, tmp_path):
        folder = tmp_path / "outside"
        folder.mkdir()
        (folder / "secret.txt").write_text("secret")
        return folder

    @pytest.fixture
    def papers(self, tmp_path, outside):
        folder = tmp_path / "papers"
        (folder / "sub").mkdir(parents=True)
        (folder / "a.txt").write_text("a")
        for name, target in {
            "inside.txt": "a.txt",
            "sub/up.txt": "../a.txt",
            "out.txt": outside / "secret.txt",
            "relative.txt": "../outside/secret.txt",
            "dangling.txt": "nowhere.txt",
            "loop.txt": "loop.txt",
            "folder": outside,
            "around": folder,
            "a.txt.meta.yaml": outside / "secret.txt",
        }.items():
            (folder / name).symlink_to(target)
        return folder

    def names(self, found, papers):
        return [source.uri.removeprefix(f"file://{papers}/") for source in found.sources]

    def test_those_that_stay_inside_are_followed_alone(self, papers):
        found = find_sources([str(papers)])
        assert self.names(found, papers) == ["a.txt", "inside.txt", "sub/up.txt"]
        assert found.sources[0].sidecar is None
        skipped = ("out.txt", "relative.txt", "dangling.txt", "loop.txt", "folder", "folder/below.txt", "around/x.txt")
        assert all(found.is_unknown(f"file://{papers}/{name}") for name in skipped)
        assert not found.is_unknown(f"file://{papers}/gone.txt")
        assert found.is_unknown(f"zip://x.txt::file://{papers}/folder/box.zip")

    def test_they_are_logged_in_one_line(self, papers, caplog):
        find_sources([str(papers)])
        (record,) = caplog.records
        assert record.getMessage().startswith(f"{papers}: skipped links")
        assert "(7)" in record.getMessage()
        assert "follow_links" in record.getMessage()

    def test_with_the_setting_files_are_followed_and_folders_are_not(self, papers):
        found = find_sources([str(papers)], follow_links=True)
        assert self.names(found, papers) == ["a.txt", "inside.txt", "out.txt", "relative.txt", "sub/up.txt"]
        assert found.is_unknown(f"file://{papers}/dangling.txt")
        assert found.is_unknown(f"file://{papers}/folder/secret.txt")

    def test_a_source_that_is_a_link_is_followed(self, papers, tmp_path):
        (tmp_path / "link").symlink_to(papers)
        assert [source.name for source in discover([str(tmp_path / "link")])] == ["a.txt", "inside.txt", "up.txt"]
        assert [source.name for source in discover([str(papers / "out.txt")])] == ["out.txt"]
        assert [source.name for source in discover([str(papers / "folder")])] == ["secret.txt"]

    def test_a_glob_follows_what_stays_inside(self, papers):
        found = find_sources([str(papers / "*.txt")])
        assert self.names(found, papers) == ["a.txt", "inside.txt"]
        assert self.names(find_sources([str(papers / "*" / "*.txt")]), papers) == ["sub/up.txt"]
        assert self.names(find_sources([str(papers / "*")]), papers) == ["a.txt", "inside.txt", "sub/up.txt"]
        assert self.names(find_sources([str(papers / "**")]), papers) == ["a.txt", "inside.txt", "sub/up.txt"]
        assert found.is_unknown(f"file://{papers}/out.txt")


@pytest.mark.parametrize(
    ("pattern", "covered", "other"),
    [
        ("/p/*.txt", ["/p/a.txt"], ["/p/.a.txt", "/p/a.pdf", "/p/sub/a.txt", "/q/a.txt"]),
        ("/p/*", ["/p/a.txt", "/p/sub/a.txt", "/p/sub/.a.txt"], ["/p/.sub/a.txt", "/p", "/pq/a.txt"]),
        ("/p/**", ["/p/a.txt", "/p/sub/sub/a.txt"], ["/q/a.txt"]),
        ("/p/**/*.txt", ["/p/a.txt", "/p/sub/sub/a.txt"], ["/p/a.pdf", "/p/.sub/a.txt"]),
        ("/p/20[12]?/a", ["/p/2019/a", "/p/2020/a/b.txt"], ["/p/2030/a", "/p/2019/b"]),
    ],
)
def test_what_a_glob_covers(pattern, covered, other):
    glob = Glob(pattern, hidden=False)
    assert [path for path in covered if not glob.covers(path)] == []
    assert [path for path in other if glob.covers(path)] == []


def test_uris_are_absolute(papers, monkeypatch):
    monkeypatch.chdir(papers)
    assert uri_of("a.txt") == f"file://{papers}/a.txt"
    assert uri_of("s3://bucket/x") == "s3://bucket/x"
