"""A home is made for its owner alone, also of a folder that was there; one that is in use keeps its rights."""

import ast
import os
import stat
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from configs.settings import load_settings
from configs.skos import to_turtle
from configs.system.errors import UnavailableError
from configs.system.folders import make_home
from configs.system.sqlite import replacing
from configs.vocabulary import load_vocabulary
from index.encoder import EncoderIdentity
from pipelines.ingest.session import IngestSession
from pipelines.maintenance import health
from pipelines.storage.opening import open_storage
from pipelines.vocabulary import vocabularies
from pipelines.workspace import writing_locked
from tests.states import judgements_in

CHECKOUT = Path(__file__).resolve().parents[2]
IDENTITY = EncoderIdentity(name="x", model_hash="0" * 16, dimension=8, engine="torch", max_tokens=64)
BELOW_A_HOME_OR_NONE = {
    "configs/system/folders.py": "the folders above a home",
    "index/encoder/source.py": "the cache",
    "index/encoder/once.py": "the cache",
    "pipelines/fitting/parts.py": "the cache",
    "pipelines/maintenance/archive.py": "below a folder that is there",
    "pipelines/maintenance/repair.py": "in a home that is there",
    "pipelines/sources/uploads.py": "below a home that is there",
    "pipelines/stages/label_forms.py": "the cache",
    "pipelines/stages/language_model.py": "the cache",
    "pipelines/vocabulary/vocabularies.py": "where a person names a file, and below a home that was made",
}
"""The modules that make the folders above what they make, and where."""


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def import_vocabulary(settings):
    source = settings.home.parent / "mine.ttl"
    source.write_text(to_turtle(load_vocabulary("digital-customs")), encoding="utf-8")
    vocabularies.import_skos(settings, source)


def put_under(settings):
    with writing_locked(settings.home):
        (settings.home / "kept").touch()  # an empty home goes with the lock


def add_label(settings):
    with closing(judgements_in(settings.home)) as store:
        store.add([])


def look(settings):
    with closing(open_storage(settings).open_searches()) as store:
        store.look([])


def begin_run(settings):
    with closing(open_storage(settings).open_ledger(write=True)) as ledger, ledger.run("r"):
        pass


MAKERS = {
    "index": lambda settings: open_storage(settings).open_engine(IDENTITY, write=True).close(),
    "ingestion": lambda settings: IngestSession(settings).close(),
    "ledger": begin_run,
    "labels": add_label,
    "saved searches": look,
    "restore": lambda settings: replacing.begin(settings.home),
    "lock": put_under,
    "vocabulary": import_vocabulary,
}


@contextmanager
def umask(bits):
    before = os.umask(bits)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture
def settings(tmp_path):
    return load_settings(tmp_path / "above" / "home", encoder="all-MiniLM-L6-v2")


@pytest.mark.parametrize("bits", [0o022, 0o000])
@pytest.mark.parametrize("maker", MAKERS)
def test_a_new_home_is_for_its_owner_alone(settings, maker, bits):
    with umask(bits):
        settings.home.parent.mkdir()
        MAKERS[maker](settings)
    assert mode(settings.home) == 0o700
    assert mode(settings.home.parent) == 0o777 & ~bits


@pytest.mark.parametrize("maker", MAKERS)
def test_a_folder_with_settings_alone_becomes_a_home_for_its_owner_alone(settings, maker):
    settings.home.mkdir(parents=True)
    settings.home.chmod(0o755)
    (settings.home / "settings.yaml").touch()
    MAKERS[maker](settings)
    assert mode(settings.home) == 0o700
    assert (settings.home / "settings.yaml").exists()


@pytest.mark.parametrize("bits", [0o755, 0o775, 0o1777, 0o2770])
@pytest.mark.parametrize(
    "names", [(), ("settings.yaml", "sources.yaml"), ("model.yml", ".gitignore"), ("recipes/own.yaml",)]
)
def test_so_does_whatever_folder_holds_no_home_yet(tmp_path, names, bits):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    tmp_path.chmod(bits)
    make_home(tmp_path)
    assert mode(tmp_path) == bits & 0o7700


@pytest.mark.parametrize("maker", MAKERS)
def test_a_home_that_is_in_use_keeps_its_rights(settings, maker):
    (settings.home / "blobs").mkdir(parents=True)
    settings.home.chmod(0o750)
    MAKERS[maker](settings)
    assert mode(settings.home) == 0o750  # doctor says so, and how to close it
    assert all(mode(path) == 0o700 for path in settings.home.rglob("*") if path.is_dir())


@pytest.mark.parametrize("what", ["a paper", "a folder"])
def test_a_folder_that_holds_other_things_too_keeps_its_rights(tmp_path, what):
    tmp_path.chmod(0o755)
    (tmp_path / "paper.pdf").touch() if what == "a paper" else (tmp_path / "notes.yaml").mkdir()
    make_home(tmp_path)
    assert mode(tmp_path) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_another_user_keeps_its_rights(tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir()
    folder.chmod(0o755)
    os.chown(folder, 65534, 65534)
    make_home(folder)
    assert mode(folder) == 0o755


def test_a_disk_that_knows_no_rights_is_told_and_holds_a_home_all_the_same(tmp_path, monkeypatch, caplog):
    def chmod(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    tmp_path.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", chmod)  # as FAT does
    make_home(tmp_path)
    assert f"{tmp_path}: others can look into it" in caplog.text


def test_folders_above_a_new_home_have_the_usual_rights(tmp_path):
    with umask(0o022):
        make_home(tmp_path / "a" / "b" / "home")
    assert [mode(tmp_path / name) for name in ("a", "a/b", "a/b/home")] == [0o755, 0o755, 0o700]


def test_a_file_is_no_home(tmp_path):
    (tmp_path / "home").touch()
    with pytest.raises(FileExistsError):
        make_home(tmp_path / "home")
    with pytest.raises(UnavailableError):
        IngestSession(load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2"))


@pytest.mark.parametrize(
    ("bits", "ok", "who"),
    [
        (0o700, True, "only its owner"),
        (0o750, True, "its group"),
        (0o2770, True, "its group"),
        (0o755, False, "every user"),
        (0o711, False, "every user"),
        (0o704, False, "every user"),
    ],
)
def test_a_home_that_others_can_look_into_is_reported_and_one_that_a_group_can_is_no_fault(tmp_path, bits, ok, who):
    home = tmp_path / "a home"
    home.mkdir()
    home.chmod(bits)
    for name, mode in (("private", 0o600), ("open", 0o644)):
        (home / name).touch()
        (home / name).chmod(mode)
    found = {one.name: one for one in health.checks(load_settings(home, encoder="all-MiniLM-L6-v2"))}["home"]
    assert (found.ok, f"{home}: {who}" in found.detail) == (ok, True)
    assert ("1 files" in found.detail) == (bits != 0o700)
    assert (found.remedy or "").partition(":")[0] == ("" if bits == 0o700 else f"run chmod -R go= '{home}'")


def test_no_module_makes_a_home_by_the_way():
    """To make what lies in a folder with the folders above it would make a home that all can read."""
    found = set()
    for package in ("configs", "extractors", "index", "pipelines", "portal"):
        for path in (CHECKOUT / package).rglob("*.py"):
            calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
            if any(one.arg == "parents" for call in calls for one in call.keywords):
                found.add(path.relative_to(CHECKOUT).as_posix())
    assert found == BELOW_A_HOME_OR_NONE.keys()
