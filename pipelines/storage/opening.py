"""Selection of the stores of a home by the engine in the settings: the only module that compares engines."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from configs.settings import Settings
from pipelines.storage.storage import Storage

if TYPE_CHECKING:  # it imports SQLAlchemy, which a search without judgements does not need
    from pipelines.storage.ledger import Ledger


def open_storage(settings: Settings) -> Storage:
    """Return the stores of a home without opening any of them."""
    if settings.index == "elasticsearch":
        from pipelines.storage.cluster import ClusterStorage

        return ClusterStorage(settings)
    from pipelines.storage.local import LocalStorage

    return LocalStorage(settings)


@contextmanager
def opened_ledger(settings: Settings) -> Iterator["Ledger | None"]:
    """Yield the ledger, None where nothing was ingested yet; raises `UnavailableError` where it cannot be read."""
    storage = open_storage(settings)
    if not storage.has_ledger():
        yield None
        return
    with closing(storage.open_ledger(write=False)) as ledger:
        yield ledger
