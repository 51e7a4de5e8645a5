"""What every route answers from."""

from typing import NamedTuple

from fastapi import Request

from configs.settings import Settings
from pipelines.access.keys import KeyStore
from pipelines.search.completion import Completer
from pipelines.search.service import SearchService
from pipelines.viewing.page_images import PageImages
from portal.web.names import Names
from portal.web.rendering import Pages
from portal.web.sessions import Sessions
from portal.web.source_runs import SourceRuns


class Portal(NamedTuple):
    """What the routes answer from; `request.app.state.portal`."""

    settings: Settings
    service: SearchService
    completer: Completer
    images: PageImages
    names: Names
    pages: Pages
    keys: KeyStore
    sessions: Sessions
    source_runs: SourceRuns


def portal_of(request: Request) -> Portal:
    """Return what a request is answered from."""
    found: Portal = request.app.state.portal
    return found
