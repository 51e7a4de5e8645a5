"""Resolution of permalinks: to the current paragraph or page of a paper, or to the fate of a deleted paper.

A link names a paper by its symbol, or a document by its id, and outlives both: a file that is renamed has another id, a
paper may get a newer version, and a document may be deleted.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import quote

from configs.bodies import load_bodies
from configs.settings import Settings
from configs.system.errors import NotFoundError
from extractors.document import Document, Place, Symbol, Value
from index.filters import AccessClasses
from index.protocol import Engine
from index.versions import (
    Version,
    best_version,
    names_edition,
    names_language,
    paper_key,
    plain_symbol,
    symbol_forms,
)
from pipelines.search.service import SearchService
from pipelines.sources.source import printable
from pipelines.storage.opening import open_storage
from pipelines.storage.tombstones import Tombstone
from pipelines.viewing.citations import plain_number
from pipelines.viewing.document_view import ParagraphPlace, find_paragraphs

LinkStatus: TypeAlias = Literal["current", "superseded", "replaced", "gone"]


class Permalink(Value):
    """The target of a link.

    - `current`: `document` is what the link names, in the reader's language where there is one.
    - `superseded`: so it is, and `superseded_by` is the newest version of it, by its id.
    - `replaced`: what the link names is not there; `document` is the best version of the paper that is. `tombstone`
      says what was deleted, if that is known.
    - `gone`: no version is there, only the `tombstone`.

    `passage` and `page` are those of the place that was asked for; `page` is None for formats without pages. `missing`
    says that the document has no such place; where several places fit, `places` has them all and `passage` is None.
    """

    status: LinkStatus
    document: str | None = None
    passage: str | None = None
    page: int | None = None
    missing: bool = False
    places: tuple[ParagraphPlace, ...] = ()
    superseded_by: str | None = None
    tombstone: Tombstone | None = None


class LinkedPlace(NamedTuple):
    """The place in a link: printed numbers in any spelling, or a page by its position in the file."""

    annex: str | None = None
    article: str | None = None
    paragraph: str | None = None
    page: int | None = None


WHOLE_PAPER = LinkedPlace()
"""The place of a link without one."""


def resolve(
    settings: Settings,
    service: SearchService,
    name: str,
    *,
    place: LinkedPlace = WHOLE_PAPER,
    language: str | None = None,
    preferred: str | None = None,
    access_classes: AccessClasses,
) -> Permalink:
    """Return the target of a link to a symbol in any spelling, or to the id of a document.

    A symbol without an edition (`PC0345`) leads to the latest edition. With a `language` (ISO 639-1) the version in it
    is taken, of the same edition where the link names one; `preferred` is likewise for links that name no language.
    Without, it is what the link names.
    Raises `NotFoundError` where the reader sees no such document and none was deleted that the reader might have seen.
    """
    name = printable(name)
    with service.engine() as engine:
        named = engine.document(name, access_classes=access_classes)
        tombstone = None
        if named is None or not _is_named(named, name):
            tombstone = _tombstone(settings, name, access_classes)
        if named is None:
            named = _successor(settings, engine, name, tombstone, access_classes)
        if named is None:
            if tombstone is None:
                raise NotFoundError(f"'{name}': no document of this id or symbol is in the index", "try a search")
            return Permalink(status="gone", tombstone=tombstone)
        if language is None and not _says(named, name, names_language):
            language = preferred
        if _says(named, name, names_edition):
            shown = _in_language(engine, named, language, access_classes)
        else:
            shown = _latest(engine, named, language, access_classes)
        newest = newest_version(engine, shown, access_classes=access_classes)
        found = _places(engine, shown, place, access_classes)
    replaced = not (_is_named(named, name) or (tombstone is not None and tombstone.sha256 == named.sha256))
    return Permalink(
        status="replaced" if replaced else "superseded" if newest else "current",
        document=shown.id,
        passage=found[0].passage if len(found) == 1 else None,
        page=found[0].page if len(found) == 1 else None,
        missing=not found and place != WHOLE_PAPER,
        places=tuple(found) if len(found) > 1 else (),
        superseded_by=newest,
        tombstone=tombstone if replaced else None,
    )


def permalink_of(document: Document, place: Place | None) -> str | None:
    """Return the address of a numbered paragraph of a paper with a symbol; None where one of them has none."""
    if document.symbol is None or place is None or not place.paragraph:
        return None
    parts = [
        f"annex{plain_number(place.annex)}" if place.annex and " " not in place.annex else None,
        f"art{plain_number(place.article)}" if place.article else None,
        f"§{plain_number(place.paragraph)}",
    ]
    return "/".join(["/d", quote(document.symbol.raw, safe=""), *filter(None, parts)])


def _is_named(document: Document, name: str) -> bool:
    """Return whether a name identifies a document, and not another version of its paper."""
    if name in (document.id, document.source):
        return True
    return document.symbol is not None and plain_symbol(name) in symbol_forms(document.symbol)


def _says(document: Document, name: str, what: Callable[[str, Symbol], bool]) -> bool:
    """Return whether a name specifies a language or edition, as the name of one document does."""
    if document.symbol is None or name in (document.id, document.source):
        return True
    return what(name, document.symbol)


def _latest(engine: Engine, document: Document, language: str | None, access_classes: AccessClasses) -> Document:
    """Return the latest edition of the paper of a document in a language, else in its own or in English."""
    if _is_part(document):
        return document
    names = (*document.twins, *document.revisions)
    others = [one for one in _documents(engine, names, access_classes) if not _is_part(one)]
    return _best([document, *others], language or document.language) or document


def _tombstone(settings: Settings, name: str, access_classes: AccessClasses) -> Tombstone | None:
    """Return the tombstone of a document of this id or symbol, the latest if there are several."""
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        found = ledger.tombstones([name, *filter(None, [paper_key(name)])], access_classes=access_classes)
    wanted = plain_symbol(name)
    return next((one for one in found if one.id == name or (one.symbol and wanted in symbol_forms(one.symbol))), None)


def _successor(
    settings: Settings, engine: Engine, name: str, tombstone: Tombstone | None, access_classes: AccessClasses
) -> Document | None:
    """Return the document that now has the bytes of a deleted one, else the best version of the named paper."""
    names = [paper_key(name)]
    if tombstone is not None:
        with closing(open_storage(settings).open_ledger(write=False)) as ledger:
            owner = ledger.owners([tombstone.sha256]).get(tombstone.sha256)
        names = [owner.id if owner else None, tombstone.symbol, tombstone.key]
    found = (engine.document(one, access_classes=access_classes) for one in names if one)
    return next(filter(None, found), None)


def _in_language(engine: Engine, document: Document, language: str | None, access_classes: AccessClasses) -> Document:
    """Return the version of a document in a language, of the same edition if there is one; else the document."""
    if language is None or document.language == language:
        return document
    twins = [one for one in _documents(engine, document.twins, access_classes) if one.language == language]
    same = [one for one in twins if _edition(one) == _edition(document)]
    return _best(same or twins, language) or document


def newest_version(engine: Engine, document: Document, *, access_classes: AccessClasses) -> str | None:
    """Return the id of the newest version in the language of a document, None where it is that itself.

    Addenda and corrigenda are no versions of what they belong to.
    """
    if _is_part(document):
        return None
    others = [one for one in _documents(engine, document.revisions, access_classes) if not _is_part(one)]
    newest = _best([document, *others], document.language)
    return None if newest is None or _plain(newest) == _plain(document) else newest.id


def _places(
    engine: Engine, document: Document, place: LinkedPlace, access_classes: AccessClasses
) -> Sequence[ParagraphPlace]:
    """Return the places of a document in a link; none if the link has none, or an unknown one."""
    if place == WHOLE_PAPER:
        return ()
    whole = engine.document(document.id, access_classes=access_classes, full=True)
    if whole is None:  # deleted since
        return ()
    if place.page is None:
        return find_paragraphs(whole, place.paragraph, annex=place.annex, article=place.article)
    if all(one.number != place.page for one in whole.pages):
        return ()
    first = next((one for one in whole.passages if place.page in one.pages), None)
    start = next((one.start for one in first.places if one.page == place.page), 0) if first else 0
    return (ParagraphPlace(number="", passage=first.id if first else None, start=start, page=place.page),)


def _documents(engine: Engine, names: Iterable[str], access_classes: AccessClasses) -> list[Document]:
    found = (engine.document(name, access_classes=access_classes) for name in names)
    return [document for document in found if document is not None]


def _best(documents: Iterable[Document], language: str | None) -> Document | None:
    by_id = {one.id: one for one in documents}
    versions = [Version(0, one.id, one.language, _plain(one)) for one in by_id.values()]
    return by_id[best_version(versions, "", language).id] if versions else None


def _plain(document: Document) -> str:
    return plain_symbol(document.symbol.raw) if document.symbol else ""


def _edition(document: Document) -> tuple[str | None, str | None]:
    symbol = document.symbol
    return (symbol.version, symbol.variant) if symbol else (None, None)


def _is_part(document: Document) -> bool:
    return document.symbol is not None and bool(load_bodies().editions.of(document.symbol.raw).part)
