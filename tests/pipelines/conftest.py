"""Homes for the tests of the pipeline: the real stages, with dummy encoders but in tests that are marked `model`."""

from contextlib import nullcontext
from functools import cache

import pytest

from configs.settings import load_settings
from pipelines.ingest.plan import Selection
from pipelines.ingest.runs import ingest
from pipelines.stages import components
from tests.dummy_encoder import dummy_encoders
from tests.pipelines.run_book import Book
from tests.remembering import Remembering
from tests.states import ledger_of

SHARED_TOOLS = (
    *("bodies", "kinds", "gazetteer", "vocabulary", "model", "boilerplate", "sentences"),
    *("encoder", "matcher", "entities", "subjects", "statements", "statement_scorer"),
)


@pytest.fixture(scope="session")
def dummy_cache(tmp_path_factory):
    """What dummy encoders keep on disk, apart from that of real ones."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def real_encoder(request, dummy_cache):
    """Whether encoders are real: a test that is not marked `model` gets dummies, whatever it opens."""
    real = request.node.get_closest_marker("model") is not None
    with nullcontext() if real else dummy_encoders(dummy_cache):
        yield real


@pytest.fixture(scope="session")
def _opened(tmp_path_factory):
    """A function that opens the stages' tools with the small encoder: what takes seconds to load does so once."""

    @cache
    def opened(real):
        tools = components.PipelineComponents(
            load_settings(tmp_path_factory.mktemp("warm"), encoder="all-MiniLM-L6-v2")
        )
        tools.encoder = Remembering(tools.encoder)
        return {name: getattr(tools, name) for name in SHARED_TOOLS}

    return opened


@pytest.fixture
def warm_tools(real_encoder, _opened):
    """The stages' tools, opened once for all tests."""
    return _opened(real_encoder)


@pytest.fixture
def warm(monkeypatch, warm_tools):
    """Let every run of this test use the shared tools."""

    class PipelineComponents(components.PipelineComponents):
        def __init__(self, settings):
            super().__init__(settings)
            self.__dict__.update(warm_tools)

    monkeypatch.setattr(components, "PipelineComponents", PipelineComponents)


@pytest.fixture
def encoder_once(monkeypatch, warm_tools):
    """Let every run of this test use the opened encoder and make everything else anew."""
    monkeypatch.setattr(components, "open_encoder", lambda _: warm_tools["encoder"])


@pytest.fixture
def book(settings):
    return Book(settings)


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

    def run(*names, force=False, only=None, start=None, all_stored=False, **more):
        selection = Selection(force=force, only=only, start=start)
        given = [] if all_stored else [str(name) for name in names or [papers]]
        report = ingest(settings, given, selection=selection, **more)
        parts = (report.indexed, report.unchanged, report.duplicate, report.failed)
        assert report.found == sum(parts)
        return report

    return run


@pytest.fixture
def rows(settings):
    """A function that returns the ledger's rows by the last part of their source."""

    def read():
        ledger = ledger_of(settings.home)
        try:
            return {entry.source.rsplit("/", maxsplit=1)[-1]: entry for entry in ledger.entries()}
        finally:
            ledger.close()

    return read
