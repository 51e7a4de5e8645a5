"""Sources found again by their URIs, where only these were kept."""

from collections.abc import Iterable, Sequence

from configs.errors import CustomsLensError
from configs.settings import Settings
from pipelines.sources.configured import with_defaults
from pipelines.sources.discovery import find_sources
from pipelines.sources.source import Source, outermost


def find_again(uris: Iterable[str], settings: Settings, passwords: Sequence[str]) -> dict[str, Source | str]:
    """Return the sources with these URIs that are there, and of others, as far as anything is known, why they are not.

    A container is listed once for all its members.
    """
    uris = set(uris)
    found: dict[str, Source | str] = {}
    for file in sorted({outermost(uri) for uri in uris}):
        try:
            sources = find_sources(
                [file],
                passwords=passwords,
                limits=settings.reading,
                credentials=settings.credentials,
                follow_links=settings.follow_links,
            ).sources
        except CustomsLensError as error:
            found |= {uri: error.message for uri in uris if outermost(uri) == file}
            continue
        wanted = with_defaults((one for one in sources if one.uri in uris), settings)
        found |= {one.uri: one.refusal[1] if one.refusal else one for one in wanted}
    return found
