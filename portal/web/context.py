"""The shared state of the portal, from which every route answers."""

import re
from typing import NamedTuple

from fastapi import Request

from configs.settings import Settings
from configs.system.errors import CustomsLensError
from pipelines.access.keys import KeyStore, Reader
from pipelines.collection import Collection
from pipelines.review.records import ReviewRecords
from pipelines.runs.reports import RunReports
from pipelines.search.completion import Completer
from pipelines.viewing.page_images import PageImages
from portal.web.names import Names
from portal.web.rendering import Pages
from portal.web.sessions import Sessions
from portal.web.source_runs import SourceRuns

_FOLDERS = re.compile(r"(?<![\w.:/])/(?:[\w.@+-]+/)+")
"""The folders before a name, of an absolute path."""


class Portal(NamedTuple):
    """The shared state of the routes; `request.app.state.portal`.

    `collection` is the home, open; the others are the web's alone. `records` are read by any number of threads at once:
    a change of them takes others, opened for it.
    """

    settings: Settings
    collection: Collection
    records: ReviewRecords
    completer: Completer
    images: PageImages
    names: Names
    pages: Pages
    keys: KeyStore
    sessions: Sessions
    source_runs: SourceRuns
    run_reports: RunReports


def portal_of(request: Request) -> Portal:
    """Return the shared state for a request."""
    found: Portal = request.app.state.portal
    return found


def visible_error(request: Request, error: CustomsLensError) -> tuple[str, str | None]:
    """Return the message and the remedy of an error for a reader: only administrators see paths of files."""
    reader = getattr(request.state, "reader", None)
    said = error.message, error.remedy
    if isinstance(reader, Reader) and reader.may("admin"):
        return said
    home = portal_of(request).settings.home
    folders = sorted({str(home.absolute()), str(home.resolve())}, key=len, reverse=True)
    message, remedy = (text and _without_folders(text, folders) for text in said)
    return message or "", remedy


def _without_folders(text: str, folders: list[str]) -> str:
    for folder in folders:  # first, as their names may hold anything
        text = text.replace(f"{folder}/", "").replace(folder, "the home")
    return _FOLDERS.sub("", text)
