"""Which stores serve a home: files of its own, or indices that it shares with others in a cluster."""

from pathlib import Path

from configs.settings import Settings
from pipelines.storage.ledger import Ledger, LocalLedger
from pipelines.storage.saved_searches import LocalSearches, SavedSearches
from pipelines.workspace import LEDGER


def open_ledger(settings: Settings, *, write: bool) -> Ledger:
    """Return the ledger of a home, or the one that it shares with others in a cluster.

    Raises `UnavailableError` where that cannot be used and `MismatchError` for one of another version. Without `write`
    nothing is made that is not there.
    """
    if settings.index == "elasticsearch":
        from pipelines.storage.elastic_ledger import ClusterLedger

        return ClusterLedger(settings.elasticsearch, write=write)
    path = settings.home / LEDGER
    return LocalLedger(path if write or path.exists() else Path(":memory:"))


def open_searches(settings: Settings, *, write: bool = True) -> SavedSearches:
    """Return the saved searches of a home, or those that it shares with others in a cluster; see `open_ledger`."""
    if settings.index == "elasticsearch":
        from pipelines.storage.elastic_searches import ClusterSearches

        return ClusterSearches(settings.elasticsearch, write=write)
    return LocalSearches(settings.home)
