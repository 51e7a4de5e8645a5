"""The whole way of a few papers: ingested, searched, shown, counted, ingested again and deleted, without a model."""

import shutil

import pytest

from configs.settings import OcrSettings, ReadingLimits, load_settings
from index.filters import EVERY_CLASS
from pipelines.ingest.runs import ingest
from pipelines.maintenance import health
from tests import answers
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
    assert {name: getattr(report, name) for name in ("found", "indexed", "duplicate", "failed", "needs_ocr")} == {
        "found": 9,
        "indexed": 7,
        "duplicate": 1,  # the note in the archive
        "failed": 1,
        "needs_ocr": 1,
    }
    (failure,) = report.failures
    assert (failure.source.rsplit("/", 1)[-1], failure.status) == ("broken.pdf", "malformed")
    assert report.passages > report.pages > len(PAPERS)


def test_the_home_is_sound(settings):
    assert [one for one in health.checks(settings) if not one.ok] == []


@pytest.mark.parametrize("mode", ["text", "vector", "hybrid"])
def test_a_search_finds_the_papers_that_say_it(settings, mode):
    answer = search(settings, "interconnection of single windows", mode=mode, facet=("language", "theme"))
    assert {"note.txt", "PC9005E1a.pdf"} <= set(names(answer)[:4])
    assert "page.html" not in names(answer)[:2]
    assert {one["value"] for one in answer["facets"]["language"]} >= {"en"}


def test_filters_narrow_a_search(settings):
    assert set(names(search(settings, "", filters=["language=fr"]))) == {"PC9001F1a.pdf"}
    assert set(names(search(settings, "", filters=["theme.named=single-window", "body=ptc"]))) <= set(PAPERS)
    assert names(search(settings, "zeppelins", mode="text")) == ["note.txt"]


def test_a_passage_has_others_like_it(settings):
    (hit,) = search(settings, "norland transit data", mode="text", limit=1)["hits"]
    found = answers.similar(settings, hit["passages"][0]["id"], access_classes=EVERY_CLASS)
    assert found["hits"]
    assert hit["document"]["id"] not in {one["document"]["id"] for one in found["hits"]}


def test_a_paper_is_shown_with_what_was_read_and_understood(settings):
    shown = answers.show(settings, "PC9001E", access_classes=EVERY_CLASS, full=True)
    assert (shown["symbol"]["raw"], shown["body"], shown["language"]) == ("PC9001E1a", "ptc", "en")
    assert shown["date"]
    assert len(shown["twins"]) == 1
    assert {one["kind"] for passage in shown["passages"] for one in passage["themes"]} >= {"named"}
    assert any(passage["paragraphs"] for passage in shown["passages"])


def test_tags_and_themes_are_counted(settings):
    counted = answers.matrix(settings, access_classes=EVERY_CLASS)
    assert counted["cells"]
    named = answers.search(settings, "", facet=["theme.named"], access_classes=EVERY_CLASS)["facets"]["theme.named"]
    assert {one["value"]: one["count"] for one in named}["single-window"] >= 3
    assert any(one["documents"] for one in answers.themes(settings, access_classes=EVERY_CLASS)["themes"])


def test_a_second_run_has_nothing_to_do_a_change_is_taken_up_and_what_is_gone_is_deleted(
    settings, papers, tmp_path, dummy_cache
):
    shutil.copytree(settings.home, tmp_path / "home")
    own = settings.model_copy(update={"home": tmp_path / "home"})
    again = ingest(own, [str(papers)])
    assert (again.indexed, again.unchanged, again.duplicate, again.failed) == (0, 7, 1, 1)
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
    assert [one for one in health.checks(own) if not one.ok] == []
