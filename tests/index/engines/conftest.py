"""The same tests for every engine: what they answer must not depend on which one it is."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pytest

from configs.elasticsearch import ElasticsearchSettings
from index.elastic.engine import ElasticEngine
from index.embedded.engine import open_embedded
from index.filters import EVERY_CLASS, parse_filters
from index.results import SearchRequest
from tests.crew import Member
from tests.index.conftest import vectors_of
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


class Filled:
    """An index of papers that tests only read, and the engine that reads it.

    It is filled anew only where other papers are asked for than before; `begin` returns what opens an engine on it.
    """

    def __init__(self, begin):
        self._begin, self._papers, self._held, self._engine = begin, (), None, None

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def hold(self, *papers):
        """Let exactly these papers be there, of which some may come with vectors of their own."""
        pairs = [one if isinstance(one, tuple) else (one, vectors_of(one)) for one in papers]
        wanted = [(paper, vectors.tobytes()) for paper, vectors in pairs]
        if wanted != self._held:
            self.leave()
            self.open = self._begin()
            with closing(self.open(write=True)) as writer:
                for name, _ in writer.documents(access_classes=EVERY_CLASS):
                    writer.remove(name)
                for paper, vectors in pairs:
                    writer.put(paper, vectors, versions={"read": "1"})
            self._papers, self._held, self._engine = papers, wanted, self.open()
        return self

    def add(self, *papers):
        """Let these papers be there beside those that are."""
        return self.hold(*self._papers, *papers)

    def leave(self):
        """Close the engine."""
        if self._engine:
            self._engine.close()
        self._held = self._engine = None


@pytest.fixture(scope="session")
def _filled_once(request, identity, tmp_path_factory):
    """A function that returns the index, for all tests, that an engine reads."""

    def in_folder():
        return partial(open_embedded, tmp_path_factory.mktemp("filled") / "index", identity, write=False)

    def in_cluster():
        url, name = request.getfixturevalue("elasticsearch_url"), f"test-{uuid.uuid4().hex[:8]}"

        def open_one(*, write=False, **more):
            cluster = ElasticsearchSettings(url=url, name=name)
            return ElasticEngine(cluster, identity, write=write, worker=Member() if write else None, **more)

        return lambda: open_one

    made = {}

    def filled(name):
        if name not in made:
            made[name] = Filled(in_folder if name == "embedded" else in_cluster())
        return made[name]

    yield filled
    for one in made.values():
        one.leave()


@pytest.fixture
def filled(_filled_once, engine_name):
    """An index of papers that tests only read, and the engine that reads it."""
    return _filled_once(engine_name)


@pytest.fixture
def hold(filled):
    """A function that lets this index hold exactly some papers, and returns it."""
    return filled.hold


@pytest.fixture
def ask(filled):
    """A function that searches this index by word, if no other mode is given, under filters as people write them."""

    def answer(query="", *filters, vector=None, **more):
        wanted = {"filters": parse_filters(filters, access_classes=EVERY_CLASS), "query": query, "mode": "text"}
        return filled.search(SearchRequest(**(wanted | {"k": 1000} | more)), vector)

    return answer


@pytest.fixture
def names(ask):
    """The same for the names of the papers alone."""
    return lambda *given, **more: [hit.document.source.rpartition("/")[2] for hit in ask(*given, **more).hits]


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
