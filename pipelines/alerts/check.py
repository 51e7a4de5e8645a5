"""Saved searches, and what is new for each of them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing

from configs.errors import UsageError
from configs.redaction import redact
from configs.settings import Settings
from extractors.document import Value
from index.filters import AccessClasses
from index.protocol import Engine
from index.results import Hit, Mode
from pipelines.search.requests import search_request
from pipelines.search.service import SearchService
from pipelines.storage.opening import open_storage
from pipelines.storage.saved_searches import LONGEST_NAME, LONGEST_STORED, SavedSearch

_MOST_HITS = 10_000
"""Papers of one answer."""


class NewHit(Hit):
    """A paper that matches; `new` holds the ids of its versions that came since the search was last seen."""

    new: tuple[str, ...]


class Alert(Value):
    """A saved search, as it was before this look, and the papers that are new for it, by rank."""

    search: SavedSearch
    hits: tuple[NewHit, ...]


def save_search(
    settings: Settings,
    service: SearchService,
    name: str,
    query: str,
    *,
    access_classes: AccessClasses,
    mode: Mode = "text",
    filters: Sequence[str] = (),
    replace: bool = False,
    owner: str | None = None,
) -> SavedSearch:
    """Save a search and return it; what its reader sees in the index by now is not new for it.

    With an `owner`, the name of an access key, it is stored as `owner/name`. Raises `UsageError` for a name that is
    taken, and for a query or filter that cannot be read or holds credentials.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise UsageError(f"'{name}' is no name for a search", f"give one of at most {LONGEST_NAME} characters")
    name = f"{owner}/{name}" if owner else name
    if len(name.encode()) > LONGEST_STORED:
        raise UsageError(f"'{name}': is too long with the name of the key", "give the search a shorter name")
    if not query.strip() and not filters:
        raise UsageError("an empty search would find everything", "give a query, or --filter FIELD=VALUE")
    _refuse_secrets(name, query, *filters)
    request = search_request(settings, query, access_classes=access_classes, filters=filters)
    with service.engine() as engine, closing(open_storage(settings).open_searches()) as store:
        known = store.looked_at()
        look = store.look(_there(engine, access_classes) - known.keys())
        now = dt.datetime.now(dt.UTC)
        search = SavedSearch(
            name=name,
            owner=owner,
            query=request.query,
            mode=mode,
            filters=tuple(filters),
            saved=now,
            seen=now,
            look=look,
        )
        store.save(search, replace=replace)
    return search


def saved_searches(settings: Settings) -> tuple[SavedSearch, ...]:
    """Return every saved search, by name."""
    with closing(open_storage(settings).open_searches()) as store:
        return tuple(store.all())


def delete_search(settings: Settings, name: str) -> None:
    """Delete a saved search; raises `UsageError` where there is none of the name."""
    with closing(open_storage(settings).open_searches()) as store:
        if not store.delete(name.strip()):
            raise unknown_search(name)


def alerts(
    settings: Settings,
    service: SearchService,
    names: Sequence[str] = (),
    *,
    access_classes: AccessClasses,
    peek: bool = False,
) -> tuple[Alert, ...]:
    """Return what is new for each saved search, or for those of the names, since it was last seen.

    With `peek` it stays new. A paper that the reader may not see is left out and not noted: it is new for the first who
    may see it. Raises `UsageError` for a name that no search has.
    """
    with closing(open_storage(settings).open_searches()) as store:
        searches = _named(store.all(), names)
        known = store.looked_at()
        with service.engine() as engine:
            there = _there(engine, access_classes)
        look = None if peek else store.look(there - known.keys())
        found = []
        for search in searches:
            new = {one for one in there if known.get(one, search.look + 1) > search.look}
            hits = _new_hits(settings, service, search, new, access_classes) if new else ()
            found.append(Alert(search=search, hits=tuple(hits)))
        if look is not None:  # after the answers: where one fails, all stay new
            at = dt.datetime.now(dt.UTC)
            for search in searches:
                store.note_seen(search.name, look, at)
    return tuple(found)


def _refuse_secrets(*texts: str) -> None:
    """Raise `UsageError` for what must not be stored: it would be shown to everybody, and go into backups."""
    for text in texts:
        if redact(text) != text:
            message = f"'{redact(text)}': holds credentials or a signature in a URL, which a saved search must not"
            raise UsageError(message, "leave them out: papers are known by their URLs without them")


def _named(searches: Sequence[SavedSearch], names: Sequence[str]) -> list[SavedSearch]:
    by_name = {search.name: search for search in searches}
    wanted = dict.fromkeys(name.strip() for name in names)
    for name in wanted:
        if name not in by_name:
            raise unknown_search(name)
    return [by_name[name] for name in wanted] if names else list(searches)


def _there(engine: Engine, access_classes: AccessClasses) -> set[str]:
    """Return the ids of the documents that a reader may see."""
    return {identifier for identifier, _ in engine.documents(access_classes=access_classes)}


def _new_hits(
    settings: Settings, service: SearchService, search: SavedSearch, new: set[str], access_classes: AccessClasses
) -> Iterator[NewHit]:
    """Yield the papers that match and of which a version is new."""
    offset = 0
    while True:
        request = search_request(
            settings,
            search.query,
            access_classes=access_classes,
            mode=search.mode,
            filters=search.filters,
            limit=_MOST_HITS,
            offset=offset,
            passages=1,
        )
        result = service.search(request, sentences=False)
        for hit in result.hits:
            if came := sorted(new & _versions(hit)):
                yield NewHit(**dict(hit), new=tuple(came))
        offset += len(result.hits)
        if not result.hits or offset >= result.documents:
            return


def _versions(hit: Hit) -> set[str]:
    """Return the ids of all versions of a paper that the index holds."""
    document = hit.document
    return {document.id, *document.twins, *document.revisions}


def unknown_search(name: str) -> UsageError:
    """Return the error for a name that no search has, or none that its reader may see."""
    return UsageError(f"'{name}': there is no saved search of this name", "save-search --list shows them")
