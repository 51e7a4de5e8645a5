"""The same tests for every engine: what they answer must not depend on which one it is."""

import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest

from configs.elasticsearch import ElasticsearchSettings
from index.elastic.engine import ElasticEngine
from index.embedded.engine import open_embedded
from index.filters import EVERY_CLASS
from tests.crew import Member
from tests.states import judgements_in

ENGINES = ["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]


@pytest.fixture(scope="session")
def index_name() -> str:
    """The name of one index for all tests: making one costs more than emptying it."""
    return f"test-{uuid.uuid4().hex[:8]}"


@pytest.fixture(params=ENGINES)
def engine_name(request) -> str:
    return request.param


@pytest.fixture
def cluster(request, index_name):
    """How the index of the tests in the cluster is reached."""
    return ElasticsearchSettings(url=request.getfixturevalue("elasticsearch_url"), name=index_name)


@pytest.fixture
def opened(request, engine_name, folder, identity) -> Iterator:
    """Open engines on one index; what a test leaves open is closed."""
    engines = []
    cluster = request.getfixturevalue("cluster") if engine_name == "elasticsearch" else None

    def open_one(*, write=False, **more):
        encoder = more.pop("identity", identity)
        if cluster is None:
            engine = open_embedded(folder, encoder, write=write, **more)
        else:
            engine = ElasticEngine(cluster, encoder, write=write, worker=Member() if write else None, **more)
        engines.append(engine)
        return engine

    yield open_one
    for engine in engines:
        engine.close()
    if cluster:
        emptied = open_one(write=True)
        for name, _ in emptied.documents(access_classes=EVERY_CLASS):
            emptied.remove(name)
        emptied.close()


@pytest.fixture
def judgements(folder):
    """What people judged in the home that the index lies in."""
    with closing(judgements_in(folder.parent)) as store:
        yield store


@pytest.fixture
def engine(opened, judgements, folder):
    """A writer that applies it; readers are opened with `reader`."""
    return opened(write=True, judgements=judgements_in(folder.parent))


@pytest.fixture
def reader(opened, engine, folder):
    """A function that opens an engine as the index is by then."""

    def open_one():
        return opened(judgements=judgements_in(folder.parent))

    return open_one
