import fsspec
import pytest

from configs.errors import UnavailableError
from pipelines.discovery import discover
from pipelines.sources import SourceError, uri_of


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


@pytest.mark.parametrize("name", ["nowhere", "nowhere/*.pdf", "nosuchprotocol://x/y", "zip://x::nowhere.zip"])
def test_a_name_with_nothing_behind_it_is_refused(name):
    with pytest.raises(UnavailableError, match=name.split("://", maxsplit=1)[-1][:4]):
        discover([name])


def test_a_file_that_vanished_is_one_document_s_fault(papers):
    (source,) = discover([str(papers / "a.txt")])
    (papers / "a.txt").unlink()
    with pytest.raises(SourceError, match=r"a\.txt"):
        source.sha256()


def test_uris_are_absolute(papers, monkeypatch):
    monkeypatch.chdir(papers)
    assert uri_of("a.txt") == f"file://{papers}/a.txt"
    assert uri_of("s3://bucket/x") == "s3://bucket/x"
