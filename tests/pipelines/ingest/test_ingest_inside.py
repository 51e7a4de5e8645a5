"""Ingestion of what lies in archives and mails, and of what sidecars say."""

import zipfile

import pytest

from extractors.document import document_id
from index.filters import EVERY_CLASS
from pipelines.search.service import reader
from pipelines.sources.source import uri_of
from tests.answers import counts


def failures(report):
    return [(one.source.rsplit("/", 1)[-1], one.status, one.stage) for one in report.failures]


@pytest.fixture
def document(settings, papers):
    """A function that returns a document as the index holds it, by its file's name."""

    def get(name):
        with reader(settings) as engine:
            return engine.document(document_id(uri_of(str(papers / name))), access_classes=EVERY_CLASS)

    return get


def test_members_are_documents_of_their_own(take_in, papers):
    with zipfile.ZipFile(papers / "box.zip", "w") as box:
        box.writestr("one.txt", "The customs administration of Arvenia went digital.")
        box.writestr("two.txt", "The customs administration of Belmora went digital.")
        box.writestr("two.txt.meta.yaml", "title: The second")
    assert counts(take_in()) == (2, 0, 0, 0)
    assert counts(take_in()) == (0, 2, 0, 0)
    with zipfile.ZipFile(papers / "box.zip", "w") as box:
        box.writestr("one.txt", "The customs administration of Arvenia went digital.")
        box.writestr("two.txt", "The customs administration of Cordania went digital.")
    assert counts(take_in()) == (1, 1, 0, 0)


def test_a_refused_archive_is_one_failed_document(take_in, papers):
    with zipfile.ZipFile(papers / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("zeros", bytes(5_000_000))
    for _ in range(2):
        report = take_in()
        assert counts(report) == (0, 0, 0, 1)
        assert failures(report) == [("bomb.zip", "too_large", "read")]
        assert "bomb" in report.failures[0].error


def test_a_changed_sidecar_is_a_changed_document(take_in, papers, document):
    (papers / "a.txt").write_text("Arvenia went digital.")
    sidecar = papers / "a.txt.meta.yaml"
    assert counts(take_in()) == (1, 0, 0, 0)
    for text in ("title: First", "title: Second"):
        sidecar.write_text(text)
        assert counts(take_in(only="changed")) == (1, 0, 0, 0)
        assert document("a.txt").title == text.removeprefix("title: ")
        assert counts(take_in()) == (0, 1, 0, 0)
    sidecar.unlink()
    assert counts(take_in()) == (1, 0, 0, 0)
    assert document("a.txt").title != "Second"


def test_a_broken_sidecar_fails_its_document_alone_until_it_is_mended(take_in, papers):
    (papers / "a.txt").write_text("Arvenia went digital.")
    (papers / "b.txt").write_text("Belmora went digital.")
    sidecar = papers / "a.txt.meta.yaml"
    sidecar.write_text("title: x\ndate: someday")
    report = take_in()
    assert counts(report) == (1, 0, 0, 1)
    assert failures(report) == [("a.txt", "malformed", "read")]
    assert f"{sidecar}:2: date: " in report.failures[0].error
    assert counts(take_in()) == (0, 1, 0, 1)
    sidecar.write_text("title: x")
    assert counts(take_in()) == (1, 1, 0, 0)
