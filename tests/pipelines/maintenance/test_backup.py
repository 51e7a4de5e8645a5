"""Backups of a home, what is restored of them, and archives that are damaged or hostile."""

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import stat
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from configs.settings import load_settings
from configs.sources import load_sources
from configs.system.errors import MismatchError, UnavailableError, UsageError
from configs.system.sqlite import replacing
from configs.system.sqlite.lock import WriterLock
from extractors.document import Document, Passage, document_id
from extractors.maturity.judgements import TagJudgement
from index.embedded.checksums import seal_meta
from index.embedded.engine import open_embedded
from index.encoder import EncoderIdentity
from index.filters import EVERYTHING
from index.results import SearchRequest
from pipelines.maintenance import restore as restoring
from pipelines.maintenance.archive import is_whole
from pipelines.maintenance.backup import backup
from pipelines.maintenance.restore import restore
from pipelines.storage.blobs import BlobStore, blob_path
from pipelines.storage.entries import LedgerRow
from tests.states import judgements_in, ledger_of, spoil_rows

pytestmark = pytest.mark.slow

IDENTITY = EncoderIdentity(name="tiny", model_hash="0" * 16, dimension=8, engine="torch", max_tokens=256)


def paper(name, *texts):
    source = f"file:///{name}"
    number = document_id(source)
    passages = [Passage(id=f"{number}-{n}", ordinal=n, text=text, language="en") for n, text in enumerate(texts)]
    fields = {"id": number, "key": number, "sha256": "0", "source": source, "media_type": "text/plain"}
    return Document(**fields, passages=tuple(passages))


def store(home, *papers):
    """Put papers into the index and the ledger, each with a blob."""
    with closing(open_embedded(home / "index", IDENTITY, write=True)) as engine, closing(ledger_of(home)) as ledger:
        for one in papers:
            blob = BlobStore(str(home / "blobs")).put(one.source.encode())
            engine.put(one, np.ones((len(one.passages), 8), np.float32), versions={})
            row = {"outcome": "indexed", "status": "read", "run": "r", "blobs": {"original": blob}}
            ledger.write(LedgerRow(id=one.id, source=one.source, sha256="0", passages=len(one.passages), **row))


def rows(home):
    with closing(ledger_of(home)) as ledger:
        return list(ledger.entries())


def found(home, query):
    with closing(open_embedded(home / "index", None, write=False)) as engine:
        assert all(check.ok for check in engine.checks())
        return engine.search(SearchRequest(filters=EVERYTHING, query=query, mode="text"), None).documents


@pytest.fixture
def settings(tmp_path):
    """The settings of a home with two papers, a label, a classifier, a vocabulary, settings and a model."""
    home = tmp_path / "home"
    store(home, paper("a", "single window", "customs"), paper("b", "single window"))
    with closing(judgements_in(home)) as labels:
        fields = dict.fromkeys(("tag", "document", "quote", "model", "model_version", "judged", "dimension"), "x")
        fields |= {"at": "2026", "author": "me", "action": "accept", "offset": 0, "provenance": "derived"}
        labels.add([TagJudgement(statement="", **fields)])
    kept = ("classifiers/0a.safetensors", "vocabularies/mine.yaml")
    for name in (*kept, "settings.yaml", "my model.yml", "told.json"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(f"# {name}\n")
    return load_settings(home)


@pytest.fixture
def other(tmp_path):
    return load_settings(tmp_path / "other")


@pytest.fixture
def archive(settings, tmp_path):
    backup(settings, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


def full(*_):
    raise OSError(28, "No space left on device")


def content(home):
    """Every file of a home that is not derived, by name."""
    kept = [path for path in home.rglob("*") if path.is_file() and "index" not in path.parts and path.suffix != ".db"]
    return {str(path.relative_to(home)): path.read_bytes() for path in kept}


def test_a_home_comes_back_whole(settings, other, archive):
    made = restore(other, archive)
    assert (made.documents, made.passages, made.labels, made.replaced) == (2, 3, 1, False)
    assert content(other.home) == content(settings.home)
    assert len(content(other.home)) == 7
    assert found(other.home, "window") == 2
    with closing(judgements_in(settings.home)) as before, closing(judgements_in(other.home)) as after:
        assert after.since(0) == before.since(0) != []
    assert rows(other.home) == rows(settings.home) != []


def test_a_backup_says_what_it_holds_and_leaves_out_what_is_derived(settings, tmp_path):
    made = backup(settings, tmp_path / "b.zip")
    assert (made.documents, made.passages, made.labels, made.encoder) == (2, 3, 1, "tiny")
    assert made.bytes == (tmp_path / "b.zip").stat().st_size
    files = {part.name: part.files for part in made.parts}
    once = ("state.db", "settings.yaml", "my model.yml", "classifiers", "vocabularies", "index", "told.json")
    assert files == dict.fromkeys(once, 1) | {"blobs": 2}
    assert made.missing == ()
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600


SOURCES = """sources:
- {name: wto, kind: listing, url: "https://h/", recipe: recipes/wto.yaml, ca_certs: tls/ca.pem}
- {name: own, kind: listing, url: "https://h/", recipe: unece}
- {name: mail, kind: mailbox, host: h, username: u, password: "${MAIL_PASSWORD}"}
- {name: app, kind: mailbox, host: h, username: u, app: {tenant: t, client_id: c, certificate: app.pem}}
- {name: drop, kind: url, url: "sftp://h/x", options: {client_keys: [KEY], passphrase: "${PASSPHRASE}"}}
- {name: papers, kind: folder, path: /srv/papers}
"""


def test_papers_that_people_added_come_back_with_what_is_said_of_them(settings, other, tmp_path):
    day = settings.home / "uploads" / "2026-11-30"
    day.mkdir(parents=True)
    for name in ("a.pdf", "a.pdf.meta.yaml", ".half.unfinished"):
        (day / name).write_text(f"access: members # {name}\n", encoding="utf-8")
    file = tmp_path / "b.zip"
    assert not [one for one in backup(settings, file).outside if "uploads" in one.field]
    restore(other, file)
    back = other.home / "uploads" / "2026-11-30"
    assert sorted(path.name for path in back.iterdir()) == ["a.pdf", "a.pdf.meta.yaml"]
    assert (back / "a.pdf").read_bytes() == (day / "a.pdf").read_bytes()
    assert [source.name for source in load_sources(other.home)] == ["uploads"]


@pytest.fixture
def named(settings, tmp_path):
    """The settings of that home, which name data files within it and outside, keys and certificates."""
    home = settings.home
    files = ("recipes/wto.yaml", "recipes/other.yaml", "models/deep/mine.json", "vocabularies/deep/mine.yaml")
    for name in (*files, "tls/ca.pem", "app.pem", "encoder/config.json"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"# {name}\n")
    (tmp_path / "key").touch()
    (home / "sources.yaml").write_text(SOURCES.replace("KEY", str(tmp_path / "key")))
    (home / "settings.yaml").write_text("passwords: ['${PAPERS}']  # and no ${OTHER}\n")
    (home / "alerts.yaml").write_text("targets: [{name: a, url: 'mailto://u:${MAIL}@h?to=a@h'}]\n")
    return load_settings(
        home,
        model=str(home / "models" / "deep" / "mine.json"),
        vocabulary=os.path.relpath(home / "vocabularies" / "deep" / "mine.yaml"),
        encoder=str(home / "encoder"),
    )


def test_a_backup_holds_the_data_files_that_are_named_and_lists_what_else_is_needed(named, other, tmp_path):
    made = backup(named, tmp_path / "b.zip")
    home = named.home
    model = home / "models" / "deep" / "mine.json"
    assert {(one.path, one.field) for one in made.outside} == {
        (str(home / "encoder"), "settings: encoder"),
        (str(model), "settings: model"),
        (str(home / "tls" / "ca.pem"), "sources.yaml: wto: ca_certs"),
        (str(home / "app.pem"), "sources.yaml: app: app.certificate"),
        (str(tmp_path / "key"), "sources.yaml: drop: options.client_keys"),
        ("/srv/papers", "sources.yaml: papers: path"),
    }
    assert made.variables == ("MAIL", "MAIL_PASSWORD", "PAPERS", "PASSPHRASE")

    restored = restore(other, tmp_path / "b.zip")
    held = {name for name in content(other.home) if "/" in name and not name.startswith("blobs")}
    kept = {"classifiers/0a.safetensors", "vocabularies/mine.yaml"}
    assert held == kept | {"recipes/wto.yaml", "models/deep/mine.json", "vocabularies/deep/mine.yaml"}
    assert {one.path for one in restored.outside} == {one.path for one in made.outside}
    assert [one.path for one in restored.outside if not one.is_there] == ["/srv/papers"]


def test_a_restore_says_which_variables_are_not_set(named, other, tmp_path, monkeypatch):
    monkeypatch.setenv("PASSPHRASE", "geheim")
    backup(named, tmp_path / "b.zip")
    found = {one.name: one.is_set for one in restore(other, tmp_path / "b.zip").variables}
    assert found == {"MAIL": False, "MAIL_PASSWORD": False, "PAPERS": False, "PASSPHRASE": True}


def test_what_lies_beside_a_named_file_stays_when_the_home_is_replaced(named, tmp_path):
    backup(named, tmp_path / "b.zip")
    (named.home / "recipes" / "wto.yaml").write_text("later")
    with pytest.raises(UsageError, match=r"holds .*models/deep/mine.json, recipes/wto.yaml"):
        restore(named, tmp_path / "b.zip")
    restore(named, tmp_path / "b.zip", force=True)
    assert content(named.home)["recipes/wto.yaml"] == b"# recipes/wto.yaml\n"
    assert content(named.home)["recipes/other.yaml"] == b"# recipes/other.yaml\n"
    assert not replacing.leftovers(named.home)


def test_a_restore_that_is_killed_at_a_named_file_is_finished(monkeypatch, named, tmp_path):
    backup(named, tmp_path / "b.zip")
    before = content(named.home)
    (named.home / "recipes" / "wto.yaml").write_text("later")
    rename = Path.rename

    def rename_or_die(path, target):
        if path.name == "wto.yaml":
            raise Killed
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_or_die)
    with pytest.raises(Killed):
        restore(named, tmp_path / "b.zip", force=True)
    monkeypatch.undo()
    replacing.finish(named.home, restoring.parts(named.home))
    assert content(named.home) == before
    assert not replacing.leftovers(named.home)


@pytest.mark.parametrize("place", ["recipes", "recipes/wto.yaml"])
def test_what_lies_in_the_way_of_a_named_file_is_said_before_anything_changes(named, other, tmp_path, place):
    backup(named, tmp_path / "b.zip")
    path = other.home / place
    if place == "recipes":
        path.parent.mkdir(parents=True)
        path.touch()
    else:
        path.mkdir(parents=True)
    with pytest.raises(UsageError, match=f"{path}: is in the way of recipes/wto.yaml"):
        restore(other, tmp_path / "b.zip", force=True)
    assert [path.name for path in other.home.iterdir()] == ["recipes"]


def test_a_backup_is_whole_documents_while_a_writer_is_at_work(settings, other, tmp_path):
    with closing(open_embedded(settings.home / "index", IDENTITY, write=True)) as engine:
        one = paper("c", "single window", "unflushed")
        engine.put(one, np.ones((2, 8), np.float32), versions={})
        assert backup(settings, tmp_path / "b.zip").documents == 3
    restore(other, tmp_path / "b.zip")
    assert (found(other.home, "window"), found(other.home, "unflushed")) == (3, 1)


def test_no_blob_is_swept_away_during_a_backup(settings, tmp_path):
    blobs = BlobStore(str(settings.home / "blobs"))
    swept = []
    backup(settings, tmp_path / "b.zip", lambda *_: swept.append(blobs.sweep(())))
    assert swept
    assert set(swept) == {0}
    assert blobs.sweep(()) == 2


def test_blobs_that_are_missing_or_damaged_are_told_and_left_out(settings, other, tmp_path):
    first, second = sorted(path for path in (settings.home / "blobs").rglob("*") if path.is_file())
    first.unlink()
    second.write_bytes(b"damaged")
    made = backup(settings, tmp_path / "b.zip")
    assert made.missing == tuple(sorted([first.name, second.name]))
    assert restore(other, tmp_path / "b.zip").documents == 2


def test_a_file_that_exists_is_not_replaced(settings, tmp_path):
    (tmp_path / "paper.pdf").write_bytes(b"%PDF")
    with pytest.raises(UsageError, match="exists already"):
        backup(settings, tmp_path / "paper.pdf")
    assert (tmp_path / "paper.pdf").read_bytes() == b"%PDF"


def test_there_is_nothing_to_back_up(other, tmp_path):
    with pytest.raises(UnavailableError, match="no index yet"):
        backup(other, tmp_path / "b.zip")
    assert not other.home.exists()


def test_a_damaged_row_is_named_and_comes_back_from_its_copy(settings, other, tmp_path):
    with closing(judgements_in(settings.home)) as store:
        before = store.since(0)
    spoil_rows(settings.home / "state.db", "UPDATE judgements SET document = 'y'")
    made = backup(settings, tmp_path / "b.zip")
    assert any("judgements 1" in one for one in made.damaged)
    assert not is_whole(tmp_path / "b.zip")
    restore(other, tmp_path / "b.zip")
    with closing(judgements_in(other.home)) as store:
        assert store.since(0) == before


def test_a_damaged_row_that_no_copy_has_is_left_out_alone(settings, other, tmp_path):
    shutil.rmtree(settings.home / "copies")
    spoil_rows(settings.home / "state.db", "UPDATE judgements SET document = 'y'")
    backup(settings, tmp_path / "b.zip")
    made = restore(other, tmp_path / "b.zip")
    assert (made.labels, made.documents) == (0, 2)
    assert rows(other.home) == rows(settings.home) != []


def test_a_damaged_document_is_named_and_the_others_come_back(settings, other, tmp_path):
    with closing(sqlite3.connect(settings.home / "index" / "truth.sqlite")) as truth:
        truth.execute("UPDATE passages SET text = x'00' WHERE row = (SELECT min(row) FROM passages)")
        truth.commit()
    made = backup(settings, tmp_path / "b.zip")
    assert made.damaged
    assert made.documents == 2
    restored = restore(other, tmp_path / "b.zip")
    assert restored.repairs
    assert found(other.home, "window") == restored.documents == 1


def test_a_damaged_text_index_is_named_though_no_backup_holds_it(settings, other, tmp_path):
    path = max((settings.home / "index" / "text").iterdir(), key=lambda one: one.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (named,) = backup(settings, tmp_path / "b.zip").damaged
    assert "re-created by a restore" in named
    restored = restore(other, tmp_path / "b.zip")
    assert found(other.home, "window") == restored.documents == 2


def test_what_is_read_after_writing_is_what_was_written(settings, tmp_path, monkeypatch):
    """A disk that does not keep what it is given is noticed while the home is still there."""

    def turn_a_bit(descriptor):
        if os.pread(descriptor, 2, 0) == b"PK":
            os.pwrite(descriptor, b"turned", os.fstat(descriptor).st_size // 3)

    monkeypatch.setattr("pipelines.maintenance.archive.os.fsync", turn_a_bit)
    with pytest.raises(UnavailableError, match=r"damaged|cannot be read"):
        backup(settings, tmp_path / "b.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_an_error_in_the_middle_leaves_no_file(settings, tmp_path):
    with pytest.raises(UnavailableError, match=r"b.zip: the disk is full"):
        backup(settings, tmp_path / "b.zip", full)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_home_that_holds_something_is_not_replaced_unasked(settings, archive):
    before = content(settings.home)
    with pytest.raises(UsageError, match=r"holds state.db, index, blobs, classifiers.*--force"):
        restore(settings, archive)
    assert content(settings.home) == before


def test_the_old_home_goes_when_the_new_one_is_whole(settings, archive):
    store(settings.home, paper("later", "later window"))
    (settings.home / "vocabularies" / "later.yaml").touch()
    assert restore(settings, archive, force=True).replaced
    assert (found(settings.home, "window"), found(settings.home, "later")) == (2, 0)
    assert [path.name for path in (settings.home / "vocabularies").iterdir()] == ["mine.yaml"]
    assert not {replacing.STAGING, replacing.REPLACED} & {path.name for path in settings.home.iterdir()}


def test_a_restore_waits_for_no_writer(settings, archive):
    lock = WriterLock(settings.home / "index" / "lock")
    with pytest.raises(UnavailableError, match="is writing this index"):
        restore(settings, archive, force=True)
    lock.release()
    assert found(settings.home, "window") == 2


def test_a_restore_that_fails_leaves_the_old_home(monkeypatch, settings, other, archive):
    monkeypatch.setattr(restoring, "rebuild", full)
    before = content(settings.home)
    for one in (settings, other):
        with pytest.raises(UnavailableError, match="disk is full"):
            restore(one, archive, force=True)
    assert content(settings.home) == before
    assert found(settings.home, "window") == 2
    assert not other.home.exists()


def test_a_restore_on_a_full_disk_leaves_nothing(tmp_path, archive, full_disk):
    """Not even the lock of an index that is not there."""
    empty = load_settings(tmp_path / "empty")
    empty.home.mkdir()
    for settings in (empty, load_settings(tmp_path / "none")):
        with full_disk(), pytest.raises(UnavailableError):
            restore(settings, archive)
    assert list(empty.home.iterdir()) == []
    assert not (tmp_path / "none").exists()


def test_a_restore_that_cannot_begin_to_move_files_leaves_nothing(tmp_path, archive, monkeypatch):
    monkeypatch.setattr(replacing, "_write_mark", full)
    settings = load_settings(tmp_path / "empty")
    settings.home.mkdir()
    with pytest.raises(UnavailableError, match="disk is full"):
        restore(settings, archive)
    assert list(settings.home.iterdir()) == []


class Killed(BaseException):
    """The process ends here."""


PARTS = 8
"""Files and folders that are moved out, and as many that are moved in; between them the mark is changed."""


STEPS = [
    pytest.param(step, marks=[] if step in (0, PARTS, 2 * PARTS) else [pytest.mark.long])
    for step in range(2 * PARTS + 1)
]
"""Each of them; `make test` has the first, the one between moving out and moving in, and the last."""


@pytest.mark.parametrize("step", STEPS)
def test_a_restore_that_is_killed_while_it_moves_files_is_finished(monkeypatch, settings, archive, step):
    store(settings.home, paper("later", "later window"))
    rename, done = Path.rename, []

    def rename_or_die(path, target):
        if len(done) == step:
            raise Killed
        done.append(path)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_or_die)
    with pytest.raises(Killed):
        restore(settings, archive, force=True)
    monkeypatch.undo()
    with pytest.raises(UnavailableError, match=r"was stopped.*doctor --repair"):
        restore(settings, archive, force=True)
    with pytest.raises(UnavailableError, match="was stopped"):
        backup(settings, archive.with_name("second.zip"))
    replacing.finish(settings.home, restoring.parts(settings.home))
    assert (found(settings.home, "window"), found(settings.home, "later")) == (2, 0)
    assert len(content(settings.home)) == 7
    assert not replacing.leftovers(settings.home)


def changed(archive, change):
    """Write the archive again with other members: `change` gets name and bytes of each and the manifest."""
    with zipfile.ZipFile(archive) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    with zipfile.ZipFile(archive, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)
        packed.writestr("manifest.json", json.dumps(manifest))


def described(data):
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@pytest.mark.parametrize(
    "name",
    [
        *("../evil.yaml", "/tmp/evil.yaml", "classifiers/../../evil.yaml", "classifiers/deep/evil.json", "evil.py"),
        *("blobs/../evil.yaml", "blobs/aa/bb/short", "index/lock", "index/text/meta.json", "restoring/.whole"),
        *("classifiers\\..\\evil.json", "classifiers/a\nb.json", "./settings.yaml", "keys.json", "session.key"),
        *("prefect/profiles.yaml", "vocabularies/.hidden/evil.yaml", ".ssh/authorized_keys", "recipes/.evil.yaml"),
    ],
)
def test_members_with_names_of_their_own_are_refused(other, archive, tmp_path, name):
    def change(members, manifest):
        members[name] = b"evil"
        manifest["files"][name] = described(b"evil")

    changed(archive, change)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UnavailableError, match="is no part of a home"):
        restore(other, archive)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("made", "[/bold]"),
        ("made", ""),
        ("made", "2026-01-01T00:00:00"),
        ("documents", -1),
        ("passages", 10**30),
        ("labels", "many"),
        ("encoder", "a\x1b[31m"),
        ("program", "\ud800"),
        ("program", "x" * 100_000),
        ("format", 0),
        ("files", {"settings.yaml": {"bytes": 10**30, "sha256": "0" * 64}}),
    ],
)
def test_a_manifest_with_odd_values_is_refused(other, archive, field, value):
    changed(archive, lambda _, manifest: manifest.update({field: value}))
    with pytest.raises(UnavailableError, match=f"manifest cannot be read: ({field}|Invalid JSON|: )"):
        restore(other, archive)
    assert not other.home.exists()


def test_a_manifest_nested_without_end_is_refused(other, archive):
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("manifest.json", "[" * 1_000_000)
    with pytest.raises(UnavailableError, match="manifest cannot be read"):
        restore(other, archive)


TRUTH = "index/truth.sqlite"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda members, _: members.pop("state.db"), "do not agree: 'state.db'"),
        (lambda members, _: members.update({"evil.yaml": b"evil"}), "do not agree: 'evil.yaml'"),
        (lambda members, _: members.update({"state.db": members["state.db"][:-1] + b"x"}), "damaged: its checksum"),
        (lambda members, _: members.update({"state.db": members["state.db"][:-1]}), "do not agree: 'state.db'"),
        (lambda _, manifest: manifest["files"]["state.db"].update(bytes=10**15), "do not agree: 'state.db'"),
        (lambda members, manifest: (members.pop(TRUTH), manifest["files"].pop(TRUTH)), "holds no index"),
        (lambda _, manifest: manifest.pop("files"), "manifest cannot be read"),
    ],
)
def test_an_archive_that_does_not_hold_together_is_refused(other, archive, change, words):
    changed(archive, change)
    with pytest.raises(UnavailableError, match=words):
        restore(other, archive)
    assert not other.home.exists() or list(other.home.iterdir()) == []


def test_a_member_that_stands_twice_is_refused(other, archive):
    with zipfile.ZipFile(archive, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("settings.yaml", packed.read("settings.yaml"))
    with pytest.raises(UnavailableError, match="stands twice"):
        restore(other, archive)


def test_an_archive_that_says_it_unpacks_to_more_than_the_disk_holds(other, archive):
    """The central directory lies about a size as the manifest does."""
    size = 1 << 50

    def change(members, manifest):
        manifest["files"]["huge.yaml"] = described(b"") | {"bytes": size}

    changed(archive, change)
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("huge.yaml", b"")
        packed.getinfo("huge.yaml").file_size = size
        packed._didModify = True
    with pytest.raises(UnavailableError, match="the disk is full"):
        restore(other, archive)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_backup_that_was_cut_off_is_refused(other, archive, share):
    data = archive.read_bytes()
    archive.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnavailableError, match="is no archive, or a damaged one"):
        restore(other, archive)


def test_a_backup_with_bits_that_turned_is_refused(other, archive):
    data = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as packed:
        info = packed.getinfo("index/truth.sqlite")
    data[info.header_offset + 200] ^= 1
    archive.write_bytes(data)
    with pytest.raises(UnavailableError, match=r"index/truth.sqlite (cannot be read|is damaged)"):
        restore(other, archive)


def test_something_else_than_a_backup(other, tmp_path):
    with pytest.raises(UnavailableError, match="no such file"):
        restore(other, tmp_path / "none.zip")
    with zipfile.ZipFile(tmp_path / "papers.zip", "w") as packed:
        packed.writestr("paper.txt", "text")
    with pytest.raises(UnavailableError, match="it is no backup"):
        restore(other, tmp_path / "papers.zip")


def test_a_backup_of_a_newer_version_is_refused(settings, other, archive):
    changed(archive, lambda _, manifest: manifest.update(format=999))
    with pytest.raises(MismatchError, match=r"format 999.*or a newer one"):
        restore(other, archive)
    with closing(open_embedded(settings.home / "index", None, write=False)) as engine:
        connection = engine._store.connection
        connection.execute("UPDATE meta SET value = '999' WHERE name = 'schema'")
        seal_meta(connection)
    backup(settings, archive.with_name("newer.zip"))
    with pytest.raises(MismatchError, match="version 999"):
        restore(other, archive.with_name("newer.zip"))
    assert not other.home.exists()


def test_blobs_lie_in_an_archive_as_in_a_home(archive):
    name = hashlib.sha256(b"file:///a").hexdigest()
    with zipfile.ZipFile(archive) as packed:
        assert packed.read(f"blobs/{blob_path(name)}") == b"file:///a"


def test_a_store_that_is_kept_by_two_is_swept_by_none(settings):
    blobs = BlobStore(str(settings.home / "blobs"))
    with blobs.kept(), blobs.kept():
        assert blobs.sweep(()) == 0
    folder = os.open(settings.home / "blobs", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(folder)
