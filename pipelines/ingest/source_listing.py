"""The listing of a configured source, accumulated page by page."""

from collections import deque
from dataclasses import dataclass, field

from pipelines.sources.connectors.contract import Changes, ListingProblem, SourceItem


@dataclass
class Listing:
    """The accumulated content of the pages so far.

    `is_listing` says whether the pages list all items; without any page, nothing is known about existing ones.
    `is_whole` says whether all pages could be listed. `seen` and `gone` are the ids of items that exist, and of items
    that the source reports as deleted; `unprocessed` are the items of the last page that the run did not reach.
    `cursor` is the cursor of the last page.
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
        """Add a page, whose items the run adds to `seen` one by one."""
        is_first, self._has_pages = not self._has_pages, True
        self.is_listing = page.is_listing and (is_first or self.is_listing)
        self.is_whole = all(problem.skipped for problem in page.problems) and (is_first or self.is_whole)
        self._problems += page.problems
        self.cursor = self.cursor if page.cursor is None else page.cursor
        self.unprocessed = deque(page.items)

    def end(self, page: Changes) -> None:
        """Add the deleted items of a page, after its items were processed."""
        self.gone.update(page.gone)
        self.gone.difference_update(item.id for item in page.items)
        self.seen.difference_update(page.gone)

    @property
    def unlisted(self) -> list[ListingProblem]:
        """The parts that could not be listed, without those that were skipped on purpose."""
        return [problem for problem in self._problems if not problem.skipped]

    def leaves_unknown(self, item: str) -> bool:
        """Return whether an item, by its id, may be in a part that could not be listed."""
        return any(problem.leaves_unknown(item) for problem in self._problems)
