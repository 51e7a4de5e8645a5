"""The robots.txt of servers (RFC 9309): whether a page may be fetched, and how slowly."""

from collections.abc import Callable

from protego import Protego

from pipelines.sources.connectors.web_urls import origin

_LONGEST_DELAY = 30.0
"""Seconds between requests that a robots.txt can ask for; some ask for days and mean other robots."""


class Robots:
    """What the robots.txt of each server says to this program.

    `fetch` gives the text of one by its URL, "" where the server has none.
    """

    def __init__(self, agent: str, fetch: Callable[[str], str]) -> None:
        self._agent, self._fetch = agent, fetch
        self._known: dict[str, Protego] = {}

    def allows(self, url: str) -> bool:
        """Return whether a URL may be fetched; raises as `fetch` does: what cannot be read forbids everything."""
        return bool(self._of(url).can_fetch(url, self._agent))

    def delay(self, url: str) -> float:
        """Return the seconds between two requests to a server that was asked for its rules before, 0 for no rule."""
        known = self._known.get(origin(url))
        asked = known.crawl_delay(self._agent) if known else None
        return min(float(asked or 0), _LONGEST_DELAY)

    def _of(self, url: str) -> Protego:
        place = origin(url)
        if place not in self._known:
            self._known[place] = Protego.parse(self._fetch(f"{place}/robots.txt"))
        return self._known[place]
