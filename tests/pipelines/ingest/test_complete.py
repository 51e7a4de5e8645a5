"""The whole way of a few papers: ingested, searched, ingested again and deleted, without a model."""

import shutil

import pytest

from configs.settings import OcrSettings, ReadingLimits, load_settings
from index.filters import EVERY_CLASS
from pipelines.ingest.runs import ingest
from tests import answers
from tests.answers import bad, counts
from tests.dummy_encoder import dummy_encoders, fit_classifier

PAPERS = ("PC9001E1a.pdf", "PC9001F1a.pdf", "PC9002E1a.docx", "PC9005E1a.pdf")
SCAN = "HC9002E1a.pdf"
NOTE = "The interconnection of single windows was tried at the border.\n\nZeppelins were not mentioned."


@pytest.fixture(scope="module")
def papers(tmp_path_factory, samples):
    folder = tmp_path_factory.mktemp("papers")
    for name in (*PAPERS, SCAN):
        shutil.copy(samples / "papers" / name, folder)
    (folder / "note.txt").write_text(NOTE)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    (folder / "page.html").write_text("<html><body><h1>Data exchange</h1><p>Norland exchanges transit data.</p>")
    shutil.make_archive(str(folder / "old"), "zip", folder, "note.txt")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory, papers, dummy_cache):
    """The settings of a home that holds the papers, understood by the classifier, and the report of its first run."""
    with dummy_encoders(dummy_cache):
        settings = load_settings(tmp_path_factory.mktemp("complete") / "home")
        settings = settings.model_copy(update={"reading": ReadingLimits(ocr=OcrSettings(enabled="off"))})
        fit_classifier(settings)
        yield settings, ingest(settings, [str(papers)])


@pytest.fixture
def settings(home):
    return home[0]


def search(settings, query, **more):
    return answers.search(settings, query, access_classes=EVERY_CLASS, **more)


def names(answer):
    return [hit["document"]["source"].rsplit("/", maxsplit=1)[-1] for hit in answer["hits"]]


def test_every_paper_has_its_outcome(home):
    _, report = home
    # the duplicate is the note in the archive
    assert counts(report, "found", "indexed", "duplicate", "failed", "needs_ocr") == (9, 7, 1, 1, 1)
    (failure,) = report.failures
    assert (failure.source.rsplit("/", 1)[-1], failure.status) == ("broken.pdf", "malformed")
    assert report.passages > report.pages > len(PAPERS)


@pytest.mark.parametrize("mode", ["text", "vector", "hybrid"])
def test_a_search_finds_the_papers_that_say_it(settings, mode):
    answer = search(settings, "interconnection of single windows", mode=mode, facet=("language", "theme"))
    assert {"note.txt", "PC9005E1a.pdf"} <= set(names(answer)[:4])
    assert "page.html" not in names(answer)[:2]
    assert {one["value"] for one in answer["facets"]["language"]} >= {"en"}


def test_a_second_run_takes_up_changes_and_deletes_what_is_gone(settings, papers, tmp_path):
    shutil.copytree(settings.home, tmp_path / "home")
    own = settings.model_copy(update={"home": tmp_path / "home"})
    again = ingest(own, [str(papers)])
    assert counts(again) == (0, 7, 1, 1)
    try:
        (papers / "note.txt").write_text("Zeppelins were mentioned after all.")
        (papers / "PC9005E1a.pdf").rename(tmp_path / "PC9005E1a.pdf")
        changed = ingest(own, [str(papers)], delete_missing=True)
        assert (changed.indexed, changed.unchanged, changed.deleted) == (2, 5, 1)
    finally:
        (papers / "note.txt").write_text(NOTE)
        (tmp_path / "PC9005E1a.pdf").rename(papers / "PC9005E1a.pdf")
    assert "PC9005E1a.pdf" not in names(search(own, "interconnection of single windows", limit=50))
    assert set(names(search(own, "zeppelins", mode="text"))) == {"note.txt", "old.zip"}
    assert bad(own) == {}
