"""The quiet period of a source: a recently changed file may be incomplete and is checked once more."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from pipelines.sources.connectors.contract import Changes, ListingProblem, SourceItem

LONGEST_WAIT = 60.0
"""Longest wait of a run for unfinished files, in seconds; a longer quiet period leaves them to the next run."""
_PAGE = 1000
"""Items per page."""


class ListedFile(Protocol):
    """A file in a listing."""

    @property
    def id(self) -> str:
        """Its id within its source."""

    @property
    def changed(self) -> Sequence[float]:
        """The times of change of the file and its sidecar, in seconds since 1970, as far as known."""


FileT = TypeVar("FileT", bound=ListedFile)


def pages_at_rest(
    files: Iterable[FileT],
    seconds: float,
    problems: Sequence[ListingProblem],
    *,
    item: Callable[[FileT], SourceItem],
    again: Callable[[FileT], FileT | None],
) -> Iterator[Changes]:
    """Yield the pages of a listing; files that changed within the quiet period come last, if they are unchanged then.

    Other files become problems of the listing: they exist, and are left to the next run. `problems` are those of the
    walk, complete at its end; `again` returns the current state of a file, None if it changed.
    """
    quiet = QuietPeriod(seconds)
    page: list[SourceItem] = []
    young: list[FileT] = []
    for file in files:
        if quiet.is_young(*file.changed):
            young.append(file)
            continue
        page.append(item(file))
        if len(page) == _PAGE:
            yield Changes(items=tuple(page))
            page = []
    yield Changes(items=tuple(page), problems=tuple(problems))
    if not young:
        return
    quiet.wait()
    looked_at = [(file, again(file)) for file in young]
    resting = [now for _, now in looked_at if now and quiet.is_at_rest(*now.changed)]
    left = {file.id for file in young} - {now.id for now in resting}
    yield Changes(items=tuple(map(item, resting)), problems=tuple(quiet.problem(one) for one in sorted(left)))


class QuietPeriod:
    """The quiet period of one listing, which begins now; one wait serves all its files."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._started = time.monotonic()

    def is_young(self, *changed: float) -> bool:
        """Return whether one of these times (seconds since 1970) is within it, or in the future by this clock."""
        return self._seconds > 0 and time.time() - max(changed, default=0.0) < self._seconds

    def wait(self) -> None:
        """Wait until it ends, or until the maximum waiting time of a run."""
        time.sleep(max(0.0, self._started + min(self._seconds, LONGEST_WAIT) - time.monotonic()))

    def is_at_rest(self, *changed: float) -> bool:
        """Return whether a file that did not change during the wait can be ingested."""
        return self._seconds <= LONGEST_WAIT or not self.is_young(*changed) or max(changed) > time.time()

    def problem(self, item: str) -> ListingProblem:
        """Return the problem for an item that is left to the next run."""
        reason = f"changed within the last {self._seconds:g} seconds: it is left for the next run"
        return ListingProblem(place=item, reason=reason, within=item, skipped=True)
