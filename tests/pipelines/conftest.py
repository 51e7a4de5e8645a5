"""Homes for the tests of the pipeline: the real stages, with dummy encoders but in tests that are marked `model`."""

import datetime as dt
import time
from contextlib import nullcontext
from functools import cache

import pytest

from configs.settings import load_settings
from pipelines.ingest.plan import Selection
from pipelines.ingest.runs import ingest
from pipelines.stages import components
from pipelines.storage.opening import open_storage
from tests.dummy_encoder import dummy_encoders
from tests.pipelines.run_book import Book
from tests.remembering import Remembering
from tests.states import STATES, ledger_of, settings_with_state

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


@pytest.fixture
def clock(monkeypatch):
    """The clock on the wall, which a test may set by hours; that of durations goes on as it is."""
    real = dt.datetime

    class Clock(real):
        hours = 0.0

        @classmethod
        def now(cls, tz=None):
            return real.now(tz) + dt.timedelta(hours=cls.hours)

    monkeypatch.setattr(dt, "datetime", Clock)
    monkeypatch.setattr(time, "time", lambda: Clock.now().timestamp())
    return Clock


@pytest.fixture(params=STATES)
def searches(request, tmp_path):
    """A function that opens the store of saved searches as several programs do, in each database."""
    settings, stores = settings_with_state(request, tmp_path), []

    def open_one():
        stores.append(open_storage(settings).open_searches())
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()
