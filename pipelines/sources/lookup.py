"""Lookup of sources by their stored URIs."""

from collections.abc import Iterable, Sequence

from configs.settings import Settings
from configs.system.errors import CustomsLensError
from pipelines.sources.given import find_sources
from pipelines.sources.source import Source, outermost


def find_again(uris: Iterable[str], settings: Settings, passwords: Sequence[str]) -> dict[str, Source | str]:
    """Return the existing sources with these URIs, and for others the reason why they are missing, if known.

    A container is listed once for all its members.
    """
    uris = set(uris)
    found: dict[str, Source | str] = {}
    for file in sorted({outermost(uri) for uri in uris}):
        try:
            sources = find_sources([file], settings, passwords).sources
        except CustomsLensError as error:
            found |= {uri: error.message for uri in uris if outermost(uri) == file}
            continue
        found |= {one.uri: one.refusal[1] if one.refusal else one for one in sources if one.uri in uris}
    return found
