"""Derived parts of an index rebuilt: the text index and the vectors of a home, or a new version in a cluster."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from configs.settings import Settings
from configs.system.errors import UsageError
from index.results import Counts
from pipelines.storage.opening import open_storage
from pipelines.workspace import INDEX

if TYPE_CHECKING:
    from index.elastic.reindex import Reindexed

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

    return versions.reindex(settings.elasticsearch, open_storage(settings).open_annotations(write=True), progress)


def roll_back(settings: Settings) -> "Reindexed":
    """Go back to the version of the index before; see `index.elastic.reindex.roll_back`."""
    _require_shared(settings)
    from index.elastic import reindex as versions

    return versions.roll_back(settings.elasticsearch)


def refuse_shared(settings: Settings, command: str, instead: str) -> None:
    """Raise `UsageError` where the index lies in a cluster, for a command that looks after files of a home."""
    if open_storage(settings).shared:
        raise UsageError(f"{command} is for the embedded index, not for one in Elasticsearch", instead)


def _require_shared(settings: Settings) -> None:
    if not open_storage(settings).shared:
        message = "reindex makes a new version of an index in Elasticsearch"
        raise UsageError(message, "add --index elasticsearch; the embedded index keeps itself up")
