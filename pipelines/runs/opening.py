"""The ledger of a home, opened to be read."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from configs.settings import Settings
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage


@contextmanager
def opened_ledger(settings: Settings) -> Iterator[Ledger | None]:
    """Give the ledger, None where nothing was ingested yet; raises `UnavailableError` where it cannot be read."""
    storage = open_storage(settings)
    if not storage.has_ledger():
        yield None
        return
    with closing(storage.open_ledger(write=False)) as ledger:
        yield ledger
