"""Shared fixtures. What a machine may lack is skipped with a reason; in CI its absence is a failure."""

import os
import resource
import signal
import subprocess
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from configs.elasticsearch import ElasticsearchSettings
from extractors import isolation
from tests import postgresql, services
from tests.forked import fork_server

CHECKOUT = Path(__file__).resolve().parents[1]

# Set before torch is imported, here and in processes of tests: its threads would spin while they wait, and there are
# more of them than processors.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# No example fails for being slow: the machine may be busy.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


_USUAL_UMASK = 0o077


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    """Let a test have the umask of the program, whatever a command or flow left that ran in this process before."""
    os.umask(_USUAL_UMASK)
    yield
    os.umask(_USUAL_UMASK)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag that writes the golden files anew; read the difference before it is committed."""
    parser.addoption("--regenerate-golden", action="store_true", help="write the files of tests/golden anew")


def pytest_configure(config: pytest.Config) -> None:
    """Make room for the servers that the processes of this run share, and let Ctrl-C reach what tests start.

    A shell lets what it starts in the background ignore SIGINT and SIGQUIT, and `nohup` SIGHUP; processes inherit that.
    """
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    if not hasattr(config, "workerinput"):
        services.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop these servers, and count in the last line what was skipped for want of `../shared`."""
    if hasattr(config, "workerinput"):
        return
    services.end()
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", ()) if reporter else ()
    if count := sum(OF_SHARED in str(one.longrepr) for one in skipped):
        reporter.write_line(f"{count} tests skipped: {OF_SHARED}")


LONGEST = (
    "tests/test_docs.py",
    "tests/portal/test_cli_hostile.py",
    "tests/portal/test_corpus_search.py",
    "tests/portal/test_cli_outage.py",
    "tests/pipelines/flows/test_schedule.py",
    "tests/pipelines/flows/test_missed_runs.py",
    "tests/pipelines/flows/test_told.py",
    "tests/pipelines/flows/test_two_workers.py",
    "tests/pipelines/flows/test_hanging_runs.py",
    "tests/portal/web/test_leaks.py",
    "tests/portal/web/test_browser.py",
    "tests/portal/web/test_two_homes.py",
    "tests/pipelines/ingest/test_hostile.py",
    "tests/portal/test_cli_hostile_texts.py",
    "tests/pipelines/ingest/test_helping.py",
    "tests/pipelines/ingest/test_crash.py",
    "tests/index/encoder/test_local_models.py",
    "tests/pipelines/review/test_training.py",
    "tests/portal/test_cli_elasticsearch.py",
)
"""Files that take minutes: begun last, one of them would run alone in the end."""


COMPARED = 10
"""Of the cases of a file that run on every engine, `make test` runs the first and each tenth on Elasticsearch."""


@pytest.hookimpl(tryfirst=True)  # before the tests that nobody asked for are taken out by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first; mark as long what compares the engines once more."""
    ranks = {CHECKOUT / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))
    seen: Counter[Path] = Counter()
    for item in items:
        if isinstance(item, pytest.Function) and _is_on_one_more_engine(item):
            if seen[item.path] % COMPARED:
                item.add_marker(pytest.mark.long)
            seen[item.path] += 1


def _is_on_one_more_engine(item: pytest.Function) -> bool:
    """Tell whether a test runs on Elasticsearch as one of the engines that it has to run on."""
    values = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return any(isinstance(value, str) and value == "elasticsearch" for value in values)


OF_SHARED = "it lies in ../shared, which is not beside this checkout"


def missing(reason: str, *, of_shared: bool = False) -> None:
    """Skip the test; in CI, where everything has to be there, fail it.

    On a hosted runner (`CI=hosted`) there is what a checkout and the packages of Debian can give.
    """
    if os.environ.get("CI") == "true" or (os.environ.get("CI") == "hosted" and not of_shared):
        pytest.fail(f"{reason}: in CI this has to be there", pytrace=False)
    pytest.skip(OF_SHARED if of_shared else reason)


def needs(package: str) -> None:
    """Skip the test where a package is not installed; in CI, fail it."""
    if find_spec(package) is None:
        missing(f"{package} is not installed")


@pytest.fixture(scope="session", autouse=True)
def _same_priority() -> Iterator[None]:
    """Let no test that takes papers in step back for good: there is no way to come forward again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "setpriority", lambda *_: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_reading_server() -> Iterator[None]:
    """Let the server of the reading processes outlive single runs and files: to start one takes seconds."""
    shutdown = isolation.shutdown
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "shutdown", lambda: None)
        yield
    shutdown()


@pytest.fixture(scope="session", autouse=True)
def _one_fork_server() -> Iterator[None]:
    """End the server that runs the command line with its modules loaded, where a test began one."""
    yield
    if fork_server.cache_info().currsize:
        fork_server().stop()
        fork_server.cache_clear()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material beside the checkout."""
    folder = Path(os.environ.get("CUSTOMS_LENS_SHARED", CHECKOUT.parent / "shared"))
    if not folder.is_dir():
        missing("no ../shared beside the checkout", of_shared=True)
    return folder


@pytest.fixture(scope="session")
def corpus(shared: Path) -> Path:
    """Real documents for tests, read in place."""
    return shared / "corpus"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The papers written for this project."""
    return CHECKOUT / "samples"


def once_in_a_run(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return the home of a name, which one of the processes of this run makes and the others wait for."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # that of all workers
    home = folder / name / "home"
    with FileLock(folder / f"{name}.lock"):
        if not home.exists():
            home.parent.mkdir(exist_ok=True)
            make(home.with_name("new"))
            home.with_name("new").rename(home)
    return home


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """A home with the samples, which tests only read: ingested by the default encoder, once for all workers."""
    from tests.portal.conftest import run_apart

    def make(home: Path) -> None:
        done = run_apart("ingest", samples / "papers", "--home", home, "--json", timeout=600)
        assert done.code == 0, done.err

    return once_in_a_run(tmp_path_factory, "samples", make)


class Node:
    """An Elasticsearch of our own on a folder; it may be killed and started again on the same port.

    `settings` are those of the next start.
    """

    def __init__(self, kit: Path, folder: Path, *settings: str, heap: str = "300m") -> None:
        self._kit, self._folder, self.settings, self._heap = kit, folder, settings, heap
        self.url = ""
        self.url = self.start()

    def start(self) -> str:
        """Start it, wait until it answers, and return its URL."""
        port = self.url.rpartition(":")[2] or "0"
        command = [self._kit / "start", self._folder, port, *self.settings]
        # a node lives for some minutes: the second compiler of Java would take half of its processor time
        environment = {**os.environ, "HEAP": self._heap, "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        return done.stdout.strip()

    def kill(self) -> None:
        """End it as a machine ends that loses its power."""
        os.kill(int((self._folder / "pid").read_text()), signal.SIGKILL)

    def stop(self) -> None:
        """End it, and wait for that."""
        subprocess.run(self.stopping, check=True, capture_output=True)

    @property
    def stopping(self) -> list[str | Path]:
        """The command that ends it."""
        return [self._kit / "stop", self._folder]


@pytest.fixture(scope="session")
def elasticsearch_kit(shared: Path) -> Path:
    """The folder of the programs that start and stop a node."""
    kit = shared / "elasticsearch"
    if not kit.is_dir():
        missing("no ../shared/elasticsearch to start", of_shared=True)
    return kit


@pytest.fixture(scope="session")
def start_elasticsearch(
    elasticsearch_kit: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Node]]:
    """Start a node of our own, with settings of its own; all of them are stopped at the end."""
    nodes: list[Node] = []

    def start(*settings: str) -> Node:
        nodes.append(Node(elasticsearch_kit, tmp_path_factory.mktemp("elasticsearch"), *settings))
        return nodes[-1]

    yield start
    for node in nodes:
        node.stop()


@pytest.fixture(scope="session")
def elasticsearch_url(request: pytest.FixtureRequest) -> str:
    """A real Elasticsearch: the one that ELASTICSEARCH_URL names, else one of our own that the whole run shares."""
    if given := os.environ.get("ELASTICSEARCH_URL"):
        return given
    kit = request.getfixturevalue("elasticsearch_kit")

    def start(folder: Path) -> tuple[str, list[str | Path]]:
        node = Node(kit, folder, heap="600m")
        return node.url, node.stopping

    return services.shared("elasticsearch", start)


@pytest.fixture(scope="session")
def full_disk() -> Callable[[], AbstractContextManager[None]]:
    """A function for a block in which no process that it begins, nor this one, can write a byte to a file."""

    @contextmanager
    def full() -> Iterator[None]:
        free, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))  # Python turns the signal of it into an OSError
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (free, most))

    return full


@pytest.fixture
def cluster(elasticsearch_url: str) -> Iterator[ElasticsearchSettings]:
    """How a cluster is reached; its pauses are short, and what a test leaves in it is deleted."""
    settings = ElasticsearchSettings(
        url=elasticsearch_url,
        name=f"test-{uuid.uuid4().hex[:8]}",
        backoff_seconds=0.05,
        timeout_seconds=30,
        patience_seconds=0,
    )
    yield settings
    delete_indices(settings)


def delete_indices(settings: ElasticsearchSettings) -> None:
    """Delete every index of a name."""
    from index.elastic.client import connect

    opened = connect(settings)
    names = list(opened.client.indices.get_alias(index=f"{settings.name}-*"))
    if names:
        opened.client.indices.delete(index=names)
    opened.client.close()


@pytest.fixture(scope="session")
def postgresql_url() -> str:
    """A PostgreSQL of our own that the whole run shares: the URL of its first database."""
    if postgresql.binaries() is None:
        missing("PostgreSQL is not installed")
    return services.shared("postgresql", lambda _: postgresql.start_shared())


@pytest.fixture
def database(postgresql_url: str) -> Iterator[str]:
    """The URL of a database in which nothing is; it is deleted afterwards."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    postgresql.execute(postgresql_url, f"CREATE DATABASE {name}")
    yield postgresql_url.replace("/postgres", f"/{name}")
    postgresql.execute(postgresql_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def fragile_node(start_elasticsearch: Callable[..., Node]) -> Node:
    """A node that is soon too busy, and that tests may kill and start again."""
    return start_elasticsearch("indexing_pressure.memory.limit=2mb")
