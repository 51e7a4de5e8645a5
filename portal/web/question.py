"""The search state of an address: query, filters, order and page; and the addresses of related searches.

The address holds the whole state of a page of results: a link to it, shared or kept, asks the same again. Every filter
is a parameter named for its field (`?q=single+window&body=ptc&year=2014`); the same field twice means either value, and
a value is excluded by `body!=ptc`. `from` and `to` are the ends of a range of years.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple, TypeVar, get_args
from urllib.parse import urlencode

from configs.settings import Settings
from configs.system.errors import UsageError
from index.fields import FIELDS, UNDATED, FieldName
from index.filters import AccessClasses, Filters, field_name, read_filter
from index.results import Mode, SearchRequest, Sort
from pipelines.search.requests import SearchParameters, filters_of, search_request

PAGE_SIZE = 10
"""Papers on a page of results."""
LAST_PAGE = 1000
MOST_VALUES = 100
"""Values of filters that a page, or a field of the API, takes: each of them is searched for and shown."""
EXCLUDED = "!"
"""Behind the name of a field in an address: its value is excluded."""
_NAMES = frozenset((*FIELDS, *(f"{field}{EXCLUDED}" for field in FIELDS)))
_OF_QUESTION = ("q", "mode", "sort", "page", "from", "to")
_OF_PAGES = ("lang", "by", "of", "each", "with", "suggested", "passage", "state", "addressee", "judged", "unpinned")
"""Parameters that pages have beside those of their question."""
WITH = "with."
"""Before a field in the address of a matrix that is compared with another one."""
_KNOWN = frozenset((*_NAMES, *_OF_QUESTION, *_OF_PAGES, *(WITH + field for field in FIELDS)))
_MOST_UNKNOWN, _LONGEST_NAME = 3, 40
"""Unknown parameters that a page names, and characters of each."""
_MODES: tuple[Mode, ...] = get_args(Mode)
_SORTS: tuple[Sort, ...] = get_args(Sort)
_T = TypeVar("_T", bound=str)


class Question(NamedTuple):
    """A search; `page` counts from 1. A filter is a field, with `!` if its value is excluded, and a value."""

    query: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    mode: Mode = "hybrid"
    sort: Sort = "relevance"
    page: int = 1

    @classmethod
    def of(cls, parameters: Iterable[tuple[str, str]]) -> "Question":
        """Return the search of an address; other parameters are ignored (see `unknown_parameters`).

        Raises `UsageError` for a mode, an order or a page that there is not, and for too many filters.
        """
        pairs = list(parameters)
        last = dict(pairs)
        chosen = [(name, value) for name, value in pairs if name in _NAMES and value]
        years = [last.get(end, "").strip() for end in ("from", "to")]
        if any(years):
            chosen = [one for one in chosen if one[0] != "year" or one[1] == UNDATED]
            chosen.append(("year", years[0] if years[0] == years[1] else "..".join(years)))
        if len(chosen) > MOST_VALUES:
            raise UsageError(
                f"{len(chosen)} values of filters: a page takes at most {MOST_VALUES}",
                "ask for fewer at a time, or with 'customs-lens search'",
            )
        return cls(
            query=last.get("q", "").strip(),
            filters=tuple(dict.fromkeys(chosen)),
            mode=one_of("mode", last.get("mode") or "hybrid", _MODES),
            sort=one_of("sort", last.get("sort") or "relevance", _SORTS),
            page=_page(last.get("page") or "1"),
        )

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the address, without default values."""
        usual = Question()
        pairs = [("q", self.query)] if self.query else []
        pairs += self.filters
        pairs += [("mode", self.mode)] * (self.mode != usual.mode) + [("sort", self.sort)] * (self.sort != usual.sort)
        return [*pairs, ("page", str(self.page))] if self.page != 1 else pairs

    def address(self, path: str = "/") -> str:
        """Return the address of a page for this search."""
        pairs = self.parameters()
        return f"{path}?{urlencode(pairs)}" if pairs else path

    @property
    def offset(self) -> int:
        """The papers that come before this page."""
        return (self.page - 1) * PAGE_SIZE

    def asking(self, query: str) -> "Question":
        """Return the search with another query."""
        return self._replace(query=query, page=1)

    def ordered(self, sort: Sort) -> "Question":
        """Return the search in another order."""
        return self._replace(sort=sort, page=1)

    def by(self, mode: Mode) -> "Question":
        """Return the search in another mode."""
        return self._replace(mode=mode, page=1)

    def at(self, page: int) -> "Question":
        """Return another page of the search."""
        return self._replace(page=page)

    @classmethod
    def saved(cls, query: str, filters: Iterable[str], mode: Mode) -> "Question":
        """Return the search for a saved one, with any number of `field=value` and `field!=value` filters."""
        read = (read_filter(one) for one in filters)
        pairs = ((field_name(name) + EXCLUDED * negated, value) for name, negated, value in read)
        return cls(query=query, filters=tuple(pairs), mode=mode)

    def values(self, field: str) -> tuple[str, ...]:
        """Return the values that a field is filtered by; those that are excluded for one with `!`."""
        return tuple(value for name, value in self.filters if name == field)

    def without(self, field: str, value: str | None = None) -> "Question":
        """Return the search without a filter, or without every filter of a field."""
        left = tuple(one for one in self.filters if one[0] != field or value not in (None, one[1]))
        return self._replace(filters=left, page=1)

    def only(self, field: str, value: str) -> "Question":
        """Return the search with one value of a field in place of the others."""
        left = tuple(one for one in self.filters if one[0] != field and one != (f"{field}{EXCLUDED}", value))
        return self._replace(filters=(*left, (field, value)), page=1)

    def given_filters(self) -> list[str]:
        """Return the filters as `field=value` and `field!=value` texts."""
        return [f"{name}={value}" for name, value in self.filters]

    def narrowing(self, access_classes: AccessClasses) -> Filters:
        """Return the filters; raises `UsageError` for one that cannot be read."""
        return filters_of(self.given_filters(), access_classes)

    def request(
        self,
        settings: Settings,
        access_classes: AccessClasses,
        *,
        facets: Iterable[FieldName] = (),
        limit: int = PAGE_SIZE,
        offset: int | None = None,
        context: int = 0,
        passages: int = 3,
    ) -> SearchRequest:
        """Return what the search service is asked; raises `UsageError` and `QueryError` as `search_request` does."""
        asked = SearchParameters(
            q=self.query,
            mode=self.mode,
            facet=tuple(facets),
            limit=limit,
            offset=self.offset if offset is None else offset,
            sort=self.sort,
            context=context,
        )
        filters = self.given_filters()
        return search_request(settings, asked, filters, access_classes=access_classes, passages=passages)


def hidden_fields(question: Question) -> list[tuple[str, str]]:
    """Return the hidden fields of a form for another query, which preserve the filters."""
    return [(name, value) for name, value in question.parameters() if name not in ("q", "page")]


def unknown_parameters(names: Iterable[str]) -> list[tuple[str, str | None]]:
    """Return the first unknown parameters of an address, each with the most similar known one."""
    unknown = [name[:_LONGEST_NAME] for name in dict.fromkeys(names) if name not in _KNOWN][:_MOST_UNKNOWN]
    return [(name, next(iter(get_close_matches(name.casefold(), _KNOWN, n=1)), None)) for name in unknown]


def whole_number(parameters: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    """Return a parameter as a number within bounds; raises `UsageError` for any other value."""
    value = parameters.get(name) or str(usual)
    found = number_within(value, least, most)
    if found is None:
        raise UsageError(f"{name}={value[:20]}: is no whole number from {least} to {most}", f"leave out {name}")
    return found


def number_within(value: str, least: int, most: int) -> int | None:
    """Return a text as a whole number; None where it is none, or out of bounds.

    Digits are counted first: Python refuses to read thousands of them.
    """
    is_number = value.isascii() and value.isdecimal() and len(value) <= len(str(most))
    return int(value) if is_number and least <= int(value) <= most else None


def one_of(name: str, value: str, known: tuple[_T, ...]) -> _T:
    """Return a parameter that has one of some values; raises `UsageError` for any other value."""
    for one in known:
        if value == one:
            return one
    raise UsageError(f"'{value[:40]}' is no {name}", f"one of {', '.join(known)}")


def _page(value: str) -> int:
    return whole_number({"page": value}, "page", 1, 1, LAST_PAGE)
