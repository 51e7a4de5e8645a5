"""The headers of all papers, read once for each revision of the index, for registers over the whole collection."""

from collections.abc import Iterable

from extractors.document import Document
from index.filters import AccessClasses
from index.versions import Version, best_version, plain_symbol
from pipelines.desk.kept import RevisionCache
from pipelines.search.service import SearchService

_MOST = 2
"""Number of sets of access classes in the cache: each has the headers of all papers."""


class Headers:
    """The headers of an index, for readers of each set of access classes; safe for several threads."""

    def __init__(self, service: SearchService) -> None:
        self._service = service
        self._cache: RevisionCache[AccessClasses, tuple[Document, ...]] = RevisionCache(
            service, judged=False, most=_MOST
        )

    def documents(self, *, access_classes: AccessClasses) -> tuple[Document, ...]:
        """Return the documents that a reader may see, without blocks, tables and passages, unordered."""

        def read() -> tuple[Document, ...]:
            with self._service.engine() as engine:
                names = [name for name, _ in engine.documents(access_classes=access_classes)]
                found = (engine.document(name, access_classes=access_classes) for name in names)
                return tuple(one for one in found if one)

        return self._cache.get(access_classes, read)

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
