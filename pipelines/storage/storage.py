"""The stores of a home, in files of its own or in a shared cluster, behind one interface."""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ClassVar

from configs.settings import Settings
from index.encoder import EncoderIdentity
from index.filters import Descendants
from index.judgements.store import JudgementStore
from index.protocol import Engine
from index.query.expansion import ThemesIn
from pipelines.storage import lazy
from pipelines.storage.blobs import BlobStore
from pipelines.workspace import BLOBS

if TYPE_CHECKING:
    from pipelines.storage.briefings import Briefings
    from pipelines.storage.ledger import Ledger
    from pipelines.storage.saved_searches import SavedSearches
    from pipelines.storage.source_register import SourceRegister
    from pipelines.storage.workers import Worker


class Storage(ABC):
    """The stores of a home; the caller opens each one and closes it.

    Every method raises `UnavailableError` for a store that cannot be used, `MismatchError` for one of another version.
    """

    shared: ClassVar[bool]
    """Whether several machines use the stores at once; then nothing of them is repaired or backed up from one home."""
    repairing: ClassVar[str]
    """The command that puts right what is missing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker: Worker | None = None

    @abstractmethod
    def open_engine(
        self,
        identity: EncoderIdentity | None,
        *,
        write: bool,
        descendants: Descendants | None = None,
        themes_in: ThemesIn | None = None,
    ) -> Engine:
        """Return the engine.

        `descendants` resolves sub-bodies in queries (`body:ptc`), `themes_in` finds the labels of themes in them.
        Questions that need no vector may go without an identity; writing needs one. Raises `UnavailableError` also
        where there is no index to read or another process is writing it, `MismatchError` where the index was made with
        another encoder, and `UsageError` where the cluster is not named or refuses the key.
        """

    def open_judgements(self, *, write: bool) -> JudgementStore:
        """Return the judgements and corrections; with a writer, it waits for an unavailable server."""
        return lazy.LazyJudgements(self._settings, patient=write)

    def open_ledger(self, *, write: bool) -> "Ledger":
        """Return the ledger. Without `write` nothing is created; a writer waits for an unavailable server."""
        from pipelines.storage.ledger import Ledger
        from pipelines.storage.state import State

        return Ledger(State(self._settings, patient=write), self._worker)

    def open_searches(self) -> "SavedSearches":
        """Return the saved searches."""
        from pipelines.storage.saved_searches import SavedSearches
        from pipelines.storage.state import State

        return SavedSearches(State(self._settings))

    def open_briefings(self) -> "Briefings":
        """Return the briefings."""
        from pipelines.storage.briefings import Briefings
        from pipelines.storage.state import State

        return Briefings(State(self._settings))

    def open_register(self, *, write: bool) -> "SourceRegister":
        """Return the register of the items of configured sources; a writer waits for an unavailable server."""
        from pipelines.storage.source_register import SourceRegister
        from pipelines.storage.state import State

        return SourceRegister(State(self._settings, patient=write))

    def may_be_withdrawn(self) -> bool:
        """Return whether any document may be withdrawn; each search calls this."""
        return lazy.may_be_withdrawn(self._settings)

    @abstractmethod
    def has_index(self) -> bool:
        """Return whether an index exists."""

    @abstractmethod
    def index_totals(self) -> tuple[int, int] | None:
        """Return how many papers and passages the index holds, of every access class; None without an index."""

    @abstractmethod
    def index_mark(self) -> Hashable:
        """Return an identifier of the index, which changes when another index, such as a restored one, replaces it."""

    def has_ledger(self) -> bool:
        """Return whether anything was ever ingested, as far as this home can tell; see `may_be_withdrawn`."""
        return lazy.may_hold(self._settings, "SELECT 1 FROM documents UNION ALL SELECT 1 FROM runs LIMIT 1")

    @abstractmethod
    def claim(self, *, alone: bool = True) -> AbstractContextManager["Worker | None"]:
        """Exclude other writers of this home for a block, where the engine does not do so itself.

        Yields the worker of this process for engine and ledger where several homes share an index. A worker that is not
        `alone` may run beside another worker of the same home on a shared index.
        """

    def blobs(self) -> BlobStore:
        """Return the artefacts of stages, which belong to the home unless the homes of a cluster share them."""
        return BlobStore(str(self._settings.home / BLOBS))
