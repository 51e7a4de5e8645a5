"""Shared fixtures. What a machine may lack is skipped with a reason; in CI its absence is a failure."""

import os
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
