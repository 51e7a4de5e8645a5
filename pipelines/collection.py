"""An open home: its search service, and registers over all its papers, for all interfaces.

Data is read on first use, and modules are imported when they are needed.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from functools import cached_property
from typing import TYPE_CHECKING, Self

from configs.settings import Settings
from pipelines.access.keys import Reader

if TYPE_CHECKING:
    from index.protocol import Engine
    from pipelines.desk.briefings import BriefingDesk
    from pipelines.desk.decisions import DecisionRegister
    from pipelines.desk.headers import Headers
    from pipelines.desk.overview import Overviews
    from pipelines.desk.profile import Profiles
    from pipelines.quotations.verify import Verifier
    from pipelines.search.service import SearchService
    from pipelines.viewing.withdrawn import Withdrawn


class Collection:
    """The papers of a home, for readers of any access class; safe for several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all open parts."""
        self._open.close()

    @cached_property
    def service(self) -> "SearchService":
        """The search service, whose engines threads borrow."""
        from pipelines.search.service import SearchService

        return self._open.enter_context(SearchService(self.settings))

    @cached_property
    def withdrawn(self) -> "Withdrawn":
        """The papers that their sources no longer have."""
        from pipelines.viewing.withdrawn import Withdrawn

        return self._open.enter_context(closing(Withdrawn(self.settings)))

    def engine(self) -> "AbstractContextManager[Engine]":
        """Lend an engine to one thread; see `SearchService.engine`."""
        return self.service.engine()

    def verifier(self, reader: Reader, check: Callable[[], None] = lambda: None) -> "Verifier":
        """Return a verifier of quotations for a reader; `check` raises to cancel it."""
        from pipelines.quotations.verify import Verifier

        held = reader.access_classes
        return Verifier(self.settings, self.service, self.withdrawn, access_classes=held, check=check)

    @cached_property
    def headers(self) -> "Headers":
        """The headers of all papers, read once for each revision of the index."""
        from pipelines.desk.headers import Headers

        return Headers(self.service)

    @cached_property
    def decisions(self) -> "DecisionRegister":
        """The register of decisions."""
        from pipelines.desk.decisions import DecisionRegister

        return DecisionRegister(self.service, self.headers)

    @cached_property
    def profiles(self) -> "Profiles":
        """The profiles of administrations and groups, computed once for a revision of the index."""
        from pipelines.desk.profile import Profiles

        return Profiles(self.settings, self.service)

    @cached_property
    def overviews(self) -> "Overviews":
        """The overviews of the collection, computed once for a revision of the index."""
        from pipelines.desk.overview import Overviews

        return Overviews(self.settings, self.service, self.headers)

    @cached_property
    def briefings(self) -> "BriefingDesk":
        """The briefings of readers."""
        from pipelines.desk.briefings import BriefingDesk

        return BriefingDesk(self.settings, self.service)
