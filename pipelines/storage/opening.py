"""Which stores serve a home: the one place that asks which engine the settings name."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from configs.settings import Settings
from pipelines.storage.storage import Storage

if TYPE_CHECKING:  # with it comes SQLAlchemy, which a search without judgements does not need
    from pipelines.storage.ledger import Ledger


def open_storage(settings: Settings) -> Storage:
    """Return the stores of a home; nothing is opened yet."""
    if settings.index == "elasticsearch":
        from pipelines.storage.cluster import ClusterStorage

        return ClusterStorage(settings)
    from pipelines.storage.local import LocalStorage

    return LocalStorage(settings)


@contextmanager
def opened_ledger(settings: Settings) -> Iterator["Ledger | None"]:
    """Give the ledger, None where nothing was ingested yet; raises `UnavailableError` where it cannot be read."""
    storage = open_storage(settings)
    if not storage.has_ledger():
        yield None
        return
    with closing(storage.open_ledger(write=False)) as ledger:
        yield ledger
