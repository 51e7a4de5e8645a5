"""The connector for listing pages of websites: each link to a paper is an item, with metadata from the page."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO, Any
from urllib.parse import urljoin

from pydantic import Field

from configs.recipes import Recipe, load_recipe
from configs.settings import Settings
from configs.sources import ListingConfig
from configs.system.errors import CustomsLensError
from configs.system.redaction import is_secret, without_secrets
from extractors.document import Value
from pipelines.sources.connectors.contract import (
    Changes,
    CheckProblem,
    CursorExpiredError,
    ListingProblem,
    SourceAwayError,
    SourceItem,
    source_errors,
)
from pipelines.sources.connectors.cursors import packed, unpacked
from pipelines.sources.connectors.listing_pages import ListedPage, read_listing
from pipelines.sources.connectors.web_items import WebItems, known_url
from pipelines.sources.errors import few
from pipelines.sources.web.request_errors import RequestError
from pipelines.sources.web.retries import Clock
from pipelines.sources.web.web_client import Validators, WebClient

_log = logging.getLogger(__name__)


class _KnownPage(Value):
    """The last state of a page: the number and the links of its papers, with validators for a conditional request."""

    papers: int = 0
    etag: str = ""
    modified: str = ""
    links: tuple[tuple[str, dict[str, Any]], ...] = ()
    next: tuple[str, ...] = ()


class _Cursor(Value):
    """The known pages by URL; they are valid for the recipe that parsed them."""

    recipe: str
    pages: dict[str, _KnownPage] = Field(default_factory=dict)


class ListingConnector:
    """The papers that the pages of a site list.

    Its changes are always a full listing: unchanged pages are not sent again, and each file is asked for its version. A
    page that lists nothing, or does not match the recipe, is a problem: nothing counts as missing then.
    """

    def __init__(self, config: ListingConfig, settings: Settings, *, clock: Clock | None = None) -> None:
        self._config = config
        self._recipe: Recipe = load_recipe(config.recipe, settings.home)
        self._client = WebClient.for_source(config, settings, clock, hosts=self._recipe.hosts)
        self._items = WebItems(self._client, config)

    def __repr__(self) -> str:
        """Return where it is."""
        return f"ListingConnector({self._config.url!r})"

    def check(self) -> list[CheckProblem]:
        """Return the reason why the first page cannot be fetched or parsed."""
        try:
            page = self._client.page(self._config.url)
        except CustomsLensError as error:
            return [CheckProblem(message=error.message, remedy=error.remedy or "check the URL")]
        listed = read_listing(page, self._recipe) if page else None
        if listed and listed.problem:
            remedy = f"check that the URL is that of the list, and the recipe '{self._config.recipe}'"
            return [CheckProblem(message=f"{self._config.url}: {listed.problem}", remedy=remedy)]
        return []

    def changes(self, cursor: str | None) -> Iterator[Changes]:
        """Yield the papers of each page; the cursor comes with the last page."""
        known = unpacked(cursor, _Cursor) if cursor else _Cursor(recipe=self._recipe.fingerprint)
        if known.recipe != self._recipe.fingerprint:
            raise CursorExpiredError("the recipe is another one now: everything is listed")
        pages: dict[str, _KnownPage] = {}
        listed: set[str] = set()
        for url, page, problem in self._pages(known):
            if not is_secret(url):
                pages[url] = _state_to_store(page, problem, known.pages.get(url))
            new = {
                known_url(link): (link, fields)
                for link, fields in (page.links if page else ())
                if self._items.takes(link)
            }
            items = tuple(self._items.item(*link) for name, link in new.items() if name not in listed)
            listed |= set(new)
            problems = (ListingProblem(place=without_secrets(url), reason=problem),) if problem else ()
            yield Changes(items=items, problems=problems)
        yield Changes(cursor=packed(_Cursor(recipe=self._recipe.fingerprint, pages=pages)))

    def ids(self) -> set[str]:
        """Return the URLs of all listed papers; raises `SourceAwayError` if a page cannot be read."""
        found: set[str] = set()
        for url, page, problem in self._pages(_Cursor(recipe="")):
            if problem or page is None:
                raise SourceAwayError(f"{without_secrets(url)}: {problem}", "check the page and the recipe")
            found.update(known_url(link) for link, _ in page.links if self._items.takes(link))
        return found

    def open(self, item: SourceItem) -> AbstractContextManager[IO[bytes]]:
        """Yield the bytes of a paper; raises `ItemError` for the item alone, or `SourceAwayError`."""
        return self._items.open(item)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _pages(self, known: _Cursor) -> Iterator[tuple[str, _KnownPage | None, str | None]]:
        """Yield the URL, the content and the problem of each page.

        Raises `SourceAwayError` if the first page cannot be fetched.
        """
        first = self._config.url
        ahead = [first, *(urljoin(first, page) for page in self._config.pages)]
        most, seen = self._recipe.most_pages + len(ahead), set[str]()
        while ahead:
            url = ahead.pop(0)
            if url in seen:
                continue
            seen.add(url)
            if len(seen) > most:
                yield url, None, f"the list goes on over more than {most} pages, as 'most_pages' of the recipe allows"
                return
            page, problem = self._page(url, known.pages.get(url), is_first=url == first)
            yield url, page, problem
            ahead += page.next if page else ()

    def _page(self, url: str, known: _KnownPage | None, *, is_first: bool) -> tuple[_KnownPage | None, str | None]:
        with source_errors():
            try:
                page = self._client.page(url, Validators(known.etag, known.modified) if known else None)
            except RequestError as error:
                if is_first or error.is_away:
                    raise
                return None, error.message
        if page is None:
            return known, None
        listed = read_listing(page, self._recipe)
        _report(url, listed)
        links = tuple((link.url, dict(link.fields)) for link in listed.links)
        validators = page.validators
        found = _KnownPage(
            papers=len(links), etag=validators.etag, modified=validators.modified, links=links, next=listed.next
        )
        if not links and known and known.papers:
            return found, listed.problem or f"the page lists no papers any more, and listed {known.papers} before"
        return found, listed.problem


def _state_to_store(page: _KnownPage | None, problem: str | None, before: _KnownPage | None) -> _KnownPage:
    """Return the state of a page to store: the earlier state after a problem, and no links with signatures."""
    if page is None or problem:
        return (before or _KnownPage()).model_copy(update={"etag": "", "modified": ""})
    links = (*page.next, *(url for url, _ in page.links))
    if (page.etag or page.modified) and not any(map(is_secret, links)):
        return page
    return _KnownPage(papers=page.papers)


def _report(url: str, listed: ListedPage) -> None:
    if listed.elsewhere:
        count, shown = len(listed.elsewhere), few(listed.elsewhere)
        _log.warning("%s: left out links to servers that the recipe does not name (%d): %s", url, count, shown)
