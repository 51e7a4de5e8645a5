"""Derived parts of an index rebuilt: the text index and the vectors of a home, or a new version in a cluster."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from configs.settings import Settings
from configs.system.errors import UsageError
from index.results import Counts
from pipelines.storage.opening import open_storage
from pipelines.storage.storage import Storage
from pipelines.workspace import INDEX

if TYPE_CHECKING:
    from index.elastic.reindex import Reindexed
    from pipelines.storage.workers import Worker

Progress = Callable[[int, int], None]


def rebuild(settings: Settings, progress: Progress = lambda *_: None) -> Counts:
    """Make the text index and the vectors of a home again; see `index.embedded.engine.rebuild`."""
    refuse_shared(settings, "rebuild", "use customs-lens reindex")
    from index.embedded.engine import rebuild as rebuild_folder

    return rebuild_folder(settings.home / INDEX, progress)


def reindex(settings: Settings, progress: Progress = lambda *_: None) -> "Reindexed":
    """Make a new version of the index of a cluster in place of the old one; see `index.elastic.reindex`."""
    _require_shared(settings)
    from index.elastic import reindex as versions

    storage = open_storage(settings)
    with _at_work(storage) as worker:
        return versions.reindex(settings.elasticsearch, worker, storage.open_judgements(write=True), progress)


def roll_back(settings: Settings) -> "Reindexed":
    """Go back to the version of the index before; see `index.elastic.reindex.roll_back`."""
    _require_shared(settings)
    from index.elastic import reindex as versions

    with _at_work(open_storage(settings)) as worker:
        return versions.roll_back(settings.elasticsearch, worker)


def refuse_shared(settings: Settings, command: str, instead: str) -> None:
    """Raise `UsageError` where the index lies in a cluster, for a command that looks after files of a home."""
    if open_storage(settings).shared:
        raise UsageError(f"{command} is for the embedded index, not for one in Elasticsearch", instead)


@contextmanager
def _at_work(storage: Storage) -> Iterator["Worker"]:
    """Be one of the workers of a cluster for a block."""
    with storage.claim() as worker:
        if worker is None:
            raise ValueError("an embedded index has no workers")
        yield worker


def _require_shared(settings: Settings) -> None:
    if not open_storage(settings).shared:
        message = "reindex makes a new version of an index in Elasticsearch"
        raise UsageError(message, "add --index elasticsearch; the embedded index keeps itself up")
