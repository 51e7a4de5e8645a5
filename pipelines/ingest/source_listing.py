"""What a configured source says of what it has, page by page."""

from collections import deque
from dataclasses import dataclass, field

from pipelines.sources.connectors.contract import Changes, ListingProblem, SourceItem


@dataclass
class Listing:
    """What the pages so far said.

    `is_listing` tells whether they list what there is; without any page nothing is said of what is there. `is_whole`
    tells whether all of them could be listed. `seen` and `gone` are ids of items that are there, and that the source
    says are not; `unprocessed` are the items of the last page that the run did not come to. `cursor` is where they end.
    """

    is_listing: bool = False
    is_whole: bool = False
    cursor: str | None = None
    seen: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    unprocessed: deque[SourceItem] = field(default_factory=deque)
    _problems: list[ListingProblem] = field(default_factory=list)
    _has_pages: bool = False

    def add(self, page: Changes) -> None:
        """Add what a page says, whose items are seen as the run meets them."""
        is_first, self._has_pages = not self._has_pages, True
        self.is_listing = page.is_listing and (is_first or self.is_listing)
        self.is_whole = all(problem.skipped for problem in page.problems) and (is_first or self.is_whole)
        self._problems += page.problems
        self.cursor = self.cursor if page.cursor is None else page.cursor
        self.unprocessed = deque(page.items)

    def end(self, page: Changes) -> None:
        """Add what a page says is gone, after its items were met."""
        self.gone.update(page.gone)
        self.gone.difference_update(item.id for item in page.items)
        self.seen.difference_update(page.gone)

    @property
    def unlisted(self) -> list[ListingProblem]:
        """What could not be listed, but for what was skipped on purpose."""
        return [problem for problem in self._problems if not problem.skipped]

    def leaves_unknown(self, item: str) -> bool:
        """Return whether an item, by its id, may lie where the source could not be listed."""
        return any(problem.leaves_unknown(item) for problem in self._problems)
