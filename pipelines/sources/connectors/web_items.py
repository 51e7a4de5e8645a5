"""Items that are files on the web, identified by their URLs."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import PurePosixPath
from typing import IO, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from configs.sources import SourceConfig
from configs.system.redaction import without_secrets
from pipelines.sources.connectors.contract import SourceItem, item_errors, source_errors
from pipelines.sources.connectors.selection import Selection
from pipelines.sources.web.file_state import FileState, file_state
from pipelines.sources.web.request_errors import RequestError
from pipelines.sources.web.web_client import Request, WebClient


class WebItems:
    """The files that pages of a source link to. Signed links are kept in memory only."""

    def __init__(self, client: WebClient, config: SourceConfig) -> None:
        self._client = client
        self._selection = Selection(config)
        self._signed: dict[str, str] = {}

    def takes(self, url: str) -> bool:
        """Return whether the file at a URL is selected."""
        return self._selection.takes(_path(known_url(url)))

    def item(self, url: str, sidecar: Mapping[str, Any]) -> SourceItem:
        """Return the item at a URL, with the version from its server; raises `SourceAwayError`."""
        name = known_url(url)
        if name != url:
            self._signed[name] = url
        state = self._state(url)
        return SourceItem(
            id=name,
            uri=name,
            path=_path(name),
            etag=state.etag,
            size=state.size,
            modified=state.modified,
            sidecar=sidecar,
        )

    @contextmanager
    def open(self, item: SourceItem) -> Iterator[IO[bytes]]:
        """Yield the bytes of an item; raises `ItemError` for the item alone, or `SourceAwayError`."""
        with ExitStack() as stack:
            with item_errors():  # errors of the caller are not translated
                stream = stack.enter_context(self._client.file(self._signed.get(item.id, item.uri)))
            yield stream

    def _state(self, url: str) -> FileState:
        with source_errors():
            try:
                return file_state(self._client.headers(Request(url, url)))
            except RequestError as error:
                if error.is_away:
                    raise
                return FileState()  # opening it reports the error


def known_url(url: str) -> str:
    """Return the URL that identifies an item: without fragment, session and signature, its host in lower case."""
    parts = urlsplit(without_secrets(url))
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", parts.query, ""))


def _path(url: str) -> str:
    """Return the path of a URL with the query before its ending, for globs and format detection."""
    parts = urlsplit(url)
    path = unquote(parts.path).strip("/")
    if not parts.query:
        return path
    ending = PurePosixPath(path).suffix
    return f"{path.removesuffix(ending)}?{parts.query}{ending}"
