"""The pages of a configured source, from where the last run left it, and the cursor that the next one begins at."""

import hashlib
import logging
from collections.abc import Iterator

from configs.sources import SourceConfig
from pipelines.sources.connectors.contract import Changes, Connector, CursorExpiredError, ListingProblem
from pipelines.storage.source_register import SourceRegister

_log = logging.getLogger(__name__)

_OF_NO_PAGE = {"schedule", "fresh_days", "attempts", "body", "access"}
"""Settings of a source that do not change what it lists."""
_DIGITS = 16


class SourcePages:
    """Iterates over the pages; what they are together is known after the last one.

    A cursor holds for the settings that it was got with: with others, such as another folder, everything is listed.
    """

    def __init__(
        self, connector: Connector, register: SourceRegister, config: SourceConfig, *, from_the_start: bool
    ) -> None:
        self._connector, self._register, self._source = connector, register, config.name
        listed = config.model_dump_json(exclude=_OF_NO_PAGE)
        self._mark = hashlib.sha256(listed.encode()).hexdigest()[:_DIGITS] + " "
        self._from_the_start = from_the_start
        self._latest: str | None = None
        self._kinds: set[bool] = set()
        self.problems: list[ListingProblem] = []

    def __iter__(self) -> Iterator[Changes]:
        """Yield the pages; raises `SourceAwayError`."""
        for page in self._pages():
            self._kinds.add(page.is_listing)
            self.problems += page.problems
            self._latest = page.cursor if page.cursor is not None else self._latest
            for problem in page.problems:
                _log.warning("%s: %s: cannot be listed: %s", self._source, problem.place, problem.reason)
            yield page

    @property
    def is_listing(self) -> bool:
        """Whether the pages so far list what there is; without any page nothing is said of what is there."""
        return self._kinds == {True}

    def lack(self, item: str) -> bool:
        """Return whether an item, by its id, that none of the pages lists is not there."""
        return self.is_listing and not self.leave_unknown(item)

    def leave_unknown(self, item: str) -> bool:
        """Return whether an item may lie where the source could not be listed."""
        return any(problem.leaves_unknown(item) for problem in self.problems)

    def store_cursor(self) -> None:
        """Let the next run begin after the pages so far, unless a part of them could not be listed."""
        if self._kinds and all(problem.skipped for problem in self.problems):
            cursor = None if self._latest is None else self._mark + self._latest
            self._register.set_cursor(self._source, cursor)

    def _pages(self) -> Iterator[Changes]:
        stored = None if self._from_the_start else self._register.cursor(self._source)
        if stored is not None and stored.startswith(self._mark):
            pages = self._connector.changes(stored.removeprefix(self._mark))
            try:
                first = next(pages, None)
            except CursorExpiredError:
                _log.info("%s: no longer knows what was listed before: everything is listed", self._source)
            else:
                if first is not None:
                    yield first
                    yield from pages
                return
        yield from self._connector.changes(None)
