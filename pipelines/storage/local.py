"""The stores of a home with the embedded engine, which are files of the home."""

from collections.abc import Hashable
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

from configs.system.sqlite.failures import storage_errors
from configs.system.sqlite.replacing import refuse_unfinished
from index.embedded.engine import open_embedded
from index.embedded.schema import check, is_made
from index.embedded.store import Store
from index.encoder import EncoderIdentity
from index.filters import Descendants
from index.protocol import Engine
from index.query.expansion import ThemesIn
from pipelines.storage.storage import Storage
from pipelines.workspace import INDEX, PRIMARY_STORE


class LocalStorage(Storage):
    """See `Storage`."""

    shared = False
    repairing = "doctor --repair"

    def open_engine(
        self,
        identity: EncoderIdentity | None,
        *,
        write: bool,
        descendants: Descendants | None = None,
        themes_in: ThemesIn | None = None,
    ) -> Engine:
        """Return the embedded engine."""
        judgements = self.open_judgements(write=write)
        refuse_unfinished(self._home)
        folder = self._home / INDEX
        return open_embedded(
            folder, identity, write=write, descendants=descendants, themes_in=themes_in, judgements=judgements
        )

    def has_index(self) -> bool:
        """Return whether the primary store exists."""
        return (self._home / PRIMARY_STORE).exists()

    def index_totals(self) -> tuple[int, int] | None:
        """Query the primary store: the text index and the vectors are not opened."""
        if not self.has_index():
            return None
        folder = self._home / INDEX
        with storage_errors(folder), closing(Store(folder, write=False)) as store:
            if not is_made(store.connection):
                return None
            check(store.connection, folder, None)
            _, papers, passages = store.totals()
            return papers, passages

    def index_mark(self) -> Hashable:
        """Return an identifier of the file of the primary store; None without one."""
        try:
            state = (self._home / PRIMARY_STORE).stat()
        except FileNotFoundError:
            return None
        return state.st_dev, state.st_ino

    def claim(self, *, alone: bool = True) -> AbstractContextManager[None]:  # noqa: ARG002 - every writer is
        """Do nothing: the engine has its own lock."""
        return nullcontext()

    @property
    def _home(self) -> Path:
        return self._settings.home
