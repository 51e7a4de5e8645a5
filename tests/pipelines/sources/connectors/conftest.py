"""One source of each kind for the tests of connectors: `harness` is parametrised by its name."""

import pytest

from tests.pipelines.sources.connectors.harness import Servers, harness_class, having


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """The servers of all kinds, for the tests of a file."""
    started = Servers(tmp_path_factory.mktemp("servers"))
    yield started
    started.stop()


@pytest.fixture(params=having())
def harness(request, servers, tmp_path, monkeypatch):
    """A source, empty; of every kind, unless a test is parametrised with the names of some (`indirect`)."""
    folder = tmp_path / "source"
    folder.mkdir()
    made = harness_class(request.param)(servers.of(request.param), folder)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    yield made
    made.close()
