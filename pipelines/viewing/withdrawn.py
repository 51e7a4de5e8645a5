"""Which documents are withdrawn: their configured source no longer has them, and their grace period goes on."""

import datetime as dt
import logging
from collections.abc import Collection, Mapping
from contextlib import closing

from configs.errors import UnavailableError
from configs.settings import Settings
from pipelines.storage.opening import open_storage

_log = logging.getLogger(__name__)


def withdrawn_since(settings: Settings, documents: Collection[str]) -> Mapping[str, dt.datetime]:
    """Return since when (UTC) those of the documents are withdrawn that are, by their ids.

    It says nothing of a document but that. Where the register of sources cannot be read, none is known to be, which is
    logged: a search goes on without it.
    """
    if not documents:
        return {}
    try:
        with closing(open_storage(settings).open_register(write=False)) as register:
            found = register.withdrawn()
    except UnavailableError as error:
        _log.warning("which documents are withdrawn is not known: %s", error)
        return {}
    return {name: since for name, since in found.items() if name in documents}
