"""Several workers on one database."""

import pytest
from pydantic import SecretStr

from configs.settings import load_settings
from pipelines.storage.ledger import Ledger
from pipelines.storage.state import State


@pytest.fixture
def shared_settings(tmp_path, database):
    return load_settings(tmp_path / "home").model_copy(update={"database": SecretStr(database)})


@pytest.fixture
def opened(shared_settings):
    """A function that opens the ledger of another worker; what a test leaves open is closed."""
    ledgers = []

    def open_one():
        ledgers.append(Ledger(State(shared_settings, patient=True)))
        return ledgers[-1]

    yield open_one
    for ledger in ledgers:
        ledger.close()
