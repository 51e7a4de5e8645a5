"""A home with some of the sample papers: one is restricted, one is locked, one is locked with a forgotten password."""

import shutil

import pikepdf
import pytest

from configs.settings import load_settings
from pipelines.ingest.plan import Selection
from pipelines.ingest.runs import ingest
from pipelines.search.service import SearchService
from pipelines.viewing.page_images import PageImages
from tests.dummy_encoder import dummy_encoders

NOBODY = frozenset()
RESTRICTED = frozenset({"restricted"})
PAPERS = ("PC9001E1a.pdf", "PC9001F1a.pdf", "PC9004E1a.pdf", "PC9004F1a.pdf", "PC9002E1a.docx")
SECRET = "SP9001E1a.pdf"


def lock(source, target, password):
    with pikepdf.open(source) as document:
        document.save(target, encryption=pikepdf.Encryption(owner="owner", user=password))


@pytest.fixture(scope="session")
def viewed_papers(tmp_path_factory, samples):
    """The folder that the home was made of."""
    folder = tmp_path_factory.mktemp("viewed")
    for name in (*PAPERS, SECRET):
        shutil.copy(samples / "papers" / name, folder)
    (folder / f"{SECRET}.meta.yaml").write_text("access: restricted\n")
    lock(samples / "papers" / "SC9001E1a.pdf", folder / "SC9001E1a.pdf", "sidecar")
    (folder / "SC9001E1a.pdf.meta.yaml").write_text("password: sidecar\n")
    lock(samples / "papers" / "SC9001F1a.pdf", folder / "SC9001F1a.pdf", "typed once")
    return folder


@pytest.fixture(scope="session")
def viewed(tmp_path_factory, dummy_cache, viewed_papers):
    settings = load_settings(tmp_path_factory.mktemp("home"), encoder="all-MiniLM-L6-v2", workers=2)
    with dummy_encoders(dummy_cache):
        report = ingest(settings, [str(viewed_papers)], selection=Selection(), passwords=("typed once",))
    assert report.indexed == len(PAPERS) + 3
    return settings


@pytest.fixture
def service(viewed, real_encoder):
    with SearchService(viewed) as opened:
        yield opened


@pytest.fixture
def images(viewed, service):
    with PageImages(viewed, service, processes=1) as opened:
        yield opened


@pytest.fixture
def shown(service):
    def show(name, access_classes=NOBODY):
        return service.show(name, access_classes=access_classes).document

    return show
