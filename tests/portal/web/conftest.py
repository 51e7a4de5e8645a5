"""The portal over the samples, asked in this process."""

from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from configs.settings import load_settings
from portal.web.app import create_app
from portal.web.gate import GateRules
from tests.portal.conftest import copy_of

LOOPBACK = ("127.0.0.1", 50000)
HOSTS = frozenset({"127.0.0.1", "localhost"})


@contextmanager
def asked(home, *, client=LOOPBACK, **rules):
    """Give a client of the portal of a home; it does not follow redirects."""
    app = create_app(load_settings(home), GateRules(HOSTS, **rules))
    with TestClient(app, base_url="http://127.0.0.1", client=client, follow_redirects=False) as found:
        yield found


@pytest.fixture(scope="session")
def portal(sample_home, tmp_path_factory):
    """A client on the machine itself, without keys; what pages write goes into a copy of the home."""
    home = copy_of(sample_home, tmp_path_factory.mktemp("portal") / "home")
    with asked(home) as client:
        yield client


@pytest.fixture(autouse=True)
def without_cookies(request):
    """Ask the shared client without the cookies of earlier tests: a page asked for in French sets one."""
    if "portal" in request.fixturenames:
        request.getfixturevalue("portal").cookies.clear()
