"""What a home kept by itself, taken over into the cluster that it uses from now on; once, and the home keeps it too.

So a home that used the embedded engine, or a cluster before workers shared one, goes on where it was: what it read,
tagged and encoded is not done again, and nothing that people said is lost.
"""

import logging
from contextlib import closing

from configs.settings import Settings
from index.annotations.store import LabelStore
from index.filters import EVERY_CLASS
from pipelines.storage.local_ledger import LocalLedger
from pipelines.storage.opening import open_storage
from pipelines.workspace import LEDGER, home_name

_log = logging.getLogger(__name__)


def take_over(settings: Settings) -> None:
    """Give the cluster the ledger and the labels of a home that has some; say so in the log."""
    if not open_storage(settings).shared:
        return
    _labels(settings)
    _ledger(settings)


def _ledger(settings: Settings) -> None:
    path = settings.home / LEDGER
    if not path.exists():
        return
    from pipelines.storage.elastic_ledger import ClusterLedger

    with (
        closing(LocalLedger(path)) as local,
        closing(ClusterLedger(settings.elasticsearch, write=True)) as ledger,
    ):
        if count := ledger.take_over(home_name(settings.home), local.entries()):
            for tombstone in local.tombstones(None, access_classes=EVERY_CLASS):
                ledger.add_tombstone(tombstone)
            _log.info("%s: %d rows were taken over into the cluster's ledger", path, count)


def _labels(settings: Settings) -> None:
    from index.elastic.annotations import ClusterLabels

    with closing(LabelStore(settings.home)) as local, closing(ClusterLabels(settings.elasticsearch)) as labels:
        given = local.since(0)
        home = home_name(settings.home)
        if given and (taken := labels.add(given, home=home)):
            _log.info("%s: %d judgements were taken over into the cluster", local.path, len(taken))
        corrected = local.corrections()
        if corrected and (moved := labels.correct(corrected, home=f"{home} corrections")):
            _log.info("%s: %d corrections were taken over into the cluster", local.path, len(moved))
