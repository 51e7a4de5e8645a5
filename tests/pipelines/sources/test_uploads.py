"""What people add in the browser: names that are safe anywhere, and files that no run meets half."""

import os
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from configs.settings import Settings
from configs.sources import UPLOADS, load_sources
from configs.system.errors import ConfigError, UnavailableError, UsageError
from pipelines.sources.connectors.folder import FolderConnector
from pipelines.sources.uploads import MOST_BYTES, PaperDescription, Uploads, checked_sessions, safe_name

SAID = PaperDescription(access="members", body="ptc", sessions=(80, 81))


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", disk_free_mib=0)


def receive(uploads, name, *pieces):
    uploads.begin(name)
    for piece in pieces:
        uploads.write(piece)
    uploads.end()


def stored(settings, *names, content=b"text"):
    with Uploads(settings) as uploads:
        uploads.expect(0)
        for name in names:
            receive(uploads, name, content)
        return uploads.store(SAID)


def files(settings):
    return sorted(path.relative_to(settings.home / UPLOADS).as_posix() for path in settings.home.glob("uploads/*/*"))


def listed(settings):
    (source,) = load_sources(settings.home)
    (page,) = FolderConnector(source, settings).changes(None)
    return [item.path.partition("/")[2] for item in page.items]


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\papers\\a.pdf", "a.pdf"),
        ("..", "paper"),
        ("", "paper"),
        (".hidden", "hidden"),
        ("-rf.pdf", "rf.pdf"),
        ("a\x00b\x1b[31m\u202efdp.exe", "ab_31mfdp.exe"),
        ("CON.pdf", "_CON.pdf"),
        ("lpt1", "_lpt1"),
        ("50% #1?*[x].pdf", "50_ _1___x_.pdf"),
        ("zip://a::b.pdf", "a__b.pdf"),
        ("Évaluation – 3.pdf", "Évaluation _ 3.pdf"),
        ("name. ", "name"),
    ],
)
def test_a_name_is_made_safe(given, safe):
    assert safe_name(given) == safe


@given(st.text(st.characters(exclude_categories=[]), max_size=400))
def test_no_name_leads_out_of_the_folder_or_is_too_long(given):
    name = safe_name(given)
    assert name == os.path.basename(name)  # noqa: PTH119 - of a name
    assert name not in ("", ".", "..")
    assert not name.startswith((".", "-"))
    assert name.isprintable()
    assert len(f"{name} (99).meta.yaml".encode()) < 255
    assert safe_name(name) == name


def test_a_file_comes_with_a_sidecar_into_the_folder_of_its_day(settings):
    assert stored(settings, "a.pdf") == ("a.pdf",)
    assert [one.partition("/")[2] for one in files(settings)] == ["a.pdf", "a.pdf.meta.yaml"]
    (path,) = settings.home.glob("uploads/*/a.pdf")
    said = yaml.safe_load(path.with_name("a.pdf.meta.yaml").read_text(encoding="utf-8"))
    assert said == {"access": "members", "body": "ptc", "sessions": [80, 81]}
    assert {one.stat().st_mode & 0o777 for one in path.parent.iterdir()} == {0o600}
    assert listed(settings) == ["a.pdf"]


def test_a_name_that_is_taken_gets_a_number(settings):
    assert stored(settings, "a.pdf", "x/a.pdf") == ("a.pdf", "a (2).pdf")
    assert stored(settings, "a.pdf") == ("a (3).pdf",)
    (one,) = settings.home.glob("uploads/*/a (3).pdf")
    one.unlink()  # its sidecar still has the name
    assert stored(settings, "a.pdf") == ("a (4).pdf",)


def test_no_run_meets_a_file_before_it_is_whole_and_described(settings):
    stored(settings, "before.pdf")
    with Uploads(settings) as uploads:
        uploads.expect(0)
        uploads.begin("a.pdf")
        uploads.write(b"half")
        assert listed(settings) == ["before.pdf"]
        uploads.end()
        assert listed(settings) == ["before.pdf"]
        uploads.store(SAID)
        assert listed(settings) == ["a.pdf", "before.pdf"]


def test_nothing_is_left_of_what_was_cut_off(settings):
    with Uploads(settings) as uploads:
        uploads.expect(0)
        receive(uploads, "whole.pdf", b"whole")
        uploads.begin("half.pdf")
    assert not (settings.home / UPLOADS).exists()


@pytest.mark.parametrize(
    ("name", "refused"), [("empty.pdf", "empty"), ("a.pdf.META.yaml", "sidecar"), ("a.pdf.unfinished", "sidecar")]
)
def test_what_is_no_paper_is_refused(settings, name, refused):
    with Uploads(settings) as uploads:
        uploads.expect(0)
        receive(uploads, name, *([] if refused == "empty" else [b"text"]))
        assert uploads.files[0].refused == refused
        assert uploads.store(SAID) == ()
    assert load_sources(settings.home) == ()


def test_of_a_file_that_is_too_large_nothing_is_kept(settings):
    with Uploads(settings) as uploads:
        uploads.expect(0)
        uploads.begin("large.pdf")
        for _ in range(MOST_BYTES >> 23):
            uploads.write(b"x" * (1 << 23))
        assert uploads.files[0].refused is None or MOST_BYTES % (1 << 23)
        uploads.write(b"x" * (1 << 23))
        uploads.end()
        assert uploads.files[0].refused == "too_large"
        assert uploads.files[0].path.stat().st_size == 0


def test_files_that_a_killed_process_left_are_deleted_after_a_day(settings):
    stored(settings, "a.pdf")
    (paper,) = settings.home.glob("uploads/*/a.pdf")
    old, fresh = (paper.with_name(f".{name}.unfinished") for name in ("old", "fresh"))
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (0, time.time() - 2 * 24 * 3600))
    stored(settings, "b.pdf")
    assert (old.exists(), fresh.exists(), paper.exists()) == (False, True, True)


def test_a_disk_without_room_is_no_place(settings):
    with pytest.raises(UnavailableError, match="too little space"), Uploads(settings) as uploads:
        uploads.expect(1 << 60)
    assert not (settings.home / UPLOADS).exists()


def test_several_homes_share_what_is_added(tmp_path):
    from pipelines.sources.connectors.url import UrlConnector
    from pipelines.storage.shared_blobs import shared_blobs

    blobs = {"url": f"file://{tmp_path}/blobs"}
    first, second = (Settings(home=tmp_path / name, blobs=blobs, disk_free_mib=0) for name in ("first", "second"))
    (source,) = load_sources(second.home, second.blobs)
    assert UrlConnector(source, second).check() == []
    assert [page.items for page in UrlConnector(source, second).changes(None)] == [()]  # nobody added anything yet
    assert UrlConnector(source, second).ids() == set()
    assert stored(first, "a.pdf", "a.pdf") == ("a.pdf", "a (2).pdf")
    (page,) = UrlConnector(source, second).changes(None)
    assert [item.path.partition("/")[2] for item in page.items] == ["a (2).pdf", "a.pdf"]
    assert not (first.home / UPLOADS).exists()
    for path in (tmp_path / "blobs").rglob("*"):
        os.utime(path, (0, 0))
    assert shared_blobs(second.blobs, second).loose(set()) == []  # no artefacts, and not to be swept


@pytest.mark.parametrize(
    ("text", "numbers"), [("", ()), (" 80, 81 ", (80, 81)), ("249/250", (249, 250)), ("7;7", (7,))]
)
def test_sessions_are_numbers(text, numbers):
    assert checked_sessions(text) == numbers


@pytest.mark.parametrize("text", ["eighty", "-1", "10000000", "1e3", "²"])
def test_what_is_no_number_is_no_session(text):
    with pytest.raises(UsageError):
        checked_sessions(text)


def test_no_other_source_has_the_name(tmp_path):
    (tmp_path / "sources.yaml").write_text("sources: [{name: uploads, kind: folder, path: /srv}]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="take another"):
        load_sources(tmp_path)
