"""The HTTP API for programs in Python: one file that needs nothing but the standard library.

It may be copied beside a script. Answers are the JSON of the API as dictionaries; `docs/portal.md` describes them.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

Json = dict[str, Any]
Filters = dict[str, str | int | Sequence[str | int]]
"""Values by field, several of which mean either: `{"body": "ptc", "year": ["2014", "2015"]}`."""
_SECONDS = 120
_PAGE = 100


class PortalError(Exception):
    """A request that was not answered: `status` of HTTP (0 where nobody answered), what is wrong and what to do."""

    def __init__(self, status: int, detail: str, remedy: str | None = None) -> None:
        self.status, self.detail, self.remedy = status, detail, remedy
        super().__init__(f"{detail} ({remedy})" if remedy else detail)


class Portal:
    """A portal at an address such as `http://127.0.0.1:8000`, asked with an access key where it has any.

    Every method raises `PortalError` with the detail of the problem.
    """

    def __init__(self, address: str = "http://127.0.0.1:8000", key: str | None = None) -> None:
        if not address.startswith(("http://", "https://")):
            raise ValueError(f"{address}: is no address of a portal: it begins with http:// or https://")
        self._api = f"{address.rstrip('/')}/api/v1"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._opener = build_opener(_Stay)

    def search(
        self,
        query: str,
        filters: Filters | None = None,
        *,
        mode: Literal["hybrid", "text", "vector"] = "hybrid",
        sort: Literal["relevance", "date"] = "relevance",
        facets: Sequence[str] = (),
        limit: int = 10,
        offset: int = 0,
        context: int = 0,
        close_only: bool = False,
    ) -> Json:
        """Return the passages that a query matches, by paper, with counts and facets of those that are close."""
        options: Filters = {
            "q": query,
            "mode": mode,
            "sort": sort,
            "limit": limit,
            "offset": offset,
            "context": context,
            "close_only": str(close_only).lower(),
        }
        return self._get("search", {**(filters or {}), **options, "facet": facets})

    def every_hit(self, query: str, filters: Filters | None = None, **options: Any) -> Iterator[Json]:  # noqa: ANN401
        """Yield all papers that are close to a query, page by page; `options` are those of `search`."""
        offset = 0
        while True:
            found = self.search(query, filters, limit=_PAGE, offset=offset, close_only=True, **options)
            yield from found["hits"]
            offset += _PAGE
            if offset >= found["documents"]:
                return

    def document(self, name: str, *, full: bool = False) -> Json:
        """Return a document by its id or symbol; `full` adds blocks, tables and passages."""
        return self._get(f"documents/{quote(name, safe='')}", {"full": "true"} if full else {})

    def passage(self, passage_id: str, *, context: int = 0) -> Json:
        """Return a passage with its document, and so many passages before and after it."""
        return self._get(f"passages/{quote(passage_id, safe='')}", {"context": context} if context else {})

    def matrix(self, filters: Filters | None = None, *, by: Literal["year", "body", "subject"] | None = None) -> Json:
        """Return the counts of the maturity matrix, or one matrix for each value of a field."""
        return self._get("matrix", {**(filters or {}), **({"by": by} if by else {})})

    def export(
        self,
        what: Literal["documents", "passages", "tags", "matrix"],
        path: Path | str,
        filters: Filters | None = None,
        *,
        format: Literal["csv", "jsonl", "xlsx"] = "csv",  # noqa: A002 - as the API calls it
    ) -> bool:
        """Write a table to a file, whole or not at all; return whether it has all rows: a spreadsheet may not."""
        unfinished = Path(f"{path}.part")
        try:
            with self._open(f"export/{what}", {**(filters or {}), "format": format}) as answer:
                with unfinished.open("wb") as file:
                    shutil.copyfileobj(answer, file)
                if unfinished.stat().st_size != int(answer.headers["Content-Length"]):
                    raise PortalError(0, f"{path}: the answer broke off", "ask again")
                unfinished.replace(path)
                return str(answer.headers["X-Truncated"]) == "false"
        finally:
            unfinished.unlink(missing_ok=True)

    def _get(self, path: str, parameters: Filters) -> Json:
        with self._open(path, parameters) as answer:
            found: Json = json.load(answer)
            return found

    def _open(self, path: str, parameters: Filters) -> Any:  # noqa: ANN401 - urllib's answer
        address = f"{self._api}/{path}?{urlencode(parameters, doseq=True)}"
        try:
            return self._opener.open(Request(address, headers=self._headers), timeout=_SECONDS)  # noqa: S310 - http
        except HTTPError as error:
            raise _explained(error.code, error) from error
        except (URLError, TimeoutError) as error:
            reason = getattr(error, "reason", error)
            raise PortalError(
                0, f"{self._api}: cannot be reached: {reason}", "is 'customs-lens serve' running?"
            ) from error


class _Stay(HTTPRedirectHandler):
    """Follows no redirection: the API has none, and the key would be sent wherever one leads."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401
        """Return nothing: the redirection is an error of its status."""


def _explained(status: int, answer: IO[bytes]) -> PortalError:
    """Return the error that problem details stand for; other answers come from a proxy."""
    try:
        problem = json.load(answer)
        return PortalError(status, str(problem["detail"]), problem.get("remedy"))
    except (ValueError, KeyError, TypeError):
        return PortalError(status, f"the server answered {status}")
