"""Saved searches and the new documents of each."""

import datetime as dt
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing

from configs.settings import Settings
from configs.system.controls import showable
from configs.system.errors import UsageError
from configs.system.redaction import redact
from extractors.document import Value
from index.filters import AccessClasses
from index.protocol import Engine
from index.results import Mode
from pipelines.access.actors import names_an_actor
from pipelines.alerts.matching import NewHit, matching, versions_of
from pipelines.search.requests import SearchParameters, search_request
from pipelines.search.service import SearchService
from pipelines.storage.opening import open_storage
from pipelines.storage.saved_searches import LONGEST_NAME, LONGEST_STORED, SavedSearch, stored_name


class Alert(Value):
    """A saved search, with the checkpoint before this one, and its new papers by rank."""

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
    """Save a search and return it; papers that its reader can see in the index now do not count as new.

    If the index is empty, every paper will be new. With an `owner`, an access key or a person, the search is identified
    by owner and name (`stored_name`). Raises `UsageError` for an invalid or used name, and for a query or filter that
    is invalid or contains credentials.
    """
    name = stored_name(owner, _checked_name(name))
    if len(name.encode()) > LONGEST_STORED:
        raise UsageError(f"'{name}': is too long with the name of the key", "give the search a shorter name")
    if not query.strip() and not filters:
        raise UsageError("an empty search would find everything", "give a query, or --filter FIELD=VALUE")
    _refuse_secrets(name, query, *filters)
    request = search_request(settings, SearchParameters(q=query), filters, access_classes=access_classes)
    storage, visible = open_storage(settings), set[str]()
    if storage.has_index():
        with service.engine() as engine:
            visible = visible_ids(engine, access_classes=access_classes)
    with closing(storage.open_searches()) as store:
        store.arrive(visible)
        arrival = store.last_arrival()
        look = store.look(visible)
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
            arrival=arrival,
        )
        store.save(search, replace=replace)
    return search


def saved_searches(settings: Settings) -> tuple[SavedSearch, ...]:
    """Return every saved search, by name."""
    with closing(open_storage(settings).open_searches()) as store:
        return tuple(store.all())


def delete_search(settings: Settings, name: str) -> None:
    """Delete a saved search; raises `UsageError` if it does not exist."""
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
    deliver: Callable[[tuple[Alert, ...]], None] = lambda _: None,
) -> tuple[Alert, ...]:
    """Return the new documents of each saved search, or of the named ones, and mark them as seen.

    They are not marked with `peek`, or if `deliver`, which receives them first, raises an error. Papers that the reader
    may not see are left out and not marked: they remain new for other readers. Raises `UsageError` for a name without a
    search.
    """
    with closing(open_storage(settings).open_searches()) as store:
        searches = named(store.all(), names)
        known = store.looked_at()
        with service.engine() as engine:
            visible = visible_ids(engine, access_classes=access_classes)
        if not peek:
            store.arrive(visible)
        look = None if peek else store.look(visible - known.keys())
        found = tuple(
            new_since(settings, service, search, search.look, known, visible, access_classes=access_classes)
            for search in searches
        )
        deliver(found)
        if look is not None:  # after all searches: if one fails, all remain new
            at = dt.datetime.now(dt.UTC)
            for search in searches:
                store.note_seen(search.name, look, at)
    return found


def new_since(
    settings: Settings,
    service: SearchService,
    search: SavedSearch,
    number: int,
    known: Mapping[str, int],
    visible: Collection[str],
    *,
    access_classes: AccessClasses,
) -> Alert:
    """Return the new documents of a search since a checkpoint or an arrival.

    `known` are the numbers of the checkpoints that first found documents, or of their arrivals; `visible` are the ids
    of documents that the reader may see. A document without a number is new.
    """
    new = {one for one in visible if known.get(one, number + 1) > number}
    if not new:
        return Alert(search=search, hits=())
    found = matching(
        settings, service, search, lambda hit: sorted(new & versions_of(hit)), access_classes=access_classes
    )
    return Alert(search=search, hits=tuple(found))


def visible_ids(engine: Engine, *, access_classes: AccessClasses) -> set[str]:
    """Return the ids of the documents that a reader may see."""
    return {identifier for identifier, _ in engine.documents(access_classes=access_classes)}


def named(searches: Sequence[SavedSearch], names: Sequence[str]) -> list[SavedSearch]:
    """Return the searches with some names, all without names; raises `UsageError` for a name without a search."""
    by_name = {search.name: search for search in searches}
    wanted = dict.fromkeys(name.strip() for name in names)
    for name in wanted:
        if name not in by_name:
            raise unknown_search(name)
    return [by_name[name] for name in wanted] if names else list(searches)


def _checked_name(name: str) -> str:
    """Return a name without surrounding blanks; raises `UsageError` for a name with line breaks."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        remedy = f"give one of at most {LONGEST_NAME} characters"
        raise UsageError(f"'{showable(name[:LONGEST_NAME])}' is no name for a search", remedy)
    if not all(one.isprintable() or unicodedata.category(one) == "Zs" for one in name):
        message = f"'{showable(' '.join(name.split()))}': this name of a search holds line feeds or control characters"
        raise UsageError(message, "give one on a line, of characters that can be printed")
    if names_an_actor(name):
        raise UsageError(f"'{name}': begins as the searches of keys and persons do", "give it another name")
    return name


def _refuse_secrets(*texts: str) -> None:
    """Raise `UsageError` for credentials, which must not be stored: the text is shown to everybody and backed up."""
    for text in texts:
        if redact(text) != text:
            message = f"'{redact(text)}': holds credentials or a signature in a URL, which a saved search must not"
            raise UsageError(message, "leave them out: papers are known by their URLs without them")


def unknown_search(name: str) -> UsageError:
    """Return the error for a name without a search that the reader may see."""
    return UsageError(f"'{name}': there is no saved search of this name", "save-search --list shows them")
