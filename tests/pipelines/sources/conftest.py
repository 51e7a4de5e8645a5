"""What tests of sources share: connectors that are closed when a test ends, and a server that answers as it says."""

import pytest

from pipelines.sources.connectors.opening import open_connector
from pipelines.sources.web import retries
from tests.pipelines.sources.connectors.scripted_server import FreeClock, ScriptedServer


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch):
    """Let requests that are repeated wait no time."""
    monkeypatch.setattr(retries, "SYSTEM", FreeClock().clock)


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
