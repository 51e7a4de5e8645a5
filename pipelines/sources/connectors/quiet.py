"""The quiet period of a source: a file that changed within it may still be written, and is looked at once more."""

import time

from pipelines.sources.connectors.contract import ListingProblem

LONGEST_WAIT = 60.0
"""Seconds for which a run waits for files to come to rest; those with a longer quiet period are left to the next."""


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
        return ListingProblem(place=item, reason=reason, within=item, skipped=True, later=True)
