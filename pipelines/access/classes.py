"""The names of access classes in a home, and the most restrictive one."""

from collections import Counter
from collections.abc import Collection

from configs.kinds import load_kinds
from configs.settings import Settings
from configs.sources import load_sources
from extractors.access import PUBLIC, UNKNOWN, closing_names
from index.filters import EVERY_CLASS, Filters
from index.protocol import Engine
from index.results import SearchRequest
from pipelines.access.keys import KeyStore


def class_names_of(settings: Settings, engine: Engine | None) -> frozenset[str]:
    """Return the names in keys, sources, cover marks and papers; without an index, those of papers are missing."""
    found = {name for key in KeyStore(settings.home).all() for name in key.access or ()} | _marked()
    for source in load_sources(settings.home, settings.blobs):
        found |= closing_names(source.access)
    if engine:
        asked = SearchRequest(
            query="", mode="text", filters=Filters(access_classes=EVERY_CLASS), facets=("access",), k=1
        )
        found |= {str(one.value) for one in engine.search(asked, None).facets["access"] if one.value}
    return frozenset({PUBLIC, *found} - {UNKNOWN})


def narrowest(settings: Settings, names: Collection[str]) -> str:
    """Return the class that fewest keys have, then a class of cover marks, then by name.

    The open class is returned only if there is no other.
    """
    held = Counter(name for key in KeyStore(settings.home).all() for name in key.access or ())
    marked = _marked()
    closing = [name for name in names if name != PUBLIC]
    return min(closing, key=lambda name: (held[name], name not in marked, name), default=PUBLIC)


def _marked() -> set[str]:
    """Return the classes of cover marks."""
    names: set[str] = {mark.access for mark in load_kinds().distributions}
    return names - {PUBLIC}
