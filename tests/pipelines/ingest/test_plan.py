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


COPY, FAILED = {"outcome": "duplicate"}, {"outcome": "failed", "status": "malformed"}


@pytest.mark.parametrize(
    ("known", "there", "planned"),
    [
        ({"known": "a"}, {"known": "a", "new": "b"}, {"known": "unchanged", "new": "read"}),
        ({"a": "before"}, {"a": "after"}, {"a": "read"}),
        ({}, {"b": "same", "a": "same"}, {"a": "read", "b": "duplicate"}),
        ({"b": "same"}, {"a": "same", "b": "same"}, {"a": "duplicate", "b": "unchanged"}),
        ({"a": "same", "b": ("same", COPY)}, {"b": "same"}, {"b": "duplicate"}),
        ({"a": "same", "b": ("same", COPY)}, {"a": "other now", "b": "same"}, {"a": "read", "b": "read"}),
        ({"a": "one", "b": "two"}, {"a": "two", "b": "one"}, {"a": "read", "b": "read"}),
        ({"a": "one", "b": "two"}, {"a": "one", "b": "one"}, {"a": "unchanged", "b": "duplicate"}),
        ({"a": ("broken", FAILED)}, {"a": "mended"}, {"a": "read"}),
        ({}, {"a.pdf": "x", "a.pdf.meta.yaml": "title: x"}, {"a.pdf": "read"}),
    ],
)
def test_what_is_done_follows_from_the_bytes_and_what_is_known_of_them(desk, known, there, planned):
    for name, said in known.items():
        text, fields = said if isinstance(said, tuple) else (said, {})
        desk.know(name, text, **fields)
    for name, text in there.items():
        desk.write(name, text)
    assert desk.plan() == planned
    for path in desk.folder.iterdir():
        path.touch()
    assert desk.plan() == planned


@pytest.mark.parametrize(
    ("selection", "planned"),
    [
        (Selection(), {"a": "unchanged", "bad": "failed", "changed": "read", "copy": "duplicate", "new": "read"}),
        (Selection(force=True), {"a": "read", "bad": "read", "changed": "read", "copy": "duplicate", "new": "read"}),
        (Selection(only="failed"), {"bad": "read"}),
        (Selection(only="changed"), {"changed": "read"}),
        *(
            (Selection(start=one), {"a": one, "bad": "failed", "changed": "read", "copy": "duplicate", "new": "read"})
            for one in VERSIONS
        ),
    ],
)
def test_a_selection_says_what_of_it_is_done(desk, selection, planned):
    for name, text in {"a": "a", "bad": "broken", "changed": "after", "copy": "a", "new": "new"}.items():
        desk.write(name, text)
    desk.know("a", "a")
    desk.know("copy", "a", **COPY)
    desk.know("bad", "broken", **FAILED)
    desk.know("changed", "before")
    assert desk.plan(selection) == planned


def test_a_copy_takes_over_when_its_original_is_deleted(desk):
    desk.know("a", "same")
    desk.write("b", "same")
    desk.know("b", "same", outcome="duplicate")
    assert desk.plan(gone=[desk.id("a")]) == {"b": "read"}


def test_what_another_worker_put_since_is_not_lost(desk):
    for name in ("a", "b"):
        desk.write(name, name)
        desk.know(name, name)
    there, desk.indexed = {desk.id("a")}, set()
    home = HomeState(desk.ledger, VERSIONS, desk.indexed.intersection, look_again=there.intersection)
    items = plan(discover([str(desk.folder)]), home, NEW)
    assert [(item.action, item.start) for item in items] == [("unchanged", "read"), ("work", "index")]


def test_only_failed_takes_up_what_a_run_left(desk):
    for name in ("new", "known", "begun", "done"):
        desk.write(name, name)
    for name in ("known", "begun", "done"):
        desk.know(name, name)
    left = {desk.id(name): Pending("killed", None) for name in ("new", "known")}
    left |= {desk.id("begun"): Pending("killed", "tag"), desk.id("done"): Pending("before", "tag")}
    assert desk.plan(Selection(only="failed"), pending=left) == {"new": "read", "begun": "tag"}


def test_the_first_of_several_changed_stages_counts(desk):
    desk.write("a", "x")
    desk.know("a", "x")
    for stage in VERSIONS:
        assert desk.plan(versions=VERSIONS | {stage: "2"}) == {"a": stage}
    assert desk.plan(versions=VERSIONS | {"index": "2", "tag": "2"}) == {"a": "tag"}
    assert desk.plan(Selection(start="encode"), versions=VERSIONS | {"tag": "2"}) == {"a": "tag"}
    assert desk.plan(Selection(start="read"), versions=VERSIONS | {"tag": "2"}) == {"a": "read"}


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
