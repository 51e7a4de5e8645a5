"""What tests of sources share: connectors that are closed when a test ends, and a server that answers as it says."""

import pytest

from pipelines.sources.connectors.opening import open_connector
from pipelines.sources.web import retries
from tests.given_sources import discover
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


@pytest.fixture
def found(tmp_path):
    """Write bytes under a name and return the sources by their URIs without the file's own."""

    def go(data, name="paper.pdf", **options):
        path = tmp_path / name
        path.write_bytes(data)
        return {source.uri.removesuffix(f"::file://{path}"): source for source in discover([str(path)], **options)}

    return go


def content(source, folder):
    with source.as_file(folder / "work") as path:
        return path.read_bytes()
