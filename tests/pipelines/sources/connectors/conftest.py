"""One source of each kind for the tests of connectors: `harness` is parametrised by its name."""

import pytest

from pipelines.sources.connectors.opening import open_connector
from tests.pipelines.sources.connectors.harness import Servers, harness_class, having
from tests.pipelines.sources.connectors.scripted_server import ScriptedServer


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


@pytest.fixture
def connect(settings):
    """A function that opens the connector of a config, which is closed when the test ends."""
    opened = []

    def connected(config):
        opened.append(open_connector(config, settings))
        return opened[-1]

    yield connected
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def shared_server():
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.fixture
def server(shared_server):
    """A server on loopback that answers as a test says, and says nothing at its beginning."""
    shared_server.reset()
    return shared_server
