"""What a run decides to do, over a real ledger and real files; nothing is read or indexed here."""

import hashlib

import pytest

from extractors.document import document_id
from pipelines.ingest.plan import HomeState, Pending, Selection, plan
from pipelines.sources.source import uri_of
from pipelines.storage.entries import LedgerRow
from tests.given_sources import discover
from tests.states import ledger_of

VERSIONS = {"read": "1", "tag": "1", "encode": "1", "index": "1"}
NEW = Selection()


class Desk:
    """A folder, a ledger, and what the index is said to hold."""

    def __init__(self, folder):
        self.folder = folder / "papers"
        self.folder.mkdir()
        self.ledger = ledger_of(folder)
        self.indexed = set()

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def know(self, name, text, outcome="indexed", versions=VERSIONS, **fields):
        """Let the ledger know a file with this text."""
        identifier = self.id(name)
        blobs = fields.pop("blobs", {"read": "x"} if outcome == "indexed" else {})
        if blobs:
            self.indexed.add(identifier)
        self.ledger.write(
            LedgerRow(
                id=identifier,
                source=uri_of(str(self.folder / name)),
                sha256=hashlib.sha256(text.encode()).hexdigest(),
                outcome=outcome,
                status=fields.pop("status", "read"),
                versions=versions,
                blobs=blobs,
                run="before",
                **fields,
            )
        )

    def id(self, name):
        return document_id(uri_of(str(self.folder / name)))

    def plan(self, selection=NEW, versions=VERSIONS, gone=(), pending=None, has_blob=lambda _: True):
        """Return the actions by file; where there is work, the stage that it starts at."""
        sources = discover([str(self.folder)])
        home = HomeState(
            self.ledger, versions, self.indexed.intersection, has_blob=has_blob, pending=lambda: pending or {}
        )
        items = plan(sources, home, selection, gone=gone)
        return {item.source.name: item.start if item.action == "work" else item.action for item in items}


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.ledger.close()


def test_what_is_new_is_read_and_what_is_known_left_alone(desk):
    desk.write("known", "a")
    desk.know("known", "a")
    desk.write("new", "b")
    assert desk.plan() == {"known": "unchanged", "new": "read"}


def test_changed_bytes_are_read_again(desk):
    desk.write("a", "after")
    desk.know("a", "before")
    assert desk.plan() == {"a": "read"}


def test_touching_a_file_changes_nothing(desk):
    desk.write("a", "x")
    desk.know("a", "x")
    (desk.folder / "a").touch()
    assert desk.plan() == {"a": "unchanged"}


def test_of_two_new_files_with_the_same_bytes_the_first_is_read(desk):
    desk.write("b", "same")
    desk.write("a", "same")
    assert desk.plan() == {"a": "read", "b": "duplicate"}


def test_the_document_that_has_the_bytes_already_keeps_them(desk):
    desk.write("a", "same")
    desk.write("b", "same")
    desk.know("b", "same")
    assert desk.plan() == {"a": "duplicate", "b": "unchanged"}


def test_a_copy_whose_original_is_elsewhere_stays_a_duplicate(desk):
    desk.know("a", "same")
    desk.write("b", "same")
    desk.know("b", "same", outcome="duplicate")
    assert desk.plan() == {"b": "duplicate"}


def test_a_copy_takes_over_when_its_original_changes(desk):
    desk.write("a", "other now")
    desk.know("a", "same")
    desk.write("b", "same")
    desk.know("b", "same", outcome="duplicate")
    assert desk.plan() == {"a": "read", "b": "read"}


def test_a_copy_takes_over_when_its_original_is_deleted(desk):
    desk.know("a", "same")
    desk.write("b", "same")
    desk.know("b", "same", outcome="duplicate")
    assert desk.plan(gone=[desk.id("a")]) == {"b": "read"}


def test_two_files_that_swap_their_bytes_are_both_read(desk):
    desk.know("a", "one")
    desk.know("b", "two")
    desk.write("a", "two")
    desk.write("b", "one")
    assert desk.plan() == {"a": "read", "b": "read"}


def test_a_document_that_becomes_a_copy_of_another(desk):
    desk.know("a", "one")
    desk.write("a", "one")
    desk.know("b", "two")
    desk.write("b", "one")
    assert desk.plan() == {"a": "unchanged", "b": "duplicate"}


def test_what_another_worker_put_since_is_not_lost(desk):
    for name in ("a", "b"):
        desk.write(name, name)
        desk.know(name, name)
    there, desk.indexed = {desk.id("a")}, set()
    home = HomeState(desk.ledger, VERSIONS, desk.indexed.intersection, look_again=there.intersection)
    items = plan(discover([str(desk.folder)]), home, NEW)
    assert [(item.action, item.start) for item in items] == [("unchanged", "read"), ("work", "index")]


@pytest.mark.parametrize(
    ("selection", "action"),
    [
        (Selection(), "failed"),
        (Selection(start="tag"), "failed"),
        (Selection(only="failed"), "read"),
        (Selection(force=True), "read"),
    ],
)
def test_a_failed_document_is_read_again_only_when_asked(desk, selection, action):
    desk.write("a", "broken")
    desk.know("a", "broken", outcome="failed", status="malformed")
    assert desk.plan(selection) == {"a": action}


def test_a_failed_document_is_read_again_when_its_bytes_changed(desk):
    desk.write("a", "mended")
    desk.know("a", "broken", outcome="failed", status="malformed")
    assert desk.plan() == {"a": "read"}


def test_only_failed_leaves_everything_else_out(desk):
    for name, outcome in (("good", "indexed"), ("bad", "failed")):
        desk.write(name, name)
        desk.know(name, name, outcome=outcome)
    desk.write("new", "new")
    desk.write("copy", "good")
    assert desk.plan(Selection(only="failed")) == {"bad": "read"}


def test_only_failed_takes_up_what_a_run_left(desk):
    for name in ("new", "known", "begun", "done"):
        desk.write(name, name)
    for name in ("known", "begun", "done"):
        desk.know(name, name)
    left = {desk.id(name): Pending("killed", None) for name in ("new", "known")}
    left |= {desk.id("begun"): Pending("killed", "tag"), desk.id("done"): Pending("before", "tag")}
    assert desk.plan(Selection(only="failed"), pending=left) == {"new": "read", "begun": "tag"}


def test_only_changed_leaves_everything_else_out(desk):
    for name, outcome in (("good", "indexed"), ("bad", "failed"), ("changed", "indexed")):
        desk.write(name, name)
        desk.know(name, name if name != "changed" else "before", outcome=outcome)
    desk.write("new", "new")
    assert desk.plan(Selection(only="changed")) == {"changed": "read"}


@pytest.mark.parametrize("stage", ["read", "tag", "encode", "index"])
def test_a_new_version_of_a_stage_starts_there(desk, stage):
    desk.write("a", "x")
    desk.know("a", "x")
    assert desk.plan(versions=VERSIONS | {stage: "2"}) == {"a": stage}


def test_the_first_of_several_changed_stages_counts(desk):
    desk.write("a", "x")
    desk.know("a", "x")
    assert desk.plan(versions=VERSIONS | {"index": "2", "tag": "2"}) == {"a": "tag"}
    assert desk.plan(Selection(start="encode"), versions=VERSIONS | {"tag": "2"}) == {"a": "tag"}
    assert desk.plan(Selection(start="read"), versions=VERSIONS | {"tag": "2"}) == {"a": "read"}


@pytest.mark.parametrize("stage", ["read", "tag", "encode", "index"])
def test_from_a_stage_starts_there_without_a_change(desk, stage):
    desk.write("a", "x")
    desk.know("a", "x")
    desk.write("copy", "x")
    assert desk.plan(Selection(start=stage)) == {"a": stage, "copy": "duplicate"}


def test_force_reads_everything_but_duplicates_again(desk):
    for name in ("a", "b"):
        desk.write(name, "same")
    desk.know("a", "same")
    desk.know("b", "same", outcome="duplicate")
    assert desk.plan(Selection(force=True)) == {"a": "read", "b": "duplicate"}


def test_what_the_index_lost_is_put_back_without_reading_again(desk):
    desk.write("a", "x")
    desk.know("a", "x")
    desk.indexed.clear()
    assert desk.plan() == {"a": "index"}
    assert desk.plan(versions=VERSIONS | {"tag": "2"}) == {"a": "tag"}


def test_a_failed_document_whose_older_state_the_index_lost_is_tried_again(desk):
    desk.write("a", "broken")
    desk.know("a", "broken", outcome="failed", status="malformed", blobs={"read": "x"})
    assert desk.plan() == {"a": "failed"}
    desk.indexed.clear()
    assert desk.plan() == {"a": "read"}


def test_a_file_that_vanishes_after_it_was_listed_is_unreadable(desk):
    desk.write("a", "x")
    sources = discover([str(desk.folder)])
    (desk.folder / "a").unlink()
    (item,) = plan(sources, HomeState(desk.ledger, VERSIONS, indexed=lambda _: ()), NEW)
    assert item.action == "unreadable"
    assert "papers/a" in item.error


def test_sidecars_are_no_documents(desk):
    desk.write("a.pdf", "x")
    desk.write("a.pdf.meta.yaml", "title: x")
    assert desk.plan() == {"a.pdf": "read"}
