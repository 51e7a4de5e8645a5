"""The quiet period of a source: a file that changed within it may still be written, and is looked at once more."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from pipelines.sources.connectors.contract import Changes, ListingProblem, SourceItem

LONGEST_WAIT = 60.0
"""Seconds for which a run waits for files to come to rest; those with a longer quiet period are left to the next."""
_PAGE = 1000
"""Items of a page."""


class ListedFile(Protocol):
    """A file as it was listed."""

    @property
    def id(self) -> str:
        """What it is known by within its source."""

    @property
    def changed(self) -> Sequence[float]:
        """When it and its sidecar were changed, in seconds since 1970, as far as that is known."""


FileT = TypeVar("FileT", bound=ListedFile)


def pages_at_rest(
    files: Iterable[FileT],
    seconds: float,
    problems: Sequence[ListingProblem],
    *,
    item: Callable[[FileT], SourceItem],
    again: Callable[[FileT], FileT | None],
) -> Iterator[Changes]:
    """Yield the pages of a listing; files that changed within so many seconds come last, if they are at rest by then.

    Others are problems of the listing: they are there, and left for the next run. `problems` are those of the walk,
    known when it ends; `again` returns a file as it is now, None where it changed.
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
    """The quiet period of one listing, which begins when this is made; one wait serves all its files."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._started = time.monotonic()

    def is_young(self, *changed: float) -> bool:
        """Return whether one of these times (seconds since 1970) lies within it, or in what this clock calls future."""
        return self._seconds > 0 and time.time() - max(changed, default=0.0) < self._seconds

    def wait(self) -> None:
        """Wait until it is over, as far as a run can."""
        time.sleep(max(0.0, self._started + min(self._seconds, LONGEST_WAIT) - time.monotonic()))

    def is_at_rest(self, *changed: float) -> bool:
        """Return whether a file that was the same before and after the wait may be taken."""
        return self._seconds <= LONGEST_WAIT or not self.is_young(*changed) or max(changed) > time.time()

    def problem(self, item: str) -> ListingProblem:
        """Return why an item is left out: it is there, and left for the next run."""
        reason = f"changed within the last {self._seconds:g} seconds: it is left for the next run"
        return ListingProblem(place=item, reason=reason, within=item, skipped=True)
