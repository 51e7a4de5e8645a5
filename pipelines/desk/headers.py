"""The headers of all papers, read once for each state of the index: what registers over the whole collection are of."""

from collections.abc import Iterable
from threading import Lock
from typing import NamedTuple

from extractors.document import Document
from index.filters import AccessClasses
from index.versions import Version, best_version, plain_symbol
from pipelines.search.service import SearchService

_KEPT = 8
"""Sets of access classes for which headers are kept, those asked for last."""


class _Held(NamedTuple):
    revision: str
    documents: tuple[Document, ...]


class Headers:
    """The headers that an index holds, for readers of each set of access classes; several threads may ask."""

    def __init__(self, service: SearchService) -> None:
        self._service = service
        self._lock = Lock()
        self._held: dict[AccessClasses, _Held] = {}

    def documents(self, *, access_classes: AccessClasses) -> tuple[Document, ...]:
        """Return the documents that a reader may see, without blocks, tables and passages, in no order."""
        with self._lock, self._service.engine() as engine:
            revision = engine.revision()
            held = self._held.pop(access_classes, None)
            if held is None or held.revision != revision:
                names = [name for name, _ in engine.documents(access_classes=access_classes)]
                found = (engine.document(name, access_classes=access_classes) for name in names)
                held = _Held(revision, tuple(one for one in found if one))
            self._held[access_classes] = held
            while len(self._held) > _KEPT:
                del self._held[next(iter(self._held))]
            return held.documents

    def papers(self, language: str | None = None, *, access_classes: AccessClasses) -> tuple[Document, ...]:
        """Return one version of each paper that a reader may see: the latest, in a language, else in English."""
        by_key: dict[str, list[Document]] = {}
        for document in self.documents(access_classes=access_classes):
            by_key.setdefault(document.key, []).append(document)
        return tuple(best_of(versions, language) for versions in by_key.values())


def best_of(documents: Iterable[Document], language: str | None) -> Document:
    """Return the latest version in a language, else in English; raises `ValueError` without a document."""
    by_id = {one.id: one for one in documents}
    versions = [
        Version(0, one.id, one.language, plain_symbol(one.symbol.raw) if one.symbol else "") for one in by_id.values()
    ]
    return by_id[best_version(versions, "", language).id]
