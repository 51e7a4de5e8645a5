"""Homes for the tests of the pipeline: the real stages with the small encoder, which is opened once."""

import pytest

from configs.settings import load_settings
from extractors import isolation
from pipelines.ingest.plan import Selection
from pipelines.ingest.runs import ingest
from pipelines.stages import components
from pipelines.storage.ledger import LocalLedger

SHARED_TOOLS = ("bodies", "kinds", "vocabulary", "model", "encoder", "matcher", "sentences", "tagger")


@pytest.fixture(scope="session")
def warm_tools(tmp_path_factory):
    """The stages' tools, opened once: what takes seconds to load does so for all tests."""
    tools = components.Tools(load_settings(tmp_path_factory.mktemp("warm"), encoder="all-MiniLM-L6-v2"))
    return {name: getattr(tools, name) for name in SHARED_TOOLS}


@pytest.fixture(scope="session")
def _reading_server():
    """The server of the reading children outlives the single run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "shutdown", lambda: None)
        yield
    isolation.shutdown()


@pytest.fixture
def warm(monkeypatch, warm_tools, _reading_server):
    """Let every run of this test use the shared tools."""

    class Tools(components.Tools):
        def __init__(self, settings):
            super().__init__(settings)
            self.__dict__.update(warm_tools)

    monkeypatch.setattr(components, "Tools", Tools)


@pytest.fixture
def encoder_once(monkeypatch, warm_tools, _reading_server):
    """Let every run of this test use the opened encoder and make everything else anew."""
    monkeypatch.setattr(components, "open_encoder", lambda _: warm_tools["encoder"])


@pytest.fixture
def settings(tmp_path):
    return load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2", workers=2)


@pytest.fixture
def papers(tmp_path):
    """A folder for papers; `write` puts text into one."""
    folder = tmp_path / "papers"
    folder.mkdir()
    return folder


@pytest.fixture
def take_in(warm, settings, papers):
    """A function that ingests the folder (or what it is given) and returns the report."""

    def run(*names, force=False, only=None, start=None, **more):
        selection = Selection(force=force, only=only, start=start)
        report = ingest(settings, [str(name) for name in names or [papers]], selection=selection, **more)
        parts = (report["indexed"], report["unchanged"], report["duplicate"], report["failed"])
        assert report["found"] == sum(parts)
        return report

    return run


@pytest.fixture
def rows(settings):
    """A function that returns the ledger's rows by the last part of their source."""

    def read():
        ledger = LocalLedger(settings.home / "ledger.db")
        try:
            return {entry.source.rsplit("/", maxsplit=1)[-1]: entry for entry in ledger.entries()}
        finally:
            ledger.close()

    return read
