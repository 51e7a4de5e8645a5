"""What a home kept by itself, taken over into the cluster that it uses from now on; once, and the home keeps it too.

So nothing is lost that people said in a home that used the embedded engine.
"""

import logging
from contextlib import closing

from configs.settings import Settings
from index.annotations.store import LabelStore
from pipelines.storage.opening import open_storage
from pipelines.workspace import home_name

_log = logging.getLogger(__name__)


def take_over(settings: Settings) -> None:
    """Give the cluster the labels of a home that has some; say so in the log."""
    if not open_storage(settings).shared:
        return
    _labels(settings)


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
