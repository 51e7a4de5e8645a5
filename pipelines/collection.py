"""A home that is open: its search service, and what is known of all its papers, for every way in.

Nothing is read before the first question, and what a question does not need is not imported.
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
    """The papers of a home, for readers of any access class; several threads may ask at once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened."""
        self._open.close()

    @cached_property
    def service(self) -> "SearchService":
        """The search service, with the engines that it lends."""
        from pipelines.search.service import SearchService

        return self._open.enter_context(SearchService(self.settings))

    @cached_property
    def withdrawn(self) -> "Withdrawn":
        """Which papers their sources no longer have."""
        from pipelines.viewing.withdrawn import Withdrawn

        return self._open.enter_context(closing(Withdrawn(self.settings)))

    def engine(self) -> "AbstractContextManager[Engine]":
        """Lend an engine to one thread; see `SearchService.engine`."""
        return self.service.engine()

    def verifier(self, reader: Reader, check: Callable[[], None] = lambda: None) -> "Verifier":
        """Return what verifies quotations for a reader; `check` raises where that is to end."""
        from pipelines.quotations.verify import Verifier

        held = reader.access_classes
        return Verifier(self.settings, self.service, self.withdrawn, access_classes=held, check=check)

    @cached_property
    def headers(self) -> "Headers":
        """The headers of all papers, read once for each state of the index."""
        from pipelines.desk.headers import Headers

        return Headers(self.service)

    @cached_property
    def decisions(self) -> "DecisionRegister":
        """The register of decisions."""
        from pipelines.desk.decisions import DecisionRegister

        return DecisionRegister(self.service, self.headers)

    @cached_property
    def profiles(self) -> "Profiles":
        """The profiles of administrations and groups, each made once for a state of the index."""
        from pipelines.desk.profile import Profiles

        return Profiles(self.settings, self.service)

    @cached_property
    def overviews(self) -> "Overviews":
        """The collection at a glance, likewise."""
        from pipelines.desk.overview import Overviews

        return Overviews(self.settings, self.service, self.headers)

    @cached_property
    def briefings(self) -> "BriefingDesk":
        """The briefings of readers."""
        from pipelines.desk.briefings import BriefingDesk

        return BriefingDesk(self.settings, self.service)
