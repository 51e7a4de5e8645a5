"""The portal over the samples, asked in this process; what reads by words stands for encoder and classifier.

A test marked `model` has the default encoder, and papers that it read.
"""

from contextlib import ExitStack, contextmanager
from functools import cache

import pytest
from jinja2 import BytecodeCache
from lxml import html
from starlette.testclient import TestClient

from configs.settings import load_settings
from pipelines.access.keys import KeyStore
from pipelines.ingest.runs import ingest
from portal.web import rendering
from portal.web.app import create_app
from portal.web.gate import GateRules
from tests.conftest import once_in_a_run
from tests.dummy_encoder import dummy_encoders, fit_classifier
from tests.portal.conftest import copy_of
from tests.word_classifier import word_classifiers

LOOPBACK = ("127.0.0.1", 50000)
HOSTS = frozenset({"127.0.0.1", "localhost"})


@contextmanager
def asked(home, *, client=LOOPBACK, **rules):
    """Give a client of the portal of a home; it does not follow redirects."""
    app = create_app(load_settings(home), GateRules(HOSTS, **rules))
    with TestClient(app, base_url="http://127.0.0.1", client=client, follow_redirects=False) as found:
        yield found


def bearer(secret):
    """The headers of who has a key."""
    return {"Authorization": f"Bearer {secret}"}


def keys_of(home, **roles):
    """Add keys to a home, by name: of a role and access classes, or of a role for every class; return their headers."""
    store = KeyStore(home)
    given = {name: (one, None) if isinstance(one, str) else one for name, one in roles.items()}
    return {name: bearer(store.add(name, role, classes).secret) for name, (role, classes) in given.items()}


def page(client, address, code=200, **more):
    """Return a page as a tree; `code` is the status that it has to have."""
    answer = client.get(address, **more)
    assert answer.status_code == code, answer.text
    return html.fromstring(answer.text)


@pytest.fixture(scope="session")
def toy_tools(tmp_path_factory):
    """A function for a block in which everything that is opened reads by words."""
    cache = tmp_path_factory.mktemp("cache")

    @contextmanager
    def tools():
        with dummy_encoders(cache), word_classifiers():
            yield

    return tools


@pytest.fixture(scope="session")
def toy_home(tmp_path_factory, samples, toy_tools):
    """A home with the samples, which tests only read: ingested without a model, once for all workers."""

    def make(home):
        with toy_tools():
            settings = load_settings(home, workers=1)
            fit_classifier(settings)
            assert ingest(settings, [str(samples / "papers")]).failed == 0

    return once_in_a_run(tmp_path_factory, "toys", make)


class _Compiled(BytecodeCache):
    """The templates of a language that were compiled in this process."""

    def __init__(self):
        self._codes = {}

    def load_bytecode(self, bucket):
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self._codes[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def _each_template_compiled_once():
    """Applications share what templates are compiled to: that takes longer than to answer."""
    compiled = {language: _Compiled() for language in rendering.LANGUAGES}
    make = rendering.page_environment

    def with_compiled(language, *folders):
        environment = make(language, *folders)
        environment.bytecode_cache = compiled[language]
        return environment

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "page_environment", with_compiled)
        yield


def _needs_model(node):
    return node.get_closest_marker("model") is not None


def _papers_of(request):
    return request.getfixturevalue("sample_home" if _needs_model(request.node) else "toy_home")


@pytest.fixture(scope="module", autouse=True)
def _tools(request, toy_tools):
    """What the tests of a module have open in place of encoder and classifier: nothing where it is marked `model`."""
    with ExitStack() as stack:
        if not _needs_model(request.node):
            stack.enter_context(toy_tools())
        yield stack


@pytest.fixture(autouse=True)
def _tools_of_one(request, _tools, toy_tools):
    """Let a test that is marked `model` alone do without them."""
    alone = _needs_model(request.node) and not _needs_model(request.node.getparent(pytest.Module))
    if alone:
        _tools.close()
    yield
    if alone:
        _tools.enter_context(toy_tools())


@pytest.fixture(scope="session")
def _portal_of(tmp_path_factory):
    """A function that gives the client of a copy of a home, the same for all modules."""
    with ExitStack() as stack:

        @cache
        def portal(home):
            return stack.enter_context(asked(copy_of(home, tmp_path_factory.mktemp("portal") / "home")))

        yield portal


@pytest.fixture(scope="module")
def papers_home(request):
    """The home with the samples, which tests only read."""
    return _papers_of(request)


@pytest.fixture(scope="module")
def portal(papers_home, _portal_of):
    """A client on the machine itself, without keys; what pages write goes into a copy of the home."""
    return _portal_of(papers_home)


@pytest.fixture
def own_home(request, tmp_path):
    """A copy of the home with the samples, to be changed."""
    return copy_of(_papers_of(request), tmp_path / "home")


@pytest.fixture(autouse=True)
def without_cookies(request):
    """Ask the shared client without the cookies of earlier tests: a page asked for in French sets one."""
    if "portal" in request.fixturenames:
        request.getfixturevalue("portal").cookies.clear()


@pytest.fixture
def client(own_home):
    """A client of a home that the test may change."""
    with asked(own_home) as found:
        yield found


@pytest.fixture
def home(tmp_path):
    """The folder of a home that is not there yet."""
    return tmp_path / "home"


@pytest.fixture
def secret(home):
    """The key of an administrator of that home."""
    return KeyStore(home).add("ana", "admin", None).secret
