"""Withdrawn documents: their configured source no longer has them, and their grace period has not ended."""

import datetime as dt
import logging
from collections.abc import Collection, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from configs.settings import Settings
from configs.system.errors import UnavailableError
from pipelines.storage.opening import open_storage

if TYPE_CHECKING:
    from pipelines.storage.source_register import SourceRegister

_log = logging.getLogger(__name__)


class Withdrawn:
    """Queries the register of sources, which is opened on first use and kept open; safe for several threads."""

    def __init__(self, settings: Settings) -> None:
        self._storage = open_storage(settings)
        self._register: SourceRegister | None = None
        self._opening = Lock()

    def since(self, documents: Collection[str]) -> Mapping[str, dt.datetime]:
        """Return the times (UTC) of withdrawal of the withdrawn ones among documents, by their ids.

        If the register cannot be read, none is returned, which is logged: searches continue without it.
        """
        if not documents or not self._storage.may_be_withdrawn():
            return {}
        try:
            return self._opened().withdrawn(documents)
        except UnavailableError as error:
            _log.warning("which documents are withdrawn is not known: %s", error)
            return {}

    def close(self) -> None:
        """Close the register."""
        if self._register:
            self._register.close()

    def _opened(self) -> "SourceRegister":
        with self._opening:
            if self._register is None:
                self._register = self._storage.open_register(write=False)
            return self._register
