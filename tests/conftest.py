"""Shared fixtures. What a machine may lack is skipped with a reason; in CI its absence is a failure."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag that writes the golden files anew; read the difference before it is committed."""
    parser.addoption("--regenerate-golden", action="store_true", help="write the files of tests/golden anew")


def missing(reason: str) -> None:
    """Skip the test; in CI, where everything has to be there, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}: in CI this has to be there", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material beside the checkout."""
    folder = Path(os.environ.get("CUSTOMS_LENS_SHARED", CHECKOUT.parent / "shared"))
    if not folder.is_dir():
        missing("no ../shared beside the checkout")
    return folder


@pytest.fixture(scope="session")
def corpus(shared: Path) -> Path:
    """Real documents for tests, read in place."""
    return shared / "corpus"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The papers written for this project."""
    return CHECKOUT / "samples"


@pytest.fixture(scope="session")
def elasticsearch_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Elasticsearch: the one that ELASTICSEARCH_URL names, else one of our own for these tests."""
    given = os.environ.get("ELASTICSEARCH_URL")
    if given:
        yield given
        return
    kit = request.getfixturevalue("shared") / "elasticsearch"
    if not kit.is_dir():
        missing("no ../shared/elasticsearch to start, and no ELASTICSEARCH_URL")
    folder = tmp_path_factory.mktemp("elasticsearch")
    try:
        yield start_elasticsearch(kit, folder)
    finally:
        subprocess.run([kit / "stop", folder], check=True, capture_output=True)


def start_elasticsearch(kit: Path, folder: Path, *settings: str) -> str:
    """Start a node on a folder, and on the port that it had there before, and return its URL."""
    known = folder / "http.url"
    port = known.read_text().strip().rpartition(":")[2] if known.exists() else "0"
    command = [kit / "start", folder, port, *settings]
    environment = {**os.environ, "HEAP": "300m"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return done.stdout.strip()
